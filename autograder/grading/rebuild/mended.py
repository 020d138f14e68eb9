"""What is told of a rebuilt notebook: a flag for whatever had to be mended.

What changes no answer is told in one sentence, which nobody need act on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.grading.intake.cells import Cell
from autograder.grading.rebuild.former import COMPARED
from autograder.grading.rebuild.repair import Repair
from autograder.grading.rebuild.skeleton import Place
from autograder.results import Flag, FlagKind
from autograder.words import few

EMPTY = "the answer of {} was found beside its cell, which is empty"


class Mended:
    """What was mended in one file.

    Args:
        repair: its repair.
        file: its name.
    """

    def __init__(self, repair: Repair, file: str) -> None:
        self.repair, self.file, self.matched = repair, file, repair.matched
        self.places, self.cells = repair.places, repair.cells

    def flags(self) -> Iterator[Flag]:
        """What was mended."""
        marked = [(i, place) for i, place in enumerate(self.places) if place.grade_id]
        there = [(place, self.cells[n]) for place, n in self.repair.filled() if place.grade_id]
        lost = [place for i, place in marked if place.answer and i not in self.matched.found]
        yield from self._not_answered(lost)
        for i, place in marked:
            yield from self._answered_twice(i, place)
        yield from self._marked_otherwise(marked)
        if mended := "; ".join(self._mended(there, lost)):
            yield Flag(
                FlagKind.RESTORED, "", f"{self.file} was mended, and no answer changed: {mended}."
            )

    def _not_answered(self, lost: Sequence[Place]) -> Iterator[Flag]:
        """The answers that are lost, and that no other cell has."""
        gone = [place for place in lost if not self.repair.defined_elsewhere(place)]
        if lacking := [place for place in gone if place.always]:
            detail = f"{self.file} lacks {_named(lacking)}: not answered."
            yield _flag(FlagKind.MISSING_CELL, lacking, detail)
        if added := [place for place in gone if not place.always]:
            detail = f"{self.file} is of a release without {_named(added)}: not answered."
            yield _flag(FlagKind.MISSING_CELL, added, detail)

    def _answered_twice(self, index: int, place: Place) -> Iterator[Flag]:
        """An answer of which there are several, or whose names are bound again after it."""
        if different := self.matched.different(index):
            text = f"{self.file} has {len(different) + 1} different answers in "
            text += f"{place.grade_id}; the last "
            text += "that runs was graded." if place.kind == "code" else "was graded."
            yield Flag(FlagKind.DUPLICATE_CELL, place.grade_id, text)
        elif again := self._bound_again(index):
            text = f"{self.file} binds {again} again in a later cell of the student's own."
            yield Flag(FlagKind.DUPLICATE_CELL, place.grade_id, text)

    def _marked_otherwise(self, marked: Sequence[tuple[int, Place]]) -> Iterator[Flag]:
        """The cells whose metadata is not what was released, a flag for each way.

        Args:
            marked: the places with a grade_id, each with its index.
        """
        changed = [
            (
                place,
                EMPTY if self._beside(i) else _changed(place, self.cells[self.matched.found[i]]),
            )
            for i, place in marked
            if i in self.matched.found
        ]
        for what in sorted({what for _, what in changed if what}):
            those = [place for place, change in changed if change == what]
            detail = f"{self.file}: {what.format(_named(those))}."
            yield _flag(FlagKind.METADATA_CHANGED, those, detail)

    def _mended(self, there: Sequence[tuple[Place, Cell]], lost: Sequence[Place]) -> Iterator[str]:
        """What was mended that changes no answer.

        Args:
            there: the places with a grade_id, and their cells.
            lost: answers that have none.
        """
        if self.matched.document.format:
            yield f"read from notebook format {self.matched.document.format}"
        if damaged := [place for place, cell in there if cell.damaged]:
            yield f"{_named(damaged)} with characters that can't be read"
        yield from self._deleted(lost)
        yield from self._written_over(there)
        yield from self._out_of_place()

    def _deleted(self, lost: Sequence[Place]) -> Iterator[str]:
        """The cells that are gone, though every release had them."""
        found = self.matched.found
        absent = [p for i, p in enumerate(self.places) if i not in found and p.always]
        if gone := [place for place in absent if not place.grade_id]:
            yield "1 given cell deleted" if len(gone) == 1 else f"{len(gone)} given cells deleted"
        if moved_in := [place for place in lost if self.repair.defined_elsewhere(place)]:
            yield f"{_named(moved_in)} defined in another cell"
        if deleted := [place for place in absent if place.grade_id and not place.answer]:
            yield f"{_named(deleted)} deleted"

    def _written_over(self, there: Sequence[tuple[Place, Cell]]) -> Iterator[str]:
        """The course's cells in which a student has written."""
        theirs = [(place, cell) for place, cell in there if not place.students]
        written = {cell.parted_from for cell in self.cells if not cell.grade_id}
        if changed := [p for p, cell in theirs if p.stripped != cell.stripped]:
            yield f"{_named(changed)} changed"
        if mixed := [p for p, _ in theirs if p.grade_id in written and p not in changed]:
            yield f"{_named(mixed)} parted from what the student wrote there"

    def _out_of_place(self) -> Iterator[str]:
        """The cells that stand elsewhere than they did, or twice."""
        if moved := [
            place
            for place, n in self.repair.filled()
            if place.grade_id == self.cells[n].grade_id != ""
            and n not in self.repair.steady
            and not self.matched.skeleton.reordered
        ]:
            yield f"{_named(moved)} moved"
        counting = [
            (i, p) for i, p in enumerate(self.places) if p.answer or p.metadata.get("grade")
        ]
        if twice := [
            place
            for i, place in counting
            if i in self.matched.found
            and self.matched.copies.get(i)
            and not self.matched.different(i)
            and not self._beside(i)
        ]:
            yield f"{_named(twice)} copied"

    def _bound_again(self, index: int) -> str:
        """The names of an answer that an own cell after it binds too."""
        later = (
            self.cells[n]
            for n, (after, kind) in self.repair.own.items()
            if after >= index and kind == "code"
        )
        bound = frozenset[str]().union(*(cell.defines.bound for cell in later))
        found = index in self.matched.found
        return ", ".join(sorted(self.places[index].names & bound)) if found else ""

    def _beside(self, index: int) -> bool:
        """Whether an answer stands beside the cell that was left for it."""
        cells = [
            self.cells[n] for n in (self.matched.found[index], *self.matched.copies.get(index, ()))
        ]
        graded, *copies = (cell.grade_id == self.places[index].grade_id for cell in cells)
        return self.places[index].answer and not graded and any(copies)


def _changed(place: Place, cell: Cell) -> str:
    """What of a cell's metadata differs from the release, with {} for its name; "" for nothing.

    That it is lost counts in an answer alone.
    """
    if not cell.grade_id:
        return "nbgrader's metadata is lost in {}" if place.answer else ""
    if cell.grade_id != place.grade_id:
        return "the grade_id is another's in {}"
    given, now = place.metadata, cell.metadata
    # Editors write down what is not so: `"task": false`.
    changed = [key for key in COMPARED if (now.get(key) or False) != (given.get(key) or False)]
    if cell.kind != place.kind:
        changed.append("cell type")
    return f"{', '.join(changed)} changed in {{}}" if changed else ""


def _flag(kind: FlagKind, places: Sequence[Place], detail: str) -> Flag:
    return Flag(kind, places[0].grade_id if len(places) == 1 else "", detail)


def _named(places: Sequence[Place]) -> str:
    return few([place.grade_id for place in places])
