"""When a submission was handed in is read, or is not known."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from autograder.grading import timestamp


@pytest.mark.parametrize(
    "text",
    [
        *("5", "10", "2026", "Friday", "2026-11", "12:30", "", "\0"),
        *("05.12.2026 10:05", "12/4/2026", "2026-07-04 17:30 CEST", "4 Jul 2026 17:30 EDT"),
    ],
)
def test_what_is_no_time(tmp_path: Path, text: str) -> None:
    """A time without its year, month and day would be that of the day of grading."""
    (tmp_path / "timestamp.txt").write_text(text)
    with pytest.raises(ValueError, match="holds no time"):
        timestamp.read(tmp_path)


@pytest.mark.parametrize(
    "text", ["2026-11-24 12:30:00.000000 UTC", "2026-11-24T13:30+01:00", "24 Nov 2026 12:30"]
)
def test_what_is_a_time(tmp_path: Path, text: str) -> None:
    """nbgrader's own, and what a person would write; in UTC."""
    (tmp_path / "timestamp.txt").write_text(text)
    assert timestamp.read(tmp_path) == datetime(2026, 11, 24, 12, 30)
