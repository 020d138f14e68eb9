"""Writing pages into feedback/, where students and nbgrader's exchange take them from.

The page is `ASSIGNMENT.html`. nbgrader's exchange hands out a file for each notebook, so that page
is there under each notebook's name, too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.config import CourseError, Settings
from autograder.grading import late
from autograder.grading.records.gradebook import patiently
from autograder.reporting.feedback.gathering import Gathering
from autograder.reporting.feedback.page import html
from autograder.whole_file import write_whole
from autograder.words import few

# What nbgrader's exchange wants to know of a submission beside its pages.
SECRET = "submission_secret.txt"
FOR_THE_EXCHANGE = ("timestamp.txt", SECRET)
MOST_BYTES = 1_000  # of such a file
Chosen = Callable[[Sequence[str]], Sequence[str]]


def write(settings: Settings, assignment: str, chosen: Chosen) -> Iterator[tuple[str, Path]]:
    """Writes the pages of an assignment; each student with their page, when it is in place.

    Args:
        settings: the course's.
        assignment: its name.
        chosen: picks those who get one from everyone of whom there is a record.

    Raises:
        CourseError: there is nobody, the gradebook is of a newer kit, it can't be said what being
            late takes off, or, when everyone else has a page, someone's record or graded copy is
            damaged.
    """
    late.update(settings, assignment)
    with Gradebook(settings.directory.db_url) as gradebook:
        gathering = patiently(lambda: Gathering.of(settings, gradebook, assignment))
        students = chosen(gathering.students)
        if not students:
            raise CourseError(
                f"nobody's {assignment} is graded yet: `autograder grade {assignment}`"
            )
        damaged = []
        for student in students:
            try:
                told = patiently(partial(gathering.feedback, student), answered=True)
            except CourseError as error:
                damaged.append(str(error))
            else:
                page = _placed(settings, gathering, student, html(told), failed=told.failed)
                yield student, page
        if damaged:
            raise CourseError("; ".join(damaged))


def only(wanted: Sequence[str]) -> Chosen:
    """Picks these students, and everyone where none are named.

    What it gives raises CourseError of one who has no record.
    """

    def chosen(there: Sequence[str]) -> Sequence[str]:
        if unknown := sorted({*wanted} - {*there}):
            raise CourseError(
                f"nothing of {few(unknown)} is graded: there is no record to tell of."
            )
        return sorted({*wanted}) or there

    return chosen


def _placed(
    settings: Settings, gathering: Gathering, student: str, text: str, *, failed: bool
) -> Path:
    """The page, when it is in place under all its names.

    Of a hand-in that could not be graded there is no graded copy, or that of an older one.
    """
    assignment = gathering.assignment
    folder = settings.step("feedback", assignment, student)
    folder.mkdir(parents=True, exist_ok=True)
    for step in ("submitted", "autograded") if failed else ("autograded",):
        content = _for_the_exchange(settings.step(step, assignment, student))
        if SECRET in content:
            break
    for name, data in content.items():
        _replace(settings, folder / name, data)
    for name in {assignment, *(each.name for each in gathering.outlines)}:
        _replace(settings, folder / f"{name}.html", text.encode())
    return folder / f"{assignment}.html"


def _for_the_exchange(folder: Path) -> dict[str, bytes]:
    """What nbgrader's exchange wants to know, of a folder that anybody may have filled."""
    found = {}
    for name in FOR_THE_EXCHANGE:
        with suppress(OSError):
            handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                if stat.S_ISREG(os.fstat(handle).st_mode):
                    found[name] = file.read(MOST_BYTES)
    return found


def _replace(settings: Settings, path: Path, content: bytes) -> None:
    """Puts a file in place when it is whole, for its readers as nbgrader leaves it."""
    write_whole(path, content, 0o664 if settings.directory.groupshared else 0o644)
