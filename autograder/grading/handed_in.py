"""Which of the files that were handed in holds which notebook: known by its cells, not its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder.grading.cells import SCRIPTS, Document, UnreadableError, read
from autograder.grading.repair import Match, match, rebuild
from autograder.grading.skeleton import Skeleton
from autograder.results import Flag
from autograder.words import few, printable

NOTEBOOK = ".ipynb"
OTHERS = (".json", "", *SCRIPTS)
MOST_FILES = 100  # that are looked into
MOST_BYTES = 256 << 20  # of all of them
IGNORED = {"__pycache__", "__MACOSX"}


@dataclass(frozen=True)
class _Candidate:
    """A file that may hold a notebook: its name in the folder, and what of the notebook it has."""

    name: str
    matched: Match

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
    wanted_names = {f"{name}{NOTEBOOK}" for name in skeletons}
    matches = {name: _matches(skeleton, files) for name, skeleton in skeletons.items()}
    for name, candidates in matches.items():
        wanted = f"{name}{NOTEBOOK}"
        if not candidates:
            maybe = {file: why for file, why in failed.items() if file not in wanted_names}
            flags.append(_missing(wanted, failed.get(wanted), maybe, files))
            continue
        first, *others = sorted(candidates, key=lambda c: c.rank(wanted), reverse=True)
        flags += _naming(wanted, first, others)
        same = [c.matched for there in matches.values() for c in there if c.name == first.name]
        claimed = set[int]().union(*(matched.claimed for matched in same))
        taken = claimed - first.matched.claimed.keys()
        found[name], mended = rebuild(first.matched, first.shown, taken)
        flags += mended
    return found, tuple(flags)


def _read(folder: Path, given: set[str]) -> tuple[dict[str, Document], dict[str, str]]:
    """What each file holds that has cells; and of each that may have been a notebook, why not."""
    files: dict[str, Document] = {}
    failed: dict[str, str] = {}
    inside = (path.relative_to(folder) for path in sorted(folder.rglob("*")))
    paths = [path for path in inside if _may_be(path) and str(path) not in given]
    room = MOST_BYTES
    for number, path in enumerate(sorted(paths, key=lambda path: not _is_notebook(path.name))):
        try:
            room -= (folder / path).lstat().st_size
            if number >= MOST_FILES or room < 0:
                raise UnreadableError(
                    "was not looked into: there are too many files, or large ones"
                )
            files[str(path)] = read(folder / path)
        except UnreadableError as error:
            failed[str(path)] = str(error)
        except OSError as error:
            failed[str(path)] = f"can't be opened ({error.strerror})"
    return files, failed


def _may_be(path: Path) -> bool:
    """Whether a file may hold a notebook: browsers add to its ending, and editors change it."""
    hidden = any(part.startswith(".") or part in IGNORED for part in path.parts)
    return not hidden and (_is_notebook(path.name) or path.suffix.lower() in OTHERS)


def _is_notebook(name: str) -> bool:
    return NOTEBOOK in name.lower()


def _matches(skeleton: Skeleton, files: Mapping[str, Document]) -> list[_Candidate]:
    """The files that hold answers of a notebook; others than notebooks only where none does."""
    matched = [_Candidate(name, match(skeleton, document)) for name, document in files.items()]
    there = [candidate for candidate in matched if candidate.matched.certain]
    return [candidate for candidate in there if _is_notebook(candidate.name)] or there


def _missing(wanted: str, why: str | None, others: Mapping[str, str], files: Iterable[str]) -> Flag:
    """Why there is no notebook of this name.

    Args:
        wanted: its file.
        why: what is wrong with that, if it is there.
        others: what is wrong with files that may have been it.
        files: those that could be read.
    """
    if why:
        return Flag("unreadable", "", f"{wanted} {why}.")
    if wanted in files:
        return Flag("missing-notebook", "", f"{wanted} holds none of its answer cells.")
    also = [f"{printable(file)} {reason}" for file, reason in others.items() if _is_notebook(file)]
    rest = f"; {also[0]}" if also else ""
    return Flag("missing-notebook", "", f"{wanted} was not handed in{rest}.")


def _naming(wanted: str, first: _Candidate, others: Sequence[_Candidate]) -> Iterator[Flag]:
    if first.name != wanted:
        yield Flag("renamed", "", f"{wanted} was found in {first.shown}.")
    if also := [other.name for other in others if _says_more(other, first)]:
        detail = f"{few(also)} also answered {wanted}; {first.shown} was graded."
        yield Flag("duplicate-notebook", "", detail)


def _says_more(other: _Candidate, first: _Candidate) -> bool:
    """Whether a file has an answer that the graded one does not have."""
    return bool(set(other.matched.answers) - set(first.matched.answers))
