"""What is on record of many submissions, read in a few statements: for what need not run again."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Row, select

from autograder.grading.allowances import NO_ALLOWANCE, Allowance
from autograder.grading.records import details, judgement, penalties, settled
from autograder.grading.records.arrival import Arrival
from autograder.grading.records.details import Details
from autograder.grading.records.entry import GRADED
from autograder.grading.records.flags import action
from autograder.grading.records.tables import ANSWERS, SUBMISSIONS, is_current
from autograder.results import CellResult, Flag, Status, SubmissionResult

Cell = tuple[str, str]  # the name of a notebook, and the grade_id of a cell in it
ENTRIES = select(
    SubmittedAssignment.id,
    SubmittedAssignment.student_id,
    SubmittedAssignment.timestamp,
    SubmittedAssignment.extension,
    Assignment.duedate,
).join(SubmittedAssignment.assignment)
# What is noted of the answer beside each grade and comment; NULL where nothing is.
NOTED_COLUMNS = tuple(ANSWERS.c[name].label(f"noted_{name}") for name in judgement.NOTED)
GRADES = (
    select(
        SubmittedNotebook.assignment_id.label("entry_id"),
        SubmittedNotebook.id.label("notebook_id"),
        SubmittedNotebook.late_submission_penalty,
        Notebook.name.label("notebook"),
        Grade.id,
        BaseCell.name,
        Grade.auto_score,
        Grade.manual_score,
        Grade.extra_credit,
        Grade.needs_manual_grade,
        Grade.score,
        Grade.max_score,
        *NOTED_COLUMNS,
    )
    .select_from(Grade)
    .join(Grade.notebook)
    .join(SubmittedNotebook.notebook)
    .join(Grade.cell)
    .outerjoin(ANSWERS, ANSWERS.c.id == Grade.id)
)
COMMENTS = (
    select(
        SubmittedNotebook.assignment_id.label("entry_id"),
        Comment.id,
        BaseCell.name,
        Comment.manual_comment,
        *NOTED_COLUMNS,
    )
    .select_from(Comment)
    .join(Comment.notebook)
    .join(Comment.cell)
    .outerjoin(ANSWERS, ANSWERS.c.id == Comment.id)
)


@dataclass(frozen=True)
class Standing:
    """What is on record of a submission.

    Args:
        student: whose it is.
        details: what the kit keeps of it.
        entry_id: of nbgrader's entry; "" where nothing could be graded yet.
        arrival: when it came, and until when it was to come, by what the roster grants.
        extended: the extension that the gradebook has.
        grades: rows of nbgrader's Grade, with scores, the notebook's name and what is noted.
        comments: rows of nbgrader's Comment, with what is noted.
        settled: what a person has settled.
    """

    student: str
    details: Details
    entry_id: str = ""
    arrival: Arrival = field(default_factory=Arrival)
    extended: timedelta | None = None
    grades: Sequence[Row[Any]] = ()
    comments: Sequence[Row[Any]] = ()
    settled: Mapping[settled.About, str] = field(default_factory=dict)

    @cached_property
    def totals(self) -> dict[str, float]:
        """The score of each notebook as it is now."""
        found: defaultdict[str, float] = defaultdict(float)
        for grade in self.grades:
            found[grade.notebook] += float(grade.score)
        return dict(found)

    @cached_property
    def penalties(self) -> dict[str, float]:
        """What is taken off each notebook, as the gradebook has it."""
        return {each.notebook: float(each.late_submission_penalty or 0) for each in self.grades}

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """What is noted of the answers that have grades and comments, by their ids."""
        return {
            row.id: {
                "id": row.id,
                **{name: getattr(row, f"noted_{name}") for name in judgement.NOTED},
            }
            for row in (*self.grades, *self.comments)
            if row.noted_graded is not None
        }

    @cached_property
    def cells(self) -> dict[str, CellResult]:
        """Each graded cell with its score as it is now."""
        grades = details.in_order(self.grades, self.details.notebooks.values())
        return {
            grade.name: CellResult(
                score=None if judgement.is_ungraded(grade) else float(grade.score),
                max_score=float(grade.max_score),
                checks=self.details.checks.get(grade.name, ()),
                plot=self.details.plots.get(grade.name),
            )
            for grade in grades
        }

    @property
    def is_recorded(self) -> bool:
        """Whether something was graded, and its record was brought to an end."""
        return bool(self.details.digest) and self.details.status != "failed"

    def is_whole(self, cells: Collection[Cell]) -> bool:
        """Whether all of it was graded, and would come out the same.

        Args:
            cells: the assignment's graded cells.
        """
        there = {(grade.notebook, grade.name) for grade in self.grades}
        final = not self.details.may_come_out_otherwise
        return self.is_recorded and final and there == {*cells}

    def result(
        self,
        assignment: str,
        status: Status,
        flags: tuple[Flag, ...],
        taken: Mapping[str, float] | None = None,
    ) -> SubmissionResult:
        """The submission as it is on record.

        Args:
            assignment: its name.
            status: to be told of it.
            flags: the same.
            taken: what lateness takes off each notebook; None for what the gradebook has.
        """
        penalty = self.penalties if taken is None else taken
        return SubmissionResult(
            student=self.student,
            status=status,
            score=math.fsum(grade.score for grade in self.grades),
            max_score=math.fsum(grade.max_score for grade in self.grades),
            seconds=self.details.seconds,
            cells=self.cells,
            flags=flags,
            action=action(flags, assignment, self.student),
            lateness=penalties.lateness(self.arrival, penalty.values()),
            memory_bytes=details.most_memory(self.details.notebooks.values()),
        )


def asked(gradebook: Gradebook, assignment: str) -> frozenset[Cell]:
    """The assignment's graded cells."""
    cells = (
        select(Notebook.name, BaseCell.name)
        .join(BaseCell, BaseCell.notebook_id == Notebook.id)
        .join(Notebook.assignment)
        .where(Assignment.name == assignment, BaseCell.type.in_(GRADED))
    )
    return frozenset((notebook, cell) for notebook, cell in gradebook.db.execute(cells))


def students(gradebook: Gradebook, assignment: str) -> set[str]:
    """Of whom the kit has a record, whatever that holds."""
    rows = select(SUBMISSIONS.c.student_id).where(
        SUBMISSIONS.c.assignment_id == gradebook.find_assignment(assignment).id, is_current()
    )
    return {*gradebook.db.execute(rows).scalars()}


def read(
    gradebook: Gradebook,
    assignment: str,
    students: Sequence[str],
    allowances: Mapping[str, Allowance] = MappingProxyType({}),
) -> dict[str, Standing]:
    """What is on record of these students' submissions; whose record is damaged has none.

    Args:
        gradebook: with the kit's tables.
        assignment: its name.
        students: not so many that a statement can't name them.
        allowances: what the roster grants students.
    """
    assignment_id = gradebook.find_assignment(assignment).id
    ours = (
        SubmittedAssignment.assignment_id == assignment_id,
        SubmittedAssignment.student_id.in_(students),
    )
    kept = _kept(gradebook, assignment_id, students)
    theirs = SubmittedNotebook.assignment_id.in_(select(SubmittedAssignment.id).where(*ours))
    grades, comments = (
        _by_entry(gradebook.db.execute(rows.where(theirs))) for rows in (GRADES, COMMENTS)
    )
    looked_at = settled.read(gradebook, assignment_id, students)
    found = {student: Standing(student, each) for student, each in kept.items()}
    for entry in gradebook.db.execute(ENTRIES.where(*ours)):
        if entry.student_id not in kept:
            continue
        found[entry.student_id] = Standing(
            student=entry.student_id,
            details=kept[entry.student_id],
            entry_id=entry.id,
            arrival=arrived(entry, allowances.get(entry.student_id, NO_ALLOWANCE)),
            extended=entry.extension,
            grades=grades[entry.id],
            comments=comments[entry.id],
            settled=looked_at[entry.student_id],
        )
    return found


def arrived(entry: Any, allowance: Allowance) -> Arrival:
    """When a submission came, and until when it was to come.

    Args:
        entry: a row with nbgrader's timestamp, duedate and extension.
        allowance: what the roster grants: an extension there counts before the gradebook's.
    """
    granted = allowance.extension
    extension = entry.extension if granted is None else granted
    return Arrival(entry.timestamp, entry.duedate, extension, allowance.excused)


def _kept(gradebook: Gradebook, assignment_id: str, students: Sequence[str]) -> dict[str, Details]:
    """What the kit keeps of each student's submission, where that can be read."""
    rows = select(SUBMISSIONS).where(
        SUBMISSIONS.c.assignment_id == assignment_id,
        SUBMISSIONS.c.student_id.in_(students),
        is_current(),
    )
    kept = {}
    for row in gradebook.db.execute(rows):
        with suppress(*details.DAMAGED):  # it is graded anew
            kept[row.student_id] = details.of_row(row)
    return kept


def _by_entry(rows: Iterable[Row[Any]]) -> defaultdict[str, list[Row[Any]]]:
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.entry_id].append(row)
    return found
