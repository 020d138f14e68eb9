"""What a person gave stays, until the answer that they judged is another."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.grading.records.tables import ANSWERS
from tests.course import autograder, run
from tests.tiny import RIGHT, answered, tiny_course

WRONG = "def double(x):\n    return helper(x)"
NO_FILES: Mapping[str, str] = {}
COMMENTS = {"why": "Say why.", "double": "Three is not two."}
BOTH = {"test_double", "double"}  # the score of a function, and the comment on it
HELPER = "def helper(x):\n    return 3 * x"


@pytest.fixture(scope="module")
def graded(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which student01 has handed in a wrong function, and been graded."""
    course = tiny_course(tmp_path_factory.mktemp("judged") / "course")
    hand_in(course)
    record = grade(course)
    assert (record["score"], record["flags"]) == (0, [])
    return course


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    shutil.copytree(graded, tmp_path / "course")
    return tmp_path / "course"


def hand_in(
    course: Path,
    double: str = WRONG,
    why: str = "It doubles.",
    *,
    student: str = "student01",
    given: str = "factor = 2",
    helper: str = HELPER,
    below: str = "",
    files: Mapping[str, str] = NO_FILES,
) -> None:
    """Puts a submission in place: answers, the given cell, own cells, and files beside it."""
    notebook = answered(course, double, why)
    notebook.cells[1].source = given
    if helper:
        notebook.cells.insert(2, nbformat.v4.new_code_cell(helper, id="mine"))
    if below:
        notebook.cells.append(nbformat.v4.new_markdown_cell(below, id="more"))
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / "tiny.ipynb")
    for name, text in files.items():
        (folder / name).write_text(text)


def grade_all(course: Path) -> dict[str, dict[str, Any]]:
    """Everyone's record."""
    autograder(course, "grade", "tiny", "--force", "--json", "g.json")
    records = json.loads((course / "g.json").read_text())["submissions"]
    return {record["student"]: record for record in records}


def grade(course: Path) -> dict[str, Any]:
    """The record of student01, who is alone."""
    (record,) = grade_all(course).values()
    return record


def judge(
    course: Path,
    comments: Mapping[str, str] = COMMENTS,
    student: str = "student01",
    **scores: float,
) -> None:
    """Gives scores and comments, as the formgrader's page does."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for name, score in scores.items():
            entry = gradebook.find_grade(name, "tiny", "tiny", student)
            entry.manual_score, entry.needs_manual_grade = score, False
        for name, text in comments.items():
            comment = gradebook.find_comment(name, "tiny", "tiny", student)
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


@pytest.mark.slow
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


def test_what_was_judged_before_answers_were_noted(course: Path) -> None:
    """It is about the answer that is there: nobody is asked until that changes."""
    judge(course, test_double=2, why=1.5)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.db.execute(ANSWERS.delete())
        gradebook.db.commit()
    assert grade(course)["flags"] == []
    hand_in(course, RIGHT)
    assert {flag["cell"] for flag in grade(course)["flags"]} == BOTH


def test_the_answer_that_was_judged_comes_back(course: Path) -> None:
    """A person's score is for what they read: it counts again, and nobody is asked."""
    judge(course, test_double=2, why=1.5)
    hand_in(course, RIGHT, "It doubles.")
    assert {flag["kind"] for flag in grade(course)["flags"]} == {"changed-answer"}
    hand_in(course, WRONG, "It doubles.")
    assert grade(course)["flags"] == []


# What was handed in when a person looked, and then; of which cells they are asked.
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "words": ({}, {"why": "It adds x to x."}, {"why"}),
    "words-below": ({}, {"below": "And so on."}, {"why"}),
    "end-of-a-line": ({}, {"why": "It doubles.\n"}, set()),
    "helper": ({}, {"helper": "def helper(x):\n    return 5 * x"}, BOTH),
    "beside-the-helper": ({}, {"helper": HELPER + "\n\ndef other(x):\n    return x"}, BOTH),
    "module": (
        {"helper": "from tools import helper", "files": {"tools.py": "helper = 3"}},
        {"helper": "from tools import helper", "files": {"tools.py": "helper = 4"}},
        BOTH,
    ),
    "module-as-it-was": (
        {"helper": "from tools import helper", "files": {"tools.py": "helper = 3"}},
        {"helper": "from tools import helper"},
        set(),
    ),
    "other-file": (
        {"helper": "from math import pi as helper", "files": {"notes.py": "helper = 3"}},
        {"helper": "from math import pi as helper", "files": {"notes.py": "pass"}},
        set(),
    ),
}
GIVEN = {
    "import-as": ("import math as helper", "import cmath as helper", BOTH),
    "for": ("for helper in (len, abs): pass", "for helper in (abs, len): pass", BOTH),
    "with": ("with f() as helper: pass", "with g() as helper: pass", BOTH),
    "globals": ("globals()['h' + 'elper'] = 1", "globals()['h' + 'elper'] = 2", BOTH),
    "patch": ("import math\nmath.pi = 3", "import math\nmath.pi = 4", BOTH),
    "unused": ("factor = 2", "factor = 3", set[str]()),
    "space": ("helper = 2", "helper = 2\n\n", set[str]()),
}
CHANGES |= {
    name: ({"helper": "", "given": before}, {"helper": "", "given": after}, cells)
    for name, (before, after, cells) in GIVEN.items()
}


@pytest.fixture(scope="module")
def changed(processes: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The records of a class that was judged, and then changed what it had handed in."""
    course = tiny_course(tmp_path_factory.mktemp("changed") / "course")
    for name, (before, _, _) in CHANGES.items():
        hand_in(course, student=name, **before)
    grade_all(course)
    for name in CHANGES:
        judge(course, student=name, test_double=2, why=1.5)
    for name, (_, after, _) in CHANGES.items():
        hand_in(course, student=name, **after)
    return grade_all(course)


@pytest.mark.parametrize("name", CHANGES)
def test_what_an_answer_is(name: str, changed: dict[str, dict[str, Any]]) -> None:
    """An answer in words is its cell and the student's own text right below it.

    Code is its cell, those that define what it mentions or reach further than names do, the
    student's own cells, and the modules that are imported.
    """
    flags = changed[name]["flags"]
    assert {flag["cell"] for flag in flags if flag["kind"] == "changed-answer"} == CHANGES[name][2]
    assert {flag["kind"] for flag in flags} <= {"changed-answer"}


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


@pytest.mark.slow
def test_one_of_two_notebooks_is_gone(course: Path) -> None:
    """What a person gave in it stays, and is asked about: there is no answer any more."""
    text = (course / "source" / "tiny" / "tiny.ipynb").read_text()
    other = text.replace("double", "triple").replace("why", "whence").replace("2 *", "3 *")
    other = other.replace("== 4", "== 6").replace("== -6", "== -9")
    course = tiny_course(course.parent / "two")
    (course / "source" / "tiny" / "other.ipynb").write_text(other)
    assert autograder(course, "release", "tiny").returncode == 0
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


def test_an_emptied_answer_that_an_older_kit_noted(course: Path) -> None:
    """It was noted as empty, and is graded as it was released: its comment asks nobody.

    A comment on any other answer does.
    """
    released = nbformat.read(course / "release" / "tiny" / "tiny.ipynb", as_version=4)
    hand_in(course, why=released.cells[4].source)
    judge(course, {"why": "Nothing is written here."})
    grade(course)
    emptied = hashlib.sha256(json.dumps([["", {}]]).encode()).hexdigest()
    for noted, asked_about in ((emptied, []), ("0" * 64, ["why"])):
        with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
            comment = gradebook.find_comment("why", "tiny", "tiny", "student01").id
            row = ANSWERS.update().where(ANSWERS.c.id == comment)
            gradebook.db.execute(row.values(graded=noted, judged=noted))
            gradebook.db.commit()
        assert [flag["cell"] for flag in grade(course)["flags"]] == asked_about
