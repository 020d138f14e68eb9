"""The files beside a submission's notebooks: the course's own, and of the student's what fits."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from autograder.grading.intake import definitions
from autograder.grading.intake.folder import NOTEBOOK, TIMESTAMP, Folder
from autograder.limits import Limits
from autograder.results import Flag, FlagKind
from autograder.words import few

MOST_COMPARED = 1 << 20  # bytes at once of a file with the name of one of the course's
RENDERED = (NOTEBOOK, ".html")  # what nbgrader writes under a notebook's name


def read(
    folder: Folder,
    notebooks: Iterable[str],
    given: Mapping[str, bytes],
    limits: Limits,
    folders: Collection[Path] = (),
) -> tuple[dict[str, bytes], tuple[Flag, ...]]:
    """The files beside the notebooks, by path: the source's, and of the student's what fits.

    A student's file gives way to a file or folder of the source with its name. What lies beside a
    notebook in one of the `folders` lies beside it where it runs, too, if nothing else of that name
    does. What is more than a kernel may write is left out, the largest first, and told.

    Args:
        folder: what was handed in.
        notebooks: the names of the assignment's, without ending.
        given: the files of the source, by path.
        limits: what a kernel may write.
        folders: those in it in which the notebooks were found.
    """
    there, left = folder.files()
    left += folder.links()
    for beside in sorted(folders):
        _move(there, f"{beside}/")
    rendered = (f"{name}{ending}" for name in notebooks for ending in RENDERED)
    paths = _without(there, {TIMESTAMP, *given, *rendered})
    own = _fitting(paths, limits)
    left = sorted({*left, *(paths.keys() - own.keys())})
    return {**own, **given}, tuple(_flags(there, left, given))


def _without(there: Mapping[str, Path], names: set[str]) -> dict[str, Path]:
    """The files but those with one of the names, in a folder of such a name, or in its place."""
    taken = {str(part) for name in names for part in (Path(name), *Path(name).parents)}
    return {
        name: path
        for name, path in there.items()
        if name not in taken and not names & {str(parent) for parent in Path(name).parents}
    }


def _fitting(paths: Mapping[str, Path], limits: Limits) -> dict[str, bytes]:
    """The contents of the files that can be read, as long as there is room: the smallest first."""
    sizes = sorted((_size(path), name) for name, path in paths.items())
    own: dict[str, bytes] = {}
    room = limits.scratch_bytes
    for size, name in sizes[: limits.scratch_files]:
        if size <= min(room, limits.file_bytes):
            with contextlib.suppress(OSError):  # a flag tells of what is left out
                own[name] = paths[name].read_bytes()
                room -= size
    return own


def _flags(
    there: Mapping[str, Path], left: Sequence[str], given: Mapping[str, bytes]
) -> Iterator[Flag]:
    """What is to be told of the files.

    Args:
        there: the student's.
        left: names of those that were left out.
        given: the source's.
    """
    if left:
        detail = f"Links, too large, too many or not readable: {few(left)}."
        yield Flag(FlagKind.LEFT_OUT, "", detail)
    same_name = sorted(there.keys() & given)
    replaced = [name for name in same_name if not _same(there[name], given[name])]
    if replaced:
        yield Flag(FlagKind.RESTORED, "", f"The course's own {few(replaced)} was used.")
    for name in replaced:
        if more := _bound(_head(there[name])) - _bound(given[name]):
            detail = f"The student's {name} also defines {few(sorted(more))}."
            yield Flag(FlagKind.LEFT_OUT, "", detail)


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
    """Whether a file has this content; it is read in pieces, and not to its end if it has not."""
    place = 0
    try:
        with path.open("rb") as file:
            while part := file.read(MOST_COMPARED):
                if part != content[place : place + len(part)]:
                    return False
                place += len(part)
    except OSError:
        return False
    return place == len(content)
