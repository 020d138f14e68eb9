"""What students were given: the cells of each release of an assignment, kept in the gradebook."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.engine import Engine

from autograder.grading.intake import cells
from autograder.grading.intake.cells import Cell
from autograder.grading.records import tables
from autograder.grading.records.answers import hashed
from autograder.grading.records.gradebook import is_there, patiently
from autograder.grading.records.tables import RELEASES


def note(db_url: str, assignment: str, folder: Path) -> None:
    """Keeps what a folder in release/ gives to students, beside nbgrader's tables.

    Called before a release is replaced, and when a new one is made.
    """
    rows = [_row(assignment, path) for path in sorted(folder.glob("*.ipynb"))]
    patiently(lambda: _note(db_url, rows))


def _note(db_url: str, rows: Sequence[dict[str, str]]) -> None:
    with Gradebook(db_url) as gradebook:
        tables.prepare(gradebook)
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
    return {
        "id": hashed([assignment, path.stem, text]),
        "assignment": assignment,
        "notebook": path.stem,
        "cells": text,
    }


def read(db_url: str, assignment: str) -> dict[str, list[Sequence[Cell]]]:
    """The cells of each release of an assignment's notebooks, by their names."""
    if not is_there(db_url):
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
