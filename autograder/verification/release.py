"""The students' copy, made anew beside the course, and what it must not hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autograder.config import CourseError, Settings
from autograder.examiner.examiners import Examiners
from autograder.grading.assignment import Assignment
from autograder.grading.release import release
from autograder.verification.finding import Finding, Verdict, found
from autograder.verification.leaks import leaks

SUBJECT = "release"


def of_release(
    settings: Settings, copy: Settings, assignment: Assignment, examiners: Examiners
) -> Iterator[Finding]:
    """What is said of a release.

    Args:
        settings: the course's.
        copy: those of its copy, in which the release is made.
        assignment: as it was read.
        examiners: where the copy's source proves itself, if it has not.
    """
    try:
        made = release(copy, assignment.name, examiners).folder
    except CourseError as error:
        yield Finding(Verdict.WRONG, SUBJECT, str(error))
        return
    wrong = list(leaks(list(assignment.skeletons.values()), made))
    secret = settings.secret_path
    if secret.is_file() and any(secret.read_bytes() in content for content in _all(made).values()):
        wrong.append("the course's secret stands in it")
    yield from found(SUBJECT, wrong, "no solution, hidden test, model answer or marking scheme")
    yield from _of_older(settings, assignment.name, _all(made))


def _of_older(settings: Settings, assignment: str, made: dict[str, bytes]) -> Iterator[Finding]:
    """What is said of the release that is there, if there is one."""
    folder = settings.step("release", assignment)
    if not folder.is_dir():
        yield Finding(Verdict.NOTE, "release/", "there is none yet")
        return
    there = _all(folder)
    names = sorted(n for n in made.keys() | there.keys() if made.get(n) != there.get(n))
    wrong = [f"{name} is not what the source gives: release it again" for name in names]
    yield from found(
        "release/", wrong, f"{len(there)} files, as the source gives them, byte for byte"
    )


def _all(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}
