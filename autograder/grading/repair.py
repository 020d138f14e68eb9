"""Rebuilding a notebook: the source's skeleton, with a student's answers and own cells in it.

Test cells, points, locks and the kernel's name are the source's, whatever was handed in. An answer
is known by its grade_id, or else by the function it defines, its cell id, its text or its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from autograder.grading.cells import Cell, Document
from autograder.grading.skeleton import Place, Skeleton
from autograder.results import Flag
from autograder.words import few

NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
OWN = "own-cell"  # the ids of cells that are no source's begin so
MARKS = ("grade", "solution", "locked", "task", "points", "schema_version")  # all but the checksum
ALIKE = 0.6  # as SequenceMatcher counts: a given cell that a student has changed
MOST_COMPARED = 20  # cells, for likeness to one of the source's
MOST_CHARACTERS = 2_000  # of a cell that is compared


@dataclass
class Match:
    """Which cell stands for which place of the skeleton.

    Args:
        skeleton: the source notebook.
        document: the file of a submission.
        found: the cell of a place, both by their indices.
        copies: further cells that claim the same place, in order.
    """

    skeleton: Skeleton
    document: Document
    found: dict[int, int] = field(default_factory=dict)
    copies: dict[int, list[int]] = field(default_factory=dict)

    @property
    def cells(self) -> Sequence[Cell]:
        """Those of the file."""
        return self.document.cells

    @property
    def claimed(self) -> dict[int, int]:
        """The place that each cell stands for, or is a copy of."""
        claims = {cell: place for place, cells in self.copies.items() for cell in cells}
        return claims | {cell: place for place, cell in self.found.items()}

    @property
    def answers(self) -> list[str]:
        """The answers that are there and no longer as released."""
        return [c.text for place, c in self._answers() if not _as_released(place, c)]

    @property
    def certain(self) -> int:
        """How many answers are there beyond doubt: by their grade_id, or by what they define."""
        return sum(c.grade_id == p.grade_id or bool(c.names & p.names) for p, c in self._answers())

    def _answers(self) -> Iterator[tuple[Place, Cell]]:
        found = ((self.skeleton.places[i], self.cells[n]) for i, n in self.found.items())
        return ((place, cell) for place, cell in found if place.answer)

    def claim(self, place: int, cells: Sequence[int]) -> None:
        """Gives a place the last of these cells that is an answer, and runs."""
        chosen = _chosen(self.skeleton.places[place], self.cells, cells)
        self.found[place] = chosen
        self.copies[place] = [cell for cell in cells if cell != chosen]

    def free(self) -> list[int]:
        """The cells that stand for nothing yet."""
        claimed = self.claimed
        return [cell for cell in range(len(self.cells)) if cell not in claimed]

    def open(self) -> list[tuple[int, Place]]:
        """The places for which there is no cell yet."""
        return [(i, place) for i, place in enumerate(self.skeleton.places) if i not in self.found]


def match(skeleton: Skeleton, document: Document) -> Match:
    """Finds the cells of a file that stand for a notebook's."""
    matched = Match(skeleton, document)
    for step in (_by_grade_id, _by_names, _by_id, _by_text, _by_neighbours):
        step(matched)
    return matched


def _by_grade_id(matched: Match) -> None:
    for index, place in matched.open():
        claims = [
            number
            for number, cell in enumerate(matched.cells)
            if cell.grade_id and cell.grade_id == place.grade_id
        ]
        claims = [n for n in claims if not _defines_another(matched, place, n)]
        if claims and all(_as_released(place, matched.cells[n]) for n in claims):
            claims = sorted([*claims, *_unmarked(matched, place)])  # an answer beside an empty one
        if claims:
            matched.claim(index, claims)


def _unmarked(matched: Match, place: Place) -> list[int]:
    """The student's own code that defines what an answer has to."""
    return [
        number
        for number, cell in enumerate(matched.cells)
        if cell.kind == "code" and not cell.grade_id and cell.names & place.names
    ]


def _defines_another(matched: Match, place: Place, number: int) -> bool:
    """Whether a cell that claims a place is the answer of another."""
    names = matched.cells[number].names
    return bool(place.names and names & (matched.skeleton.names - place.names)) and not (
        names & place.names
    )


def _by_names(matched: Match) -> None:
    for index, place in matched.open():
        claims = [number for number in matched.free() if matched.cells[number].names & place.names]
        code = [number for number in claims if matched.cells[number].kind == "code"]
        if claims := code or [number for number in claims if matched.cells[number].runs]:
            matched.claim(index, claims)


def _by_id(matched: Match) -> None:
    counts = Counter(cell.id for cell in matched.cells)
    numbers = {matched.cells[n].id: n for n in matched.free() if counts[matched.cells[n].id] == 1}
    for index, place in matched.open():
        number = numbers.get(place.id)
        if number is None or _defines_another(matched, place, number):
            continue
        if place.answer or matched.cells[number].kind == place.kind:
            matched.claim(index, [number])


def _by_text(matched: Match) -> None:
    for index, place in matched.open():
        same = (number for number in matched.free() if _as_released(place, matched.cells[number]))
        if (number := next(same, None)) is not None:
            matched.claim(index, [number])


def _by_neighbours(matched: Match) -> None:
    """Answers in words, and given cells that were changed, in the gaps between what was found."""
    for index, place in matched.open():
        gap = _gap(matched, index)
        if place.answer and place.kind == "markdown":
            near = [n for n in gap if matched.cells[n].kind != "code"]
        elif not place.grade_id:
            near = [n for n in gap if _alike(place, matched.cells[n])]
        else:
            near = []
        if near:
            matched.claim(index, near[:1])


def _gap(matched: Match, index: int) -> list[int]:
    """The cells that stand for nothing, after the cell before a place and before the one after."""
    before = max((place for place in matched.found if place < index), default=None)
    after = min((place for place in matched.found if place > index), default=None)
    start = -1 if before is None else matched.found[before]
    stop = len(matched.cells) if after is None else matched.found[after]
    return [number for number in matched.free() if start < number < stop][:MOST_COMPARED]


def _alike(place: Place, cell: Cell) -> bool:
    if place.kind != cell.kind or len(cell.text) > MOST_CHARACTERS:
        return False
    # The source's text second: likeness is looked up in it, and its words repeat little.
    matcher = SequenceMatcher(None, cell.text.split(), place.released.split(), autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _as_released(place: Place, cell: Cell) -> bool:
    return place.kind == cell.kind and place.released.strip() == cell.stripped


def _chosen(place: Place, cells: Sequence[Cell], claims: Sequence[int]) -> int:
    if not place.answer or len(claims) == 1:
        return claims[0]
    written = [n for n in claims if place.released.strip() != cells[n].stripped] or claims
    kind = [n for n in written if cells[n].kind == place.kind] or written
    runs = [n for n in kind if place.kind != "code" or cells[n].runs]
    return (runs or kind)[-1]


def rebuild(
    matched: Match, file: str, taken: Collection[int] = ()
) -> tuple[NotebookNode, tuple[Flag, ...]]:
    """The notebook as it is graded, and a flag for whatever had to be mended.

    Args:
        matched: what was found in the file.
        file: its name.
        taken: cells that belong to another notebook of the assignment.
    """
    skeleton, own = matched.skeleton, _own_cells(matched, taken)
    cells = list(own.get(-1, ()))
    for index, place in enumerate(skeleton.places):
        cell = deepcopy(skeleton.notebook.cells[index])
        if index in matched.found:
            _graft(place, cell, matched.cells[matched.found[index]])
        elif defined := _defined_elsewhere(matched, place):
            cell.source = f"# {defined} stands in another cell."
        cells += [cell, *own.get(index, ())]
    for number, cell in enumerate(cells):
        if cell.id == OWN:
            cell.id = f"{OWN}-{number}"
    notebook = NotebookNode({**deepcopy({**skeleton.notebook, "cells": []}), "cells": cells})
    return notebook, tuple(_flags(matched, file))


def _graft(place: Place, cell: NotebookNode, given: Cell) -> None:
    if place.answer or not place.grade_id:
        cell.source = given.text
        if cell.cell_type == "markdown" and given.pictures:
            cell.attachments = dict(given.pictures)


def _own_cells(matched: Match, taken: Collection[int]) -> dict[int, list[NotebookNode]]:
    """The student's own cells, by the place after which they stand; -1 before all."""
    own: dict[int, list[NotebookNode]] = {}
    claimed, copies = matched.claimed, set(matched.claimed) - set(matched.found.values())
    different = {n for place in matched.copies for n in _different(matched, place)}
    after = -1
    for number, cell in enumerate(matched.cells):
        if number in different:
            late = number > matched.found[claimed[number]]  # it must not replace what is graded
            own.setdefault(after, []).append(_new("raw" if late else cell.kind, cell))
        elif number in claimed:
            after = after if number in copies else claimed[number]
        elif number not in taken and cell.stripped:
            own.setdefault(after, []).append(_new(cell.kind, cell))
    return own


def _new(kind: str, cell: Cell) -> NotebookNode:
    new = NEW[kind](cell.text, id=OWN)
    if kind == "markdown" and cell.pictures:
        new.attachments = dict(cell.pictures)
    return new


def is_own(cell: NotebookNode) -> bool:
    """Whether a cell of a rebuilt notebook is the student's own, and in no place of the source."""
    return str(cell.get("id", "")).startswith(OWN)


def _different(matched: Match, index: int) -> list[int]:
    """The further copies of an answer that say something else than the one that is graded."""
    place, copies = matched.skeleton.places[index], matched.copies.get(index, ())
    if not copies:
        return []
    known = {place.released.strip(), matched.cells[matched.found[index]].stripped}
    return [n for n in copies if place.answer and matched.cells[n].stripped not in known]


def _defined_elsewhere(matched: Match, place: Place) -> str:
    """The names of a lost answer that another cell defines; "" where one is missing."""
    there = frozenset[str]().union(*(cell.names for cell in matched.cells if cell.kind == "code"))
    return ", ".join(sorted(place.names)) if place.names and place.names <= there else ""


def _flags(matched: Match, file: str) -> Iterator[Flag]:
    places = matched.skeleton.places
    marked = [(i, place) for i, place in enumerate(places) if place.grade_id]
    lost = [place for i, place in marked if place.answer and i not in matched.found]
    if gone := [place for place in lost if not _defined_elsewhere(matched, place)]:
        yield _flag("missing-cell", gone, f"{file} lacks {_cells(gone)}: not answered.")
    for i, place in marked:
        if different := _different(matched, i):
            text = f"{file} has {len(different) + 1} different answers in {place.grade_id}; the "
            text += "last that runs was graded." if place.kind == "code" else "last was graded."
            yield Flag("duplicate-cell", place.grade_id, text)
    changed = {
        i: _changed(place, matched.cells[matched.found[i]])
        for i, place in marked
        if i in matched.found
    }
    for what in sorted({what for what in changed.values() if what}):
        those = [place for i, place in marked if changed.get(i) == what]
        yield _flag("metadata-changed", those, f"{file}: {what} in {_cells(those)}.")
    if mended := "; ".join(_mended(matched, marked)):
        yield Flag("restored", "", f"{file} was put back as released: {mended}.")


def _changed(place: Place, cell: Cell) -> str:
    """What of a cell's metadata is not as it was released; an answer's loss of it alone counts."""
    if not cell.grade_id:
        return "nbgrader's metadata is lost" if place.answer else ""
    if cell.grade_id != place.grade_id:
        return "the grade_id is another's"
    changed = [key for key in MARKS if cell.marks.get(key) != place.marks.get(key)]
    if cell.kind != place.kind:
        changed.append("cell type")
    return f"{', '.join(changed)} changed" if changed else ""


def _mended(matched: Match, marked: Sequence[tuple[int, Place]]) -> Iterator[str]:
    """What was mended that changes no answer."""
    if matched.document.format:
        yield f"read from notebook format {matched.document.format}"
    there = [(place, matched.cells[matched.found[i]]) for i, place in marked if i in matched.found]
    if damaged := [place for place, cell in there if cell.damaged]:
        yield f"{_cells(damaged)} with characters that can't be read"
    nameless = {i for i, place in enumerate(matched.skeleton.places) if not place.grade_id}
    if gone := nameless - matched.found.keys():
        yield "1 given cell deleted" if len(gone) == 1 else f"{len(gone)} given cells deleted"
    given = [(i, place) for i, place in marked if not place.answer]
    lost = [place for i, place in marked if place.answer and i not in matched.found]
    if moved_in := [place for place in lost if _defined_elsewhere(matched, place)]:
        yield f"{_cells(moved_in)} defined in another cell"
    if deleted := [place for i, place in given if i not in matched.found]:
        yield f"{_cells(deleted)} deleted"
    found = [(place, matched.cells[matched.found[i]]) for i, place in given if i in matched.found]
    if changed := [place for place, cell in found if not _as_released(place, cell)]:
        yield f"{_cells(changed)} changed"
    if moved := _moved(matched, marked):
        yield f"{_cells(moved)} moved"
    counting = [(i, place) for i, place in marked if place.answer or place.marks.get("grade")]
    if twice := [
        place for i, place in counting if matched.copies.get(i) and not _different(matched, i)
    ]:
        yield f"{_cells(twice)} copied"


def _moved(matched: Match, marked: Sequence[tuple[int, Place]]) -> list[Place]:
    """The places whose cells are out of order."""
    there = [
        (matched.found[i], place)
        for i, place in marked
        if i in matched.found and matched.cells[matched.found[i]].grade_id == place.grade_id
    ]
    order = sorted(range(len(there)), key=lambda n: there[n][0])
    blocks = SequenceMatcher(None, range(len(there)), order).get_matching_blocks()
    kept = {n for block in blocks for n in range(block.a, block.a + block.size)}
    return [place for n, (_, place) in enumerate(there) if n not in kept]


def _flag(kind: str, places: Sequence[Place], detail: str) -> Flag:
    return Flag(kind, places[0].grade_id if len(places) == 1 else "", detail)


def _cells(places: Sequence[Place]) -> str:
    return few([place.grade_id for place in places])
