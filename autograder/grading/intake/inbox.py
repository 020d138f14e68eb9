"""What lies in submitted/: whose it is, and whether it is where it belongs."""

from __future__ import annotations

import os
from collections.abc import Set
from pathlib import Path

from autograder.config import Settings
from autograder.grading.intake.folder import NOTEBOOK, walk
from autograder.results import Flag, FlagKind
from autograder.words import few, printable, utf8

CHECKPOINTS = ".ipynb_checkpoints"  # Jupyter's


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


def misplaced(settings: Settings, folder: Path) -> tuple[Flag, ...]:
    """A flag where what was handed in is no folder of the assignment that can be read."""
    name, student = folder.name, printable(folder.parent.name)
    if (plain := utf8(folder.parent.name)) != folder.parent.name:
        text = f"submitted/{plain}: a student's name has to be UTF-8: rename the folder."
        return (Flag(FlagKind.MISPLACED, "", text),)
    if not folder.parent.name.isprintable():
        text = f"submitted/{student}: a student's name has to be one line: rename the folder."
        return (Flag(FlagKind.MISPLACED, "", text),)
    if folder.parent.is_symlink():
        return (Flag(FlagKind.MISPLACED, "", f"submitted/{student} is a link, not a folder."),)
    try:
        loose = _loose(settings, folder)
        if folder.is_symlink() or folder.is_file():
            what = "a link" if folder.is_symlink() else "a file"
            return (
                Flag(
                    FlagKind.MISPLACED, "", f"submitted/{student}/{name} is {what}, not a folder."
                ),
            )
        there = folder.exists()
    except OSError:
        return (Flag(FlagKind.UNREADABLE, "", f"submitted/{student} can't be opened."),)
    if not there:
        text = f"submitted/{student} holds {few(loose)}, but no folder {name}."
        return (Flag(FlagKind.MISPLACED, "", text),)
    if not _opens(folder):
        return (Flag(FlagKind.UNREADABLE, "", f"submitted/{student}/{name} can't be opened."),)
    return ()


def beside(settings: Settings, folder: Path) -> tuple[Flag, ...]:
    """A flag where more was handed in than the folder that is graded."""
    if not (loose := _loose(settings, folder)):
        return ()
    student = printable(folder.parent.name)
    text = f"submitted/{student} also holds {few(loose)}; only {folder.name} was graded."
    return (Flag(FlagKind.MISPLACED, "", text),)


def _opens(folder: Path) -> bool:
    try:
        os.scandir(folder).close()
    except OSError:
        return False
    return True


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

    That is any file, and a folder that has a name like its own, or holds a notebook and has a name
    like no assignment's.
    """
    paths = [path for path in sorted(folder.parent.iterdir()) if not path.name.startswith(".")]
    if [path.name for path in paths] == [folder.name] and _is_folder(folder):
        return []  # as of nearly everyone
    assignments = {folder.name, *(p.name for p in settings.glob(settings.step("source", "*")))}
    return [
        path.name
        for path in paths
        if not _is_folder(path)
        or (folder.name in (like := _like(path.name, assignments)) and path.name not in assignments)
        or (not like and _has_notebook(path))
    ]


def _like(name: str, assignments: Set[str]) -> list[str]:
    """The assignments that a folder may be named for, as "Losses (1)" for losses.

    One whose name is a part of another's that fits is none of them: "hw10" is not for hw1.
    """
    found = [each for each in assignments if each.casefold() in name.casefold()]
    parts = [a for a in found for b in found if a != b and a.casefold() in b.casefold()]
    return [each for each in found if each not in parts]


def _has_notebook(folder: Path) -> bool:
    return any(path.suffix == NOTEBOOK for path in walk(folder).inside)
