"""`autograder export`: writes the points, packs the feedback, and says what is to be done next.

Each of the two files is put in place whole. Whoever gets no row, or no feedback, is named with the
reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.config import CourseError, Settings
from autograder.lms import earned
from autograder.lms.packing import Packed
from autograder.lms.points import LeftOut, Points
from autograder.lms.targets import MAKERS, Made, Wanted
from autograder.whole_file import write_whole
from autograder.words import few, short

FOLDER = "exports"  # in the course


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        files: their paths: the points, and the feedback where it is packed.
        told: what a person is to know, in lines.
        needs_a_person: whether someone was left out for a reason out of the ordinary.
    """

    files: tuple[Path, ...]
    told: tuple[str, ...]
    needs_a_person: bool


def export(settings: Settings, assignment: str, wanted: Wanted) -> Exported:
    """Writes the points of an assignment, and the feedback, for an LMS.

    Args:
        settings: the course's.
        assignment: its name.
        wanted: how.

    Raises:
        WaitingError: someone's points are not all there, and nothing is written.
        CourseError: something else is to be mended first.
    """
    points = earned.read(
        settings,
        assignment,
        partial=wanted.partial,
        absent_zero=wanted.absent_zero,
        only=wanted.only,
    )
    made = MAKERS[wanted.to](settings, assignment, points, wanted)
    left_out = [*points.left_out, *made.left_out]
    gone = {each.student for each in left_out}
    there = [row for row in points.rows if row.student.student_id not in gone]
    files = _written(settings, assignment, wanted, made) if there else ()
    feedback = made.packed.left_out if made.packed else ()
    told = [
        *_headline(assignment, len(there), files, made.packed),
        *_named("Left out", left_out),
        *_named("No feedback packed", feedback),
        *_about_flags(points),
        *(made.notes if files else ()),
        *([f"Next: {' '.join(made.steps)}"] if files and made.steps else ()),
        *([made.feedback_step] if len(files) > 1 else ()),
    ]
    unusual = any(not each.reason.ordinary for each in (*left_out, *feedback))
    return Exported(files, tuple(told), unusual or not there)


def _written(settings: Settings, assignment: str, wanted: Wanted, made: Made) -> tuple[Path, ...]:
    """The paths of the files, when they are in place."""
    path = wanted.output or settings.root / FOLDER / assignment / made.name
    if path.is_dir():
        raise CourseError(f"{path} is a folder: --output names a file.")
    write_whole(path, made.content)
    feedback = path.with_name(f"{path.stem}-feedback.zip")
    if made.packed is None or not made.packed.students:
        if wanted.output is None:
            feedback.unlink(missing_ok=True)  # an older one
        return (path,)
    write_whole(feedback, made.packed.content)
    return path, feedback


def _headline(
    assignment: str, number: int, files: Sequence[Path], packed: Packed | None
) -> Iterator[str]:
    """What was written of how many."""
    if not files:
        yield f"{assignment}: nobody has points to export; nothing is written."
        return
    yield f"{assignment}: {number} student{'' if number == 1 else 's'} in {files[0]}"
    if packed and len(files) > 1:
        yield f"Feedback of {len(packed.students)}: {files[1]}"


def _named(title: str, left_out: Sequence[LeftOut]) -> Iterator[str]:
    """Everyone who was left out, by the reason."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for each in left_out:
        names[each.reason.text].append(short(each.student))
    for reason, students in names.items():
        yield f"{title}, {reason}: {', '.join(students)}"


def _about_flags(points: Points) -> Iterator[str]:
    """Who is exported although nobody has looked at a flag."""
    flagged = [row.student.student_id for row in points.rows if row.flags]
    if flagged:
        has = "has a flag" if len(flagged) == 1 else "have flags"
        yield f"{len(flagged)} {has} that nobody has settled: {few(flagged)}"
