"""Waiting for a locked gradebook or for another's entry, and for nothing else."""

from __future__ import annotations

import pytest
from nbgrader.api import InvalidEntry
from sqlalchemy.exc import IntegrityError, OperationalError

from autograder.grading.records.gradebook import MOST_CLASHES, patiently

LOCKED = OperationalError("UPDATE grade", {}, Exception("database is locked"))
BROKEN = OperationalError("UPDATE grade", {}, Exception("no such table: grade"))


def test_a_locked_gradebook_is_tried_again() -> None:
    """The work is begun again until it gets through, and its result is given."""
    failures = [LOCKED, LOCKED]

    def work() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert patiently(work) == "done"


CLASHES = [IntegrityError("INSERT", {}, Exception("UNIQUE")), InvalidEntry("UNIQUE")]


@pytest.mark.parametrize("error", CLASHES, ids=["sqlalchemy", "nbgrader"])
def test_what_another_has_just_entered_is_found(error: Exception) -> None:
    """Two who grade at once clash now and then; whatever clashes each time is an error."""
    calls: list[int] = []

    def work() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise error
        return "done"

    def never() -> None:
        calls.append(1)
        raise error

    assert patiently(work) == "done"
    calls.clear()
    with pytest.raises(type(error)):
        patiently(never)
    assert len(calls) == MOST_CLASHES


@pytest.mark.parametrize(
    ("error", "seconds"), [(BROKEN, 60.0), (LOCKED, 0.0)], ids=["broken", "locked-too-long"]
)
def test_patience_ends(error: OperationalError, seconds: float) -> None:
    """Another error is raised at once, a lock that stays after the time that was given."""
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        raise error

    with pytest.raises(OperationalError):
        patiently(work, seconds)
    assert len(calls) == 1
