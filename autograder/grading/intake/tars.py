"""Tar archives, packed or not: what of them can be read, and what is forged."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from autograder.grading.intake.archive import (
    IMPOSSIBLE,
    PIECE,
    Archive,
    ArchiveError,
    Caps,
    Member,
    Watched,
    add,
    require_room,
    too_large,
    too_many,
)
from autograder.grading.intake.names import Names
from autograder.limits import MIB

STREAMS: dict[str, Callable[[IO[bytes]], AbstractContextManager[Any]]] = {
    "gz": lambda file: gzip.GzipFile(fileobj=file),
    "bz2": lambda file: bz2.BZ2File(file),
    "xz": lambda file: lzma.LZMAFile(file),  # noqa: SIM115 (its block is below)
}


class Tar(Archive):
    def __init__(self, file: IO[bytes], size: int, room: int, caps: Caps) -> None:
        super().__init__()
        file.seek(0)
        watched = Watched(file, size, PIECE, caps.seconds)
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
                raise too_many(number, caps)
            if entry.offset_data <= place or entry.size < 0:  # it would come back for ever
                raise ArchiveError(IMPOSSIBLE)
            place = entry.offset_data
            if not entry.isdir():
                why = _no_file(entry) or too_large(entry.size, caps)
                when = _from_seconds(entry.mtime)
                add(self, names, Member(entry.name, entry.size, when, entry), why)
        require_room(self.members, room)
        watched.listing = False

    def _stream(self, member: Member) -> IO[bytes]:
        stream: IO[bytes] | None = self._tar.extractfile(member.entry)
        if stream is None:
            raise ArchiveError("is no file")
        return stream


def unpacked(file: IO[bytes], name: str, room: int) -> IO[bytes]:
    """What a packed tar holds, in a file of its own; the reader is at its end."""
    plain: IO[bytes] = TemporaryFile()  # noqa: SIM115 (whoever asked closes it)
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


def _no_file(entry: tarfile.TarInfo) -> str:
    """Why a tar's entry can't be read, or ""."""
    if entry.issym() or entry.islnk():
        return "is a link"
    return "" if entry.isreg() and not entry.issparse() else "is no file"


def _from_seconds(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return None
