"""Which of the files that were handed in holds which notebook: known by its cells, not its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nbformat import NotebookNode

from autograder.grading import cells
from autograder.grading.cells import NOTEBOOK, SCRIPTS, Cell, Document, UnreadableError, is_notebook
from autograder.grading.folder import IGNORED, walk
from autograder.grading.locked import parted
from autograder.grading.match import Match, match
from autograder.grading.repair import rebuild
from autograder.grading.skeleton import Skeleton
from autograder.results import Flag
from autograder.words import few, printable

OTHERS = (".json", "", *SCRIPTS)
MOST_FILES = 100  # that are looked into
MOST_BYTES = 256 << 20  # of all of them
MOST_PARSED = 1_000_000  # characters of all of them


@dataclass(frozen=True)
class _Candidate:
    """A file that may hold a notebook.

    Args:
        name: in the folder.
        matched: what of the notebook it has.
        taken: its cells that belong to another notebook of the assignment.
    """

    name: str
    matched: Match
    taken: frozenset[int] = frozenset()

    @property
    def shown(self) -> str:
        return printable(self.name)

    def rank(self, wanted: str) -> tuple[bool, bool, int, int]:
        """Who answered anything comes first; then the right name, and who answered most."""
        return (
            bool(self.matched.answers),
            self.name == wanted,
            len(self.matched.answers),
            self.matched.certain,
        )

    def says(self) -> set[str]:
        """The answers, and the student's own code that defines anything."""
        free = set(self.matched.free()) - self.taken
        own = [c for n, c in enumerate(self.matched.cells) if n in free and c.kind == "code"]
        return {*map(str.strip, self.matched.answers), *(c.stripped for c in own if c.names)}


def notebooks(
    folder: Path, skeletons: Mapping[str, Skeleton], given: Iterable[str]
) -> tuple[dict[str, NotebookNode], tuple[Flag, ...]]:
    """The assignment's notebooks as they are graded, by name, and what was mended.

    Args:
        folder: what was handed in.
        skeletons: the assignment's notebooks.
        given: files of the source, by their path: they hold nobody's answers.

    Returns:
        The notebooks of which the folder holds anything; a flag tells of the others.
    """
    wanted = {name: f"{name}{NOTEBOOK}" for name in skeletons}
    there = [path for path in walk(folder)[0] if str(path) not in given]
    files, failed = _read(folder, there, set(wanted.values()))
    files = {name: parted(document, skeletons.values()) for name, document in files.items()}
    holding = _candidates(skeletons, files)
    first = {
        name: max(candidates, key=partial(_Candidate.rank, wanted=wanted[name]))
        for name, candidates in holding.items()
        if candidates
    }
    found: dict[str, NotebookNode] = {}
    flags: list[Flag] = []
    for name, file in wanted.items():
        others = {
            other: why
            for other, why in failed.items()
            if is_notebook(other) and (other == file or other not in wanted.values())
        }
        if name not in first:
            flags.append(_missing(file, others, files, there))
            continue
        graded = first[name]
        flags += _naming(file, graded, others, holding[name])
        found[name], mended = rebuild(graded.matched, graded.shown, graded.taken)
        flags += mended
    return found, tuple(dict.fromkeys(flags))


class _Reader:
    """Reads the files of a submission, until they are too many."""

    def __init__(self) -> None:
        self._files, self._bytes = MOST_FILES, MOST_BYTES
        self._cells, self._parsed = cells.MOST_CELLS, MOST_PARSED

    def read(self, path: Path) -> Document:
        """What a file holds.

        Raises:
            UnreadableError: it has no cells, or too much was read already.
            OSError: it can't be opened.
        """
        self._files -= 1
        if min(self._files, self._bytes, self._cells) < 0:
            raise UnreadableError(
                f"was not looked into: at most {MOST_FILES} files are, with {MOST_BYTES >> 20} MiB "
                f"and {cells.MOST_CELLS:,} cells together"
            )
        document = cells.read(path)
        self._bytes -= path.stat().st_size
        self._cells -= len(document.cells)
        return replace(document, cells=[self._within(cell) for cell in document.cells])

    def _within(self, cell: Cell) -> Cell:
        self._parsed -= len(cell.text)
        return cell if self._parsed >= 0 else replace(cell, parse=False)


def _read(
    folder: Path, there: Sequence[Path], wanted: set[str]
) -> tuple[dict[str, Document], dict[str, str]]:
    """What each file holds that has cells; and of each that may have been a notebook, why not.

    Args:
        folder: what was handed in.
        there: what is in it.
        wanted: the notebooks' own names, which are read first.
    """
    files: dict[str, Document] = {}
    failed: dict[str, str] = {}
    reader = _Reader()

    def order(path: Path) -> tuple[bool, bool, int, Path]:
        return str(path) not in wanted, not is_notebook(path.name), len(path.parts), path

    for path in sorted(filter(_may_be, there), key=order):
        try:
            files[str(path)] = reader.read(folder / path)
        except UnreadableError as error:
            failed[str(path)] = str(error)
        except OSError as error:
            failed[str(path)] = f"can't be opened ({error.strerror})"
    return files, failed


def _may_be(path: Path) -> bool:
    """Whether a file may hold a notebook: browsers add to its ending, and editors change it."""
    hidden = any(part.startswith(".") or part in IGNORED for part in path.parts)
    return not hidden and (is_notebook(path.name) or path.suffix.lower() in OTHERS)


def _candidates(
    skeletons: Mapping[str, Skeleton], files: Mapping[str, Document]
) -> dict[str, list[_Candidate]]:
    """The files that hold answers of each notebook; others than notebooks only where none does."""
    there: dict[str, list[_Candidate]] = {}
    for name, skeleton in skeletons.items():
        all_of_it = [
            _Candidate(file, match(skeleton, document)) for file, document in files.items()
        ]
        holds = [candidate for candidate in all_of_it if candidate.matched.certain]
        there[name] = [c for c in holds if is_notebook(c.name)] or holds
    claimed: dict[str, set[int]] = {}
    for candidate in (candidate for candidates in there.values() for candidate in candidates):
        claimed.setdefault(candidate.name, set()).update(candidate.matched.claimed)
    return {
        name: [
            replace(c, taken=frozenset(claimed[c.name] - c.matched.claimed.keys())) for c in all_
        ]
        for name, all_ in there.items()
    }


def _missing(
    wanted: str, unread: Mapping[str, str], files: Iterable[str], there: Iterable[Path]
) -> Flag:
    """Why there is no notebook of this name.

    Args:
        wanted: its file.
        unread: what is wrong with the files that may have been it.
        files: those that could be read.
        there: whatever is in the folder.
    """
    if wanted in unread:
        return Flag("unreadable", "", f"{wanted} {unread[wanted]}.")
    if wanted in files:
        return Flag("missing-notebook", "", f"{wanted} holds none of its answer cells.")
    other = list(dict.fromkeys(path.parts[0] for path in there))
    also = [f"{printable(file)} {why}" for file, why in unread.items()]
    also += [f"the folder holds {few(other)}" if other else "the folder is empty"]
    return Flag("missing-notebook", "", f"{wanted} is not there; {also[0]}.")


def _naming(
    wanted: str, graded: _Candidate, unread: Mapping[str, str], all_: Iterable[_Candidate]
) -> Iterator[Flag]:
    """What there is to tell of the files that could have been graded.

    Args:
        wanted: the notebook's file.
        graded: the one that was.
        unread: what is wrong with those that could not be read.
        all_: those that hold an answer.
    """
    if wanted in unread:
        yield Flag("unreadable", "", f"{wanted} {unread[wanted]}; {graded.shown} was graded.")
    elif graded.name != wanted:
        yield Flag("renamed", "", f"{wanted} was found in {graded.shown}.")
    if not graded.matched.complete:
        for file, why in unread.items():
            if file != wanted:
                yield Flag("unreadable", "", f"{printable(file)} {why}.")
    says = graded.says()
    if also := [other.name for other in all_ if other.says() - says]:
        detail = f"{few(also)} also answered {wanted}; {graded.shown} was graded."
        yield Flag("duplicate-notebook", "", detail)
