"""What a person gave stays, until the answer that they judged is another."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.course import BIN, run
from tests.tiny import RIGHT, answered, tiny_course

WRONG = "def double(x):\n    return helper(x)"
COMMENTS = {"why": "Say why.", "double": "Three is not two."}
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


def judge(course: Path, comments: Mapping[str, str] = COMMENTS, **scores: float) -> None:
    """Gives scores and comments, as the formgrader's page does."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for name, score in scores.items():
            entry = gradebook.find_grade(name, "tiny", "tiny", "student01")
            entry.manual_score, entry.needs_manual_grade = score, False
        for name, text in comments.items():
            comment = gradebook.find_comment(name, "tiny", "tiny", "student01")
            comment.manual_comment = text
        gradebook.db.commit()


def asked(
    course: Path, comments: Mapping[str, str] = COMMENTS
) -> dict[str, tuple[float | None, bool]]:
    """Each cell's score by hand, and whether a person is asked to look."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission("tiny", "student01")
        for name, text in comments.items():
            comment = gradebook.find_comment(name, "tiny", "tiny", "student01")
            assert comment.manual_comment == text
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
        assert [(flag["kind"], flag["cell"], flag["detail"]) for flag in record["flags"]] == [
            (
                "changed-answer",
                "test_double",
                "test_double changed after a person gave it 2; the machine gives 4.",
            ),
            ("changed-answer", "double", "double changed after a person wrote a comment on it."),
        ]
        assert (record["status"], record["score"]) == ("flagged", 3.5)
        assert "Manual Grading" in record["action"]
    assert asked(course) == {"test_double": (2, True), "why": (1.5, False)}
    judge(course, test_double=4)
    assert [flag["cell"] for flag in grade(course)["flags"]] == ["double"]
    comments = {**COMMENTS, "double": "Right now."}
    judge(course, comments)
    assert grade(course)["flags"] == []
    assert asked(course, comments) == {"test_double": (4, False), "why": (1.5, False)}


def test_the_answer_that_was_judged_comes_back(course: Path) -> None:
    """A person's score is for what they read: it counts again, and nobody is asked."""
    judge(course, test_double=2, why=1.5)
    hand_in(course, RIGHT, "It doubles.")
    assert {flag["kind"] for flag in grade(course)["flags"]} == {"changed-answer"}
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
    cells = {changed, "double"} - ({"double"} if changed == "why" else set())
    assert {flag["cell"] for flag in grade(course)["flags"]} == cells


CHANGES = {
    "import-as": ("import math as helper", "import cmath as helper", "test_double"),
    "for": ("for helper in (len, abs): pass", "for helper in (abs, len): pass", "test_double"),
    "with": ("with f() as helper: pass", "with g() as helper: pass", "test_double"),
    "globals": ("globals()['h' + 'elper'] = 1", "globals()['h' + 'elper'] = 2", "test_double"),
    "patch": ("import math\nmath.pi = 3", "import math\nmath.pi = 4", "test_double"),
    "unused": ("factor = 2", "factor = 3", ""),
    "space": ("helper = 2", "helper = 2\n\n", ""),
}


@pytest.mark.parametrize(("before", "after", "changed"), CHANGES.values(), ids=CHANGES)
def test_a_given_cell_that_may_be_changed(
    course: Path, before: str, after: str, changed: str
) -> None:
    """It belongs to an answer that mentions what it defines, or if it reaches further than that."""
    path = course / "submitted" / "student01" / "tiny" / "tiny.ipynb"
    for text in (before, after):
        notebook = answered(course, WRONG)
        notebook.cells[1].source = text
        nbformat.write(notebook, path)
        record = grade(course)
        if text == before:
            judge(course, test_double=2, why=1.5)
    assert {flag["cell"] for flag in record["flags"]} == ({changed, "double"} if changed else set())


def test_words_beside_an_answer_in_words(course: Path) -> None:
    """What a student wrote right below is judged with it; a line's end more is nothing."""
    judge(course, test_double=2, why=1.5)
    hand_in(course, WRONG, "It doubles.\n")
    assert grade(course)["flags"] == []
    path = course / "submitted" / "student01" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("And so on.", id="more"))
    nbformat.write(notebook, path)
    assert [flag["cell"] for flag in grade(course)["flags"]] == ["why"]


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


def test_a_killed_run_loses_no_judgement(course: Path) -> None:
    """Whoever grades again after it gets what there would have been, and nobody is asked."""
    judge(course, test_double=2, why=1.5)
    draft = course / "autograded" / "student01" / ".tiny.new"
    command = [BIN / "autograder", "grade", "tiny"]
    with subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL) as running:
        while not draft.exists():  # it records
            assert running.poll() is None
            time.sleep(0.0005)
        running.kill()
    assert running.returncode == -signal.SIGKILL
    record = grade(course)
    assert (record["status"], record["score"], record["flags"]) == ("graded", 3.5, [])
    assert asked(course) == {"test_double": (2, False), "why": (1.5, False)}
    assert not draft.exists()


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


def test_a_comment_without_a_score(course: Path) -> None:
    """It stays, and is asked about when the answer changes, until it is written anew."""
    judge(course)
    hand_in(course, RIGHT, "It doubles.")
    for _ in range(2):
        assert [flag["cell"] for flag in grade(course)["flags"]] == ["double"]
    hand_in(course, RIGHT, "It adds.")
    assert [flag["cell"] for flag in grade(course)["flags"]] == ["double", "why"]
    comments = dict.fromkeys(COMMENTS, "Better.")
    judge(course, comments)
    assert grade(course)["flags"] == []
    assert asked(course, comments)["test_double"] == (None, False)


def test_one_of_two_notebooks_is_gone(course: Path) -> None:
    """What a person gave in it stays, and is asked about: there is no answer any more."""
    text = (course / "source" / "tiny" / "tiny.ipynb").read_text()
    other = text.replace("double", "triple").replace("why", "whence").replace("2 *", "3 *")
    course = tiny_course(course.parent / "two")
    (course / "source" / "tiny" / "other.ipynb").write_text(other)
    assert run(course, "autograder", "release", "tiny").returncode == 0
    hand_in(course, RIGHT, "It doubles.")
    path = course / "submitted" / "student01" / "tiny" / "other.ipynb"
    released = nbformat.read(course / "release" / "tiny" / "other.ipynb", as_version=4)
    released.cells[4].source = "It triples."
    nbformat.write(released, path)
    grade(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        entry = gradebook.find_grade("whence", "other", "tiny", "student01")
        entry.manual_score, entry.needs_manual_grade = 1.5, False
        gradebook.find_comment("triple", "other", "tiny", "student01").manual_comment = "Why?"
        gradebook.db.commit()
    assert grade(course)["flags"] == []
    path.unlink()
    flags = [(flag["kind"], flag["cell"]) for flag in grade(course)["flags"]]
    gone = [("changed-answer", "whence"), ("changed-answer", "triple")]
    assert flags == [("missing-notebook", ""), *gone]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_grade("whence", "other", "tiny", "student01").manual_score == 1.5
