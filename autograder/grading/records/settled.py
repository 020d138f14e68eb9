"""Flags that a person has looked at: they are told as settled, until the answer changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nbgrader.api import Gradebook, SubmittedAssignment
from sqlalchemy import and_, delete, select

from autograder.config import CourseError, Settings
from autograder.grading.records import details, tables
from autograder.grading.records.entry import lock
from autograder.grading.records.flags import status, told
from autograder.grading.records.gradebook import bound_waiting, patiently
from autograder.grading.records.tables import SETTLED
from autograder.results import Flag, FlagKind
from autograder.words import few, printable

About = tuple[str, str]  # a flag's kind and its cell
# What these say is no student's doing, and may change while the answer does not.
BY_OTHERS = (FlagKind.SCORE_ABOVE_MAXIMUM, FlagKind.CHANGED_ANSWER, FlagKind.UNPROVEN)


def read(
    gradebook: Gradebook, assignment_id: str, students: Sequence[str]
) -> dict[str, dict[About, str]]:
    """What a person has settled of each student's submission, with what each flag was about.

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


def told_of(flags: Iterable[Flag], known: Mapping[About, str], content: str) -> tuple[Flag, ...]:
    """The flags of a record, of which those are settled that were settled for the same answer.

    Args:
        flags: all that there are.
        known: what was settled.
        content: a digest of what of the submission is the student's; "" where it is not known: no
            flag is settled then.
    """
    return _marked(told(_marked(flags, known, content)), known, content)


def _marked(flags: Iterable[Flag], known: Mapping[About, str], content: str) -> tuple[Flag, ...]:
    return tuple(
        replace(flag, settled=bool(content) and then == _about(flag, content))
        for flag in flags
        for then in [known.get((flag.kind.value, flag.cell))]
    )


def _about(flag: Flag, content: str) -> str:
    """A digest of what a flag is about."""
    said = flag.detail if flag.kind in BY_OTHERS else ""
    return hashlib.sha256(f"{content} {said}".encode()).hexdigest()


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
        assignment_id = gradebook.find_assignment(assignment).id
        before = and_(
            SETTLED.c.assignment_id == assignment_id,
            SETTLED.c.student_id == student,
            SETTLED.c.kind == kind.value,
        )
        _hold(gradebook, assignment_id, student)  # or it may be graded anew between here and there
        gradebook.db.execute(delete(SETTLED).where(before))  # first: SQLite waits for nobody later
        kept = details.read(gradebook, assignment).get(student)
        if kept is None:
            raise CourseError(
                f"{printable(student)} has no record of {assignment}: `autograder grade "
                f"{assignment}` comes first."
            )
        wanted = _wanted(kept.flags, assignment, student, kind)
        if not kept.content:
            raise CourseError(
                f"of {printable(student)} it is not known what was graded: run `autograder grade "
                f"{assignment} --student {printable(student)}` once more."
            )
        rows = {
            flag.cell: {
                "assignment_id": assignment_id,
                "student_id": student,
                "kind": kind.value,
                "cell": flag.cell,
                "answer": _about(flag, kept.content),
            }
            for flag in wanted
        }
        gradebook.db.execute(SETTLED.insert(), list(rows.values()))
        known = read(gradebook, assignment_id, [student])[student]
        flags = _marked(kept.flags, known, kept.content)
        now = kept.status if kept.status == "failed" else status(flags)
        details.retell(gradebook, assignment_id, student, now, flags)
        gradebook.db.commit()
        return [flag for flag in flags if flag.kind == kind]


def _hold(gradebook: Gradebook, assignment_id: str, student: str) -> None:
    """Keeps everyone else from a submission's record until the transaction ends."""
    bound_waiting(gradebook)
    entry = select(SubmittedAssignment.id).where(
        SubmittedAssignment.assignment_id == assignment_id,
        SubmittedAssignment.student_id == student,
    )
    if (entry_id := gradebook.db.execute(entry).scalar()) is not None:
        lock(gradebook, entry_id)


def _wanted(flags: Sequence[Flag], assignment: str, student: str, kind: FlagKind) -> list[Flag]:
    """The flags of a kind.

    Raises:
        CourseError: there is none, or nobody has to look at such a one.
    """
    wanted = [flag for flag in flags if flag.kind == kind and not kind.ordinary]
    if not wanted:
        there = sorted({flag.kind.value for flag in flags if flag.open})
        raise CourseError(
            f"{printable(student)} has no flag {kind.value} of {assignment} that anyone has to "
            f"look at; there is: {few(there, len(there)) or 'none'}."
        )
    return wanted
