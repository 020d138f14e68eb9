"""Examiners that have started, and a way to have a small notebook examined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from autograder.config import Sandbox
from autograder.examiner.examiners import Examiners, Job, Source
from tests.asked import BUNDLED
from tests.course import ROOT
from tests.examiner.notebooks import Cell, Examine, Outcome


@pytest.fixture(scope="module")
def examine(examiners: Examiners) -> Examine:
    """Examines a notebook: `examine(cells, {"f": "def f(): ..."}, after={"f": "own cell"})`."""
    sides: dict[str, Source] = {}  # the same object for the same notebook: it is opened once

    def examine(
        source: list[Cell],
        answers: Mapping[str, str],
        after: Mapping[str, str] | None = None,
        before: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
        limits: Any = None,
        own_files: Mapping[str, bytes] | None = None,
    ) -> Outcome:
        cells: list[dict[str, Any]] = []
        for cell in source:
            name = cell["grade_id"]
            own = {"index": 0, "grade_id": "", "text": (before or {}).get(name)}
            text = answers.get(name, cell["released"])
            later = {"index": 0, "grade_id": "", "text": (after or {}).get(name)}
            cells += [own, {"index": 0, "grade_id": name, "text": text}, later]
        kept = [c for c in cells if c["text"] is not None]
        submitted = [{**cell, "index": index} for index, cell in enumerate(kept)]
        key = repr((source, files, limits))
        if key not in sides:
            limit = limits or Sandbox().limits()
            new = Source(source, files or {}, limit, [str(ROOT)], exercises=BUNDLED)
            sides[key] = replace(new, leaves=tuple(examiners.facts(new).leaves))
        side = sides[key]
        beside = {**(own_files or {}), **(files or {})}
        examined = examiners.examine(Job(side, submitted, beside, "aa" * 32))
        outputs = dict(examined.outputs)
        assert sorted(outputs) == list(range(len(submitted)))
        return Outcome(
            [outputs[index] for index in range(len(submitted))],
            {c["grade_id"]: c["index"] for c in submitted if c["grade_id"]},
            [(flag.kind, flag.cell) for flag in examined.flags],
            [flag.detail for flag in examined.flags],
        )

    return examine
