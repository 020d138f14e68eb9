"""Whatever is handed in ends in a record: every broken submission in one class, both ways."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook, MissingEntry

from tests.broken import CASES, Case
from tests.classroom.build import build
from tests.course import fresh_clone, run

RIGHT = "student01"
by_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.student)


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released course in which everyone broke the same right submission in their own way."""
    course = fresh_clone(tmp_path_factory.mktemp("broken") / "course")
    build(course)
    (course / "roster.csv").unlink()
    submitted = course / "submitted"
    for folder in submitted.iterdir():
        if folder.name != RIGHT:
            shutil.rmtree(folder)
    for case in CASES:
        folder = submitted / case.student / "losses"
        shutil.copytree(submitted / RIGHT / "losses", folder)
        case.broken(folder)
    assert run(course, "autograder", "release", "losses").returncode == 0
    return course


@pytest.fixture(scope="module")
def records(handed_in: Path) -> dict[str, dict[str, Any]]:
    """The record of each student, as `autograder grade` writes it."""
    done = run(handed_in, "autograder", "grade", "losses", "--json", "grades.json")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    data = json.loads((handed_in / "grades.json").read_text())
    return {record["student"]: record for record in data["submissions"]}


@pytest.fixture(scope="module")
def plain(handed_in: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same course graded by `nbgrader autograde`, and what that said."""
    course = tmp_path_factory.mktemp("plain") / "course"
    shutil.copytree(handed_in, course, symlinks=True)
    shutil.rmtree(course / "autograded", ignore_errors=True)
    (course / "gradebook.db").unlink()
    assert run(course, "nbgrader", "generate_assignment", "losses").returncode == 0
    done = run(course, "nbgrader", "autograde", "losses")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return course, done.stderr


def told(record: dict[str, Any]) -> list[tuple[str, str]]:
    """What the record's flags say, without their sentences."""
    return [(flag["kind"], flag["cell"]) for flag in record["flags"]]


@by_case
def test_the_score_and_the_flags(case: Case, records: dict[str, dict[str, Any]]) -> None:
    """Each way of breaking costs what it has to, and is told in just these flags."""
    record = records[case.student]
    assert told(record) == list(case.flags), record["flags"]
    assert record["score"] == (case.score or 0.0)
    assert (record["status"] == "failed") == (case.score is None)


@by_case
def test_nbgrader_gives_the_same(case: Case, plain: tuple[Path, str]) -> None:
    """`nbgrader autograde` gives the same scores, and has no entry where nothing can be graded."""
    with Gradebook(f"sqlite:///{plain[0]}/gradebook.db") as gradebook:
        try:
            score = gradebook.find_submission("losses", case.student).score
        except MissingEntry:
            score = None
    assert score == case.score


def test_the_right_one_is_untouched(records: dict[str, dict[str, Any]]) -> None:
    """Nobody else's trouble costs a right submission anything."""
    assert records[RIGHT]["score"] == 28
    assert records[RIGHT]["flags"] == []
    assert {*records} == {RIGHT, *(case.student for case in CASES)}


def test_who_wants_a_look_is_told_what_to_do(records: dict[str, dict[str, Any]]) -> None:
    """An action stands in a record if and only if a person is wanted."""
    for record in records.values():
        assert bool(record["action"]) == (record["status"] != "graded"), record
