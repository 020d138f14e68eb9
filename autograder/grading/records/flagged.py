"""The flags of submissions as they are on record, read without the rest of it: for a web page.

Nothing is written, and no table made: whoever opens a page has not asked for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbgrader.api import Assignment, Gradebook
from sqlalchemy import ColumnElement, Row, inspect, or_, select

from autograder.grading.records import details, tables
from autograder.grading.records.flags import action
from autograder.grading.records.gradebook import is_there, patiently
from autograder.grading.records.tables import SUBMISSIONS, is_current
from autograder.results import Flag, FlagKind

COLUMNS = (SUBMISSIONS.c.student_id, SUBMISSIONS.c.status, SUBMISSIONS.c.flags)


@dataclass(frozen=True)
class Flagged:
    """What a person may want to know of a submission.

    Args:
        assignment: its name.
        student: whose it is.
        failed: whether nothing of it could be graded; a former hand-in may have been.
        flags: what is unusual, the most urgent first, and what a person has settled after the rest.
        damaged: whether the flags can't be read.
    """

    assignment: str
    student: str
    failed: bool
    flags: tuple[Flag, ...]
    damaged: bool = False

    @property
    def open(self) -> tuple[Flag, ...]:
        """The flags that a person has still to look at."""
        return tuple(flag for flag in self.flags if flag.open)

    def action(self, flag: Flag) -> str:
        """What to do about one of its flags; "" where nothing is."""
        return action([flag], self.assignment, self.student)


def of(db_url: str, assignment: str, student: str) -> Flagged | None:
    """What is unusual about a student's submission; None where the kit has no record of it."""
    found = _read(db_url, assignment, SUBMISSIONS.c.student_id == student)
    return found[0] if found else None


def wanting(db_url: str, assignment: str) -> list[Flagged]:
    """The submissions that want a person, the most urgent first."""
    status = SUBMISSIONS.c.status
    found = _read(db_url, assignment, or_(status == "flagged", status == "failed"))
    return sorted(found, key=lambda each: (_urgency(each), each.student))


def _urgency(found: Flagged) -> tuple[bool, int]:
    kinds = (flag.kind.urgency for flag in found.open)
    return not (found.failed or found.damaged), min(kinds, default=len(FlagKind))


def _read(db_url: str, assignment: str, which: ColumnElement[bool]) -> list[Flagged]:
    if not is_there(db_url):
        return []
    rows = select(*COLUMNS).where(
        SUBMISSIONS.c.assignment_id == Assignment.id,
        Assignment.name == assignment,
        which,
        is_current(),
    )

    def read() -> list[Row[Any]]:
        with Gradebook(db_url) as gradebook:
            if not inspect(gradebook.db.connection()).has_table(tables.KEPT):
                return []
            return list(gradebook.db.execute(rows))

    return [_flagged(assignment, row) for row in patiently(read)]


def _flagged(assignment: str, row: Row[Any]) -> Flagged:
    student, failed = row.student_id, row.status == "failed"
    try:
        flags = sorted(details.flags(row.flags), key=_place)
    except details.DAMAGED:
        return Flagged(assignment, student, failed, (), damaged=True)
    return Flagged(assignment, student, failed, tuple(flags))


def _place(flag: Flag) -> tuple[bool, int]:
    return not flag.open, flag.kind.urgency
