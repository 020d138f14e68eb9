"""A student's submission: as it was handed in, and as it goes to a worker to be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.utils import parse_utc

from autograder.config import Settings
from autograder.grading import handed_in, pipeline
from autograder.grading.assignment import Assignment, plain_paths
from autograder.grading.handed_in import printable
from autograder.grading.secret import student_key
from autograder.limits import Limits
from autograder.results import Flag

TIMESTAMP = "timestamp.txt"
MOST_NAMED = 3  # files that a sentence names


@dataclass(frozen=True)
class Submission:
    """What is run: sanitized notebooks (name to JSON text) and the files beside them.

    `handed_in` is the time of submission, UTC without tzinfo as in nbgrader's database, where it
    is known; `key` the student's own; `flags` says what was wrong with what was handed in.
    """

    assignment: str
    student: str
    notebooks: Mapping[str, str]
    files: Mapping[str, bytes]
    key: bytes
    handed_in: datetime | None = None
    flags: tuple[Flag, ...] = ()


def students(settings: Settings, assignment: str) -> list[str]:
    """Everyone who has handed in a folder for the assignment, in order of id."""
    folders = settings.glob(settings.step("submitted", assignment, "*"))
    names = [folder.parent.name for folder in folders if folder.is_dir()]
    return [name for name in names if not name.startswith(".")]


def read(settings: Settings, assignment: Assignment, student: str) -> Submission:
    """The submission as it will be run, rebuilt on the source; what can't be is flagged."""
    folder = settings.step("submitted", assignment.name, student)
    sanitize = pipeline.parts(settings.config)["sanitize"]
    found, mended = handed_in.notebooks(folder, assignment.skeletons, assignment.files)
    notebooks = {}
    for name, notebook in found.items():
        names = notebook_resources(settings, assignment.name, student, name)
        text = nbformat.writes(notebook)
        notebooks[name] = nbformat.writes(pipeline.process(sanitize, settings.config, text, names))
    submitted, unreadable = _handed_in(folder)
    files, left = _files(folder, assignment.files, settings.sandbox.limits())
    return Submission(
        assignment=assignment.name,
        student=student,
        notebooks=notebooks,
        files=files,
        key=student_key(settings.secret_path, assignment.name, student),
        handed_in=submitted,
        flags=(*mended, *left, *unreadable),
    )


def _handed_in(folder: Path) -> tuple[datetime | None, tuple[Flag, ...]]:
    """When the submission was handed in, if that is known, and a flag where it can't be read."""
    if not (folder / TIMESTAMP).is_file():
        return None, ()
    text = (folder / TIMESTAMP).read_text(encoding="utf-8", errors="replace").strip()
    try:
        return parse_utc(text), ()
    except ValueError:
        return None, (Flag("unreadable", "", f"{TIMESTAMP} holds no time: {text[:40]!r}."),)


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


def _files(
    folder: Path, given: Mapping[str, bytes], limits: Limits
) -> tuple[dict[str, bytes], tuple[Flag, ...]]:
    """The files beside the notebooks, by path: the source's, and of the student's what fits.

    A student's file gives way to a file or folder of the source with its name. What is more than
    a kernel may write is left out, the largest first, and told.
    """
    taken = {str(part) for name in given for part in (Path(name), *Path(name).parents)}
    paths = {
        name: path
        for name, path in plain_paths(folder).items()
        if name not in taken and not given.keys() & {str(parent) for parent in Path(name).parents}
    }
    sizes = sorted((path.stat().st_size, name) for name, path in paths.items())
    own: dict[str, bytes] = {}
    room = limits.scratch_bytes
    for size, name in sizes[: limits.scratch_files]:
        if size <= min(room, limits.file_bytes):
            own[name] = paths[name].read_bytes()
            room -= size
    flags: tuple[Flag, ...] = ()
    if left := sorted(paths.keys() - own.keys()):
        names = ", ".join(map(printable, left[:MOST_NAMED]))
        more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
        flags = (Flag("left-out", "", f"Too large, or too many: {names}{more}."),)
    return {**own, **given}, flags
