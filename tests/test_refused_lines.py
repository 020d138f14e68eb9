"""A shell line costs nobody a point: what was handed in with one, graded whole.

The notebooks in cases/ are made from what public reports describe: `!pip install` above an import
in the student's own cell and in the instructor's, and `%cd .`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tests.course import ROOT, autograder
from tests.tiny import CONFIG, answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

CASES = ROOT / "tests" / "cases"


def graded(course: Path, assignment: str, name: str, notebook: NotebookNode) -> Any:
    """What `autograder grade` says of one notebook that is handed in."""
    folder = course / "submitted" / "student01" / assignment
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    told = course.parent / "told.json"
    done = autograder(course, "grade", assignment, "--json", str(told))
    assert told.exists(), done.stderr
    [submission] = json.loads(told.read_text())["submissions"]
    return submission


def case(name: str) -> NotebookNode:
    """A notebook of cases/."""
    return nbformat.read(CASES / f"{name}.ipynb", as_version=4)


def scores(submission: Any) -> dict[str, tuple[float, float]]:
    """Points, and the most that there are, by cell."""
    return {name: (c["score"], c["max_score"]) for name, c in submission["cells"].items()}


def test_pip_above_an_import_costs_a_right_function_nothing(released: Path) -> None:
    """`!pip install` in a cell of the student's own, and `bce` uses what it imports below."""
    notebook = case("a-student-pip-then-import-binary")
    submission = graded(released, "losses", "binary", notebook)
    found = scores(submission)
    assert (found["bce_visible"], found["bce_hidden"]) == ((1, 1), (4, 4))
    assert "sandbox-violation" not in [flag["kind"] for flag in submission["flags"]]


def test_changing_to_the_same_folder_costs_nothing(tmp_path: Path) -> None:
    """`%cd .` above an import, in a cell of the student's own: all points and no flag."""
    course = tiny_course(tmp_path / "course")
    _, own, _, double, *_ = case("a-student-cd").cells
    notebook = answered(course, double.source)
    notebook.cells.insert(1, new_code_cell(own.source))
    submission = graded(course, "tiny", "tiny", notebook)
    assert scores(submission)["test_double"] == (4, 4)
    assert submission["flags"] == []


def instructors_course(course: Path) -> Path:
    """A released course whose set-up cell begins with `!pip install`."""
    (course / "source" / "tiny").mkdir(parents=True)
    source = CASES / "a-instructor-setup-pip-source.ipynb"
    shutil.copy(source, course / "source" / "tiny" / "tiny.ipynb")
    (course / "course_config.py").write_text((ROOT / "course_config.py").read_text() + CONFIG)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    done = autograder(course, "release", "tiny")
    assert done.returncode == 0, done.stderr
    return course


@pytest.mark.slow
def test_pip_in_the_instructors_cell_costs_a_class_nothing(tmp_path: Path) -> None:
    """`!pip install` above the import that solutions and tests use: all points and no flag."""
    course = instructors_course(tmp_path / "course")
    submission = graded(course, "tiny", "tiny", case("a-instructor-setup-pip-submitted"))
    assert scores(submission) == {"t_double": (4, 4)}
    assert submission["flags"] == []
