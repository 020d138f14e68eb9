"""What a person gave stays, until the answer that they judged is another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.course import run
from tests.tiny import RIGHT, answered, tiny_course

WRONG = "def double(x):\n    return helper(x)"
HELPER = "def helper(x):\n    return 3 * x"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course in which student01 has handed in a wrong function, and been graded."""
    course = tiny_course(tmp_path / "course")
    hand_in(course, WRONG, "It doubles.")
    record = grade(course)
    assert (record["score"], record["flags"]) == (0, [])
    return course


def hand_in(course: Path, double: str, why: str, helper: str = HELPER) -> None:
    """Puts student01's submission in place."""
    notebook = answered(course, double, why)
    notebook.cells.insert(2, nbformat.v4.new_code_cell(helper, id="mine"))
    path = course / "submitted" / "student01" / "tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def grade(course: Path, *command: str) -> dict[str, Any]:
    """The record of student01."""
    run(course, "autograder", "grade", "tiny", "--json", "g.json")
    (record,) = json.loads((course / "g.json").read_text())["submissions"]
    return dict(record)


def judge(course: Path, **scores: float) -> None:
    """Gives scores and a comment, as the formgrader's page does."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for name, score in scores.items():
            entry = gradebook.find_grade(name, "tiny", "tiny", "student01")
            entry.manual_score, entry.needs_manual_grade = score, False
        comment = gradebook.find_comment("why", "tiny", "tiny", "student01")
        comment.manual_comment = "Say why."
        gradebook.db.commit()


def asked(course: Path) -> dict[str, tuple[float | None, bool]]:
    """Each cell's score by hand, and whether a person is asked to look."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission("tiny", "student01")
        comment = gradebook.find_comment("why", "tiny", "tiny", "student01")
        assert comment.manual_comment == "Say why."
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        return {grade.name: (grade.manual_score, grade.needs_manual_grade) for grade in grades}


def test_what_was_judged_stays_while_the_answer_does(course: Path) -> None:
    """Grading again asks nobody, and changes no score; nbgrader's own command neither."""
    judge(course, test_double=2, why=1.5)
    for _ in range(2):
        record = grade(course)
        assert (record["status"], record["score"], record["flags"]) == ("graded", 3.5, [])
    assert run(course, "nbgrader", "autograde", "tiny", "--force").returncode == 0
    assert asked(course) == {"test_double": (2, False), "why": (1.5, False)}


def test_a_changed_answer_asks_again_and_says_what_the_machine_gives(course: Path) -> None:
    """Only of the answer that changed; when a person has looked, nobody is asked any more."""
    judge(course, test_double=2, why=1.5)
    hand_in(course, RIGHT, "It doubles.")
    for _ in range(2):  # until a person has looked
        record = grade(course)
        (flag,) = record["flags"]
        assert (flag["kind"], flag["cell"]) == ("changed-answer", "test_double")
        assert flag["detail"] == (
            "test_double changed after a person gave it 2; the machine gives 4."
        )
        assert (record["status"], record["score"]) == ("flagged", 3.5)
        assert "Manual Grading" in record["action"]
    assert asked(course) == {"test_double": (2, True), "why": (1.5, False)}
    judge(course, test_double=4)
    assert grade(course)["flags"] == []
    assert asked(course) == {"test_double": (4, False), "why": (1.5, False)}


def test_the_answer_that_was_judged_comes_back(course: Path) -> None:
    """A person's score is for what they read: it counts again, and nobody is asked."""
    judge(course, test_double=2, why=1.5)
    hand_in(course, RIGHT, "It doubles.")
    assert [flag["kind"] for flag in grade(course)["flags"]] == ["changed-answer"]
    hand_in(course, WRONG, "It doubles.")
    assert grade(course)["flags"] == []


@pytest.mark.parametrize(
    ("why", "helper", "changed"),
    [
        ("It adds x to x.", HELPER, "why"),
        ("It doubles.", "def helper(x):\n    return 5 * x", "test_double"),
        ("It doubles.", HELPER + "\n\ndef other(x):\n    return x", "test_double"),
    ],
    ids=["words", "helper", "beside-the-helper"],
)
def test_what_an_answer_is(course: Path, why: str, helper: str, changed: str) -> None:
    """Words are their cell; a function is its cell, and those of the functions that it calls."""
    judge(course, test_double=2, why=1.5)
    hand_in(course, WRONG, why, helper)
    assert [flag["cell"] for flag in grade(course)["flags"]] == [changed]


@pytest.mark.parametrize(("name", "asked"), [("tools.py", True), ("notes.py", False)])
def test_a_file_that_the_answer_uses(course: Path, name: str, asked: bool) -> None:
    """A module that is imported belongs to the answer; any other file does not."""
    uses = "from tools import helper"
    file = course / "submitted" / "student01" / "tiny" / name
    hand_in(course, WRONG, "It doubles.", uses)
    file.write_text("helper = 3")
    grade(course)
    judge(course, test_double=2, why=1.5)
    assert grade(course)["flags"] == []
    file.write_text("helper = 4")
    assert bool(grade(course)["flags"]) == asked


def test_an_answer_that_is_gone(course: Path) -> None:
    """A notebook that can't be read any more leaves what a person gave, and is told."""
    judge(course, test_double=2, why=1.5)
    (course / "submitted" / "student01" / "tiny" / "tiny.ipynb").write_text("{")
    record = grade(course)
    assert (record["status"], [flag["kind"] for flag in record["flags"]]) == (
        "failed",
        ["unreadable"],
    )
    assert asked(course) == {"test_double": (2, False), "why": (1.5, False)}
