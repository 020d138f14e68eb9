"""A source's notebook that has been run as a submission is, and what its tests gave it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from autograder.config import CourseError
from autograder.examiner.jobs import ExaminesNotebooks, Source
from autograder.examiner.points import value
from autograder.grading import execution
from autograder.grading.assignment import Assignment, is_run
from autograder.grading.preprocessors import GradeCellOutput
from autograder.grading.records import outcome
from autograder.results import CellResult
from autograder.words import line

RAISES = "raises-exception"  # the tag by which nbclient knows a cell that is meant to fail


@dataclass(frozen=True)
class Ran:
    """A source's notebook after a run.

    Args:
        name: the notebook's.
        notebook: with its outputs.
        results: of the tests that ran named checks, by grade_id.
    """

    name: str
    notebook: NotebookNode
    results: Mapping[str, CellResult]

    def failed(self) -> dict[str, str]:
        """The tests that were not passed, by grade_id, each with the reason.

        Raises:
            CourseError: an exercise is wrong.
        """
        for grade_id, cell in self._tests().items():
            _require_sound(f"{self.name}.ipynb, {grade_id}", cell, self.results.get(grade_id))
        return self.lost()

    def lost(self) -> dict[str, str]:
        """The tests without all of their points, by grade_id, each with the reason.

        Whatever a student's answer made of them: it does not speak for the exercise.
        """
        return {
            grade_id: _reason(cell, self.results.get(grade_id))
            for grade_id, cell in self._tests().items()
            if outcome.score(cell) != outcome.maximum(cell)
        }

    def points(self) -> dict[str, float | None]:
        """What each test gives, by grade_id; None where its value is more than it is worth."""
        return {grade_id: outcome.score(cell) for grade_id, cell in self._tests().items()}

    def paid(self) -> list[str]:
        """The tests that gave points, or can't say, by grade_id."""
        return [grade_id for grade_id, points in self.points().items() if points != 0]

    def failing(self, unsolved: Sequence[int]) -> dict[int, tuple[str, str]]:
        """The cells that fail, by place: each name and reason.

        Tests apart, what has no solution to run on, and what is tagged as meant to fail.

        Args:
            unsolved: the places of cells that have no solution to run on.
        """
        found = {}
        cells = [(index, cell) for index, cell in enumerate(self.notebook.cells) if is_run(cell)]
        for place, (index, cell) in enumerate(cells):
            meant = RAISES in cell.metadata.get("tags", ())
            errors = any(output.output_type == "error" for output in cell.outputs)
            if errors and not meant and place not in unsolved and not outcome.is_test(cell):
                grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
                found[place] = grade_id or f"cell {index + 1}", _reason(cell)
        return found

    def _tests(self) -> dict[str, NotebookNode]:
        """The test cells, as they are recorded, by grade_id."""
        return {
            cell.metadata.nbgrader.grade_id: GradeCellOutput().preprocess_cell(cell, {}, 0)[0]
            for cell in self.notebook.cells
            if outcome.is_test(cell)
        }


def run_solved(
    examiners: ExaminesNotebooks, assignment: Assignment, name: str, source: Source, number: int
) -> Ran:
    """Runs a source's notebook with its own solutions; arguments as of `run_untouched`.

    Args:
        number: of the run, from which half of the draws come.
    """
    return _run(examiners, assignment, name, source, assignment.skeletons[name].solved, number)


def run_untouched(
    examiners: ExaminesNotebooks, assignment: Assignment, name: str, source: Source
) -> Ran:
    """Runs a notebook as it is released.

    Args:
        examiners: where it runs.
        assignment: whose notebook it is.
        name: the notebook's.
        source: the instructor's side of it.
    """
    return _run(examiners, assignment, name, source, assignment.skeletons[name].notebook, 0)


def run_without(
    examiners: ExaminesNotebooks, assignment: Assignment, name: str, source: Source, place: int
) -> Ran:
    """Runs a source's notebook with its own solutions but one; arguments as of `run_untouched`.

    Args:
        place: of the solution that is left as it is released, among the source's code cells.
    """
    notebook = deepcopy(assignment.skeletons[name].solved)
    cells = [cell for cell in notebook.cells if is_run(cell)]
    cells[place].source = source.cells[place]["released"]
    return _run(examiners, assignment, name, source, notebook, 0)


def _run(
    examiners: ExaminesNotebooks,
    assignment: Assignment,
    name: str,
    source: Source,
    notebook: NotebookNode,
    number: int,
) -> Ran:
    """Runs a copy of a notebook; arguments as of `run_solved`."""
    copy = deepcopy(notebook)
    key = hashlib.sha256(f"proof {number}".encode()).digest()
    examined = execution.run_trusted(examiners, assignment, source, copy, key)
    return Ran(name, copy, examined.results)


def _require_sound(where: str, cell: NotebookNode, result: CellResult | None) -> None:
    """Makes sure that a test's exercise is there, and is worth what the cell is.

    Raises:
        CourseError: it is not.
    """
    if failure := outcome.grader_failure(cell):
        raise CourseError(f"{where}: the exercise can't be judged: {failure}")
    points = outcome.maximum(cell)
    if result and result.max_score != points:
        raise CourseError(
            f"{where}: the cell is worth {points:g} points, and its checks add up to "
            f"{result.max_score:g}: give the cell as many, or change the checks."
        )
    if outcome.score(cell) is None:
        raise CourseError(f"{where}: the cell gives {value(cell.outputs):g} of {points:g} points.")


def _reason(cell: NotebookNode, result: CellResult | None = None) -> str:
    """Why a cell fails, or a test's points are not given."""
    for output in cell.outputs:
        if output.output_type == "error":
            last = strip_ansi((output.traceback or [output.evalue])[-1])
            return line(last if output.ename in last else f"{output.ename}: {last}").rstrip(": ")
    if result:
        lost = [check for check in result.checks if not check.passed]
        return line("; ".join(f"{check.name}: {check.message}" for check in lost))
    if outcome.score(cell) is None:
        worth = f"{value(cell.outputs):g}, and it is worth {outcome.maximum(cell):g}"
        return f"it ended in {worth}: a person has to score it"
    return "it gives less than its points"
