"""The flags of submissions are read alone, the most urgent first; reading them writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import inspect, update

from autograder.grading.records import details, flagged, tables
from autograder.grading.records.details import Details
from autograder.grading.records.tables import SUBMISSIONS
from autograder.results import Flag

LATE = Flag("late", "", "1 h 0 min after the due date.")
SEEN = Flag("grader-error", "f", "f: a fault.", settled=True)
READ = Flag("suspect-code", "f", "Cell 3.")
SLOW = Flag("timeout", "f", "f took 10 s.")
ASK = Flag("unreadable", "", "binary.ipynb is cut off.")


@pytest.fixture
def url(gradebook_url: str) -> str:
    """The address of a gradebook with four records."""
    with Gradebook(gradebook_url) as gradebook:
        gradebook.add_assignment("hw")
        tables.prepare(gradebook)
        for student, record in {
            "noted": Details("graded", 1.0, (LATE, SEEN)),
            "slow": Details("flagged", 1.0, (LATE, SEEN, SLOW)),
            "read": Details("flagged", 1.0, (SLOW, READ)),
            "unread": Details("failed", 1.0, (ASK,)),
        }.items():
            gradebook.add_student(student)
            details.keep(gradebook, "hw", student, record)
        gradebook.db.commit()
    return gradebook_url


def test_what_wants_a_person_comes_in_order(url: str) -> None:
    """What could not be graded first; then by the most urgent flag that nobody has settled."""
    found = flagged.wanting(url, "hw")
    assert [each.student for each in found] == ["unread", "read", "slow"]
    assert [each.failed for each in found] == [True, False, False]
    assert [each.open[0] for each in found] == [ASK, READ, SLOW]
    assert flagged.wanting(url, "another") == []


def test_a_submissions_flags_come_with_what_to_do(url: str) -> None:
    """What is settled, or only noted, after the rest."""
    found = flagged.of(url, "hw", "slow")
    assert found is not None
    assert found.flags == (SLOW, SEEN, LATE)
    assert found.open == (SLOW,)
    assert found.action(SLOW).endswith("autograded/slow/hw")
    assert found.action(SEEN) == ""
    assert flagged.of(url, "hw", "nobody") is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"kind": "newer", "cell": "", "detail": ""}]'])
def test_a_damaged_record_is_told_as_one(url: str, text: str) -> None:
    """It hides nobody else's, and wants a person."""
    with Gradebook(url) as gradebook:
        row = update(SUBMISSIONS).where(SUBMISSIONS.c.student_id == "slow")
        gradebook.db.execute(row.values(flags=text))
        gradebook.db.commit()
    found = flagged.of(url, "hw", "slow")
    assert found is not None
    assert (found.damaged, found.flags) == (True, ())
    assert [each.student for each in flagged.wanting(url, "hw")] == ["unread", "slow", "read"]


def test_nothing_is_made_for_it(sqlite_url: str, tmp_path: Path) -> None:
    """No gradebook where there is none, and no table in one of nbgrader's."""
    assert flagged.wanting(f"sqlite:///{tmp_path}/none.db", "hw") == []
    assert not (tmp_path / "none.db").exists()
    assert flagged.of(sqlite_url, "hw", "student01") is None
    with Gradebook(sqlite_url) as gradebook:
        assert not inspect(gradebook.db.connection()).has_table(tables.KEPT)
