"""Which hidden tests have to be asked in a kernel of their own.

All are asked when the last cell has run. Where a later cell, the student's or the instructor's, may
have changed what a test sees, a second kernel runs the cells above it and no others.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import PurePath

from autograder.examiner.changes import Texts
from autograder.examiner.source_cells import SourceCell, names_bound
from autograder.source_text import bound, imports_of, rebound, used

SEEING = {"exec", "eval", "globals", "locals", "vars", "dir"}  # by which a test may see any name


@dataclass(frozen=True)
class Seen:
    """What a hidden test sees.

    Args:
        asks: names that it may ask the student for, itself or by what it uses of the instructor's.
        everything: whether it may ask for any name.
        changes: whether a later cell of the instructor's may change what it sees.
        neighbours: hidden tests that may use what it leaves, or leave what it uses.
    """

    asks: Set[str]
    everything: bool
    changes: bool
    neighbours: Set[str]


def seen(
    source: Sequence[SourceCell],
    changed: Set[str],
    files: Mapping[str, bytes],
    needless: Set[int] = frozenset(),
) -> dict[str, Seen]:
    """What each hidden test sees, by its grade_id: the same for a whole class.

    Args:
        source: the instructor's cells.
        changed: names of the instructor's whose objects a solution changes in place.
        files: what lies beside the notebook.
        needless: the places of cells that the examiner passes over.
    """
    hidden = [cell for cell in source if cell.hidden]
    ours = texts_of(map(run_here, source), files)
    asked, taken, _ = names_bound(source)
    acting = _acting(hidden, asked)
    found = {}
    for test in hidden:
        sees = ours.reach(used(test.text))
        changes = (
            test.grade_id in acting
            or bool(_handed_over(source, test, changed) & sees)
            or ours.may_change(_later_here(source, test, needless), sees)
        )
        others = {other.grade_id for other in hidden if _are_neighbours(test, other, ours)}
        asks = set(filter(str.isidentifier, sees)) - (taken - asked - changed)  # no module's state
        found[test.grade_id] = Seen(asks, bool(sees & SEEING), changes, others)
    return found


def waiting(tests: Mapping[str, Seen], cells: Sequence[tuple[str, str]], theirs: Texts) -> set[str]:
    """The hidden tests of which a later cell may change what they see, by their grade_ids.

    Args:
        tests: what each sees.
        cells: the submission's as its kernel runs them, each with its grade_id.
        theirs: their texts, to be asked what they change.
    """
    found = set()
    for name, test in tests.items():
        later = _after(cells, name)
        if (
            test.changes
            or (test.everything and later)
            or theirs.may_change(later, theirs.reach(test.asks))
        ):
            found.add(name)
    return with_neighbours(tests, found)


def with_neighbours(tests: Mapping[str, Seen], names: Set[str]) -> set[str]:
    """These tests, and those that are asked with them for what one leaves to another."""
    found = set(names)
    while more := {n for name in found for n in tests[name].neighbours} - found:
        found |= more
    return found


def texts_of(cells: Iterable[str], files: Mapping[str, bytes]) -> Texts:
    """The texts of a notebook's cells, to be asked what they change.

    Args:
        cells: the texts.
        files: what lies beside the notebook.
    """
    return Texts(cells, _modules(files))


def run_here(cell: SourceCell) -> str:
    """What the examiner runs of a cell, sooner or later."""
    return imports_of(cell.text) if cell.role == "solution" else cell.text


def _modules(files: Mapping[str, bytes]) -> dict[str, str]:
    """The text of each module and package beside the notebook, by its name."""
    found: dict[str, str] = {}
    for name in files:
        path = PurePath(name)
        if path.suffix == ".py":
            module, text = path.parts[0].removesuffix(".py"), files[name].decode(errors="replace")
            found[module] = f"{found.get(module, '')}\n{text}"
    return found


def _after(cells: Sequence[tuple[str, str]], test: str) -> list[str]:
    """The cells after a test; none where it is not among them."""
    rest = itertools.dropwhile(lambda cell: cell[0] != test, cells)
    return [text for _, text in rest][1:]


def _rest(source: Sequence[SourceCell], test: SourceCell) -> range:
    """The places after a test that the examiner has come by when the last cell has run."""
    tests = [place for place, cell in enumerate(source) if cell.role == "test" and not cell.hidden]
    return range(source.index(test) + 1, max(tests, default=-1) + 1)


def _later_here(
    source: Sequence[SourceCell], test: SourceCell, needless: Set[int]
) -> Iterator[str]:
    """What the examiner has run after a test's place; of a hidden one what students have of it."""
    cells = (source[place] for place in _rest(source, test) if place not in needless)
    return (cell.released if cell.hidden else run_here(cell) for cell in cells)


def _handed_over(source: Sequence[SourceCell], test: SourceCell, changed: Set[str]) -> set[str]:
    """The names that are the instructor's at a test's place, and a student's later."""
    rest = (source[place] for place in _rest(source, test))
    solutions = [cell.text for cell in rest if cell.role == "solution"]
    given = bound(cell.text for cell in source if cell.role == "given")
    return bound(solutions) & given | set[str]().union(*map(used, solutions)) & changed


def _acting(hidden: Iterable[SourceCell], asked: Set[str]) -> set[str]:
    """Tests that bind or delete a name of the student's, and all after them."""
    rest = itertools.dropwhile(lambda cell: not rebound([cell.text]) & asked, hidden)
    return {cell.grade_id for cell in rest}


def _are_neighbours(one: SourceCell, other: SourceCell, ours: Texts) -> bool:
    """Whether one of two hidden tests may change what the other uses."""
    return one != other and any(
        ours.may_change([first.text], ours.reach(used(then.text)))
        for first, then in ((one, other), (other, one))
    )
