"""Rebuilding a notebook: the source's skeleton, with a student's answers and own cells in it.

Test cells, points, locks and the kernel's name are the source's, whatever was handed in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode

from autograder.grading.intake.cells import SKIPPED, Cell
from autograder.grading.rebuild.match import Match
from autograder.grading.rebuild.skeleton import Place
from autograder.words import few

ATTACHMENT = re.compile(r"attachment:([^\s)\"'>]+)")
OWN = "own-cell"  # the ids of cells that are no source's begin so
# Remarks in the place of an answer that is not there.
ELSEWHERE = "# {} stands in another cell."
NOTHING = "\n\n*Nothing was written here; see {}.*"
REMARK = re.compile(
    r"\A{}\Z|{}\Z".format(*(re.escape(t).replace(r"\{\}", ".*") for t in (ELSEWHERE, NOTHING)))
)


def is_own(cell: NotebookNode) -> bool:
    """Whether a cell of a rebuilt notebook is the student's own, and in no place of the source."""
    return str(cell.get("id", "")).startswith(OWN)


def without_remarks(text: str) -> str:
    """The text of a rebuilt notebook's cell, without what `Repair` has put there."""
    return REMARK.sub("", text)


class Repair:
    """The repair of one file.

    Args:
        matched: what was found in the file.
        taken: cells that belong to another notebook of the assignment.
        aside: files that may hold an answer in words.
    """

    def __init__(
        self, matched: Match, taken: frozenset[int] = frozenset(), aside: Sequence[str] = ()
    ) -> None:
        self.matched, self.taken, self.aside = matched, taken, aside
        self.places, self.cells = matched.skeleton.places, matched.cells
        self.steady = matched.steady()

    def notebook(self) -> NotebookNode:
        """The notebook as it is graded: the skeleton with the student's answers and own cells."""
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
                cell.source = ELSEWHERE.format(defined)
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
        return NOTHING.format(few(places)) if places else ""

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
            for place, n in self.filled()
            if place.kind == "code" and place.students
        ]
        theirs = [there.bound - there.hollow - place.bound - place.names for place, there in code]
        return frozenset[str]().union(*own, *theirs)

    def defined_elsewhere(self, place: Place) -> str:
        """The names of a lost answer that another cell defines; "" where one is missing."""
        there = place.names and place.names <= self.defined
        return ", ".join(sorted(place.names)) if there else ""

    def filled(self) -> list[tuple[Place, int]]:
        """The places for which there is a cell in the file, each with that cell's number."""
        return [(self.places[i], n) for i, n in sorted(self.matched.found.items())]


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
