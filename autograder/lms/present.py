"""What a student has in submitted/ already, and what of it `collect` has put there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.config import Settings
from autograder.grading.intake import timestamp
from autograder.grading.intake.folder import TIMESTAMP
from autograder.lms.newest import Age
from autograder.lms.origins import Origin

NEW, OLD = ".{}.new", ".{}.old"  # beside a submission's folder, while it is replaced


@dataclass(frozen=True)
class Present:
    """What a student has in submitted/ for an assignment.

    Args:
        path: the folder's place.
        there: where it is: beside its place, if a run was killed while it was replaced.
        files: the digest of each, but for timestamp.txt.
        odd: what is no file and no folder, or can't be read: nobody touches such a submission.
        timestamp: what timestamp.txt says; "" for no such file.
        time: which time that is, UTC without tzinfo.
        origin: where it came from, if `collect` put it there.
    """

    path: Path
    there: Path | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    odd: str = ""
    timestamp: str = ""
    time: datetime | None = None
    origin: Origin | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was handed in."""
        return not self.files and not self.odd

    @property
    def placed(self) -> dict[str, str]:
        """The digests of the files that `collect` has put there, as they were then."""
        return {each.placed: each.digest for each in self.origin.attachments} if self.origin else {}

    @property
    def collected(self) -> dict[str, str]:
        """The files that `collect` has put there, and nobody has changed since."""
        return dict(self.files.items() & self.placed.items())

    @property
    def age(self) -> Age:
        """How new it is."""
        if not self.origin:
            return Age(self.time)
        downloaded = self.origin.downloaded
        made = datetime.fromisoformat(downloaded) if downloaded else None
        return Age(self.time, self.origin.newest, made)


def read(settings: Settings, assignment: str, student: str, origin: Origin | None) -> Present:
    """What a student has in submitted/."""
    path = settings.step("submitted", assignment, student)
    if path.parent.is_symlink():
        return Present(path, path, odd="the student's folder is a link")
    old = path.with_name(OLD.format(path.name))
    there = path if os.path.lexists(path) or not old.is_dir() else old
    if not os.path.lexists(there):
        return Present(path)
    if there.is_symlink() or not there.is_dir():
        return Present(path, there, odd="what is there is a link or a file, not a folder")
    files: dict[str, str] = {}
    try:
        for folder, folders, names in os.walk(there, onerror=_raise):
            folders.sort()
            for name in sorted(names + [f for f in folders if Path(folder, f).is_symlink()]):
                inside = Path(folder, name)
                files[str(inside.relative_to(there))] = _digest(inside)
        said = _said(there)
    except OSError as error:
        return Present(path, there, odd=f"what is there can't be read ({error.strerror})")
    files.pop(TIMESTAMP, None)
    return Present(path, there, files, "", said, _time(settings, there), origin)


def _raise(error: OSError) -> None:
    raise error


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"link to {os.readlink(path)}"  # noqa: PTH115 (any bytes)
    if not path.is_file():
        raise OSError(0, "it has what is no file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _said(folder: Path) -> str:
    path = folder / TIMESTAMP
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(timestamp.MOST_CHARACTERS).strip()


def _time(settings: Settings, folder: Path) -> datetime | None:
    try:
        return timestamp.read(folder, timestamp.zones(settings.config))
    except ValueError:  # it says none, and grading tells of it
        return None
