"""A class's submissions as they are on record, with what people have said and scored meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nbgrader.api import (
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import or_, select

from autograder.config import CourseError, Settings
from autograder.grading import roster
from autograder.grading.records import judgement, standing, tables
from autograder.grading.records.flags import again
from autograder.grading.records.penalties import Rule
from autograder.grading.records.renewal import renewal
from autograder.grading.records.standing import Cell, Standing
from autograder.grading.records.tables import SUBMISSIONS, is_current
from autograder.results import CellResult, SubmissionResult, left, lost

PART = 200  # students whose records are in memory at once


@dataclass(frozen=True)
class Submission:
    """What is on record of one student's submission.

    Args:
        result: status, points before lateness, flags and what to do first; cells without checks.
        known: whether there is a record of the kit's that can be read.
        penalty: points that lateness takes, as nbgrader has them.
        handed_in: when, UTC without tzinfo, where that is known.
        due: until when, an extension included, where there is a date.
        extension: given to this student alone.
        notebooks: nbgrader's id of each graded notebook, by its name.
    """

    result: SubmissionResult
    known: bool = True
    penalty: float = 0.0
    handed_in: datetime | None = None
    due: datetime | None = None
    extension: timedelta = timedelta()
    notebooks: Mapping[str, str] = field(default_factory=dict)

    @property
    def student(self) -> str:
        return self.result.student

    @property
    def is_graded(self) -> bool:
        """Whether its points are those of what was handed in last."""
        return self.known and self.result.status != "failed"

    @property
    def after(self) -> float:
        """The points with lateness, as nbgrader exports them."""
        return left(self.result.score, self.penalty)

    @property
    def lost(self) -> float:
        """The points that lateness takes of those that are there."""
        return lost(self.result.score, self.penalty)

    @property
    def lateness(self) -> timedelta:
        """How long after the due date it came; nothing where that is not known, or in time."""
        if self.handed_in is None or self.due is None:
            return timedelta()
        return max(timedelta(), self.handed_in - self.due)

    @property
    def waiting(self) -> float:
        """The points that a person has still to decide on."""
        return sum(cell.max_score for cell in self.result.cells.values() if cell.score is None)


@dataclass(frozen=True)
class Record:
    """A submission, with what is counted over the class and then let go.

    Args:
        submission: itself.
        cells: each graded cell with its checks.
        machine: what the machine gave for each of them; None where a person gives the points.
        waiting: the cells that nobody has scored yet.
        versions: what the record was made with.
    """

    submission: Submission
    cells: Mapping[str, CellResult] = field(default_factory=dict)
    machine: Mapping[str, float | None] = field(default_factory=dict)
    waiting: Sequence[Cell] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Entry:
    """What nbgrader has of a submission beside its scores, and whether it has any of these."""

    scored: bool = False
    penalty: float = 0.0
    extension: timedelta = timedelta()
    notebooks: Mapping[str, str] = field(default_factory=dict)


def read(settings: Settings, gradebook: Gradebook, assignment: str) -> Iterator[Record]:
    """Everyone's of whom there is an entry or a record, in order of id; some at a time.

    An entry without a record and without a score is no submission: an extension makes one.

    Args:
        settings: the course's.
        gradebook: its.
        assignment: a name.

    Raises:
        CourseError: the assignment is not released, the roster can't be read, or the gradebook is
            of a newer kit.
    """
    tables.prepare(gradebook)
    try:
        released = gradebook.find_assignment(assignment)
    except MissingEntry:
        raise CourseError(
            f"the gradebook knows no assignment {assignment}: `autograder release {assignment}`"
        ) from None
    assignment_id, rule = released.id, Rule.of(settings)
    allowances = roster.allowances(settings, assignment, released.duedate)
    entries = _entries(gradebook, assignment_id)
    kept = gradebook.db.execute(
        select(SUBMISSIONS.c.student_id).where(
            SUBMISSIONS.c.assignment_id == assignment_id, is_current()
        )
    )
    scored = {student for student, entry in entries.items() if entry.scored}
    students = sorted({*scored, *kept.scalars()})
    for start in range(0, len(students), PART):
        part = students[start : start + PART]
        found = standing.read(gradebook, assignment, part, allowances)
        for student in part:
            entry, there = entries.get(student, _Entry()), found.get(student)
            if there is None:
                yield Record(_unknown(assignment, student, entry))
            else:
                yield _record(rule, gradebook, assignment, there, entry)


def _entries(gradebook: Gradebook, assignment_id: str) -> dict[str, _Entry]:
    """What nbgrader has of each submission, by student."""
    has_score = or_(Grade.auto_score.is_not(None), Grade.manual_score.is_not(None))
    scored = select(Grade.notebook_id).where(has_score)
    rows = (
        select(
            SubmittedAssignment.student_id,
            SubmittedAssignment.extension,
            SubmittedNotebook.id,
            SubmittedNotebook.late_submission_penalty,
            SubmittedNotebook.id.in_(scored).label("scored"),
            Notebook.name,
        )
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .where(SubmittedAssignment.assignment_id == assignment_id)
        .order_by(Notebook.name)
    )
    penalties, extensions = defaultdict[str, float](float), dict[str, timedelta]()
    notebooks, with_score = defaultdict[str, dict[str, str]](dict), set[str]()
    for row in gradebook.db.execute(rows):
        penalties[row.student_id] += row.late_submission_penalty or 0.0
        extensions[row.student_id] = row.extension or timedelta()
        notebooks[row.student_id][row.name] = row.id
        if row.scored:
            with_score.add(row.student_id)
    return {
        student: _Entry(student in with_score, penalties[student], extensions[student], theirs)
        for student, theirs in notebooks.items()
    }


def _unknown(assignment: str, student: str, entry: _Entry) -> Submission:
    """A submission that another program graded, or whose record is damaged."""
    return Submission(
        SubmissionResult(student, "failed", 0.0, 0.0, 0.0, action=again(assignment, student)),
        known=False,
        notebooks=entry.notebooks,
    )


def _record(
    rule: Rule, gradebook: Gradebook, assignment: str, there: Standing, entry: _Entry
) -> Record:
    """A submission whose record can be read; of one that failed no score is of what it is now."""
    kept = there.details
    if there.is_recorded:
        renewed = renewal(rule, gradebook, assignment, there)
        result = replace(renewed.result, status=renewed.status)
    else:
        result = there.result(assignment, kept.status, kept.flags)
    graded = kept.status != "failed"
    result = result if graded else replace(result, cells={})
    submission = Submission(
        result=result.in_short,
        penalty=entry.penalty if graded else 0.0,
        handed_in=there.arrival.handed_in,
        due=there.arrival.until,
        extension=entry.extension,
        notebooks=entry.notebooks,
    )
    if not graded:
        return Record(submission, versions=kept.versions)
    return Record(
        submission,
        cells=result.cells,
        machine={grade.name: grade.auto_score for grade in there.grades},
        waiting=[(g.notebook, g.name) for g in there.grades if judgement.is_ungraded(g)],
        versions=kept.versions,
    )
