"""Brings a hand-in up to date with what the course has changed since it was made.

A hand-in may have been made from any release of an assignment; `records.releases` keeps them all.
So no student is told to have changed what the course itself has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.grading.intake.cells import Cell, Document

# Of a cell's metadata; not the checksum, which tools compute anew.
COMPARED = ("grade", "solution", "locked", "task", "points", "schema_version")


def compared(metadata: Mapping[str, Any]) -> list[Any]:
    """What the course decides of a cell's metadata; false is as absent, for editors add it."""
    return [metadata.get(key) or False for key in ("grade_id", *COMPARED)]


@dataclass(frozen=True)
class Change:
    """A cell as it was once released, and as it is now; `now` is None where it is no more."""

    former: Cell
    now: Cell | None


def changes(releases: Iterable[Sequence[Cell]], current: Sequence[Cell]) -> list[Change]:
    """What became of the cells of a notebook's former releases.

    Args:
        releases: the cells of each.
        current: those of the notebook as it is released today.
    """
    marked = {cell.grade_id: cell for cell in current if cell.grade_id}
    by_id = {cell.id: cell for cell in current if cell.id}
    found = [
        Change(cell, marked.get(cell.grade_id) or by_id.get(cell.id))
        for cells in releases
        for cell in cells
    ]
    return [change for change in found if change.now is None or not _same(change)]


def _same(change: Change) -> bool:
    former, now = change.former, change.now
    return now is not None and (former.kind, former.stripped, compared(former.metadata)) == (
        now.kind,
        now.stripped,
        compared(now.metadata),
    )


def up_to_date(document: Document, changed: Sequence[Change], current: Iterable[Cell]) -> Document:
    """A file that was handed in, with each untouched cell of a former release as it is today.

    Where the course has taken a text or a test away, so is it here. Code that a test may need stays
    as it was handed in.

    Args:
        document: the file.
        changed: what the course has changed in any of the assignment's notebooks.
        current: the cells of them all, as they are released today.
    """
    if not changed:
        return document
    update = _Update(changed, current)
    new = [update.cell(cell) for cell in document.cells]
    return replace(document, cells=[cell for cell in new if cell is not None])


class _Update:
    """The update of one file; arguments as of `up_to_date`."""

    def __init__(self, changed: Sequence[Change], current: Iterable[Cell]) -> None:
        current = list(current)
        self.texts = {(cell.kind, cell.stripped) for cell in current}
        self.marks = [compared(cell.metadata) for cell in current if cell.grade_id]
        self.by_text: dict[tuple[str, str], list[Change]] = defaultdict(list)
        self.by_grade_id: dict[str, list[Change]] = defaultdict(list)
        for change in changed:
            self.by_text[change.former.kind, change.former.stripped].append(change)
            self.by_grade_id[change.former.grade_id].append(change)

    def cell(self, cell: Cell) -> Cell | None:
        """The cell as it is today; None where it is no more."""
        new = self._text(cell)
        return None if new is None else self._marked(new)

    def _marked(self, cell: Cell) -> Cell:
        """The cell with today's metadata, where it has that of a former release."""
        marks = compared(cell.metadata)
        if not cell.grade_id or marks in self.marks:
            return cell
        for change in self.by_grade_id[cell.grade_id]:
            if change.now is not None and compared(change.former.metadata) == marks:
                kind = change.now.kind if cell.kind == change.former.kind else cell.kind
                return replace(cell, metadata=change.now.metadata, kind=kind)
        return cell

    def _text(self, cell: Cell) -> Cell | None:
        if not cell.stripped or (cell.kind, cell.stripped) in self.texts:
            return cell
        change = self._change(cell)
        if change is None:
            return self._within(cell)
        former, now = change.former, change.now
        if now is None:
            return cell if former.kind == "code" and not former.grade_id else None
        if now.grade_id:
            return replace(cell, text=now.text, kind=now.kind)
        text = cell.text if cell.kind == "code" else now.text
        return replace(cell, text=text, kind=now.kind, id=now.id)

    def _change(self, cell: Cell) -> Change | None:
        """What became of a cell of this text; None where that is not clear."""
        found = self.by_text[cell.kind, cell.stripped]
        for same in (
            [c for c in found if cell.grade_id and c.former.grade_id == cell.grade_id],
            [c for c in found if cell.id and c.former.id == cell.id],
        ):
            if same:
                return same[0]
        became = {(change.now.kind, change.now.text) if change.now else None for change in found}
        return found[0] if len(became) == 1 else None

    def _within(self, cell: Cell) -> Cell:
        """The cell with today's text, where it is the course's and a student wrote into it."""
        for change in self.by_grade_id[cell.grade_id] if cell.grade_id else ():
            former, now = change.former.stripped, change.now
            given = former and now is not None and not now.metadata.get("solution")
            if now is not None and given and former in cell.text:
                return replace(cell, text=cell.text.replace(former, now.stripped, 1))
        return cell
