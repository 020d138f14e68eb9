"""To which notebook of an assignment a file's cells belong, where several ask for the same.

Two notebooks may have the same grade_ids, or ask for functions of the same names: what was handed
in for one is nothing for the other. A cell is told by what only one notebook has: its id, its
grade_id, a given text, a name. Others go with those, as far from them as in the source. Where
nothing tells, the file's name does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from autograder.grading.intake.cells import Cell
from autograder.grading.rebuild.skeleton import Place, Skeleton

Mark = tuple[str, str]
ANYONE = ""  # whose a cell is that no two notebooks ask for
UNKNOWN = "\0"  # whose it is where two ask for it, and nothing says which: no notebook's name
THERE = 0.5  # of the share of the notebook of which a file has most: less was copied from elsewhere


class Owners:
    """The notebooks of an assignment, and what only one of them has.

    Args:
        skeletons: the notebooks, by name.
    """

    def __init__(self, skeletons: Mapping[str, Skeleton]) -> None:
        self._names = tuple(skeletons)
        self._places: dict[Mark, dict[str, list[int]]] = defaultdict(dict)
        for name, skeleton in skeletons.items():
            for index, place in enumerate(skeleton.places):
                for mark in _marks_of_place(place):
                    self._places[mark].setdefault(name, []).append(index)
        self._contested = {
            mark
            for mark, places in self._places.items()
            if len(places) > 1 and mark[0] in ("grade_id", "name")
        }

    def of(self, file: str, cells: Sequence[Cell]) -> list[str]:
        """The notebook that each cell of a file belongs to, or ANYONE, or UNKNOWN."""
        if not self._contested:
            return [ANYONE] * len(cells)
        marks = [set(_marks_of_cell(cell)) for cell in cells]
        starts = self._starts(marks)
        owners = [ANYONE] * len(cells)
        for number, mine in enumerate(marks):
            if contested := mine & self._contested:
                alone = {name for mark in mine for name, _ in self._alone(mark)}
                owner = next(iter(alone)) if len(alone) == 1 else ""
                owners[number] = owner or self._nearest(file, number, contested, starts)
        return owners

    def _starts(self, marks: Sequence[Iterable[Mark]]) -> dict[str, list[int]]:
        """Where each notebook begins in the file, as each of its own cells there says.

        Left out are notebooks of which too little is there.
        """
        starts: dict[str, list[int]] = defaultdict(list)
        there: dict[str, set[int]] = defaultdict(set)
        for number, mine in enumerate(marks):
            for mark in mine:
                for name, index in self._alone(mark):
                    if mark[0] != "name":  # whoever wrote it may have chosen the name
                        starts[name].append(number - index)
                        there[name].add(index)
        most = max(map(len, there.values()), default=0)
        return {name: found for name, found in starts.items() if len(there[name]) >= THERE * most}

    def _alone(self, mark: Mark) -> list[tuple[str, int]]:
        """The places with a mark, and their notebook's name, where only one notebook has it."""
        places = self._places.get(mark, {})
        if len(places) != 1:
            return []
        return [(name, index) for name, indices in places.items() for index in indices]

    def _nearest(
        self, file: str, number: int, marks: Iterable[Mark], starts: Mapping[str, Sequence[int]]
    ) -> str:
        """The notebook in whose source the cell lies closest to where it lies in the file."""
        named = self._named(file)
        distances = {
            name: min(abs(number - index - start) for index in indices for start in starts[name])
            for mark in marks
            for name, indices in self._places[mark].items()
            if name in starts
        }
        if not distances:
            return named or UNKNOWN
        return min(distances, key=lambda name: (distances[name], name != named))

    def _named(self, file: str) -> str:
        """The notebook whose name is in a file's; "" for none."""
        inside = [name for name in self._names if name.lower() in Path(file).name.lower()]
        return max(inside, key=len, default="")


def _marks_of_place(place: Place) -> Iterator[Mark]:
    text = "" if place.answer else place.stripped
    return _marks(place.id, place.grade_id, text, place.names)


def _marks_of_cell(cell: Cell) -> Iterator[Mark]:
    return _marks(cell.id, cell.grade_id, cell.stripped, cell.names)


def _marks(id: str, grade_id: str, text: str, names: Iterable[str]) -> Iterator[Mark]:
    found = [("id", id), ("grade_id", grade_id), ("text", text)]
    found += [("name", name) for name in names]
    return (mark for mark in found if mark[1])
