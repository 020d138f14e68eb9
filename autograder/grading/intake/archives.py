"""Archives that anybody may have made: read entry by entry, within limits, and never trusted.

Zip, and tar by itself or in gz, bz2 or xz, told apart by how they begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from autograder.grading.intake.archive import DAMAGED, Archive, ArchiveError, Caps, Left, reason
from autograder.grading.intake.tars import Tar, unpacked
from autograder.grading.intake.zips import Zip
from autograder.limits import MIB
from autograder.words import few

HEAD = 512  # bytes by which an archive is known
BEGINNINGS = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # one without entries
    b"\x1f\x8b": "gz",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
}
CLOSED = ("7z", "rar")  # known, and not opened
ARCHIVE_NAME = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|7z|rar|tar\.(gz|bz2|xz))$", re.IGNORECASE)
OF_STUDENT = Caps(10_000, 4 * MIB, 128 * MIB, 256 * MIB, seconds=5)
OF_CLASS = Caps(100_000, 32 * MIB, 1024 * MIB, 64 * 1024 * MIB, free_bytes=1024 * MIB, seconds=120)


def kind(path: Path) -> str:
    """What kind of archive a file is, by how it begins: "zip", "tar", "gz", "7z" …; "" for none."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return ""
    found = [name for beginning, name in BEGINNINGS.items() if head.startswith(beginning)]
    if not found and head[257:262] == b"ustar":
        return "tar"
    return found[0] if found else ""


@contextmanager
def opened(path: Path, caps: Caps = OF_STUDENT) -> Iterator[Archive]:
    """An archive to read from, for a block.

    Raises:
        ArchiveError: it is none that can be read, or is more than is read.
    """
    with ExitStack() as stack:
        try:
            archive = _open(path, caps, stack)
        except DAMAGED as error:
            raise reason(error, "is cut off or damaged") from None
        yield archive


def _open(path: Path, caps: Caps, stack: ExitStack) -> Archive:
    """An archive, whose files the stack closes; raises what its library does, too."""
    name = kind(path)
    if name in CLOSED:
        raise ArchiveError(f"is a {name} archive, which is not opened: unpack it, or zip it")
    if not name:
        raise ArchiveError("is no archive that can be read, or a damaged one")
    file: IO[bytes] = stack.enter_context(path.open("rb"))
    size = file.seek(0, 2)
    file.seek(0)
    room = min(caps.total_bytes, max(caps.free_bytes, caps.ratio * size))
    if name == "zip":
        return Zip(file, size, room, caps)
    if name != "tar":
        file = stack.enter_context(unpacked(file, name, room))
        size = file.tell()
    return Tar(file, size, room, caps)


def summed_up(left: Sequence[Left], most: int = 3) -> Iterator[str]:
    """What is not taken of an archive, in a sentence for each reason.

    Args:
        left: the entries.
        most: of which so many are named.
    """
    for why in dict.fromkeys(each.why for each in left):
        names = [each.name for each in left if each.why == why]
        yield f"{few(names, most)} {why}"
