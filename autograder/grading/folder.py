"""The files in a folder that anybody may have filled with anything."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from autograder.words import utf8

TIMESTAMP = "timestamp.txt"  # nbgrader's own, in each submission
DEEPEST = 20  # folders inside one another
MOST_ENTRIES = 20_000  # that are looked at
LONGEST_NAME, LONGEST_PATH = 255, 2_000  # bytes: a path here is part of a longer one elsewhere
IGNORED = {"__pycache__", "__MACOSX"}  # and whatever begins with a dot: .git, .venv


def walk(folder: Path) -> tuple[list[Path], list[str]]:
    """The paths of everything in a folder, from there, in order; and of what can't be looked into.

    Links are in it, and not followed.
    """
    found: list[Path] = []
    closed: list[str] = []
    waiting = deque([Path()])  # what lies on top comes first, were it too much
    while waiting:
        inside = waiting.popleft()
        try:
            entries = sorted(_entries(folder / inside))
        except OSError:
            closed.append(str(inside))
            continue
        for name, is_folder in entries:
            path = inside / name
            if len(found) == MOST_ENTRIES or len(path.parts) > DEEPEST:
                return sorted(found), [*closed, f"what else is in {path.parts[0]}"]
            found.append(path)
            if is_folder and name not in IGNORED and not name.startswith("."):
                waiting.append(path)
    return sorted(found), closed


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """Each name in a folder, and whether it is a folder's."""
    with os.scandir(folder) as entries:
        yield from ((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)


def plain_files(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The files but notebooks, by their path in the folder; and what is left out.

    A name that is no UTF-8 can't be written down anywhere: it is spelled out. Left out is what then
    has the name of another, or can't be looked at; links lead elsewhere, and are no files.
    """
    paths, left = walk(folder)
    files: dict[str, Path] = {}
    folders = set[str]()
    for path in paths:
        name = utf8(str(path))
        above = {utf8(str(parent)) for parent in path.parents}
        try:
            plain = _is_plain(folder / path)
        except OSError:
            left.append(name)
            continue
        if not plain or path.suffix == ".ipynb":
            continue
        if any(parent.suffix == ".ipynb" for parent in path.parents):  # which nbgrader would open
            left.append(name)
            continue
        too_long = max(len(part.encode()) for part in Path(name).parts) > LONGEST_NAME
        clash = name in files or name in folders or above & files.keys()
        if clash or too_long or len(name.encode()) > LONGEST_PATH:
            left.append(name)
            continue
        files[name] = folder / path
        folders |= above
    return files, left


def _is_plain(path: Path) -> bool:
    return not path.is_symlink() and path.is_file()
