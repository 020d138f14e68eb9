"""What docs/tas.md says of stock nbgrader, on a class of three: one cell that is there twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.course import STOCK, run
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.slow


@pytest.fixture
def course(processes: None, tmp_path: Path) -> Path:
    """Three right submissions; the second has its answer's cell twice."""
    course = tiny_course(tmp_path / "course")
    for student in ("student01", "student02", "student03"):
        notebook = answered(course)
        if student == "student02":
            notebook.cells.insert(2, nbformat.from_dict({**notebook.cells[2], "id": "again"}))
        path = course / "submitted" / student / "tiny" / "tiny.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    return course


def graded(course: Path) -> dict[str, float]:
    """The machine's points of everyone who has a graded copy."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {
            submission.student.id: submission.score
            for submission in gradebook.assignment_submissions("tiny")
            if (course / "autograded" / submission.student.id / "tiny").exists()
        }


def test_one_duplicated_cell_ends_stock_nbgraders_batch(course: Path) -> None:
    """It blames old metadata, and whoever comes after is not graded; here everyone is."""
    config = course / "course_config.py"
    ours = config.read_text()
    config.write_text(ours + STOCK)
    done = run(course, "nbgrader", "autograde", "tiny")
    assert done.returncode == 1
    assert "old version" in done.stderr
    assert graded(course) == {"student01": 4}
    config.write_text(ours)
    shutil.rmtree(course / "autograded")
    assert run(course, "nbgrader", "autograde", "tiny").returncode == 0
    assert graded(course) == {"student01": 4, "student02": 4, "student03": 4}
