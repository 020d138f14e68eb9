"""Sums, and how lateness is said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from autograder.reporting.feedback.told import late_by

DUE = datetime(2026, 12, 4, 17)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (timedelta(0), ""),
        (timedelta(hours=-1), ""),
        (timedelta(seconds=30), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=14, minutes=31), "14 hours and 31 minutes"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=1, hours=1, minutes=1), "1 day, 1 hour and 1 minute"),
    ],
)
def test_how_late_something_came(after, said):
    """In words, to the minute."""
    assert late_by(DUE + after, DUE) == said


def test_what_is_not_known_is_not_late():
    """No time of submission, or no due date."""
    assert late_by(None, DUE) == late_by(DUE, None) == ""
