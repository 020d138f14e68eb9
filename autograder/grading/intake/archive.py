"""What an archive is to its reader: files under clean names, and what is left, within limits.

Nothing is ever written by a name that an archive gives: who reads gets clean names, and bytes.
"""

from __future__ import annotations

import lzma
import struct
import tarfile
import time
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from autograder.grading.intake.names import ClashError, Names, OutsideError, clean
from autograder.limits import MIB

PIECE = 16 << 10  # bytes that are read at once
OUTSIDE = "leads outside the folder"
IMPOSSIBLE = "says of itself what can't be"

# Whatever zipfile, tarfile and the decompressors raise at what is damaged or forged.
DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(ValueError, LookupError, ArithmeticError, RuntimeError, MemoryError, struct.error),
)


class ArchiveError(Exception):
    """An archive, or an entry of it, can't be read; the text follows its name."""


@dataclass(frozen=True)
class Caps:
    """What is read of an archive at most.

    Args:
        entries: files and folders.
        directory_bytes: of a zip's own list of them.
        member_bytes: of a file, unpacked.
        total_bytes: of all of them.
        ratio: how many times as large as it is an archive may become, above `free_bytes`.
        free_bytes: that any may become.
        seconds: of processor time to list its entries.
    """

    entries: int
    directory_bytes: int
    member_bytes: int
    total_bytes: int
    ratio: int = 100
    free_bytes: int = 64 * MIB
    seconds: float = 20.0


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Args:
        path: clean and relative, the parts joined by "/"; no two are alike but for capitals.
        size: in bytes, unpacked.
        written: when, as the archive says: in a timezone that it does not say.
        entry: the library's own object.
    """

    path: str
    size: int
    written: datetime | None = None
    entry: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Left:
    """An entry that is not taken, by its own name, and why."""

    name: str
    why: str


class Archive(ABC):
    """An archive that is open.

    Attributes:
        members: the files that can be read.
        left: what else it has, but folders.
    """

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.left: list[Left] = []

    def pieces(self, member: Member) -> Iterator[bytes]:
        """What a file holds, piece by piece; never more than its `size`.

        Raises:
            ArchiveError: it is damaged.
        """
        room = member.size
        try:
            with self._stream(member) as stream:
                while piece := stream.read(PIECE):
                    room -= len(piece)
                    if room < 0:
                        raise ArchiveError("is longer than its archive says")
                    yield piece
        except DAMAGED as error:
            raise reason(error, "is cut off or damaged in its archive") from None
        if room:
            raise ArchiveError("is cut off in its archive")

    @abstractmethod
    def _stream(self, member: Member) -> IO[bytes]:
        """A file's content, from its beginning."""


def reason(error: BaseException, what: str) -> Exception:
    """Why something can't be read, by what a library raised: the disk's own trouble stays that."""
    if isinstance(error, OSError) and error.errno:
        return error
    return ArchiveError(what)


class Watched:
    """A file whose reader is stopped where it wants too much at once, or takes too long."""

    def __init__(self, file: IO[bytes], size: int, most: int, seconds: float) -> None:
        self._file, self._size, self._most = file, size, most
        self._deadline = time.thread_time() + seconds
        self.tell, self.close = file.tell, lambda: None
        self.listing = True

    def read(self, size: int = -1) -> bytes:
        if size is None or size == -1:
            size = max(self._size - self.tell(), 0)
        if not 0 <= size <= self._most:
            raise ArchiveError(IMPOSSIBLE)
        if self.listing and time.thread_time() > self._deadline:
            raise ArchiveError("takes too long to read")
        return self._file.read(size)

    def seek(self, place: int, whence: int = 0) -> int:
        if whence == 0 and place < 0:
            raise ArchiveError(IMPOSSIBLE)
        return self._file.seek(place, whence)

    def seekable(self) -> bool:
        return True


def add(archive: Archive, names: Names, member: Member, why: str) -> None:
    """Adds an entry to those that can be read, or to those that are left.

    Args:
        archive: that it is in.
        names: those that are taken.
        member: the entry, by its own name.
        why: it can't be read, or "".
    """
    try:
        path = clean(member.path)
        if not why:
            placed = names.placed(path)
            member = Member(placed, member.size, member.written, member.entry)
            archive.members.append(member)
    except OutsideError:
        why = why or OUTSIDE
    except ClashError as error:
        why = str(error)
    if why:
        archive.left.append(Left(member.path, why))


def too_many(number: int, caps: Caps) -> ArchiveError:
    return ArchiveError(f"has {number:,} entries or more; at most {caps.entries:,} are read")


def too_large(size: int, caps: Caps) -> str:
    most = f"has more than {caps.member_bytes // MIB:,} MiB"
    return most if size > caps.member_bytes else ""


def require_room(members: Sequence[Member], room: int) -> None:
    """Makes sure that all files together are not more than is read.

    Raises:
        ArchiveError: they are.
    """
    if (total := sum(member.size for member in members)) > room:
        raise ArchiveError(
            f"would become {total // MIB:,} MiB; "
            f"of one so large at most {room // MIB:,} MiB are read"
        )
