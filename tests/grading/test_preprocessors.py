"""The steps that course_config.py puts into nbgrader, beside what stock nbgrader does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader import preprocessors as stock
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade

from autograder.config import CourseError, load
from autograder.environment import CELL_JSON, EXAMINER
from autograder.grading import preprocessors
from autograder.grading.records import outcome

WARNING = new_output("stream", name="stderr", text="UserWarning: old function\n")
RESULT = new_output("execute_result", data={"text/plain": "3.5"})
BROKEN = new_output("error", ename="GraderError", evalue="KeyError: 'x'", traceback=[])


def grade_cell(grade_id: str, *outputs: Any) -> nbformat.NotebookNode:
    """A machine-graded cell of 4 points with these outputs."""
    nbgrader = {
        "grade": True,
        "grade_id": grade_id,
        "locked": True,
        "points": 4,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    outputs = [nbformat.from_dict(output) for output in outputs]
    source = f"import {EXAMINER}" if grade_id.endswith("_hidden") else "check()"
    return new_code_cell(source, outputs=outputs, metadata={"nbgrader": nbgrader})


def test_stock_nbgrader_gives_0_for_a_warning() -> None:
    """The trap itself: a right answer that warns is worth nothing."""
    assert determine_grade(grade_cell("bce_hidden", WARNING, RESULT)) == (0, 4)


def test_a_warning_is_shown_and_costs_nothing() -> None:
    """After the step the score counts, and the warning is still there to read."""
    notebook = new_notebook(cells=[grade_cell("bce_visible", WARNING, RESULT)])
    notebook, _ = preprocessors.GradeCellOutput().preprocess(notebook, {})
    assert determine_grade(notebook.cells[0]) == (3.5, 4)
    assert notebook.cells[0].outputs[0].text == "UserWarning: old function\n"


def test_an_ordinary_cell_keeps_its_stderr() -> None:
    """Only grade cells are touched."""
    notebook = new_notebook(cells=[new_code_cell(outputs=[nbformat.from_dict(WARNING)])])
    notebook, _ = preprocessors.GradeCellOutput().preprocess(notebook, {})
    assert notebook.cells[0].outputs[0].name == "stderr"


def test_what_is_printed_in_a_hidden_call_is_not_shown() -> None:
    """Of a cell of named checks only the result is kept, wherever the function wrote to."""
    printed = new_output("stream", name="stdout", text="tensor([0.1, 0.2])")
    forged = new_output("execute_result", data={"text/plain": "4.0"})
    checked = new_output("execute_result", data={"text/plain": "3.5", CELL_JSON: {}})
    cell = grade_cell("bce_hidden", printed, WARNING, forged, checked)
    notebook, _ = preprocessors.GradeCellOutput().preprocess(new_notebook(cells=[cell]), {})
    assert notebook.cells[0].outputs == [checked]
    assert determine_grade(notebook.cells[0]) == (3.5, 4)


def test_a_hidden_cell_without_a_result_is_not_paid() -> None:
    """Where stock nbgrader gives full marks for nothing, a person is asked."""
    cell = grade_cell("bce_hidden")
    assert determine_grade(cell) == (4, 4)
    notebook, _ = preprocessors.GradeCellOutput().preprocess(new_notebook(cells=[cell]), {})
    assert determine_grade(notebook.cells[0]) == (0, 4)
    assert outcome.grader_failure(notebook.cells[0]) == (
        "the hidden cell gave no result: its last line must be grade(…) itself, with nothing "
        "before or after it on that line"
    )


@pytest.mark.parametrize(
    ("step", "score", "manual"),
    [(stock.SaveAutoGrades, 0, False), (preprocessors.SaveAutoGrades, None, True)],
    ids=["stock", "ours"],
)
def test_an_error_of_the_kit_is_not_the_students(
    step: type, score: float | None, manual: bool, released: Path
) -> None:
    """Where the kit itself failed, stock nbgrader gives 0; ours asks for a person."""
    url = f"sqlite:///{released}/gradebook.db"
    with Gradebook(url) as gradebook:
        gradebook.add_student("student01")
        gradebook.add_submission("losses", "student01")
    names = {
        "student": "student01",
        "assignment": "losses",
        "notebook": "binary",
        "db_url": url,
    }
    notebook = new_notebook(cells=[grade_cell("bce_hidden", BROKEN)])
    step().preprocess(notebook, {"nbgrader": names})
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade("bce_hidden", "binary", "losses", "student01")
        assert (grade.auto_score, grade.needs_manual_grade) == (score, manual)


def test_nbgraders_own_way_runs_no_students_code(released: Path) -> None:
    """Without the converter, `nbgrader autograde` refuses, and says what is missing."""
    step = preprocessors.Execute(config=load(released).config)
    with pytest.raises(CourseError, match=r"converter\.install\(\)"):
        step.preprocess(new_notebook(cells=[new_code_cell("print(1)")]), {})
