"""Whether a folder that was handed in is the one that was graded: a digest of all that is in it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from autograder.grading.intake.folder import TIMESTAMP, walk
from autograder.limits import MIB

MOST_READ = 256 * MIB  # of a folder; of what is beyond it sizes and times of change have to do

DIGITS = 16


def fingerprint(folder: Path, wanted: Iterable[str] = ()) -> str:
    """The SHA-256 of what is in a folder, whatever that is, but for when it was handed in.

    What can't be looked at is told apart from what can, and a link from what it leads to.

    Args:
        folder: that was handed in.
        wanted: names of files that are graded wherever they lie, however much lies before them.
    """
    found = walk(folder)
    digest = hashlib.sha256("\n".join(["", *found.closed]).encode(errors="surrogateescape"))
    first = [Path(name) for name in sorted(wanted) if os.path.lexists(folder / name)]
    contents, room = dict[Path, bytes](), MOST_READ
    for path in dict.fromkeys([*first, *found.inside]):
        if str(path) != TIMESTAMP:
            size, contents[path] = _content(found.path / path, room)
            room -= size
    for path, content in sorted(contents.items()):  # whatever was wanted, where all was read
        digest.update(os.fsencode(path) + b"\0" + content + b"\0")
    return digest.hexdigest()


def handed_in_at(folder: Path) -> str:
    """What is noted of when a folder was handed in, as a digest."""
    return _content(folder / TIMESTAMP, MOST_READ)[1].hex()


def together(content: str, time: str) -> str:
    """A short digest of what `fingerprint` and `handed_in_at` gave, to be compared later."""
    return hashlib.sha256(f"{content} {time}".encode()).hexdigest()[:DIGITS]


def _content(path: Path, room: int) -> tuple[int, bytes]:
    """How many bytes of a file were read, and a digest of it; of what is no file, what it is.

    Args:
        path: of anything.
        room: a file with more bytes is not read.
    """
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            return 0, b"link " + os.fsencode(os.readlink(path))  # noqa: PTH115 (any bytes)
        if not stat.S_ISREG(found.st_mode):
            return 0, b"kind %d" % stat.S_IFMT(found.st_mode)
        if found.st_size > room:
            return 0, b"large %d %d" % (found.st_size, found.st_mtime_ns)
        with path.open("rb") as file:
            return found.st_size, hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        return 0, b"error %d" % (error.errno or 0)
