"""The code cells of the instructor's notebook, and what they have to do with one another.

That is read from their text alone; nothing is run here.
"""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from autograder.examiner.changes import Texts
from autograder.examiner.jobs import has_hidden_tests
from autograder.source_text import bound, imports_of, may_use, used

Role = Literal["given", "solution", "test"]


@dataclass(frozen=True)
class SourceCell:
    """A code cell of the instructor's notebook.

    Args:
        role: "test" is a cell of tests, "solution" one that the student writes, "given" any other.
        grade_id: nbgrader's name for it, or "".
        text: its source.
        released: its source as students have it: without its solution or hidden tests.
        points: what it is worth, if it is a test.
    """

    role: Role
    grade_id: str
    text: str
    released: str
    points: float = 0.0

    @property
    def hidden(self) -> bool:
        """Whether it has tests that students must not see."""
        return has_hidden_tests(vars(self))


def first_cells(source: Sequence[SourceCell]) -> list[SourceCell]:
    """The cells before the first solution or test: nothing of a student's is in them."""
    return list(itertools.takewhile(lambda cell: cell.role == "given", source))


def instructors(cell: SourceCell) -> str:
    """What the examiner runs of a cell on its way to a test; of a solution what it imports."""
    return {"given": cell.text, "solution": imports_of(cell.text), "test": ""}[cell.role]


def untouched(source: Sequence[SourceCell], own: Iterable[str], texts: Texts) -> set[str]:
    """The instructor's cells that use nothing which these cells, solutions or tests may change.

    A cell may change what it binds and what it uses, modules and what is Python's own apart: so
    may one that is touched. The student's own may change what lies in that as well, as `weights`
    in `model`.

    Args:
        source: the instructor's cells.
        own: the texts of a student's own.
        texts: of the notebook, to be asked which objects names reach.
    """
    own = list(own)
    rebound = texts.rebound(own)
    pythons = vars(builtins).keys() - bound(cell.text for cell in source)
    modules = (bound(imports_of(cell.text) for cell in source) | pythons) - rebound
    taken = set[str]().union(*map(may_use, own)) - modules
    touched, found = taken | rebound, set()
    for cell in source:
        uses = may_use(cell.released) - modules
        held = texts.changeable(taken - bound([cell.released]))  # what it binds is used below it
        if cell.role == "given" and not (uses & touched or texts.changeable(uses) & held):
            found.add(cell.released)
        else:
            touched |= (bound([cell.text]) | may_use(cell.text)) - modules
    return found


def bringing(source: Sequence[SourceCell], asked: Set[str]) -> set[str]:
    """The visible tests that may bind or change what a later hidden one uses.

    Through other cells too; modules and what the student writes apart.
    """
    apart = bound(imports_of(cell.text) for cell in source) | asked
    needed, found = set[str](), set[str]()
    for cell in reversed(source):
        touched = (bound([cell.text]) | used(cell.text)) - apart
        if cell.hidden or (cell.role != "solution" and touched & needed):
            needed |= touched
            if cell.role == "test" and not cell.hidden:
                found.add(cell.text)
    return found


def names_bound(source: Sequence[SourceCell]) -> tuple[set[str], set[str], set[str]]:
    """The names that cells bind: what students have to, what others do, what solutions import."""
    solutions = [cell for cell in source if cell.role == "solution"]
    taken = bound(cell.text for cell in source if cell.role != "solution")
    imported = bound(instructors(cell) for cell in solutions)
    return bound(cell.text for cell in solutions) - imported, taken, imported
