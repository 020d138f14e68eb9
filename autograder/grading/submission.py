"""A student's submission: as it was handed in, and as it goes to a worker to be run."""

from __future__ import annotations

import contextlib
import os
import re
import time
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from dateutil.parser import UnknownTimezoneWarning, parse
from nbgrader.utils import parse_utc

from autograder.config import Settings
from autograder.grading import definitions, handed_in, pipeline
from autograder.grading.assignment import Assignment
from autograder.grading.cells import NOTEBOOK
from autograder.grading.folder import TIMESTAMP, plain_files, walk
from autograder.grading.secret import student_key
from autograder.limits import Limits
from autograder.results import Flag
from autograder.words import few, printable, utf8

MOST_CHARACTERS = 100  # of a timestamp
MOST_COMPARED = 1 << 20  # bytes of a file with the name of one of the course's
RENDERED = (NOTEBOOK, ".html")  # what nbgrader writes under a notebook's name
CHECKPOINTS = ".ipynb_checkpoints"  # Jupyter's
YEAR_FIRST = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Submission:
    """What is run: sanitized notebooks (name to JSON text) and the files beside them.

    `own` are the names of those files that are the student's.

    `handed_in` is the time of submission, UTC without tzinfo as in nbgrader's database, where it
    is known; `key` the student's own; `flags` says what was wrong with what was handed in;
    `seconds` is what reading it took.
    """

    assignment: str
    student: str
    notebooks: Mapping[str, str]
    files: Mapping[str, bytes]
    key: bytes
    own: frozenset[str] = frozenset()
    handed_in: datetime | None = None
    flags: tuple[Flag, ...] = ()
    seconds: float = 0.0


def students(settings: Settings, assignment: str) -> list[str]:
    """Everyone who has handed in anything for the assignment, in order of id.

    Files beside the assignments' folders may be for any of them.
    """
    folders = settings.glob(settings.step("submitted", assignment, "*").parent)
    there = [folder for folder in folders if _is_folder(folder) and not folder.name.startswith(".")]
    return [folder.name for folder in there if _may_hold(settings, folder / assignment)]


def strays(settings: Settings, assignment: str) -> list[str]:
    """What lies in submitted/ and is nobody's: files, and folders whose names begin with a dot."""
    folder = settings.step("submitted", assignment, "*").parent.parent
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    hidden = [path for path in paths if path.name.startswith(".") and path.name != CHECKPOINTS]
    return [path.name for path in hidden if os.path.lexists(path / assignment)] + [
        path.name for path in paths if not path.name.startswith(".") and not _is_folder(path)
    ]


def _may_hold(settings: Settings, folder: Path) -> bool:
    """Whether a student has an assignment's folder or what may be for it, or one can't know."""
    try:
        return os.path.lexists(folder) or bool(_loose(settings, folder))
    except OSError:
        return True


def _is_folder(path: Path) -> bool:
    """Whether a path is a folder; a link may lead where nobody can look."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _loose(settings: Settings, folder: Path) -> list[str]:
    """What lies beside the place of an assignment's folder and may be meant for it.

    That is any file, and a folder that has a name like its own or holds a notebook, and is no other
    assignment's.
    """
    others = {path.name for path in settings.glob(settings.step("source", "*"))}
    paths = (path for path in sorted(folder.parent.iterdir()) if not path.name.startswith("."))
    return [
        path.name
        for path in paths
        if not _is_folder(path)
        or (
            path.name not in others
            and (folder.name.casefold() in path.name.casefold() or _has_notebook(path))
        )
    ]


def _has_notebook(folder: Path) -> bool:
    return any(path.suffix == NOTEBOOK for path in walk(folder)[0])


def _misplaced(settings: Settings, folder: Path) -> tuple[Flag, ...]:
    """A flag where what was handed in is no folder of the assignment that can be read."""
    name, student = folder.name, printable(folder.parent.name)
    if (plain := utf8(folder.parent.name)) != folder.parent.name:
        text = f"submitted/{plain}: a student's name has to be UTF-8: rename the folder."
        return (Flag("misplaced", "", text),)
    if not folder.parent.name.isprintable():
        text = f"submitted/{student}: a student's name has to be one line: rename the folder."
        return (Flag("misplaced", "", text),)
    if folder.parent.is_symlink():
        return (Flag("misplaced", "", f"submitted/{student} is a link, not a folder."),)
    try:
        loose = _loose(settings, folder)
        if folder.is_symlink() or folder.is_file():
            what = "a link" if folder.is_symlink() else "a file"
            return (Flag("misplaced", "", f"submitted/{student}/{name} is {what}, not a folder."),)
        there = folder.exists()
    except OSError:
        return (Flag("unreadable", "", f"submitted/{student} can't be opened."),)
    if not there:
        text = f"submitted/{student} holds {few(loose)}, but no folder {name}."
        return (Flag("misplaced", "", text),)
    if not _opens(folder):
        return (Flag("unreadable", "", f"submitted/{student}/{name} can't be opened."),)
    return ()


def _beside(settings: Settings, folder: Path) -> tuple[Flag, ...]:
    """A flag where more was handed in than the folder that is graded."""
    if not (loose := _loose(settings, folder)):
        return ()
    student = printable(folder.parent.name)
    text = f"submitted/{student} also holds {few(loose)}; only {folder.name} was graded."
    return (Flag("misplaced", "", text),)


def _opens(folder: Path) -> bool:
    try:
        os.scandir(folder).close()
    except OSError:
        return False
    return True


def read(settings: Settings, assignment: Assignment, student: str) -> Submission:
    """The submission as it will be run, rebuilt on the source; what can't be is flagged."""
    start = time.perf_counter()
    folder = settings.step("submitted", assignment.name, student)
    if misplaced := _misplaced(settings, folder):
        return Submission(assignment.name, student, {}, {}, b"", flags=misplaced)
    sanitize = pipeline.parts(settings.config)["sanitize"]
    found, mended, folders = handed_in.notebooks(folder, assignment.skeletons, assignment.files)
    notebooks = {}
    for name, notebook in found.items():
        notebooks[name] = nbformat.writes(notebook)
        if sanitize:
            names = notebook_resources(settings, assignment.name, student, name)
            node = pipeline.process(sanitize, settings.config, notebooks[name], names)
            notebooks[name] = nbformat.writes(node)
    submitted, unreadable = _handed_in(folder)
    files, left = _files(folder, assignment, settings.sandbox.limits(), folders)
    return Submission(
        assignment=assignment.name,
        student=student,
        notebooks=notebooks,
        files=files,
        own=frozenset(files.keys() - assignment.files.keys()),
        key=student_key(settings.secret_path, assignment.name, student),
        handed_in=submitted,
        flags=(*mended, *_beside(settings, folder), *left, *unreadable),
        seconds=time.perf_counter() - start,
    )


def time_of(folder: Path) -> datetime | None:
    """When a folder's submission was handed in, if that is known.

    Raises:
        ValueError: its timestamp is none.
    """
    path = folder / TIMESTAMP
    try:
        if not path.is_file() or path.is_symlink():
            return None
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(MOST_CHARACTERS).strip()
        with warnings.catch_warnings(action="error", category=UnknownTimezoneWarning):
            if len({parse(text, default=datetime(year, 1, year)).date() for year in (1, 2)}) == 2:
                raise ValueError("no year, month and day")
            if not YEAR_FIRST.match(text) and parse(text) != parse(text, dayfirst=True):
                raise ValueError("month and day may be the other way round")
        return parse_utc(text)
    except (ValueError, OverflowError, UnknownTimezoneWarning):
        raise ValueError(f"{TIMESTAMP} holds no time: {printable(text[:40])!r}.") from None
    except OSError as error:
        raise ValueError(f"{TIMESTAMP} can't be opened: {error.strerror}.") from None


def _handed_in(folder: Path) -> tuple[datetime | None, tuple[Flag, ...]]:
    """When the submission was handed in, if that is known, and a flag where it can't be read."""
    try:
        return time_of(folder), ()
    except ValueError as error:
        return None, (Flag("unknown-time", "", str(error)),)


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
    folder: Path, assignment: Assignment, limits: Limits, folders: Collection[Path] = ()
) -> tuple[dict[str, bytes], tuple[Flag, ...]]:
    """The files beside the notebooks, by path: the source's, and of the student's what fits.

    A student's file gives way to a file or folder of the source with its name. What lies beside a
    notebook in one of the `folders` lies beside it where it runs, too, if nothing else of that name
    does. What is more than a kernel may write is left out, the largest first, and told.
    """
    names = {TIMESTAMP, *assignment.files}
    names |= {f"{name}{ending}" for name in assignment.skeletons for ending in RENDERED}
    taken = {str(part) for name in names for part in (Path(name), *Path(name).parents)}
    there, left = plain_files(folder)
    others = (path for path in walk(folder)[0] if path.suffix != NOTEBOOK)  # which are told of
    links = (p for p in others if os.path.islink(folder / p))  # noqa: PTH114 (Path's may raise)
    left += [utf8(str(path)) for path in links]
    for beside in sorted(folders):
        _move(there, f"{beside}/")
    paths = {
        name: path
        for name, path in there.items()
        if name not in taken and not names & {str(parent) for parent in Path(name).parents}
    }
    sizes = sorted((_size(path), name) for name, path in paths.items())
    own: dict[str, bytes] = {}
    room = limits.scratch_bytes
    for size, name in sizes[: limits.scratch_files]:
        if size <= min(room, limits.file_bytes):
            with contextlib.suppress(OSError):  # told below
                own[name] = paths[name].read_bytes()
                room -= size
    flags: list[Flag] = []
    if left := sorted({*left, *(paths.keys() - own.keys())}):
        flags.append(
            Flag("left-out", "", f"Links, too large, too many or not readable: {few(left)}.")
        )
    given = assignment.files
    replaced = [
        name for name in sorted(there.keys() & given) if not _same(there[name], given[name])
    ]
    if replaced:
        flags.append(Flag("restored", "", f"The course's own {few(replaced)} was used."))
    for name in replaced:
        if more := _bound(_head(there[name])) - _bound(given[name]):
            detail = f"The student's {name} also defines {few(sorted(more))}."
            flags.append(Flag("left-out", "", detail))
    return {**own, **given}, tuple(flags)


def _move(files: dict[str, Path], prefix: str) -> None:
    """Puts the files of a folder beside it, where their names are free."""
    folders = {str(parent) for name in files for parent in Path(name).parents}
    for name in [name for name in files if name.startswith(prefix)]:
        new = name.removeprefix(prefix)
        above = {str(parent) for parent in Path(new).parents}
        if new not in files and new not in folders and not above & files.keys():
            files[new] = files.pop(name)
            folders |= above


def _size(path: Path) -> int:
    """A file's size; what is gone by now can't be read either."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_COMPARED)
    except OSError:
        return b""


def _bound(content: bytes) -> frozenset[str]:
    """What a file defines, if it is Python."""
    return definitions.read(content.decode(errors="replace")).bound


def _same(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
