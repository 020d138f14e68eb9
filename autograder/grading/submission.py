"""A student's submission: as it was handed in, and as it goes to a worker to be run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode

from autograder.config import Settings
from autograder.grading import pipeline
from autograder.grading.assignment import Assignment
from autograder.grading.intake import files_beside, inbox, timestamp
from autograder.grading.intake.folder import walk
from autograder.grading.rebuild import handed_in
from autograder.grading.secret import group_key, student_key
from autograder.results import Flag, FlagKind


@dataclass(frozen=True)
class Submission:
    """What is run: sanitized notebooks, by name, and the files beside them.

    `own` are the names of those files that are the student's.

    `handed_in` is the time of submission, UTC without tzinfo as in nbgrader's database, where it
    is known; `key` the student's own, or their group's; `flags` says what was wrong with what was
    handed in; `seconds` is what reading it took.
    """

    assignment: str
    student: str
    notebooks: Mapping[str, NotebookNode]
    files: Mapping[str, bytes]
    key: bytes
    own: frozenset[str] = frozenset()
    handed_in: datetime | None = None
    flags: tuple[Flag, ...] = ()
    seconds: float = 0.0


def read(settings: Settings, assignment: Assignment, student: str, group: str = "") -> Submission:
    """The submission as it will be run, rebuilt on the source; what can't be is flagged.

    Args:
        settings: the course's.
        assignment: what was asked.
        student: who handed in.
        group: with whom; "" for alone.
    """
    start = time.perf_counter()
    path = settings.step("submitted", assignment.name, student)
    if misplaced := inbox.misplaced(settings, path):
        return Submission(assignment.name, student, {}, {}, b"", flags=misplaced)
    folder = walk(path)
    sanitize = pipeline.parts(settings.config)["sanitize"]
    found, mended, folders = handed_in.notebooks(folder, assignment.skeletons, assignment.files)
    notebooks = {}
    for name, notebook in found.items():
        names = notebook_resources(settings, assignment.name, student, name)
        notebooks[name] = pipeline.process(sanitize, settings.config, notebook, names)
    submitted, unreadable = _handed_in(settings, path)
    beside, left = files_beside.read(
        folder, assignment.skeletons, assignment.files, settings.sandbox.limits(), folders
    )
    return Submission(
        assignment=assignment.name,
        student=student,
        notebooks=notebooks,
        files=beside,
        own=frozenset(beside.keys() - assignment.files.keys()),
        key=_key(settings, assignment.name, student, group),
        handed_in=submitted,
        flags=(*mended, *inbox.beside(settings, path), *left, *unreadable),
        seconds=time.perf_counter() - start,
    )


def _key(settings: Settings, assignment: str, student: str, group: str) -> bytes:
    """From which the secret half of the draws comes."""
    if group:
        return group_key(settings.secret_path, assignment, group)
    return student_key(settings.secret_path, assignment, student)


def _handed_in(settings: Settings, folder: Path) -> tuple[datetime | None, tuple[Flag, ...]]:
    """When the submission was handed in, if that is known, and a flag where it can't be read."""
    try:
        return timestamp.read(folder, timestamp.zones(settings.config)), ()
    except ValueError as error:
        return None, (Flag(FlagKind.UNKNOWN_TIME, "", str(error)),)


def notebook_resources(
    settings: Settings, assignment: str, student: str, notebook: str
) -> dict[str, str]:
    """How nbgrader's preprocessors are told what they work on."""
    return {
        "student": student,
        "assignment": assignment,
        "notebook": notebook,
        "db_url": settings.directory.db_url,
    }
