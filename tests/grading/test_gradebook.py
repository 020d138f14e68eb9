"""Waiting for a locked gradebook, and for nothing else; metadata held against nbgrader's schema."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.notebooknode import from_dict
from nbgrader.nbgraderformat import ValidationError
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3
from sqlalchemy.exc import OperationalError

from autograder.grading.gradebook import one_schema_check, patiently

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


METADATA = {
    "schema_version": 3,
    "grade": True,
    "solution": False,
    "locked": True,
    "task": False,
    "grade_id": "test",
    "points": 2,
    "cell_type": "code",
}


def said(**changed: Any) -> str:
    """What nbgrader says of a cell's metadata; "" where it is right."""
    cell = from_dict({"cell_type": "code", "metadata": {"nbgrader": {**METADATA, **changed}}})
    try:
        MetadataValidatorV3().validate_cell(cell)
    except ValidationError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "changed", [{}, {"points": -1}, {"points": "2"}, {"grade_id": None}], ids=str
)
def test_the_schema_says_what_it_says_in_nbgrader(changed: dict[str, Any]) -> None:
    """Held against a schema that is not itself checked again, a cell is right or wrong as ever."""
    before = said(**changed)
    with one_schema_check():
        within = said(**changed)
    assert before == within == said(**changed)
    assert bool(before) == bool(changed)
