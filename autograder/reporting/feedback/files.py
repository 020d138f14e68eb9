"""Writing pages into feedback/, where students and nbgrader's exchange take them from.

The page is `ASSIGNMENT.html`. nbgrader's exchange hands out a file for each notebook, so that page
is there under each notebook's name, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.config import CourseError, Settings
from autograder.grading.records.gradebook import patiently
from autograder.reporting.feedback.gathering import Gathering
from autograder.reporting.feedback.page import html
from autograder.whole_file import write_whole
from autograder.words import few

# What nbgrader's exchange wants to know of a submission beside its pages.
FOR_THE_EXCHANGE = ("timestamp.txt", "submission_secret.txt")
Chosen = Callable[[Sequence[str]], Sequence[str]]


def write(settings: Settings, assignment: str, chosen: Chosen) -> Iterator[tuple[str, Path]]:
    """Writes the pages of an assignment; each student with their page, when it is in place.

    Args:
        settings: the course's.
        assignment: its name.
        chosen: picks those who get one from everyone of whom there is a record.

    Raises:
        CourseError: there is nobody, the gradebook is of a newer kit, or, when everyone else has a
            page, someone's record or graded copy is damaged.
    """
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
                yield student, _placed(settings, gathering, student, html(told))
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


def _placed(settings: Settings, gathering: Gathering, student: str, text: str) -> Path:
    """The page, when it is in place under all its names."""
    assignment = gathering.assignment
    folder = settings.step("feedback", assignment, student)
    graded = settings.step("autograded", assignment, student)
    folder.mkdir(parents=True, exist_ok=True)
    for name in FOR_THE_EXCHANGE:
        if (graded / name).is_file():
            _replace(settings, folder / name, (graded / name).read_bytes())
    for name in {assignment, *(each.name for each in gathering.outlines)}:
        _replace(settings, folder / f"{name}.html", text.encode())
    return folder / f"{assignment}.html"


def _replace(settings: Settings, path: Path, content: bytes) -> None:
    """Puts a file in place when it is whole, for its readers as nbgrader leaves it."""
    write_whole(path, content, 0o664 if settings.directory.groupshared else 0o644)
