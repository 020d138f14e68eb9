"""Zip archives: what of them can be read, and what is forged."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import IO

from autograder.grading.intake.archive import (
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

PACKED_AS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # zipfile unpacks others without any bound
LOCAL_HEADER = 30  # bytes at least, before an entry's content
ENCRYPTED = 0x1
IN_UTF8 = 0x800  # flag of an entry's name
MADE_BY_DOS = 0


class Zip(Archive):
    def __init__(self, file: IO[bytes], size: int, room: int, caps: Caps) -> None:
        super().__init__()
        watched = Watched(file, size, caps.directory_bytes, caps.seconds)
        self._zip = zipfile.ZipFile(watched)
        entries = self._zip.infolist()
        if len(entries) > caps.entries:
            raise too_many(len(entries), caps)
        _require_apart(entries, self._zip.start_dir)
        names = Names()
        for entry in entries:
            if not entry.is_dir():
                name = _name(entry)
                why = _of_entry(entry) or too_large(entry.file_size, caps)
                add(self, names, Member(name, entry.file_size, _written(entry), entry), why)
        require_room(self.members, room)
        watched.listing = False

    def _stream(self, member: Member) -> IO[bytes]:
        return self._zip.open(member.entry)


def _require_apart(entries: Sequence[zipfile.ZipInfo], end: int) -> None:
    """Makes sure that no two entries share bytes: so a small zip becomes a very large one.

    Raises:
        ArchiveError: two do. David Fifield, "A better zip bomb", 2019.
    """
    if not entries:
        return
    places = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    starts = [*(start for start, _ in places[1:]), end]
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


def _name(entry: zipfile.ZipInfo) -> str:
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
