"""A student's submission: as it was handed in, and as it goes to a worker to be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.config import Settings
from autograder.grading import pipeline
from autograder.results import Flag

TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class Submission:
    """What is run: sanitized notebooks (name to JSON text) and the files beside them.

    `handed_in` is the time of submission, UTC without tzinfo as in nbgrader's database, where it
    is known; `flags` says what was wrong with what was handed in.
    """

    assignment: str
    student: str
    notebooks: Mapping[str, str]
    files: Mapping[str, bytes]
    handed_in: datetime | None = None
    flags: tuple[Flag, ...] = ()


def students(settings: Settings, assignment: str) -> list[str]:
    """Everyone who has handed in a folder for the assignment, in order of id."""
    folders = settings.glob(settings.step("submitted", assignment, "*"))
    return [folder.parent.name for folder in folders if folder.is_dir()]


def read(settings: Settings, assignment: str, student: str) -> Submission:
    """The submission as it will be run; what can't be read is left out and flagged."""
    folder = settings.step("submitted", assignment, student)
    source = settings.step("source", assignment)
    sanitize = pipeline.parts(settings.config)["sanitize"]
    notebooks: dict[str, str] = {}
    flags: list[Flag] = []
    for name in notebook_names(settings, assignment):
        path = folder / f"{name}.ipynb"
        if not path.is_file():
            flags.append(Flag("missing-notebook", "", f"{path.name} was not handed in."))
            continue
        try:
            names = notebook_resources(settings, assignment, student, name)
            text = path.read_text(encoding="utf-8")
            notebooks[name] = pipeline.process(sanitize, settings.config, text, names)
        except Exception as error:  # a student's file can be anything
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
            detail = f"{path.name} can't be read as a notebook: {reason}"
            flags.append(Flag("unreadable", "", detail))
    handed_in = None
    if (folder / TIMESTAMP).is_file():
        text = (folder / TIMESTAMP).read_text(encoding="utf-8", errors="replace").strip()
        try:
            handed_in = parse_utc(text)
        except ValueError:
            flags.append(Flag("unreadable", "", f"{TIMESTAMP} holds no time: {text[:40]!r}."))
    files = {**_files(folder), **_files(source)}
    return Submission(assignment, student, notebooks, files, handed_in, tuple(flags))


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


def _files(folder: Path) -> dict[str, bytes]:
    """The plain files in a folder, by their path in it; links lead elsewhere and are left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and path.suffix != ".ipynb"
        and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }
