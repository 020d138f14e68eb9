"""Which of the files that were handed in holds which notebook: known by its cells, not its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder.grading.cells import SCRIPTS, Cell, UnreadableError, read
from autograder.grading.repair import Match, match, rebuild
from autograder.grading.skeleton import Skeleton
from autograder.results import Flag

NOTEBOOK = ".ipynb"
OTHERS = (".json", "", *SCRIPTS)
MOST_FILES = 100  # that are looked into
MOST_NAMED = 3  # files that a sentence names
IGNORED = {".ipynb_checkpoints", "__pycache__", "__MACOSX"}


@dataclass(frozen=True)
class _Candidate:
    """A file that may hold a notebook: its name in the folder, and what of the notebook it has."""

    name: str
    made: Match

    def rank(self, wanted: str) -> tuple[bool, bool, int, int]:
        """Who answered anything comes first; then the right name, and who answered most."""
        return (
            bool(self.made.answers),
            self.name == wanted,
            len(self.made.answers),
            self.made.known,
        )


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
    found: dict[str, NotebookNode] = {}
    flags: list[Flag] = []
    files, failed = _read(folder, set(given))
    matches = {name: _matches(skeleton, files) for name, skeleton in skeletons.items()}
    for name, candidates in matches.items():
        wanted = f"{name}.ipynb"
        if not candidates:
            flags.append(_missing(wanted, failed, files))
            continue
        first, *others = sorted(candidates, key=lambda c: c.rank(wanted), reverse=True)
        flags += _naming(wanted, first, others)
        same = [c.made for there in matches.values() for c in there if c.name == first.name]
        elsewhere = set[int]().union(*(made.used for made in same)) - first.made.used.keys()
        found[name], mended = rebuild(first.made, first.name, elsewhere)
        flags += mended
    return found, tuple(flags)


def _read(folder: Path, given: set[str]) -> tuple[dict[str, Sequence[Cell]], dict[str, str]]:
    """The cells of each file that has any; and of each that may have been a notebook, why not."""
    files: dict[str, Sequence[Cell]] = {}
    failed: dict[str, str] = {}
    inside = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if _may_be(path))
    for path in [path for path in inside if str(path) not in given][:MOST_FILES]:
        name = printable(str(path))
        try:
            files[name] = read(folder / path)
        except UnreadableError as error:
            failed[name] = str(error)
        except OSError as error:
            failed[name] = f"can't be opened ({error.strerror})"
    return files, failed


def printable(name: str) -> str:
    """A file's name as a terminal may show it."""
    return "".join(c if c.isprintable() else "?" for c in name)


def _may_be(path: Path) -> bool:
    """Whether a file may hold a notebook: browsers add to its ending, and editors change it."""
    named = NOTEBOOK in path.name.lower() or path.suffix.lower() in OTHERS
    return named and not IGNORED & set(path.parts)


def _matches(skeleton: Skeleton, files: Mapping[str, Sequence[Cell]]) -> list[_Candidate]:
    """The files that hold answers of a notebook; others than notebooks only where none does."""
    made = [_Candidate(name, match(skeleton, cells)) for name, cells in files.items()]
    there = [candidate for candidate in made if candidate.made.known]
    return [candidate for candidate in there if NOTEBOOK in candidate.name.lower()] or there


def _missing(wanted: str, failed: Mapping[str, str], files: Iterable[str]) -> Flag:
    """Why there is no notebook of this name."""
    likely = [wanted, *(name for name in failed if NOTEBOOK in name.lower())]
    if broken := [name for name in likely if name in failed]:
        return Flag("unreadable", "", f"{broken[0]} {failed[broken[0]]}.")
    if wanted in files:
        return Flag("missing-notebook", "", f"{wanted} holds none of its answer cells.")
    return Flag("missing-notebook", "", f"{wanted} was not handed in.")


def _naming(wanted: str, first: _Candidate, others: Sequence[_Candidate]) -> Iterator[Flag]:
    if first.name != wanted:
        yield Flag("renamed", "", f"{wanted} was found in {first.name}.")
    also = [other.name for other in others if other.made.marked and _says_more(other, first)]
    if also:
        names = ", ".join(also[:MOST_NAMED])
        detail = f"{names} also answered {wanted}; {first.name} was graded."
        yield Flag("duplicate-notebook", "", detail)


def _says_more(other: _Candidate, first: _Candidate) -> bool:
    """Whether a file has an answer that the graded one does not have."""
    return bool(set(other.made.answers) - set(first.made.answers))
