"""A student's submission: as it was handed in, and as it goes to a worker to be run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SQLAlchemyError

from autograder.config import CourseError, Settings
from autograder.grading import pipeline
from autograder.grading.assignment import plain_files
from autograder.grading.secret import student_key
from autograder.isolation.wire import without_halves
from autograder.results import Flag

TIMESTAMP = "timestamp.txt"


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


def read(settings: Settings, assignment: str, student: str) -> Submission:
    """The submission as it will be run; what can't be read is left out and flagged."""
    folder = settings.step("submitted", assignment, student)
    sanitize = pipeline.parts(settings.config)["sanitize"]
    notebooks: dict[str, str] = {}
    flags: list[Flag] = []
    for name in notebook_names(settings, assignment):
        path = folder / f"{name}.ipynb"
        names = notebook_resources(settings, assignment, student, name)
        try:
            text = _text(path)
            if "\\ud" in text.lower():
                text = json.dumps(without_halves(json.loads(text)))
            node = pipeline.process(sanitize, settings.config, text, names)
            notebooks[name] = nbformat.writes(node)
        except FileNotFoundError:
            flags.append(Flag("missing-notebook", "", f"{path.name} was not handed in."))
        except (CourseError, SQLAlchemyError):  # the course's trouble, not the student's
            raise
        except Exception as error:  # a student's file can be anything
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            detail = f"{path.name} can't be read as a notebook: {reason}"
            flags.append(Flag("unreadable", "", detail))
    handed_in, unreadable = _handed_in(folder)
    files = _files(folder, settings.step("source", assignment))
    key = student_key(settings.secret_path, assignment, student)
    return Submission(assignment, student, notebooks, files, key, handed_in, (*flags, *unreadable))


def _text(path: Path) -> str:
    if path.is_symlink():
        raise ValueError("it is a link to another file")
    return path.read_text(encoding="utf-8")


def _handed_in(folder: Path) -> tuple[datetime | None, tuple[Flag, ...]]:
    """When the submission was handed in, if that is known, and a flag where it can't be read."""
    if not (folder / TIMESTAMP).is_file():
        return None, ()
    text = (folder / TIMESTAMP).read_text(encoding="utf-8", errors="replace").strip()
    try:
        return parse_utc(text), ()
    except ValueError:
        return None, (Flag("unreadable", "", f"{TIMESTAMP} holds no time: {text[:40]!r}."),)


def notebook_names(settings: Settings, assignment: str) -> list[str]:
    """The names of the assignment's notebooks, without the ending."""
    return sorted(path.stem for path in settings.step("source", assignment).glob("*.ipynb"))


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


def _files(folder: Path, source: Path) -> dict[str, bytes]:
    """The files beside the notebooks, by path: the source's, and of the student's what fits.

    A student's file gives way to a file or folder of the source with its name.
    """
    given = plain_files(source)
    taken = {str(part) for name in given for part in (Path(name), *Path(name).parents)}
    own = {
        name: content
        for name, content in plain_files(folder).items()
        if name not in taken and not given.keys() & {str(parent) for parent in Path(name).parents}
    }
    return {**own, **given}
