"""The files in a folder that anybody may have filled with anything."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from autograder.words import utf8

TIMESTAMP = "timestamp.txt"  # nbgrader's own, in each submission
NOTEBOOK = ".ipynb"
DEEPEST = 20  # folders inside one another
MOST_ENTRIES = 20_000  # that are looked at
LONGEST_NAME, LONGEST_PATH = 255, 2_000  # bytes: a path here is part of a longer one elsewhere
IGNORED = {"__pycache__", "__MACOSX"}  # and whatever begins with a dot: .git, .venv


@dataclass(frozen=True)
class Folder:
    """What is in a folder, by paths from there.

    Args:
        path: the folder's own.
        inside: everything, in order; links too, which are not followed.
        closed: what can't be looked into.
        unpacked: where each file is that lies in an archive.
        failed: why an archive, or what is in one, can't be read.
        data: archives in which there is no notebook.
    """

    path: Path
    inside: Sequence[Path]
    closed: Sequence[str]
    unpacked: Mapping[Path, Path] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    data: Set[str] = frozenset()

    def place(self, path: Path) -> Path:
        """Where a file of the folder is."""
        return self.unpacked.get(path, self.path / path)

    def files(self) -> tuple[dict[str, Path], list[str]]:
        """The files but notebooks, by their path in the folder; and what is left out.

        A name that is no UTF-8 can't be written down anywhere: it is spelled out. Left out is what
        then has the name of another, or can't be looked at; links lead elsewhere, and are no files.
        """
        left = list(self.closed)
        files: dict[str, Path] = {}
        folders = set[str]()
        for path in self.inside:
            name = utf8(str(path))
            above = {utf8(str(parent)) for parent in path.parents}
            try:
                plain = _is_plain(self.place(path))
            except OSError:
                left.append(name)
                continue
            if not plain or path.suffix == NOTEBOOK:
                continue
            if any(parent.suffix == NOTEBOOK for parent in path.parents):  # nbgrader would open it
                left.append(name)
                continue
            too_long = max(len(part.encode()) for part in Path(name).parts) > LONGEST_NAME
            clash = name in files or name in folders or above & files.keys()
            if clash or too_long or len(name.encode()) > LONGEST_PATH:
                left.append(name)
                continue
            files[name] = self.place(path)
            folders |= above
        return files, left

    def links(self) -> list[str]:
        """The links but notebooks."""
        others = (path for path in self.inside if path.suffix != NOTEBOOK)
        return [
            utf8(str(path))
            for path in others
            if os.path.islink(self.place(path))  # noqa: PTH114 (Path's may raise)
        ]


def walk(path: Path) -> Folder:
    """What is in a folder."""
    found: list[Path] = []
    closed: list[str] = []
    waiting = deque([Path()])  # what lies on top comes first, were it too much
    while waiting:
        inside = waiting.popleft()
        try:
            entries = sorted(_entries(path / inside))
        except OSError:
            closed.append(str(inside))
            continue
        for name, is_folder in entries:
            entry = inside / name
            if len(found) == MOST_ENTRIES or len(entry.parts) > DEEPEST:
                return Folder(path, sorted(found), [*closed, f"what else is in {entry.parts[0]}"])
            found.append(entry)
            if is_folder and name not in IGNORED and not name.startswith("."):
                waiting.append(entry)
    return Folder(path, sorted(found), closed)


def is_looked_into(path: Path) -> bool:
    """Whether a file may be read by its path: what is hidden, or a system's, is not."""
    return not any(part.startswith(".") or part in IGNORED for part in path.parts)


def _entries(path: Path) -> Iterator[tuple[str, bool]]:
    """Each name in a folder, and whether it is a folder's."""
    with os.scandir(path) as entries:
        yield from ((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)


def _is_plain(path: Path) -> bool:
    return not path.is_symlink() and path.is_file()
