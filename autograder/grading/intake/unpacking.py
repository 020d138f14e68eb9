"""What the archives in a submission hold, beside the rest of it, for as long as it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.grading.intake import archives
from autograder.grading.intake.archive import Archive, ArchiveError
from autograder.grading.intake.archives import ARCHIVE_NAME, OF_STUDENT
from autograder.grading.intake.cells import is_notebook
from autograder.grading.intake.folder import NOTEBOOK, Folder, is_looked_into

DEEPEST = 3  # archives inside one another
MOST_ARCHIVES = 50
MOST_TOLD = 20  # entries that can't be unpacked
SCRIPT = ".py"


@contextmanager
def unpacked(folder: Folder) -> Iterator[Folder]:
    """A folder with what its archives hold in their places, for a block.

    An archive is unpacked where it holds a notebook; or a script, where there is no notebook beside
    it. What is a student's data stays as it is. What can't be unpacked is told by `failed`.
    """
    found = [path for path in folder.inside if _may_be_archive(folder.path, path)]
    if not found:
        yield folder
        return
    with TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as target:
        scripts = not any(is_notebook(path.name) for path in folder.inside if path not in found)
        unpacking = _Unpacking(Path(target), scripts)
        for path in found[:MOST_ARCHIVES]:
            unpacking.open(path, folder.path / path)
            unpacking.close_data(path)
        for path in found[MOST_ARCHIVES:]:
            unpacking.failed[str(path)] = f"was not unpacked: at most {MOST_ARCHIVES} archives are"
        stays = [path for path in folder.inside if path not in unpacking.opened]
        yield replace(
            folder,
            inside=sorted([*stays, *unpacking.places]),
            closed=[*folder.closed, *unpacking.left],
            unpacked=unpacking.places,
            failed=unpacking.failed,
            data=frozenset(unpacking.data),
        )


def _may_be_archive(root: Path, path: Path) -> bool:
    if not is_looked_into(path) or not (ARCHIVE_NAME.search(path.name) or is_notebook(path.name)):
        return False
    place = root / path
    try:
        return not place.is_symlink() and place.is_file() and _is_one(path, place)
    except OSError:
        return False


def _is_one(path: Path, place: Path) -> bool:
    """Whether a file is to be opened; one that is an archive by name alone is told all the same."""
    return ARCHIVE_NAME.search(path.name) is not None or archives.kind(place) != ""


@dataclass
class _Unpacking:
    """Archives while they are unpacked.

    Args:
        target: where their files go, under names of ours.
        scripts: whether scripts may be what was handed in.
        places: where each file is, by its path in the submission.
        opened: the archives that were.
        data: those that hold no notebook, and stay as they are.
        failed: why an archive, or a notebook in one, can't be read.
        left: what else was not unpacked.
        entries: how many more there may be.
        bytes: how many more.
        written: how many files there are in `target`.
    """

    target: Path
    scripts: bool
    places: dict[Path, Path] = field(default_factory=dict)
    opened: set[Path] = field(default_factory=set)
    data: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    entries: int = OF_STUDENT.entries
    bytes: int = OF_STUDENT.total_bytes
    written: int = 0

    def open(self, path: Path, place: Path, depth: int = 1) -> None:
        """Unpacks an archive, and those in it.

        Args:
            path: in the submission.
            place: where it is.
            depth: 1 for one that is in no other.
        """
        if depth > DEEPEST:
            self.failed[str(path)] = f"lies in {DEEPEST} archives inside one another"
            return
        caps = replace(OF_STUDENT, entries=max(self.entries, 0), total_bytes=max(self.bytes, 0))
        try:
            with archives.opened(place, caps) as archive:
                self._take(path, archive, depth)
        except ArchiveError as error:
            self.failed[str(path)] = str(error)
        except OSError as error:
            self.failed[str(path)] = f"can't be unpacked ({error.strerror})"

    def close_data(self, path: Path) -> None:
        """Leaves an archive as it is, if all the archives in it hold no answers."""
        inside = [place for place in self.places if _base(path) in place.parents]
        if path in self.opened and not any(self._is_answer(p.name, packed=False) for p in inside):
            self.opened.remove(path)
            self.data.add(str(path))
            for place in inside:
                del self.places[place]

    def _is_answer(self, name: str, *, packed: bool = True) -> bool:
        """Whether a file may hold answers, or is an archive that may."""
        path = Path(name.replace("../", ""))
        if not is_looked_into(path):
            return False
        if is_notebook(path.name) or (self.scripts and path.suffix == SCRIPT):
            return True
        return packed and ARCHIVE_NAME.search(path.name) is not None

    def _take(self, path: Path, archive: Archive, depth: int) -> None:
        base = _base(path)
        if not any(self._is_answer(member.path) for member in archive.members):
            if answers := [each for each in archive.left if self._is_answer(each.name)]:
                said = "; ".join(archives.summed_up(answers))
                self.failed[str(path)] = f"holds no notebook that can be read: {said}"
            else:
                self.data.add(str(path))
            return
        self.opened.add(path)
        for each in archive.left[:MOST_TOLD]:
            if is_notebook(each.name):
                self.failed[f"{base}/{each.name}"] = each.why
            else:
                self.left.append(f"{base}/{each.name}")
        self.entries -= len(archive.members)
        for member in archive.members:
            inside = base / member.path
            place = self.target / f"{self.written}{inside.suffix[:20]}"
            self.written += 1
            try:
                with place.open("wb") as file:
                    file.writelines(archive.pieces(member))
            except ArchiveError as error:
                self.failed[str(inside)] = str(error)
                continue
            self.bytes -= member.size
            self.places[inside] = place
            if is_looked_into(Path(member.path)) and ARCHIVE_NAME.search(inside.name):
                self.open(inside, place, depth + 1)
                if inside in self.opened:
                    del self.places[inside]


def _base(path: Path) -> Path:
    """The folder for what an archive holds: nbgrader would open one called like a notebook."""
    return path.with_name(f"{path.name} (unpacked)") if path.suffix == NOTEBOOK else path
