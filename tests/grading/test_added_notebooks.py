"""A notebook that comes to a graded assignment, or leaves it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.course import autograder, command
from tests.tiny import answered, tiny_course


@pytest.fixture
def course(processes: None, tmp_path: Path) -> Path:
    """A course in which student01 is graded, and was given 2 points by a person."""
    course = tiny_course(tmp_path / "course")
    folder = course / "submitted" / "student01" / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course), folder / "tiny.ipynb")
    assert autograder(course, "grade", "tiny").returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("why", "tiny", "tiny", "student01")
        grade.manual_score, grade.needs_manual_grade = 2, False
        gradebook.db.commit()
    return course


def graded(course: Path) -> dict[str, Any]:
    """The record of student01."""
    autograder(course, "grade", "tiny", "--json", "g.json")
    (record,) = json.loads((course / "g.json").read_text())["submissions"]
    return dict(record)


@pytest.mark.parametrize(
    "by",
    [
        "autograder release",
        pytest.param("nbgrader generate_assignment", marks=pytest.mark.slow),
    ],
)
def test_a_notebook_is_added_to_a_graded_assignment(by: str, course: Path) -> None:
    """It is released; whoever is graded again has it in their record, and loses no judgement."""
    text = (course / "source" / "tiny" / "tiny.ipynb").read_text()
    text = text.replace("double", "triple").replace('"why"', '"whence"').replace("2 *", "3 *")
    text = text.replace("(2) == 4", "(2) == 6").replace("== -6", "== -9")
    (course / "source" / "tiny" / "other.ipynb").write_text(text)
    done = command(course, *by.split(), "tiny")
    assert done.returncode == 0, done.stderr
    record = graded(course)
    assert (record["score"], record["max_score"]) == (6, 12)
    assert [flag["kind"] for flag in record["flags"]] == ["missing-notebook"]
    other = nbformat.read(course / "release" / "tiny" / "other.ipynb", as_version=4)
    other.cells[2].source = "def triple(x):\n    return 3 * x"
    nbformat.write(other, course / "submitted" / "student01" / "tiny" / "other.ipynb")
    record = graded(course)
    assert (record["score"], record["flags"]) == (10, [])
    assert record["cells"]["whence"]["score"] == 0


@pytest.mark.slow
def test_a_notebook_that_is_graded_is_renamed(course: Path) -> None:
    """One line says what to do, and both ways work."""
    folder = course / "source" / "tiny"
    (folder / "tiny.ipynb").rename(folder / "small.ipynb")
    done = autograder(course, "grade", "tiny")
    assert "autograder release tiny" in done.stderr
    done = autograder(course, "release", "tiny")
    (copy,) = course.glob("gradebook-*.db")
    assert done.returncode == 2
    assert done.stderr == (
        "autograder: source/tiny no longer has tiny.ipynb, but 1 submission is recorded for it. "
        "Give it its name back, or move the gradebook away (a copy is in "
        f"{copy.name}), release again and grade again.\n"
    )
    (course / "gradebook.db").unlink()
    assert autograder(course, "release", "tiny").returncode == 0
    record = graded(course)
    assert (record["score"], record["max_score"]) == (4, 6)
    assert [flag["kind"] for flag in record["flags"]] == ["renamed"]
    copy.rename(course / "gradebook.db")
    (folder / "small.ipynb").rename(folder / "tiny.ipynb")
    assert autograder(course, "release", "tiny").returncode == 0
    assert graded(course)["score"] == 6
