"""What was found of a notebook in a file: which of its cells stands for which place.

`search` fills it, step by step; here is what can be said of it at any time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograder.grading.intake.cells import Cell, Document
from autograder.grading.rebuild.skeleton import Given, Place, Skeleton


@dataclass
class Match:
    """Which cell stands for which place of the skeleton.

    Args:
        skeleton: the source notebook.
        document: the file of a submission, parted.
        given: the course's own text, with which no answer is filled.
        others: cells of the file that belong to other notebooks.
        found: by the index of each place, that of its cell.
        copies: further cells that claim the same place, in order.
    """

    skeleton: Skeleton
    document: Document
    given: Given
    others: frozenset[int] = frozenset()
    found: dict[int, int] = field(default_factory=dict)
    copies: dict[int, list[int]] = field(default_factory=dict)

    @property
    def cells(self) -> Sequence[Cell]:
        """The cells of the file."""
        return self.document.cells

    @property
    def claimed(self) -> dict[int, int]:
        """The place that each cell stands for, or is a copy of."""
        claims = {cell: place for place, cells in self.copies.items() for cell in cells}
        return claims | {cell: place for place, cell in self.found.items()}

    @property
    def answers(self) -> list[str]:
        """The answers in which anything was written."""
        return [c.text for place, c in self._answers() if is_written(place, c)]

    @property
    def complete(self) -> bool:
        """Whether every answer is there."""
        return len(self.answers) == sum(place.answer for place in self.skeleton.places)

    @property
    def certain(self) -> int:
        """How many answers are there beyond doubt: by their grade_id, or by what they define.

        Of a notebook without any it is how many cells are, if most of them.
        """
        if not any(place.answer for place in self.skeleton.places):
            there = len(self.found)
            return there if 2 * there > len(self.skeleton.places) else 0
        return sum(c.grade_id == p.grade_id or bool(c.names & p.names) for p, c in self._answers())

    def _answers(self) -> Iterator[tuple[Place, Cell]]:
        found = ((self.skeleton.places[i], self.cells[n]) for i, n in self.found.items())
        return ((place, cell) for place, cell in found if place.answer)

    def claim(self, index: int, numbers: Sequence[int]) -> None:
        """Gives a place the last of these cells that holds an answer, in Python where code is due.

        Beside one that defines what is asked, code that doesn't is no answer: it stays unclaimed.
        """
        place = self.skeleton.places[index]
        if any(place.names & self.cells[n].defines.bound for n in numbers):
            numbers = [
                n
                for n in numbers
                if place.names & self.cells[n].defines.bound
                or not (self.cells[n].runs and is_written(place, self.cells[n]))
            ]
        chosen = _chosen(place, self.cells, numbers)
        self.found[index] = chosen
        self.copies[index] = [n for n in numbers if n != chosen]

    def own(self) -> list[tuple[int, Cell]]:
        """The cells that may be this notebook's."""
        return [(n, cell) for n, cell in enumerate(self.cells) if n not in self.others]

    def free(self) -> list[int]:
        """The cells that may be this notebook's, and stand for no place yet."""
        claimed = self.claimed
        return [number for number, _ in self.own() if number not in claimed]

    def open(self) -> list[tuple[int, Place]]:
        """The places for which there is no cell yet."""
        return [(i, place) for i, place in enumerate(self.skeleton.places) if i not in self.found]

    @cached_property
    def settled(self) -> frozenset[str]:
        """The names that are asked for, and are defined in the cell with the grade_id for that."""
        asked = {place.grade_id: place.names for place in self.skeleton.places if place.answer}
        there = (
            (cell.names - cell.defines.hollow) & asked.get(cell.grade_id, frozenset())
            for _, cell in self.own()
        )
        return frozenset[str]().union(*there)

    def is_the_courses(self, number: int) -> bool:
        """Whether a cell has a text of the course's, and no more have it than the course gave.

        Who answers as an example has it has written one more.
        """
        cell = self.cells[number]
        return self._texts[cell.stripped] <= self.given.count(cell)

    @cached_property
    def _texts(self) -> Counter[str]:
        return Counter(cell.stripped for cell in self.cells)

    def unanswered(self, index: int) -> bool:
        """Whether a place has no cell, or one in which nothing was written."""
        found = self.found.get(index)
        return found is None or not is_written(self.skeleton.places[index], self.cells[found])

    def different(self, index: int) -> list[int]:
        """The further copies of an answer that say something else than the one that is graded."""
        place = self.skeleton.places[index]
        if index not in self.found or not place.answer:
            return []
        known = {self.cells[self.found[index]].stripped, *self.skeleton.stubs}
        copies = (n for n in self.copies.get(index, ()) if is_written(place, self.cells[n]))
        return [n for n in copies if self.cells[n].stripped not in known]

    def steady(self) -> set[int]:
        """The longest sequence of cells in the order of their places; any other was moved."""
        ends: list[int] = []  # the lowest place in which an order of each length ends
        order: list[int] = []  # and its cell
        before: dict[int, int | None] = {}
        for place, cell in sorted(self.found.items(), key=lambda item: item[1]):
            at = bisect_left(ends, place)
            ends[at : at + 1], order[at : at + 1] = [place], [cell]
            before[cell] = order[at - 1] if at else None
        kept = set[int]()
        last = order[-1] if order else None
        while last is not None:
            kept.add(last)
            last = before[last]
        return kept


def is_written(place: Place, cell: Cell) -> bool:
    """Whether a cell has more in it than was released in this place, or was emptied."""
    if not cell.stripped or place.stripped == cell.stripped:
        return False
    return not place.names or not place.names <= cell.defines.hollow


def _chosen(place: Place, cells: Sequence[Cell], claims: Sequence[int]) -> int:
    if not place.answer or len(claims) == 1:
        return claims[0]
    written = [n for n in claims if is_written(place, cells[n])] or claims
    kind = [n for n in written if cells[n].kind == place.kind] or written
    runs = [n for n in kind if place.kind != "code" or cells[n].runs]
    return (runs or kind)[-1]
