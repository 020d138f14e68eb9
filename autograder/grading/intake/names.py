"""Names of files from outside as any file system can hold them, in one folder and apart."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from autograder.grading.intake.folder import DEEPEST, LONGEST_NAME, LONGEST_PATH
from autograder.words import utf8

DRIVE = re.compile(r"[A-Za-z]:[\\/]")
LONGEST_ENDING = 20  # characters that are kept of a name that is cut
ROOM = 12  # bytes for the number that a second file of a name gets
NEVER = {"Cc", "Cs", "Zl", "Zp"}  # control characters, and what is no character or ends a line


class OutsideError(ValueError):
    """A name leads out of the folder that it is in."""


class ClashError(ValueError):
    """There is no place for a file of this name; the text says why, and follows it."""


def clean(name: str) -> str:
    """A name's path as it may be written: composed (NFC), relative, no control character, not long.

    Raises:
        OutsideError: it is absolute, or goes up.
        ClashError: it has no part, or too many.
    """
    name = unicodedata.normalize("NFC", utf8(name))
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or DRIVE.match(name) or ".." in parts:
        raise OutsideError
    if not parts:
        raise ClashError("has no name")
    path = "/".join(map(_part, parts))
    if len(parts) > DEEPEST or len(path.encode()) > LONGEST_PATH:
        raise ClashError("lies too deep")
    return path


def _part(part: str) -> str:
    plain = "".join("_" if unicodedata.category(c) in NEVER else c for c in part)
    if len(plain.encode()) <= LONGEST_NAME - ROOM:
        return plain
    ending = PurePosixPath(plain).suffix[:LONGEST_ENDING]
    most = LONGEST_NAME - ROOM - len(ending.encode())
    return plain.encode()[:most].decode("utf-8", "ignore") + ending


class Names:
    """The names of files that are taken; those that differ in capitals only are one."""

    def __init__(self) -> None:
        self._files, self._folders = set[str](), set[str]()
        self._numbers: dict[str, int] = {}  # the last that was given to a name

    def placed(self, path: str) -> str:
        """A free name for a file: its own, or with a number, as "binary (2).ipynb".

        Raises:
            ClashError: where a folder should be, there is a file.
        """
        wanted = PurePosixPath(path)
        above = {str(parent).casefold() for parent in wanted.parents}
        if above & self._files:
            raise ClashError("lies in what is a file, too")
        free = path
        while free.casefold() in self._files or free.casefold() in self._folders:
            number = self._numbers.get(path.casefold(), 1) + 1
            self._numbers[path.casefold()] = number
            free = str(wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}"))
        self._files.add(free.casefold())
        self._folders |= above - {"."}
        return free
