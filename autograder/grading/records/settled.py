"""Flags that a person has looked at: they are told as settled, until the answer changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nbgrader.api import Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import and_, delete, select

from autograder.config import CourseError, Settings
from autograder.grading.records import details, tables
from autograder.grading.records.flags import status
from autograder.grading.records.gradebook import patiently
from autograder.grading.records.tables import ANSWERS, SETTLED
from autograder.results import Flag, FlagKind
from autograder.words import few, printable

About = tuple[str, str]  # a flag's kind and its cell


@dataclass(frozen=True)
class HandIn:
    """What the flags of a submission are about.

    Args:
        folder: a digest of what was handed in; "" where it is not known: no flag is settled then.
        answers: of each graded cell the hash of what it grades, by grade_id.
    """

    folder: str
    answers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, flag: Flag) -> str:
        """A digest of what a flag is about: of an answer, or of all that was handed in."""
        return self.answers.get(flag.cell) or self.folder


def read(
    gradebook: Gradebook, assignment_id: str, students: Sequence[str]
) -> dict[str, dict[About, str]]:
    """What a person has settled of each student's submission: the answer that each flag was about.

    Args:
        gradebook: with the kit's tables.
        assignment_id: of nbgrader's entry.
        students: whose.
    """
    rows = select(SETTLED).where(
        SETTLED.c.assignment_id == assignment_id, SETTLED.c.student_id.in_(students)
    )
    found: dict[str, dict[About, str]] = {student: {} for student in students}
    for row in gradebook.db.execute(rows):
        found[row.student_id][row.kind, row.cell] = row.answer
    return found


def marked(flags: Iterable[Flag], known: Mapping[About, str], hand_in: HandIn) -> tuple[Flag, ...]:
    """The flags, of which those are settled that were settled for the same answer."""
    return tuple(
        replace(flag, settled=bool(then) and then == hand_in.answer(flag))
        for flag in flags
        for then in [known.get((flag.kind.value, flag.cell))]
    )


def settle(settings: Settings, assignment: str, student: str, kind: FlagKind) -> list[Flag]:
    """Notes that a person has looked at a submission's flags of a kind; these, settled.

    Args:
        settings: the course's.
        assignment: its name.
        student: whose submission.
        kind: of the flags.

    Raises:
        CourseError: there is no such flag that anyone has to look at.
    """
    return patiently(lambda: _settle(settings.directory.db_url, assignment, student, kind))


def _settle(db_url: str, assignment: str, student: str, kind: FlagKind) -> list[Flag]:
    with Gradebook(db_url) as gradebook:
        tables.prepare(gradebook)
        kept = details.read(gradebook, assignment).get(student)
        if kept is None:
            raise CourseError(
                f"{printable(student)} has no record of {assignment}: `autograder grade "
                f"{assignment}` comes first."
            )
        wanted = [flag for flag in kept.flags if flag.kind == kind and not kind.ordinary]
        if not wanted:
            there = sorted({flag.kind.value for flag in kept.flags if flag.open})
            raise CourseError(
                f"{printable(student)} has no flag {kind.value} of {assignment} that anyone has to "
                f"look at; there is: {few(there, len(there)) or 'none'}."
            )
        assignment_id = gradebook.find_assignment(assignment).id
        hand_in = HandIn(kept.folder, _answers(gradebook, assignment_id, student))
        if not all(map(hand_in.answer, wanted)):
            raise CourseError(
                f"an older kit has graded {printable(student)}, or the kit failed there: run "
                f"`autograder grade {assignment} --student {printable(student)}` once more."
            )
        of_student = and_(SETTLED.c.assignment_id == assignment_id, SETTLED.c.student_id == student)
        gradebook.db.execute(delete(SETTLED).where(of_student, SETTLED.c.kind == kind.value))
        rows = {
            flag.cell: {
                "assignment_id": assignment_id,
                "student_id": student,
                "kind": kind.value,
                "cell": flag.cell,
                "answer": hand_in.answer(flag),
            }
            for flag in wanted
        }
        gradebook.db.execute(SETTLED.insert(), list(rows.values()))
        known = read(gradebook, assignment_id, [student])[student]
        flags = marked(kept.flags, known, hand_in)
        told = kept.status if kept.status == "failed" else status(flags)
        details.retell(gradebook, assignment_id, student, told, flags)
        gradebook.db.commit()
        return [flag for flag in flags if flag.kind == kind]


def _answers(gradebook: Gradebook, assignment_id: str, student: str) -> dict[str, str]:
    """The hash of what each graded cell of a submission grades, by grade_id."""
    grades = (
        select(Grade)
        .join(Grade.notebook)
        .join(SubmittedNotebook.assignment)
        .where(
            SubmittedAssignment.assignment_id == assignment_id,
            SubmittedAssignment.student_id == student,
        )
    )
    names = {grade.id: grade.name for grade in gradebook.db.execute(grades).scalars()}
    rows = gradebook.db.execute(select(ANSWERS).where(ANSWERS.c.id.in_(names)))
    return {names[row.id]: row.graded for row in rows}
