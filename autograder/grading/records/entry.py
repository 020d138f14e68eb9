"""nbgrader's entry of a submission: made where it is missing, and read in a few statements.

nbgrader's own `update_or_create_submission` makes each row by itself, and looks up each cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import and_, bindparam, exists, insert, not_, select, update
from sqlalchemy.orm import Load, joinedload, selectinload

from autograder.grading.records.gradebook import bound_waiting

Row = dict[str, Any]
# The types of cells, as BaseCell.type has them, in nbgrader's order.
GRADED, COMMENTED = ("GradeCell", "TaskCell"), ("SolutionCell", "TaskCell")


def _columns(loading: Any, kind: type[Any]) -> Any:
    """Loads a table's own columns, and no others that nbgrader would work out for each row."""
    return loading.load_only(*(getattr(kind, column.name) for column in kind.__table__.columns))


# The statements are made once: SQLAlchemy takes longer to make one than SQLite to answer it.
IS_ENTRY = and_(
    SubmittedAssignment.assignment_id == Assignment.id,
    SubmittedAssignment.student_id == bindparam("student"),
)
# The ids of an assignment, of a student and of the submission, where these two are there.
PLACE = (
    select(
        Assignment.id.label("assignment_id"),
        Student.id.label("student_id"),
        SubmittedAssignment.id.label("entry_id"),
    )
    .select_from(Assignment)
    .outerjoin(Student, Student.id == bindparam("student"))
    .outerjoin(SubmittedAssignment, IS_ENTRY)
    .where(Assignment.name == bindparam("assignment"))
)
# The ids of the assignment's notebooks that an entry does not have.
LACKING = (
    select(Notebook.id)
    .where(
        Notebook.assignment_id == bindparam("assignment"),
        not_(
            exists().where(
                SubmittedNotebook.assignment_id == bindparam("entry"),
                SubmittedNotebook.notebook_id == Notebook.id,
            )
        ),
    )
    .order_by(Notebook.name)
)
CELLS = select(BaseCell.notebook_id, BaseCell.id, BaseCell.type).where(
    BaseCell.notebook_id.in_(bindparam("notebooks", expanding=True))
)
# What people judge of entries, each held: always in the same order, so that nobody waits for
# someone who waits for them.
JUDGED = tuple(
    select(kind.id)
    .join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id)
    .where(SubmittedNotebook.assignment_id.in_(bindparam("entries", expanding=True)))
    .order_by(kind.id)
    .with_for_update(of=kind.__table__)
    for kind in (Grade, Comment)
)
# An entry with its notebooks, grades and comments, as far as a record needs them.
NOTEBOOKS = selectinload(SubmittedAssignment.notebooks)
GRADES = NOTEBOOKS.selectinload(SubmittedNotebook.grades)
COMMENTS = NOTEBOOKS.selectinload(SubmittedNotebook.comments)
ENTRY = (
    select(SubmittedAssignment)
    .where(SubmittedAssignment.id == bindparam("entry"))
    .options(
        _columns(Load(SubmittedAssignment), SubmittedAssignment),
        _columns(joinedload(SubmittedAssignment.assignment), Assignment),
        _columns(joinedload(SubmittedAssignment.student), Student),
        _columns(NOTEBOOKS, SubmittedNotebook),
        _columns(NOTEBOOKS.joinedload(SubmittedNotebook.notebook), Notebook),
        _columns(GRADES, Grade),
        _columns(COMMENTS, Comment),
        GRADES.joinedload(Grade.cell),
        COMMENTS.joinedload(Comment.cell),
    )
    .execution_options(populate_existing=True)  # what the session has is of before `lock`
)


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
    names = {"assignment": assignment, "student": student}
    bound_waiting(gradebook)
    if (found := gradebook.db.execute(PLACE, names).first()) is None:
        raise MissingEntry(f"No such assignment: {assignment}")
    if found.student_id is None:
        _insert(gradebook, Student, [{"id": student}])
    entry_id = found.entry_id or uuid4().hex
    if found.entry_id is None:
        place = {"assignment_id": found.assignment_id, "student_id": student}
        _insert(gradebook, SubmittedAssignment, [{**place, "id": entry_id, "timestamp": handed_in}])
    else:
        lock(gradebook, entry_id, handed_in=handed_in)
    _add_notebooks(gradebook, found.assignment_id, entry_id)
    submission: SubmittedAssignment = gradebook.db.execute(ENTRY, {"entry": entry_id}).scalar_one()
    return submission


def lock(gradebook: Gradebook, *entries: str, handed_in: datetime | None = None) -> None:
    """Keeps everyone else from entries until the transaction ends; called before they are read.

    No score that a person gives meanwhile is missed: it is waited for, or it waits. SQLite lets
    nobody else write once one has written; a server locks the rows that are written or asked for.
    Who waits does so for some seconds.

    Args:
        gradebook: whose session has nothing that is not written yet.
        entries: ids of nbgrader's SubmittedAssignment.
        handed_in: UTC without tzinfo; None leaves the time as it is.
    """
    bound_waiting(gradebook)
    timestamp = SubmittedAssignment.timestamp if handed_in is None else handed_in
    time = update(SubmittedAssignment).where(SubmittedAssignment.id.in_(entries))
    time = time.values(timestamp=timestamp).execution_options(synchronize_session=False)
    gradebook.db.execute(time)
    if gradebook.engine.dialect.name != "sqlite":
        for rows in JUDGED:
            gradebook.db.execute(rows, {"entries": list(entries)})


def _add_notebooks(gradebook: Gradebook, assignment_id: str, entry_id: str) -> None:
    """Adds the notebooks that an entry lacks, with a grade and a comment for each cell with one."""
    place = {"assignment": assignment_id, "entry": entry_id}
    new = {key: uuid4().hex for key in gradebook.db.execute(LACKING, place).scalars()}
    if not new:
        return
    cells = gradebook.db.execute(CELLS, {"notebooks": list(new)}).all()

    def rows(kinds: Sequence[str]) -> list[Row]:
        return [
            {"cell_id": cell.id, "notebook_id": key}
            for notebook_id, key in new.items()
            for kind in kinds
            for cell in cells
            if (cell.notebook_id, cell.type) == (notebook_id, kind)
        ]

    entries = [
        {"id": key, "notebook_id": notebook_id, "assignment_id": entry_id}
        for notebook_id, key in new.items()
    ]
    _insert(gradebook, SubmittedNotebook, entries)
    _insert(gradebook, Grade, rows(GRADED))
    _insert(gradebook, Comment, rows(COMMENTED))


def _insert(gradebook: Gradebook, kind: type[Any], rows: Sequence[Row]) -> None:
    """Inserts rows in one statement; ids and defaults are those of nbgrader's columns."""
    if rows:
        gradebook.db.execute(insert(kind.__table__), rows)
