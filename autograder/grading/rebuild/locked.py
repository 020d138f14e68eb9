"""What a student wrote into a cell that is not theirs to write in: parted from it, and kept."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from autograder.grading.intake import definitions
from autograder.grading.intake.cells import Cell, Document
from autograder.grading.rebuild.skeleton import Place, Skeleton

MENDED = 0.9  # as `likeness` counts: a typo less in the course's text is no answer


def parted(document: Document, skeletons: Iterable[Skeleton]) -> Document:
    """The document with each given cell that a student wrote in parted in theirs and the course's.

    A cell that was merged with a test's, or copied from it and written anew, keeps the test's
    grade_id; what is in it beyond the test's text is a cell of the student's own. Of a test that
    was changed only what binds a new name is one; of any other given cell what became of it is,
    and runs after the course's.

    Args:
        document: a file that was handed in.
        skeletons: all notebooks of the assignment.
    """
    given: dict[str, list[Place]] = defaultdict(list)
    for skeleton in skeletons:
        for place in skeleton.places:
            if not place.students:
                given[place.grade_id].append(place)
    intact = {
        cell.grade_id
        for cell in document.cells
        if any(place.as_released(cell) for place in given.get(cell.grade_id, ()))
    }
    parts = [
        part
        for cell in document.cells
        for part in _parts(cell, given.get(cell.grade_id, ()), cell.grade_id in intact)
    ]
    return replace(document, cells=parts)


def _parts(cell: Cell, places: Sequence[Place], intact: bool) -> list[Cell]:
    """A cell's parts; `intact` says whether another has its grade_id and the released text."""
    texts = [place.stripped for place in places]
    if not places or not cell.stripped or cell.stripped in texts:
        return [cell]
    test = any(place.metadata.get("grade") for place in places)
    bound = frozenset[str]().union(*(place.bound for place in places))
    for text in filter(None, texts):
        if found := re.search(rf"^{re.escape(text)}[ \t]*$", cell.text, re.MULTILINE):
            before, after = cell.text[: found.start()], cell.text[found.end() :]
            course = replace(cell, text=text, pictures={}, parted_from=cell.grade_id)
            parts = [_own(cell, before), course, _own(cell, after)]
            if test and parts[2].names and not bound & definitions.words(after):
                parts = [parts[0], parts[2], course]  # what a test may need goes before it
            return [part for part in parts if part is course or part.stripped]
    if intact:
        return [_own(cell, cell.text)]
    course = replace(cell, text="", pictures={}, parted_from=cell.grade_id)
    if cell.kind != "code":
        mended = any(place.likeness(cell) >= MENDED for place in places)
        return [cell] if mended else [course, _own(cell, cell.text)]
    if not test:
        return [course, _own(cell, cell.text)]
    return [_own(cell, cell.text), course] if cell.defines.bound - bound else [cell]


def _own(cell: Cell, text: str) -> Cell:
    """A student's part of a cell, without what marked that as the course's."""
    return replace(cell, text=text.strip("\n"), id="", metadata={}, parted_from=cell.grade_id)
