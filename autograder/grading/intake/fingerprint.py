"""Whether a folder that was handed in is the one that was graded: a digest of all that is in it."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from autograder.grading.intake.folder import TIMESTAMP, walk
from autograder.limits import MIB

MOST_READ = 64 * MIB  # of a larger file its size and time of change have to do


def fingerprint(folder: Path) -> str:
    """The SHA-256 of what is in a folder, whatever that is, but for when it was handed in.

    What can't be looked at is told apart from what can, and a link from what it leads to.
    """
    found = walk(folder)
    digest = hashlib.sha256("\n".join(["", *found.closed]).encode(errors="surrogateescape"))
    for path in found.inside:
        if str(path) != TIMESTAMP:
            digest.update(os.fsencode(path) + b"\0" + _content(found.path / path) + b"\0")
    return digest.hexdigest()


def handed_in_at(folder: Path) -> bytes:
    """What is noted of when a folder was handed in, as a digest."""
    return _content(folder / TIMESTAMP)


def _content(path: Path) -> bytes:
    """A digest of a file's content or of a link; what else there is, in a few bytes."""
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            return b"link " + os.fsencode(os.readlink(path))  # noqa: PTH115 (any bytes)
        if not stat.S_ISREG(found.st_mode):
            return b"kind %d" % stat.S_IFMT(found.st_mode)
        if found.st_size > MOST_READ:
            return b"large %d %d" % (found.st_size, found.st_mtime_ns)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        return b"error %d" % (error.errno or 0)
