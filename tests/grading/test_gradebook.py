"""Waiting for a locked gradebook, and for nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from autograder.grading.gradebook import patiently

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
