"""What is on record of one submission: the kit's details beside what nbgrader's tables have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import inspect

from autograder.grading.records import details, tables
from autograder.grading.records.details import Details
from autograder.grading.records.gradebook import is_there, patiently


@dataclass(frozen=True)
class Recorded:
    """A submission's record.

    Args:
        details: what the kit keeps of it.
        points: the machine's for each graded cell, by grade_id; None where a person gives them.
            Nothing where the submission could not be graded: then they are of a former one.
    """

    details: Details
    points: Mapping[str, float | None] = field(default_factory=dict)


def read(db_url: str, assignment: str, student: str) -> Recorded | None:
    """A submission's record, if there is one; no gradebook is made for it."""
    return patiently(lambda: _read(db_url, assignment, student)) if is_there(db_url) else None


def _read(db_url: str, assignment: str, student: str) -> Recorded | None:
    with Gradebook(db_url) as gradebook:
        if not inspect(gradebook.db.connection()).has_table(tables.KEPT):
            return None
        tables.prepare(gradebook)  # an older kit's may lack a column
        kept = details.read(gradebook, assignment).get(student)
        if kept is None:
            return None
        graded = kept.status != "failed"
        return Recorded(kept, _points(gradebook, assignment, student) if graded else {})


def _points(gradebook: Gradebook, assignment: str, student: str) -> dict[str, float | None]:
    """What the machine gave for each graded cell, whatever a person has given since."""
    try:
        entry = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return {}
    return {grade.name: grade.auto_score for each in entry.notebooks for grade in each.grades}
