"""Archives that anybody may have made: read entry by entry, within limits, and never trusted.

Zip, and tar by itself or in gz, bz2 or xz, told apart by how they begin. Nothing is ever written by
a name that an archive gives: who reads gets clean names, and bytes.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import stat
import tarfile
import time
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from autograder.grading.intake.names import ClashError, Names, OutsideError, clean
from autograder.limits import MIB
from autograder.words import few

PIECE = 16 << 10  # bytes that are read at once
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
STREAMS: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    "gz": lambda file: gzip.GzipFile(fileobj=file),
    "bz2": lambda file: bz2.BZ2File(file),
    "xz": lambda file: lzma.LZMAFile(file),
}
PACKED_AS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # zipfile unpacks others without any bound
LOCAL_HEADER = 30  # bytes at least, before a zip entry's content
ENCRYPTED = 0x1
IN_UTF8 = 0x800  # flag of a zip entry's name
MADE_BY_DOS = 0
ARCHIVE_NAME = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|7z|rar|tar\.(gz|bz2|xz))$", re.IGNORECASE)
OUTSIDE = "leads outside the folder"
# Whatever zipfile, tarfile and the decompressors raise at what is damaged or forged.
DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(ValueError, LookupError, ArithmeticError, RuntimeError, MemoryError, TypeError),
    *(AttributeError, AssertionError),
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


OF_STUDENT = Caps(10_000, 4 * MIB, 128 * MIB, 256 * MIB)
OF_CLASS = Caps(100_000, 32 * MIB, 1024 * MIB, 64 * 1024 * MIB, free_bytes=1024 * MIB, seconds=120)


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
            raise _reason(error, "is cut off or damaged in its archive") from None
        if room:
            raise ArchiveError("is cut off in its archive")

    @abstractmethod
    def _stream(self, member: Member) -> IO[bytes]:
        """A file's content, from its beginning."""


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
            raise _reason(error, "is cut off or damaged") from None
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
        return _Zip(file, size, room, caps)
    if name != "tar":
        file = stack.enter_context(_unpacked(file, name, room))
        size = file.tell()
    return _Tar(file, size, room, caps)


def _reason(error: BaseException, what: str) -> Exception:
    """Why something can't be read, by what a library raised: the disk's own trouble stays that."""
    if isinstance(error, OSError) and error.errno:
        return error
    return ArchiveError(what)


def summed_up(left: Sequence[Left], most: int = 3) -> Iterator[str]:
    """What is not taken of an archive, in a sentence for each reason.

    Args:
        left: the entries.
        most: of which so many are named.
    """
    for why in dict.fromkeys(each.why for each in left):
        names = [each.name for each in left if each.why == why]
        yield f"{few(names, most)} {why}"


class _Watched:
    """A file whose reader is stopped where it wants too much at once, or takes too long."""

    def __init__(self, file: IO[bytes], size: int, most: int, seconds: float) -> None:
        self._file, self._size, self._most = file, size, most
        self._deadline = time.thread_time() + seconds
        self.seek, self.tell, self.close = file.seek, file.tell, lambda: None
        self.listing = True

    def read(self, size: int = -1) -> bytes:
        if size is None or size == -1:
            size = max(self._size - self.tell(), 0)
        if not 0 <= size <= self._most:
            raise ArchiveError("says of itself what can't be")
        if self.listing and time.thread_time() > self._deadline:
            raise ArchiveError("takes too long to read")
        return self._file.read(size)

    def seekable(self) -> bool:
        return True


class _Zip(Archive):
    def __init__(self, file: IO[bytes], size: int, room: int, caps: Caps) -> None:
        super().__init__()
        watched = _Watched(file, size, caps.directory_bytes, caps.seconds)
        self._zip = zipfile.ZipFile(watched)  # type: ignore[call-overload]
        entries = self._zip.infolist()
        if len(entries) > caps.entries:
            raise _too_many(len(entries), caps)
        _require_apart(entries, self._zip.start_dir)
        names = Names()
        for entry in entries:
            if not entry.is_dir():
                name = _zip_name(entry)
                why = _of_entry(entry) or _too_large(entry.file_size, caps)
                _add(self, names, Member(name, entry.file_size, _written(entry), entry), why)
        _require_room(self.members, room)
        watched.listing = False

    def _stream(self, member: Member) -> IO[bytes]:
        return self._zip.open(member.entry)


class _Tar(Archive):
    def __init__(self, file: IO[bytes], size: int, room: int, caps: Caps) -> None:
        super().__init__()
        file.seek(0)
        watched = _Watched(file, size, PIECE, caps.seconds)
        self._tar = tarfile.open(  # noqa: SIM115 (the file is its owner's to close)
            fileobj=watched,  # type: ignore[call-overload]
            mode="r:",
            errorlevel=2,
        )
        names, place, number = Names(), -1, 0
        while entry := self._tar.next():
            self._tar.members = []  # which it would keep
            number += 1
            if number > caps.entries:
                raise _too_many(number, caps)
            if entry.offset_data <= place or entry.size < 0:  # it would come back for ever
                raise ArchiveError("says of itself what can't be")
            place = entry.offset_data
            if not entry.isdir():
                why = _no_file(entry) or _too_large(entry.size, caps)
                when = _from_seconds(entry.mtime)
                _add(self, names, Member(entry.name, entry.size, when, entry), why)
        _require_room(self.members, room)
        watched.listing = False

    def _stream(self, member: Member) -> IO[bytes]:
        stream = self._tar.extractfile(member.entry)
        if stream is None:
            raise ArchiveError("is no file")
        return stream


def _add(archive: Archive, names: Names, member: Member, why: str) -> None:
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


def _unpacked(file: IO[bytes], name: str, room: int) -> IO[bytes]:
    """What a packed tar holds, in a file of its own; the reader is at its end."""
    plain = TemporaryFile()  # noqa: SIM115 (whoever asked closes it)
    try:
        with STREAMS[name](file) as stream:
            while piece := stream.read(MIB):
                if plain.tell() + len(piece) > room:
                    raise ArchiveError(f"would become more than {room // MIB:,} MiB")
                plain.write(piece)
        return plain
    except BaseException:
        plain.close()
        raise


def _too_many(number: int, caps: Caps) -> ArchiveError:
    return ArchiveError(f"has {number:,} entries or more; at most {caps.entries:,} are read")


def _too_large(size: int, caps: Caps) -> str:
    most = f"has more than {caps.member_bytes // MIB:,} MiB"
    return most if size > caps.member_bytes else ""


def _require_room(members: Sequence[Member], room: int) -> None:
    """Makes sure that all files together are not more than is read.

    Raises:
        ArchiveError: they are.
    """
    if (total := sum(member.size for member in members)) > room:
        raise ArchiveError(
            f"would become {total // MIB:,} MiB; of one of its size at most {room // MIB:,} are read"
        )


def _require_apart(entries: Sequence[zipfile.ZipInfo], end: int) -> None:
    """Makes sure that no two entries share bytes: so a small zip becomes a very large one.

    Raises:
        ArchiveError: two do. David Fifield, "A better zip bomb", 2019.
    """
    places = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    starts = [start for start, _ in places][1:] + [end]
    for (start, size), following in zip(places, starts, strict=True):
        if start + LOCAL_HEADER + size > following:
            raise ArchiveError("has entries that share their content, as only a forged one has")


def _of_entry(entry: zipfile.ZipInfo) -> str:
    """Why a zip's entry can't be read, or ""."""
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "is a link"
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return "is no file"
    if entry.flag_bits & ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in PACKED_AS:
        return "is packed in a way that is not read here: zip it anew"
    return ""


def _no_file(entry: tarfile.TarInfo) -> str:
    """Why a tar's entry can't be read, or ""."""
    if entry.issym() or entry.islnk():
        return "is a link"
    return "" if entry.isreg() and not entry.issparse() else "is no file"


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """A zip entry's name, its folders parted by "/".

    Programs that write names in UTF-8 and do not say so are read as cp437, as the format has it.
    """
    name = entry.orig_filename
    if not entry.flag_bits & IN_UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    if entry.create_system == MADE_BY_DOS and "/" not in name:
        name = name.replace("\\", "/")
    return name


def _written(entry: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*entry.date_time)
    except ValueError:
        return None


def _from_seconds(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return None
