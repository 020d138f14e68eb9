"""What a student wrote is read from the graded copy: short, and printable."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.config import CourseError
from autograder.reporting.feedback import handed_in
from autograder.reporting.feedback.handed_in import MOST_LETTERS, MOST_LINES, Answer, shown
from tests.tiny import marks

TEST = {"grade": True, "locked": True, "points": 1}


def written(path, *cells):
    """The cells as a graded copy."""
    nbformat.write(new_notebook(cells=list(cells)), path)
    return handed_in.read(path)


def failing(*traceback):
    """A test that ended in an error."""
    error = new_output("error", ename="E", evalue="secret", traceback=list(traceback))
    return new_code_cell("assert f(-3) == 9", metadata=marks("test", **TEST), outputs=[error])


def test_answers_and_failures(tmp_path):
    """Cells that students fill in by their names, and what tests say; nothing of other cells."""
    found = written(
        tmp_path / "hw.ipynb",
        new_markdown_cell("# Given"),
        new_code_cell("def f(x):\n\treturn x", metadata=marks("f", solution=True)),
        new_markdown_cell("So.", metadata=marks("why", grade=True, solution=True, points=2)),
        failing("AssertionError: \x1b[31mwrong\x1b[0m at [1]", "In line 2, `f`: "),
    )
    assert found.answers == {
        "f": Answer("f", "def f(x):\n    return x", True),
        "why": Answer("why", "So.", False),
    }
    assert found.failures == {"test": "wrong at [1]\nIn line 2, `f`"}


def test_a_notebook_that_is_not_there(tmp_path):
    """It was not handed in."""
    assert handed_in.read(tmp_path / "hw.ipynb") is None


def test_a_damaged_copy_is_named(tmp_path):
    """Somebody has written into it."""
    (tmp_path / "hw.ipynb").write_text("{")
    with pytest.raises(CourseError, match=r"hw\.ipynb is damaged, grade it again"):
        handed_in.read(tmp_path / "hw.ipynb")


@pytest.mark.parametrize(
    ("text", "page"),
    [
        pytest.param("a\xa0b\u3000c\td", "a b c   d", id="spaces"),
        pytest.param("a\x1b[31mb\x00c\u202ed", "a?[31mb?c?d", id="control"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="line-ends"),
        pytest.param("\n" * 1000, "\n" * (MOST_LINES - 1) + "…", id="many-lines"),
        pytest.param("a" * 30_000, "a" * MOST_LETTERS + "…", id="long"),
    ],
)
def test_texts_are_printable_and_short(text, page):
    """Whatever a cell holds."""
    assert shown(text) == page


def test_a_cell_without_a_name_is_passed_over(tmp_path):
    """As a course's own program may leave one."""
    cell = new_code_cell("x = 1", metadata={"nbgrader": {}})
    assert written(tmp_path / "hw.ipynb", cell) == handed_in.HandedIn()
