"""Who is missing, who is not expected, and what in submitted/ is nobody's."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from autograder.config import Settings
from autograder.grading import submission
from autograder.grading.intake import inbox
from autograder.grading.roster import Student
from autograder.words import utf8


@dataclass(frozen=True)
class Roll:
    """The class as the roster has it beside what lies in submitted/; ids, in order.

    Args:
        listed: whether there is a roster.
        absent: who is on the roster and handed in nothing, and is not excused.
        excused: who is, whether something was handed in or not.
        unlisted: who handed in and is not on the roster.
        ungraded: who handed in, and of whom there is no record yet, or one of something else.
        gone: of whom there is a record, and nothing in submitted/ any more.
        strays: what lies in submitted/ and is nobody's.
    """

    listed: bool = False
    absent: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    ungraded: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()


def call(
    settings: Settings,
    assignment: str,
    listed: Mapping[str, Student],
    recorded: Set[str],
    versions: Mapping[str, Mapping[str, str]],
) -> Roll:
    """Compares who is expected with who is there.

    Args:
        settings: the course's.
        assignment: a name.
        listed: the roster.
        recorded: of whom there is a record.
        versions: what records of graded submissions come from, by student.
    """
    there = {utf8(student) for student in inbox.students(settings, assignment)}
    again = {
        student
        for student in there & versions.keys()
        if submission.is_another(settings, assignment, student, versions[student])
    }
    excused = {student for student, each in listed.items() if each.excused(assignment)}
    return Roll(
        listed=bool(listed),
        absent=tuple(sorted(listed.keys() - there - excused)),
        excused=tuple(sorted(excused)),
        unlisted=tuple(sorted(there - listed.keys())) if listed else (),
        ungraded=tuple(sorted((there - recorded) | again)),
        gone=tuple(sorted(recorded - there)),
        strays=tuple(inbox.strays(settings, assignment)),
    )
