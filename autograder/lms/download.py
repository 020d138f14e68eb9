"""What an LMS handed out: a zip, a tar or a folder, with all the files in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

from autograder.config import CourseError
from autograder.grading.intake.archive import Archive, ArchiveError, Left, Member
from autograder.grading.intake.archives import OF_CLASS, opened, summed_up
from autograder.grading.intake.names import ClashError, Names, OutsideError, clean

LITTER = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}  # of systems, and nobody's
RESOURCE_FORK = "._"  # how the name of one begins, which macOS puts beside each file


@dataclass(frozen=True)
class Download:
    """What an LMS handed out, for reading.

    Args:
        name: of the file or folder.
        archive: what is in it.
    """

    name: str
    archive: Archive

    @property
    def members(self) -> list[Member]:
        """The files that may be a student's."""
        return [member for member in self.archive.members if not _is_litter(member.path)]

    @property
    def left(self) -> list[str]:
        """What can't be taken, in a sentence for each reason."""
        return list(summed_up([x for x in self.archive.left if not _is_litter(x.name)]))

    @property
    def made(self) -> datetime | None:
        """When the newest file in it was written, which is when it was downloaded."""
        return max((m.written for m in self.archive.members if m.written), default=None)


@contextmanager
def read(path: Path) -> Iterator[Download]:
    """A download, for a block.

    Raises:
        CourseError: it is none that can be read.
    """
    if path.is_dir():
        yield Download(path.name, _Tree(path))
        return
    if not path.is_file():
        raise CourseError(f"{path}: there is no such file or folder.")
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(opened(path, OF_CLASS))
        except ArchiveError as error:
            raise CourseError(f"{path} {error}.") from None
        yield Download(path.name, archive)


class _Tree(Archive):
    """A folder as if it were an archive."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        names = Names()
        for folder, folders, files in os.walk(root):
            folders.sort()
            here = Path(folder)
            for link in [name for name in folders if (here / name).is_symlink()]:
                self.left.append(Left(str((here / link).relative_to(root)), "is a link"))
            for name in sorted(files):
                if len(self.members) + len(self.left) >= OF_CLASS.entries:
                    raise CourseError(f"{root} has more than {OF_CLASS.entries:,} files.")
                self._add(names, root, here / name)

    def _add(self, names: Names, root: Path, path: Path) -> None:
        name = str(path.relative_to(root))
        try:
            if path.is_symlink() or not path.is_file():
                raise ClashError("is a link" if path.is_symlink() else "is no file")
            found = path.stat()
            written = datetime.fromtimestamp(found.st_mtime)
            member = Member(names.placed(clean(name)), found.st_size, written, path)
            self.members.append(member)
        except (ClashError, OutsideError) as error:
            self.left.append(Left(name, str(error)))
        except OSError as error:
            self.left.append(Left(name, f"can't be opened ({error.strerror})"))

    def _stream(self, member: Member) -> IO[bytes]:
        path: Path = member.entry
        return path.open("rb")


def _is_litter(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and (
        any(part in LITTER for part in parts) or parts[-1].startswith(RESOURCE_FORK)
    )
