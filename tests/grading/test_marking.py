"""The model answer stands after what a person grades, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.grading.marking import TITLE, Pages, with_model_answers


def graded(cell: NotebookNode, grade_id: str, **data: bool) -> NotebookNode:
    """A cell with nbgrader's metadata."""
    cell.metadata["nbgrader"] = {"grade_id": grade_id, "schema_version": 3, **data}
    return cell


WORDS = {"grade": True, "solution": True}


def notebook(answer: str, code: str, task: str) -> NotebookNode:
    """One with a solution, its test, an answer in words, one in code, and a task."""
    return new_notebook(
        cells=[
            graded(new_code_cell("def f(): ..."), "f", solution=True),
            graded(new_code_cell("assert f()"), "test", grade=True),
            graded(new_markdown_cell(answer), "words", **WORDS),
            graded(new_code_cell(code), "code", **WORDS),
            graded(new_markdown_cell(task), "task", task=True),
        ]
    )


SOURCE = notebook("the model", "x = 1", "Draw it. Two points for axes.")
STUDENTS = notebook("my words", "x = 2", "Draw it.")


def test_what_a_person_grades_is_followed_by_its_model() -> None:
    """Words as they are, code as code; what the machine grades stands alone."""
    before = STUDENTS.copy()
    cells = with_model_answers(STUDENTS, SOURCE).cells
    assert [cell.source for cell in cells] == [
        "def f(): ...",
        "assert f()",
        "my words",
        f"{TITLE}\n\nthe model",
        "x = 2",
        f"{TITLE}\n\n~~~~~~python\nx = 1\n~~~~~~",
        "Draw it.",
        f"{TITLE}\n\nDraw it. Two points for axes.",
    ]
    assert before == STUDENTS
    assert all("nbgrader" not in cell.metadata for cell in cells if TITLE in cell.source)


def test_a_cell_that_the_source_does_not_have_stands_alone() -> None:
    """An assignment that was changed since shows what is left of it."""
    assert with_model_answers(STUDENTS, new_notebook()).cells == STUDENTS.cells


@pytest.mark.parametrize("source", [None, "no notebook", "[]", "{}"])
def test_a_page_goes_without_what_cannot_be_read(tmp_path: Path, source: str | None) -> None:
    """A source that is missing or broken keeps nobody from grading."""
    path = tmp_path / "answer.ipynb"
    nbformat.write(STUDENTS, path)
    (tmp_path / "source" / "hw").mkdir(parents=True)
    if source is not None:
        (tmp_path / "source" / "hw" / "part.ipynb").write_text(source)
    config = Config({"CourseDirectory": {"root": str(tmp_path)}})
    pages = Pages(HTMLExporter(), CourseDirectory(config=config))
    page, _ = pages.from_filename(str(path), {"assignment_id": "hw", "notebook_id": "part"})
    assert "my words" in page
    assert "Model answer" not in page
    nbformat.write(SOURCE, tmp_path / "source" / "hw" / "part.ipynb")
    page, _ = pages.from_filename(str(path), {"assignment_id": "hw", "notebook_id": "part"})
    assert page.index("my words") < page.index("the model") < page.index("Two points for axes")
