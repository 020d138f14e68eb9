"""What students were given before: releases of an assignment that a later one has replaced.

A hand-in may have been made from any of them. What the course has changed since is brought up to
date in it, so that nobody is told to have changed what the course has.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from sqlalchemy import Column, MetaData, String, Table, Text, create_engine, inspect, select
from sqlalchemy.engine import Engine, make_url

from autograder.grading.intake import cells
from autograder.grading.intake.cells import Cell, Document
from autograder.grading.records.gradebook import patiently

RELEASES = Table(
    "autograder_release",
    MetaData(),
    Column("id", String(64), primary_key=True),  # SHA-256 of the rest
    Column("assignment", String(255), nullable=False),
    Column("notebook", String(255), nullable=False),
    Column("cells", Text, nullable=False),  # JSON: of each its kind, text, id and metadata
)
# Of a cell's metadata; not the checksum, which tools compute anew.
COMPARED = ("grade", "solution", "locked", "task", "points", "schema_version")


def note(db_url: str, assignment: str, folder: Path) -> None:
    """Keeps what a folder in release/ gives to students, beside nbgrader's tables.

    Called before a release is replaced, and when a new one is made.
    """
    rows = [_row(assignment, path) for path in sorted(folder.glob("*.ipynb"))]
    with Gradebook(db_url) as gradebook:
        RELEASES.create(gradebook.engine, checkfirst=True)
        known = {row.id for row in gradebook.db.execute(select(RELEASES.c.id))}
        for row in rows:
            if row["id"] not in known:
                gradebook.db.execute(RELEASES.insert().values(row))
        gradebook.db.commit()


def _row(assignment: str, path: Path) -> dict[str, str]:
    try:
        found = cells.read(path).cells
    except cells.UnreadableError:  # nobody was given anything in it
        found = []
    text = json.dumps([[c.kind, c.text, c.id, dict(c.metadata)] for c in found], sort_keys=True)
    key = hashlib.sha256(json.dumps([assignment, path.stem, text]).encode()).hexdigest()
    return {"id": key, "assignment": assignment, "notebook": path.stem, "cells": text}


def read(db_url: str, assignment: str) -> dict[str, list[Sequence[Cell]]]:
    """The cells of each release of an assignment's notebooks, by their names."""
    address = make_url(db_url)
    if address.drivername == "sqlite" and not Path(address.database or "").is_file():
        return {}
    engine = create_engine(db_url)
    try:
        return patiently(lambda: _read(engine, assignment))
    finally:
        engine.dispose()


def _read(engine: Engine, assignment: str) -> dict[str, list[Sequence[Cell]]]:
    found: dict[str, list[Sequence[Cell]]] = defaultdict(list)
    if inspect(engine).has_table(RELEASES.name):
        with engine.connect() as connection:
            wanted = RELEASES.select().where(RELEASES.c.assignment == assignment)
            for row in connection.execute(wanted):
                found[row.notebook].append([_cell(*entry) for entry in json.loads(row.cells)])
    return found


def _cell(kind: str, text: str, id: str, metadata: Mapping[str, Any]) -> Cell:
    return Cell(kind, text, id=id, metadata=metadata)


def compared(metadata: Mapping[str, Any]) -> list[Any]:
    """What of a cell's metadata is the course's to say; editors write down what is not so, too."""
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
        """With today's metadata, where it has that of a former release."""
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
        """With today's text in a cell of the course's that a student wrote into."""
        for change in self.by_grade_id[cell.grade_id] if cell.grade_id else ():
            former, now = change.former.stripped, change.now
            given = former and now is not None and not now.metadata.get("solution")
            if now is not None and given and former in cell.text:
                return replace(cell, text=cell.text.replace(former, now.stripped, 1))
        return cell
