"""nbgrader's entry of a submission: made where it is missing, and read at once.

nbgrader's own `update_or_create_submission` makes each row by itself, and looks up each cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload, selectinload

Row = dict[str, Any]
GRADED, COMMENTED = (GradeCell, TaskCell), (SolutionCell, TaskCell)


def enter(
    gradebook: Gradebook, assignment: str, student: str, handed_in: datetime | None
) -> SubmittedAssignment:
    """A submission's entry, with its notebooks, grades and comments in memory; the caller commits.

    Where notebooks came to the assignment after the submission was recorded, they are added.

    Args:
        gradebook: with nothing of an earlier transaction in its session.
        assignment: its name.
        student: whoever is not in the gradebook yet comes into it.
        handed_in: UTC without tzinfo; None leaves the time as it is.

    Raises:
        MissingEntry: the gradebook does not know the assignment.
    """
    asked = gradebook.find_assignment(assignment)
    _add_student(gradebook, student)
    entry_id = _entry_id(gradebook, asked.id, student, handed_in)
    known = select(SubmittedNotebook.notebook_id).where(SubmittedNotebook.assignment_id == entry_id)
    there = set(gradebook.db.execute(known).scalars())
    _add_notebooks(gradebook, entry_id, [n.id for n in asked.notebooks if n.id not in there])
    return _read(gradebook, entry_id)


def _add_student(gradebook: Gradebook, student: str) -> None:
    if gradebook.db.get(Student, student) is None:
        _insert(gradebook, Student, [{"id": student}])


def _entry_id(
    gradebook: Gradebook, assignment_id: str, student: str, handed_in: datetime | None
) -> str:
    """The id of an entry, which is made where there is none.

    It is written before anything is read: from here on SQLite lets nobody else write, so that no
    score that a person gives meanwhile is missed.
    """
    place = {"assignment_id": assignment_id, "student_id": student}
    is_it = [getattr(SubmittedAssignment, name) == its for name, its in place.items()]
    timestamp = SubmittedAssignment.timestamp if handed_in is None else handed_in
    time = update(SubmittedAssignment).where(*is_it).values(timestamp=timestamp)
    gradebook.db.execute(time.execution_options(synchronize_session=False))
    found = gradebook.db.execute(select(SubmittedAssignment.id).where(*is_it)).scalar()
    if found is not None:
        return str(found)
    new = {**place, "id": uuid4().hex, "timestamp": handed_in}
    _insert(gradebook, SubmittedAssignment, [new])
    return str(new["id"])


def _add_notebooks(gradebook: Gradebook, entry_id: str, notebook_ids: Sequence[str]) -> None:
    """Entries for notebooks, with a grade and a comment for each cell that has one."""
    if not notebook_ids:
        return
    new = {notebook_id: uuid4().hex for notebook_id in notebook_ids}
    cells: dict[str, list[tuple[str, str]]] = {notebook_id: [] for notebook_id in notebook_ids}
    asked = select(BaseCell.notebook_id, BaseCell.id, BaseCell.type)
    for notebook_id, *cell in gradebook.db.execute(asked.where(BaseCell.notebook_id.in_(new))):
        cells[notebook_id].append((cell[0], cell[1]))

    def rows(kinds: Sequence[type[BaseCell]]) -> Iterator[Row]:
        for notebook_id, its in cells.items():
            for kind in kinds:
                identity = kind.__mapper__.polymorphic_identity
                for cell_id, found in its:
                    if found == identity:
                        yield {"cell_id": cell_id, "notebook_id": new[notebook_id]}

    entries = [
        {"id": key, "notebook_id": notebook_id, "assignment_id": entry_id}
        for notebook_id, key in new.items()
    ]
    _insert(gradebook, SubmittedNotebook, entries)
    _insert(gradebook, Grade, list(rows(GRADED)))
    _insert(gradebook, Comment, list(rows(COMMENTED)))


def _insert(gradebook: Gradebook, kind: type[Any], rows: Sequence[Row]) -> None:
    """Inserts rows in one statement; ids and defaults are those of nbgrader's columns."""
    if rows:
        gradebook.db.execute(insert(kind.__table__), rows)


def _read(gradebook: Gradebook, entry_id: str) -> SubmittedAssignment:
    notebooks = selectinload(SubmittedAssignment.notebooks)
    all_of_it = (
        joinedload(SubmittedAssignment.assignment),
        joinedload(SubmittedAssignment.student),
        notebooks.joinedload(SubmittedNotebook.notebook),
        notebooks.selectinload(SubmittedNotebook.grades).joinedload(Grade.cell),
        notebooks.selectinload(SubmittedNotebook.comments).joinedload(Comment.cell),
    )
    entry = select(SubmittedAssignment).where(SubmittedAssignment.id == entry_id)
    found: SubmittedAssignment = gradebook.db.execute(entry.options(*all_of_it)).scalar_one()
    return found
