"""nbgrader's entry of a submission: made where it is missing, and read at once.

nbgrader's own `update_or_create_submission` makes each row by itself, and looks up each cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import exists, insert, not_, select, update
from sqlalchemy.orm import Load, joinedload, selectinload

Row = dict[str, Any]
GRADED, COMMENTED = (GradeCell, TaskCell), (SolutionCell, TaskCell)


def enter(
    gradebook: Gradebook, assignment: str, student: str, handed_in: datetime | None
) -> SubmittedAssignment:
    """A submission's entry, with its notebooks, grades and comments in memory; the caller commits.

    Where notebooks came to the assignment after the submission was recorded, they are added.

    Args:
        gradebook: whose session has nothing that is not written yet.
        assignment: its name.
        student: whoever is not in the gradebook yet comes into it.
        handed_in: UTC without tzinfo; None leaves the time as it is.

    Raises:
        MissingEntry: the gradebook does not know the assignment.
    """
    its_id = select(Assignment.id).where(Assignment.name == assignment)
    if (assignment_id := gradebook.db.execute(its_id).scalar()) is None:
        raise MissingEntry(f"No such assignment: {assignment}")
    _add_student(gradebook, student)
    entry_id = _entry_id(gradebook, assignment_id, student, handed_in)
    _add_notebooks(gradebook, entry_id, _lacking(gradebook, assignment_id, entry_id))
    return _read(gradebook, entry_id)


def _add_student(gradebook: Gradebook, student: str) -> None:
    known = select(Student.id).where(Student.id == student)
    if gradebook.db.execute(known).scalar() is None:
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


def _lacking(gradebook: Gradebook, assignment_id: str, entry_id: str) -> list[str]:
    """The ids of the assignment's notebooks that an entry does not have, in their order."""
    there = exists().where(
        SubmittedNotebook.assignment_id == entry_id, SubmittedNotebook.notebook_id == Notebook.id
    )
    lacking = select(Notebook.id).where(Notebook.assignment_id == assignment_id, not_(there))
    return list(gradebook.db.execute(lacking.order_by(Notebook.name)).scalars())


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
    """An entry, with what a record needs of all that hangs on it.

    What else nbgrader knows of these, it works out with a subquery a row, and where it is asked.
    """
    notebooks = selectinload(SubmittedAssignment.notebooks)
    grades = notebooks.selectinload(SubmittedNotebook.grades)
    comments = notebooks.selectinload(SubmittedNotebook.comments)
    entry = select(SubmittedAssignment).where(SubmittedAssignment.id == entry_id)
    entry = entry.options(
        _columns(Load(SubmittedAssignment), SubmittedAssignment),
        _columns(joinedload(SubmittedAssignment.assignment), Assignment),
        _columns(joinedload(SubmittedAssignment.student), Student),
        _columns(notebooks, SubmittedNotebook),
        _columns(notebooks.joinedload(SubmittedNotebook.notebook), Notebook),
        _columns(grades, Grade),
        _columns(comments, Comment),
        grades.joinedload(Grade.cell),
        comments.joinedload(Comment.cell),
    ).execution_options(populate_existing=True)  # what the session has is of before the lock
    found: SubmittedAssignment = gradebook.db.execute(entry).scalar_one()
    return found


def _columns(loading: Any, kind: type[Any]) -> Any:
    """Has a table's own columns loaded alone."""
    return loading.load_only(*(getattr(kind, column.name) for column in kind.__table__.columns))
