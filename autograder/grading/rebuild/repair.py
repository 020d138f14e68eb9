"""Rebuilding a notebook: the source's skeleton, with a student's answers and own cells in it.

Test cells, points, locks and the kernel's name are the source's, whatever was handed in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode

from autograder.grading.intake.cells import SKIPPED, Cell
from autograder.grading.rebuild.former import COMPARED
from autograder.grading.rebuild.match import Match
from autograder.grading.rebuild.skeleton import Place
from autograder.results import Flag, FlagKind
from autograder.words import few

ATTACHMENT = re.compile(r"attachment:([^\s)\"'>]+)")
OWN = "own-cell"  # the ids of cells that are no source's begin so
EMPTY = "the answer of {} was found beside its cell, which is empty"


def rebuild(
    matched: Match, file: str, taken: frozenset[int] = frozenset(), aside: Sequence[str] = ()
) -> tuple[NotebookNode, tuple[Flag, ...]]:
    """The notebook as it is graded, and a flag for whatever had to be mended.

    Args:
        matched: what was found in the file.
        file: its name.
        taken: cells that belong to another notebook of the assignment.
        aside: files that may hold an answer in words.
    """
    repair = _Repair(matched, file, taken, aside)
    return repair.notebook(), tuple(repair.flags())


def is_own(cell: NotebookNode) -> bool:
    """Whether a cell of a rebuilt notebook is the student's own, and in no place of the source."""
    return str(cell.get("id", "")).startswith(OWN)


class _Repair:
    """The repair of one file; arguments as of `rebuild`."""

    def __init__(
        self, matched: Match, file: str, taken: frozenset[int], aside: Sequence[str]
    ) -> None:
        self.matched, self.file, self.taken, self.aside = matched, file, taken, aside
        self.places, self.cells = matched.skeleton.places, matched.cells
        self.steady = matched.steady()

    def notebook(self) -> NotebookNode:
        """The skeleton with the student's answers and own cells in it."""
        skeleton, found = self.matched.skeleton, self.matched.found
        own: dict[int, list[NotebookNode]] = {}
        for number, (after, kind) in self.own.items():
            own.setdefault(after, []).append(_new(kind, self.cells[number]))
        cells = list(own.get(-1, ()))
        for index, place in enumerate(self.places):
            cell = deepcopy(skeleton.notebook.cells[index])
            if place.task:
                cell.source = place.released  # how it is marked is not for the student to read
            if index in found:
                _graft(place, cell, self.cells[found[index]])
            elif defined := self.defined_elsewhere(place):
                cell.source = f"# {defined} stands in another cell."
            if place.answer and place.kind == "markdown" and self.matched.unanswered(index):
                cell.source += self._elsewhere
            cells += [cell, *own.get(index, ())]
        for number, cell in enumerate(cells):
            if cell.id == OWN:
                cell.id = f"{OWN}-{number}"
        return NotebookNode({**deepcopy({**skeleton.notebook, "cells": []}), "cells": cells})

    @cached_property
    def _elsewhere(self) -> str:
        """What is put into an empty answer in words: where else it may be; "" where nowhere.

        It then counts as changed: nbgrader would give 0 for one that is as it was released, and a
        person is to look.
        """
        own = [self.cells[number] for number in self.own]
        places = ["the student's own cells"] if any(map(_is_words, own)) else []
        places += self.aside
        return f"\n\n*Nothing was written here; see {few(places)}.*" if places else ""

    @cached_property
    def own(self) -> dict[int, tuple[int, str]]:
        """The student's own cells: the place after which each stands, -1 before all, and its kind.

        Another version of an answer is one of them; it must not replace the one that is graded.
        So is what was written into a copy of a task.
        """
        matched, claimed, after = self.matched, self.matched.claimed, self._after()
        different = {n for place in matched.copies for n in matched.different(place)}
        taken = self.taken | claimed.keys() - self._written_copies_of_tasks()
        own: dict[int, tuple[int, str]] = {}
        for number, cell in enumerate(self.cells):
            if number in different:
                place = claimed[number]
                late = number > matched.found[place] or after[number] >= place
                own[number] = after[number], "raw" if late else cell.kind
            elif number not in taken and cell.stripped:
                own[number] = after[number], cell.kind
        return own

    def _written_copies_of_tasks(self) -> set[int]:
        copies, places = self.matched.copies.items(), self.places
        tasks = ((places[i], numbers) for i, numbers in copies if places[i].task)
        return {n for place, numbers in tasks for n in numbers if _says_more(place, self.cells[n])}

    def _after(self) -> list[int]:
        """The place after which each cell stands, were it the student's own; -1 before all.

        That is the last before it of those in order. Beside a cell that was moved up it goes with
        that: to come too late costs a function its tests, to come early at most a print.
        """
        at = {cell: place for place, cell in self.matched.found.items()}
        after: list[int] = []
        last = beside = -1
        for number in range(len(self.cells)):
            if number in at:
                beside = at[number]
                last = beside if number in self.steady else last
            after.append(min(last, beside))
        following = len(self.places)
        for number in reversed(range(len(self.cells))):
            if number in at:
                following = len(self.places) if number in self.steady else at[number]
            after[number] = min(after[number], following - 1)
        return after

    @cached_property
    def defined(self) -> frozenset[str]:
        """The names that the student's code in the rebuilt notebook binds, and is not asked for."""
        own = [self.cells[n].defines.bound for n, (_, kind) in self.own.items() if kind == "code"]
        code = [
            (place, self.cells[n].defines)
            for place, n in self._found()
            if place.kind == "code" and place.students
        ]
        theirs = [there.bound - there.hollow - place.bound - place.names for place, there in code]
        return frozenset[str]().union(*own, *theirs)

    def defined_elsewhere(self, place: Place) -> str:
        """The names of a lost answer that another cell defines; "" where one is missing."""
        there = place.names and place.names <= self.defined
        return ", ".join(sorted(place.names)) if there else ""

    def _bound_again(self, index: int) -> str:
        """The names of an answer that an own cell after it binds too."""
        later = (
            self.cells[n]
            for n, (after, kind) in self.own.items()
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

    def _found(self) -> list[tuple[Place, int]]:
        return [(self.places[i], n) for i, n in sorted(self.matched.found.items())]

    def flags(self) -> Iterator[Flag]:
        """What was mended."""
        marked = [(i, place) for i, place in enumerate(self.places) if place.grade_id]
        there = [(place, self.cells[n]) for place, n in self._found() if place.grade_id]
        lost = [place for i, place in marked if place.answer and i not in self.matched.found]
        gone = [place for place in lost if not self.defined_elsewhere(place)]
        if lacking := [place for place in gone if place.always]:
            detail = f"{self.file} lacks {_named(lacking)}: not answered."
            yield _flag(FlagKind.MISSING_CELL, lacking, detail)
        if added := [place for place in gone if not place.always]:
            detail = f"{self.file} is of a release without {_named(added)}: not answered."
            yield _flag(FlagKind.MISSING_CELL, added, detail)
        for i, place in marked:
            if different := self.matched.different(i):
                text = f"{self.file} has {len(different) + 1} different answers in "
                text += f"{place.grade_id}; the last "
                text += "that runs was graded." if place.kind == "code" else "was graded."
                yield Flag(FlagKind.DUPLICATE_CELL, place.grade_id, text)
            elif again := self._bound_again(i):
                text = f"{self.file} binds {again} again in a later cell of the student's own."
                yield Flag(FlagKind.DUPLICATE_CELL, place.grade_id, text)
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
        if mended := "; ".join(self._mended(there, lost)):
            yield Flag(
                FlagKind.RESTORED, "", f"{self.file} was mended, and no answer changed: {mended}."
            )

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
        if moved_in := [place for place in lost if self.defined_elsewhere(place)]:
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
            for place, n in self._found()
            if place.grade_id == self.cells[n].grade_id != ""
            and n not in self.steady
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


def _graft(place: Place, cell: NotebookNode, given: Cell) -> None:
    """Puts a student's text into a cell of the source, if it is theirs to write in.

    An answer for a person that was emptied is as one that nobody touched: nbgrader gives that 0.
    """
    by_hand = place.answer and bool(place.metadata.get("grade"))
    if place.students and (given.stripped or given.pictures or not by_hand):
        cell.source = given.text
        if cell.cell_type == "markdown":
            cell.update(_attachments(given))


def _says_more(place: Place, cell: Cell) -> bool:
    """Whether a cell has any other text than was released."""
    return bool(cell.stripped) and cell.stripped != place.stripped


def _is_words(cell: Cell) -> bool:
    """Whether a cell is text, or code that is nothing but comments and strings."""
    if cell.kind != "code":
        return True
    tree = cell.defines.tree
    return tree is not None and all(
        isinstance(part, ast.Expr)
        and isinstance(part.value, ast.Constant)
        and isinstance(part.value.value, str)
        for part in tree.body
    )


def _new(kind: str, cell: Cell) -> NotebookNode:
    """A cell as nbformat's `new_code_cell` and the like make it, but not validated by itself."""
    code: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    attachments = _attachments(cell) if kind == "markdown" else {}
    tags = {"tags": [SKIPPED]} if cell.skipped else {}
    new = {"cell_type": kind, "id": OWN, "metadata": tags, "source": cell.text}
    return nbformat.from_dict({**new, **code, **attachments})


def _attachments(cell: Cell) -> dict[str, Any]:
    """A cell's pictures, by nbformat's word for them.

    One that its text names and that is lost is an empty one: nbconvert makes no page without it.
    """
    lost = {unquote(name): {"text/plain": ""} for name in ATTACHMENT.findall(cell.text)}
    pictures = {**lost, **cell.pictures}
    return {"attachments": pictures} if pictures else {}


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
