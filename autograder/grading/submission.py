"""A student's submission: as it was handed in, and as it goes to a worker to be run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode

from autograder.config import Settings
from autograder.grading import inputs, pipeline
from autograder.grading.assignment import Assignment
from autograder.grading.intake import files_beside, inbox, timestamp
from autograder.grading.intake.fingerprint import fingerprint, handed_in_at, together
from autograder.grading.intake.folder import NOTEBOOK, walk
from autograder.grading.intake.unpacking import unpacked
from autograder.grading.rebuild import handed_in
from autograder.grading.secret import group_key, student_key
from autograder.results import Flag, FlagKind

HANDED_IN = "handed-in"  # among the versions of what a record comes from: as of `Seen.handed_in`


@dataclass(frozen=True)
class Seen:
    """A submission as it lies there, before it is read.

    Args:
        misplaced: flags where it is no folder of the assignment that can be read.
        beside: flags where more was handed in than that folder.
        key: the student's own, or their group's.
        folder: a digest of what is in it, but for when it was handed in.
        handed_in: a digest of both, what is in it and when it was handed in.
        digest: of all that its record comes from; "" where it can't be read.
    """

    misplaced: tuple[Flag, ...] = ()
    beside: tuple[Flag, ...] = ()
    key: bytes = b""
    folder: str = ""
    handed_in: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Submission:
    """What is run: sanitized notebooks, by name, and the files beside them.

    `own` are the names of those files that are the student's, `digests` of all files what their
    contents are known by.

    `handed_in` is the time of submission, UTC without tzinfo as in nbgrader's database, where it
    is known; `key` the student's own, or their group's; `flags` says what was wrong with what was
    handed in; `seconds` is what reading it took; `seen` what it looked like before.
    """

    assignment: str
    student: str
    notebooks: Mapping[str, NotebookNode]
    files: Mapping[str, bytes]
    key: bytes
    own: frozenset[str] = frozenset()
    digests: Mapping[str, str] = field(default_factory=dict)
    handed_in: datetime | None = None
    flags: tuple[Flag, ...] = ()
    seconds: float = 0.0
    seen: Seen = field(default_factory=Seen)


def look(settings: Settings, assignment: Assignment, student: str, group: str = "") -> Seen:
    """What a submission looks like before it is read; arguments as of `read`."""
    path = settings.step("submitted", assignment.name, student)
    if misplaced := inbox.misplaced(settings, path):
        return Seen(misplaced, folder=fingerprint(path))
    beside = inbox.beside(settings, path)
    folder = fingerprint(path, [f"{name}{NOTEBOOK}" for name in assignment.skeletons])
    time = handed_in_at(path)
    key = _key(settings, assignment.name, student, group)
    where = [flag.to_json() for flag in beside]
    whole = [assignment.digest, folder, time, key.hex(), where]
    return Seen((), beside, key, folder, together(folder, time), inputs.digest(whole))


def is_another(
    settings: Settings, assignment: str, student: str, versions: Mapping[str, str]
) -> bool:
    """Whether something else lies in submitted/, or another time, than a record comes from.

    Args:
        settings: the course's.
        assignment: its name.
        student: of whom there is a record.
        versions: what that comes from; where they do not say it, nobody knows.
    """
    if not (known := versions.get(HANDED_IN)):
        return False
    path = settings.step("submitted", assignment, student)
    notebooks = settings.glob(settings.step("source", assignment) / f"*{NOTEBOOK}")
    found = fingerprint(path, [notebook.name for notebook in notebooks])
    return known != together(found, handed_in_at(path))


def read(settings: Settings, assignment: Assignment, student: str, group: str = "") -> Submission:
    """The submission as it will be run, rebuilt on the source; what can't be is flagged.

    Args:
        settings: the course's.
        assignment: what was asked.
        student: who handed in.
        group: with whom; "" for alone.
    """
    start = time.perf_counter()
    seen = look(settings, assignment, student, group)  # before anything is read: it may be newer
    if seen.misplaced:
        return Submission(assignment.name, student, {}, {}, b"", flags=seen.misplaced, seen=seen)
    path = settings.step("submitted", assignment.name, student)
    sanitize = pipeline.parts(settings.config)["sanitize"]
    with unpacked(walk(path)) as folder:
        found, mended, folders = handed_in.notebooks(folder, assignment.skeletons, assignment.files)
        beside, left = files_beside.read(
            folder, assignment.skeletons, assignment.files, settings.sandbox.limits(), folders
        )
    notebooks = {}
    for name, notebook in found.items():
        names = notebook_resources(settings, assignment.name, student, name)
        notebooks[name] = pipeline.process(sanitize, settings.config, notebook, names)
    submitted, unreadable = _handed_in(settings, path)
    own = {name: beside[name] for name in beside.keys() - assignment.files.keys()}
    return Submission(
        assignment=assignment.name,
        student=student,
        notebooks=notebooks,
        files=beside,
        own=frozenset(own),
        digests={**inputs.contents(own), **assignment.file_digests},
        key=seen.key,
        handed_in=submitted,
        flags=(*mended, *seen.beside, *left, *unreadable),
        seconds=time.perf_counter() - start,
        seen=seen,
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
