"""Who has earned what: read from the gradebook, the roster and submitted/.

The one place that decides it: what is written for Canvas, for Moodle and as a table differs in form
alone.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Row as SqlRow
from sqlalchemy import select

from autograder.config import CourseError, Settings
from autograder.grading import late, roster, submission
from autograder.grading.intake import inbox
from autograder.grading.records import details, standing, tables
from autograder.grading.records.details import DAMAGED
from autograder.grading.records.gradebook import patiently
from autograder.grading.records.judgement import is_ungraded
from autograder.grading.records.standing import Cell
from autograder.grading.records.tables import SUBMISSIONS, is_current
from autograder.grading.roster import Student
from autograder.lms.points import (
    ABSENT,
    AGAIN,
    DAMAGED_RECORD,
    FAILED,
    STALE,
    UNGRADED,
    UNLISTED,
    WAITS,
    LeftOut,
    Points,
    Reason,
    Row,
    WaitingError,
)
from autograder.reporting.feedback import outline
from autograder.results import Flag, left, lost
from autograder.words import few

KEPT = select(SUBMISSIONS.c.student_id, SUBMISSIONS.c.status, SUBMISSIONS.c.flags)


def read(
    settings: Settings,
    assignment: str,
    *,
    partial: bool = False,
    absent_zero: bool = False,
    only: Collection[str] = (),
) -> Points:
    """The points of a class, as they are in the gradebook now.

    Args:
        settings: the course's.
        assignment: its name.
        partial: leaves out those whose answers wait for a person, and raises nothing.
        absent_zero: gives who handed in nothing 0 points.
        only: these students; everyone where none are named.

    Raises:
        WaitingError: someone's points are not all there.
        CourseError: the assignment is not released, or source or roster can't be read.
    """
    late.update(settings, assignment)
    record = patiently(lambda: _Record.read(settings, assignment))
    people = {key: each for key, each in record.people.items() if not only or key in only}
    found = [record.row_of(student) for student in people.values()]
    if absent_zero:
        found = [_zero(each, people) for each in found]
    left_out = tuple(each for each in found if isinstance(each, LeftOut))
    waiting = [each.student for each in left_out if each.reason is WAITS]
    if waiting and not partial:
        whose = "1 student's" if len(waiting) == 1 else f"{len(waiting)} students'"
        raise WaitingError(
            f"{assignment} is not exported: {whose} answers wait for a person's points "
            f"(formgrader, Manual Grading): {few(waiting)}. --partial leaves them out."
        )
    rows = tuple(each for each in found if isinstance(each, Row))
    listed = {key: each for key, each in record.people.items() if key in record.listed}
    return Points(rows, left_out, record.most, record.cells, listed)


def _zero(found: Row | LeftOut, people: Mapping[str, Student]) -> Row | LeftOut:
    """A row with nothing instead of none, for who handed in nothing."""
    if isinstance(found, LeftOut) and found.reason is ABSENT:
        return Row(people[found.student], "absent", 0.0)
    return found


@dataclass(frozen=True)
class _Record:
    """What the gradebook, the roster and submitted/ have of an assignment.

    Args:
        assignment: its name.
        people: everyone of whom something is known, by id.
        listed: those on the roster; everyone, where there is none.
        handed_in: who has something in submitted/.
        again: those of whom that is not what was graded.
        kept: status and flags of the kit's record, by student.
        entries: nbgrader's, by student.
        grades: of each entry, by its id; also `comments`.
        most: what the assignment is worth.
        cells: its graded cells, by notebook.
    """

    assignment: str
    people: Mapping[str, Student]
    listed: Collection[str]
    handed_in: Collection[str]
    again: Collection[str]
    kept: Mapping[str, SqlRow[Any]]
    entries: Mapping[str, SqlRow[Any]]
    grades: Mapping[str, Sequence[SqlRow[Any]]]
    comments: Mapping[str, Sequence[SqlRow[Any]]]
    most: float
    cells: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, settings: Settings, assignment: str) -> _Record:
        """What there is.

        Raises:
            CourseError: the assignment is not released, or source or roster can't be read.
        """
        listed = roster.read(settings.roster_path)
        there = {*inbox.students(settings, assignment)}
        with Gradebook(settings.directory.db_url) as gradebook:
            tables.prepare(gradebook)
            released = _released(gradebook, assignment)
            ours = SubmittedAssignment.assignment_id == released.id
            entries = _by("student_id", gradebook.db.execute(standing.ENTRIES.where(ours)))
            theirs = SubmittedNotebook.assignment_id.in_(select(SubmittedAssignment.id).where(ours))
            kept = KEPT.where(SUBMISSIONS.c.assignment_id == released.id, is_current())
            records = _by("student_id", gradebook.db.execute(kept))
            graded, _ = details.versions_of_class(gradebook, assignment)
            known = {each.id: _student(each) for each in gradebook.students}
            others = sorted({*records, *entries, *there})
            ids = dict.fromkeys([*(listed or known), *others])
            return cls(
                assignment,
                people={key: listed.get(key) or known.get(key) or Student(key) for key in ids},
                listed=listed.keys() or ids.keys(),
                handed_in=there,
                again={
                    key
                    for key in there & graded.keys()
                    if submission.is_another(settings, assignment, key, graded[key])
                },
                kept={key: rows[0] for key, rows in records.items()},
                entries={key: rows[0] for key, rows in entries.items()},
                grades=_by("entry_id", gradebook.db.execute(standing.GRADES.where(theirs))),
                comments=_by("entry_id", gradebook.db.execute(standing.COMMENTS.where(theirs))),
                most=float(released.max_score),
                cells=_in_order(settings, assignment, standing.asked(gradebook, assignment)),
            )

    def row_of(self, student: Student) -> Row | LeftOut:
        """What leaves the gradebook of a student; or why nothing does."""
        key = student.student_id
        if key not in self.listed:
            return LeftOut(key, UNLISTED)
        kept, entry = self.kept.get(key), self.entries.get(key)
        if student.excused(self.assignment):
            return Row(student, "excused", None, handed_in=entry.timestamp if entry else None)
        grades = self.grades.get(entry.id, ()) if entry else ()
        if reason := self._reason(key, kept, grades):
            return LeftOut(key, reason)
        assert entry is not None  # or there were no grades, which is a reason
        try:
            flags = _open_flags(kept.flags) if kept else 0
        except DAMAGED:
            return LeftOut(key, DAMAGED_RECORD)
        return self._graded(student, entry, grades, flags)

    def _reason(
        self, student: str, kept: SqlRow[Any] | None, grades: Sequence[SqlRow[Any]]
    ) -> Reason | None:
        """Why a student who is listed, and not excused, has no points."""
        if kept and kept.status == "failed":
            return FAILED
        if not kept and all(map(is_ungraded, grades)):  # nbgrader makes an entry for an extension
            return UNGRADED if student in self.handed_in else ABSENT
        if student in self.again:
            return AGAIN
        asked = {(notebook, cell) for notebook, cells in self.cells.items() for cell in cells}
        if {(grade.notebook, grade.name) for grade in grades} != asked:
            return STALE
        waits = any(grade.needs_manual_grade or is_ungraded(grade) for grade in grades)
        return WAITS if waits else None

    def _graded(
        self, student: Student, entry: SqlRow[Any], grades: Sequence[SqlRow[Any]], flags: int
    ) -> Row:
        """The row of a student whose points are all there."""
        scores: defaultdict[str, list[float]] = defaultdict(list)
        penalties = dict[str, float]()
        for grade in grades:
            scores[grade.notebook].append(float(grade.score))
            penalties[grade.notebook] = float(grade.late_submission_penalty or 0)
        sums = {name: math.fsum(each) for name, each in scores.items()}
        before, penalty = math.fsum(sums.values()), math.fsum(penalties.values())
        return Row(
            student,
            "flagged" if flags else "graded",
            left(before, penalty),
            before,
            lost(before, penalty),
            {name: left(total, penalties[name]) for name, total in sums.items()},
            {(grade.notebook, grade.name): float(grade.score) for grade in grades},
            entry.timestamp,
            flags,
            {c.name: c.manual_comment for c in self.comments.get(entry.id, ()) if c.manual_comment},
        )


def _released(gradebook: Gradebook, assignment: str) -> Assignment:
    """nbgrader's entry of an assignment.

    Raises:
        CourseError: there is none.
    """
    try:
        return gradebook.find_assignment(assignment)
    except MissingEntry:
        raise CourseError(
            f"the gradebook knows no assignment {assignment}: `autograder release {assignment}`"
        ) from None


def _by(column: str, rows: Iterable[SqlRow[Any]]) -> dict[str, list[SqlRow[Any]]]:
    """Rows of a statement by what one of their columns holds."""
    found: defaultdict[str, list[SqlRow[Any]]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


def _student(entry: Any) -> Student:
    """A student as nbgrader's gradebook has them."""
    return Student(
        entry.id,
        entry.first_name or "",
        entry.last_name or "",
        entry.email or "",
        entry.lms_user_id or "",
    )


def _open_flags(text: str) -> int:
    """How many of the flags that a record holds nobody has settled.

    Raises:
        KeyError, TypeError, ValueError, RecursionError: it is damaged.
    """
    return sum(Flag.from_json(each).open for each in json.loads(text))


def _in_order(
    settings: Settings, assignment: str, asked: Collection[Cell]
) -> dict[str, tuple[str, ...]]:
    """The graded cells by notebook, as they stand in the source; what it has no more comes last."""
    outlines = outline.read(settings.step("source", assignment))
    order = [
        (each.name, cell)
        for each in outlines
        for exercise in each.exercises
        for cell in exercise.graded
    ]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for notebook, cell in dict.fromkeys([*order, *sorted(asked)]):
        if (notebook, cell) in asked:
            found[notebook].append(cell)
    return {notebook: tuple(cells) for notebook, cells in found.items()}
