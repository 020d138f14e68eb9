"""What came of a test cell when it was run: its score, or the kit's own failure.

A student's output is only output: what stands in any cell but a test of the source says nothing
here, code that a person scores included.
"""

from __future__ import annotations

from nbformat import NotebookNode
from nbgrader import utils

from autograder.environment import EXAMINER, GRADER_ERROR
from autograder.examiner.points import points


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell is a machine's test: code, graded, and none of it a student's to write."""
    graded = utils.is_grade(cell) and not utils.is_solution(cell)
    return bool(cell.cell_type == "code" and graded)


def asks_exercises(cell: NotebookNode) -> bool:
    """Whether a test ends in `grade(…)`: only the result of an exercise's named checks counts."""
    return EXAMINER in cell.source


def score(cell: NotebookNode) -> float | None:
    """The points of a test; None where its value is more than it is worth.

    Whatever it wrote to stderr costs all, as in nbgrader, where `GradeCellOutput` is not
    configured.
    """
    return 0.0 if utils.has_failed(cell) else points(cell.outputs, maximum(cell))


def maximum(cell: NotebookNode) -> float:
    """The points that a graded cell is worth."""
    return float(cell.metadata.nbgrader.points)


def grader_failure(cell: NotebookNode) -> str:
    """What went wrong in the kit while it ran a test, or ""."""
    for output in cell.outputs if is_test(cell) else ():
        if output.output_type == "error" and output.ename == GRADER_ERROR:
            return str(output.evalue)
    return ""
