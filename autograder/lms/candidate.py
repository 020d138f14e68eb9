"""What one download has of a student, read: which notebooks its files hold, and their digests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from autograder.config import Settings
from autograder.grading.intake import archives, cells
from autograder.grading.intake.archive import ArchiveError
from autograder.grading.intake.archives import ARCHIVE_NAME
from autograder.grading.intake.cells import UnreadableError, is_notebook
from autograder.lms.download import Download
from autograder.lms.newest import Age
from autograder.lms.origins import Attachment, Origin
from autograder.lms.parcel import File, Parcel
from autograder.words import short

MOST_IN_ARCHIVE = 100  # notebooks of an archive of a student's that are looked into
LATE = "LATE"  # in timestamp.txt, where only that is known


@dataclass(frozen=True)
class Candidate:
    """What one download has of a student.

    Args:
        download: where the files are.
        parcel: what it says of them.
        files: those that count.
        digests: SHA-256 of each file's content, by its path.
        superseded: files with the same notebook as a later one of these.
        damaged: whether a file could not be read.
    """

    download: Download
    parcel: Parcel
    files: tuple[File, ...]
    digests: Mapping[str, str]
    superseded: tuple[File, ...] = ()
    damaged: bool = False

    @property
    def age(self) -> Age:
        """How new it is."""
        newest = max((file.attachment for file in self.files), default=0)
        return Age(self.parcel.time, newest, self.download.made)

    @property
    def content(self) -> dict[str, str]:
        """The digests of the files that count."""
        return {file.path: self.digests[file.path] for file in self.files}

    @property
    def timestamp(self) -> str:
        """What timestamp.txt is to say; "" for no such file."""
        if time := self.parcel.time:
            return f"{time:%Y-%m-%d %H:%M:%S} UTC" if time.second else f"{time:%Y-%m-%d %H:%M} UTC"
        return LATE if self.parcel.late else ""

    def origin(self, student: str) -> Origin:
        """What is kept of where a student's submission came from."""
        return Origin(
            self.parcel.lms,
            self.parcel.participants.get(student, ""),
            self.parcel.name,
            tuple(
                Attachment(
                    file.prefix,
                    file.name,
                    file.path if file.path != file.name else "",
                    self.digests[file.path],
                )
                for file in self.files
            ),
            self.age.attachment,
            self.age.downloaded.isoformat() if self.age.downloaded else "",
            self.timestamp,
        )


class Reader:
    """Reads what downloads hold of an assignment."""

    def __init__(self, settings: Settings, assignment: str) -> None:
        self._asked = _grade_ids(settings.step("source", assignment))

    def read(self, download: Download, parcel: Parcel) -> Candidate:
        """What a download has of a student.

        A file that can't be read is not among its files: a doubt tells of it.
        """
        digests: dict[str, str] = {}
        holds: dict[str, frozenset[str]] = {}
        doubts: list[str] = []
        several = sum(bool(file.attachment) for file in parcel.files) > 1
        for file in parcel.files:
            try:
                if several and file.attachment:
                    with TemporaryDirectory(prefix="autograder-") as folder:
                        place = Path(folder, f"file{PurePosixPath(file.path).suffix}")
                        digests[file.path] = copy(download, file, place)
                        holds[file.path] = self._holds(file.path, place)
                else:
                    digests[file.path] = copy(download, file, Path(os.devnull))
            except ArchiveError as error:
                doubts.append(f"{short(file.path)} {error}: download it again")
        there = [file for file in parcel.files if file.path in digests]
        superseded = _superseded(there, holds)
        return Candidate(
            download,
            replace(parcel, doubts=(*parcel.doubts, *doubts)),
            tuple(file for file in there if file not in superseded),
            digests,
            superseded,
            damaged=bool(doubts),
        )

    def _holds(self, name: str, place: Path) -> frozenset[str]:
        """Which of the assignment's notebooks a file holds, by their grade_ids."""
        if is_notebook(name) and not archives.kind(place):
            return self._in_notebook(place)
        if not ARCHIVE_NAME.search(name) and not is_notebook(name):
            return frozenset()
        found = frozenset[str]()
        try:
            with archives.opened(place) as archive, TemporaryDirectory() as folder:
                members = [m for m in archive.members if is_notebook(m.path)]
                for member in members[:MOST_IN_ARCHIVE]:
                    inside = Path(folder, "notebook.ipynb")
                    with inside.open("wb") as target:
                        target.writelines(archive.pieces(member))
                    found |= self._in_notebook(inside)
        except ArchiveError:  # grading tells of it
            return found
        return found

    def _in_notebook(self, place: Path) -> frozenset[str]:
        try:
            there = {cell.grade_id for cell in cells.read(place).cells}
        except (UnreadableError, OSError):
            return frozenset()
        return frozenset(name for name, ids in self._asked.items() if ids & there)


def copy(download: Download, file: File, target: Path) -> str:
    """Writes a file of a download; the SHA-256 of what it holds.

    Raises:
        ArchiveError: it can't be read.
    """
    digest = hashlib.sha256()
    with target.open("wb") as opened:
        for piece in download.archive.pieces(file.member):
            opened.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def _grade_ids(source: Path) -> dict[str, set[str]]:
    """The grade_ids of each notebook that no other has."""
    found: dict[str, set[str]] = {}
    for path in sorted(source.glob("*.ipynb")):
        try:
            found[path.stem] = {cell.grade_id for cell in cells.read(path).cells} - {""}
        except UnreadableError:
            continue
    return {
        name: ids.difference(*(other for n, other in found.items() if n != name))
        for name, ids in found.items()
    }


def _superseded(files: Sequence[File], holds: Mapping[str, frozenset[str]]) -> tuple[File, ...]:
    """The files all of whose notebooks are in one that Canvas got later."""
    nothing = frozenset[str]()
    return tuple(
        file
        for file in files
        if (has := holds.get(file.path, nothing))
        and any(
            has <= holds.get(other.path, nothing) and other.attachment > file.attachment
            for other in files
        )
    )


def digest_of(content: Mapping[str, str], length: int = 8) -> str:
    """The beginning of a digest of several files, for a folder's name."""
    text = "\n".join(f"{path}\0{digest}" for path, digest in sorted(content.items()))
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:length]


def paths(files: Iterable[File]) -> list[str]:
    """The files' paths."""
    return [file.path for file in files]
