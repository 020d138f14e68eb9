"""Hundreds of mutants of a notebook, each of which has to end in a record.

`make test-long` tries 2,000 of them, and

    FUZZ_MUTANTS=20000 FUZZ_SEED=7 pytest tests/test_mutants.py

others.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.course import ROOT, run
from tests.mutants import mutants
from tests.tiny import tiny_course

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("FUZZ_MUTANTS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "20261124"))
LONGEST_SECONDS = 30.0


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released course of one small notebook, with a right submission and all the mutants."""
    course = tiny_course(tmp_path_factory.mktemp("mutants") / "course")
    right = (ROOT / "tests" / "cases" / "saved" / "jupyterlab.ipynb").read_bytes()
    for number, text in enumerate((right, *mutants(right, COUNT, SEED))):
        path = course / "submitted" / f"mutant{number:05}" / "tiny" / "tiny.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(text)
    return course


@pytest.fixture(scope="module")
def records(course: Path) -> list[dict[str, Any]]:
    """The record of each, in order."""
    done = run(course, "autograder", "grade", "tiny", "--json", "grades.json")
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 1, done.stderr
    found: list[dict[str, Any]] = json.loads((course / "grades.json").read_text())["submissions"]
    return found


def test_each_ends_in_a_record_in_bounded_time(records: list[dict[str, Any]]) -> None:
    """Nobody is missing, no error is the kit's own, and nothing takes long."""
    assert len(records) == COUNT + 1
    assert [r for r in records if any(f["kind"] == "grader-error" for f in r["flags"])] == []
    assert max(record["seconds"] for record in records) < LONGEST_SECONDS


def test_nothing_is_worth_more_than_it_is(records: list[dict[str, Any]]) -> None:
    """A mutant gets all the machine's points or none; who fails is told what to ask for."""
    assert (records[0]["status"], records[0]["score"]) == ("graded", 4)
    for record in records:
        if record["status"] == "failed":
            assert record["action"].startswith("ask for the .ipynb")
        else:
            assert record["score"] in (0, 4)
            assert record["max_score"] == 6


def test_the_mutants_are_worth_trying(records: list[dict[str, Any]]) -> None:
    """They reach what they are for: many are repaired, many can't be, some lose their points."""
    kinds = {flag["kind"] for record in records for flag in record["flags"]}
    assert {"unreadable", "missing-cell", "metadata-changed", "restored"} <= kinds
    graded = [record["score"] for record in records if record["status"] != "failed"]
    assert COUNT / 10 < len(graded) < COUNT * 9 / 10
    assert COUNT / 200 < graded.count(0) < COUNT / 2
