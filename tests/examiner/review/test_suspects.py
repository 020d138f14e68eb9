"""The reading of the source: what goes around the rule is told, and nothing that is honest."""

from __future__ import annotations

import pytest

from tests.examiner.review.honest import HONEST
from tests.examiner.review.submissions import told
from tests.examiner.review.suspicious import SUSPICIOUS


@pytest.mark.parametrize("submission", SUSPICIOUS.values(), ids=SUSPICIOUS)
def test_a_way_around_the_rule_is_told(submission: str) -> None:
    """Whatever name it goes by, and in whichever cell or file: a person is to look at it."""
    assert told(submission)


@pytest.mark.parametrize("submission", HONEST.values(), ids=HONEST)
def test_nothing_honest_is_accused(submission: str) -> None:
    """Names that the student binds, checks of oneself, made data and texts that are shown."""
    assert told(submission) == {}
