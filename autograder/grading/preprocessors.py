"""Steps that course_config.py puts into nbgrader's own commands, so that they give our grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import preprocessors
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum, Int, Unicode

from autograder.config import CourseError, from_config
from autograder.environment import CELL_JSON, GRADER_ERROR
from autograder.grading import leftovers, nbgrader_internals, roster
from autograder.grading.records import backup as copies
from autograder.grading.records.answers import Answers
from autograder.grading.records.outcome import asks_exercises, is_test
from autograder.grading.records.outcome import (
    grader_failure as grader_failure,  # of docs/public-interface
)
from autograder.grading.records.scores import NotebookScores, save, scores_of

Processed = tuple[NotebookNode, ResourcesDict]


def backup(db_url: str, folder: Path | None = None) -> Path | None:
    """A copy of a gradebook; None where there can be none.

    Args:
        db_url: an SQLite file's, beside which it is put, or a PostgreSQL database's.
        folder: where that of a server's is put: the course's; the current one where it is None.
    """
    try:
        return copies.make(db_url, folder or Path())
    except copies.NoCopyError:
        return None


class RegisterCourse(NbGraderPreprocessor):
    """Brings due date and roster into the gradebook, so that late and absent mean something."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Processed:
        roster.register(from_config(self.config), resources["nbgrader"]["assignment"])
        return nb, resources


class SaveCells(nbgrader_internals.CellSaver):
    """Saves the grade cells, and says what to do where nbgrader refuses.

    Where submissions are recorded already, the gradebook is copied first.
    """

    gradebook_copy = Enum(
        ["required", "wanted", "none"],
        "wanted",
        help="Where none can be made: 'required' stops, 'wanted' warns; 'none' makes none.",
    ).tag(config=True)

    gradebook_copied = Unicode(
        "", help="The name of a copy that is made already: `autograder release` gives it."
    ).tag(config=True)

    _backup: Path | None = None
    _is_copied = False  # or told that it can't be

    def saving_again(self, notebook: Any, changed: Sequence[str]) -> None:
        """Copies the gradebook.

        Raises:
            NoCopyError: it has to be copied, and can't be.
            CourseError: cells have come or gone.
        """
        if not self._is_copied:
            self._backup, self._is_copied = self._copied(), True
        if not changed:
            return
        name = self._backup.name if self._backup else self.gradebook_copied
        copy = f" (a copy is in {name})" if name else ""
        count = len(notebook.submissions)
        recorded = "1 submission is" if count == 1 else f"{count} submissions are"
        raise CourseError(
            f"{self.notebook_id}.ipynb adds or removes graded cells ({', '.join(changed)}), but "
            f"{recorded} recorded for it. Keep the grade_ids as they were, or move the gradebook "
            f"away{copy}, release again and grade again."
        )

    def _copied(self) -> Path | None:
        if self.gradebook_copy == "none":
            return None
        try:
            return copies.make(self.db_url, from_config(self.config).root)
        except copies.NoCopyError as error:
            if self.gradebook_copy == "required":
                raise
            self.log.warning("The gradebook is not copied before this release: %s", error)
            return None


class ClearLeftovers(NbGraderPreprocessor):
    """Takes out what a release may still hold of a solution, in any part of the notebook."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Processed:
        leftovers.clear(nb)
        return nb, resources


class Execute(NbGraderPreprocessor):
    """Where in the list of steps a notebook is run: apart from the tests, by `execution`.

    It runs nothing itself: nbgrader's own command would run a student's code beside the tests.
    """

    timeout = Int(help="nbgrader's own, for `nbgrader validate`; here c.Sandbox says it").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Processed:
        raise CourseError(
            "nbgrader runs no student's code by itself: let course_config.py call "
            "autograder.batch.converter.install()."
        )


class ClearHiddenTests(preprocessors.ClearHiddenTests):
    """Takes the hidden tests out of the course's cells, for feedback.

    nbgrader's own step looks into a student's cells too, and fails where one of those has only one
    of the two lines between which hidden tests stand.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, index: int
    ) -> Processed:
        if is_test(cell):
            cell, resources = super().preprocess_cell(cell, resources, index)
        return cell, resources


class GradeCellOutput(NbGraderPreprocessor):
    """Keeps of a test's output what counts and what its author may see.

    A cell that asks exercises keeps its result alone, or the error that the examiner tells of. Any
    other test keeps all, with stderr as ordinary output: nbgrader gives 0 for stderr in a test
    cell, so a warning would fail a right answer.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, index: int
    ) -> Processed:
        if is_test(cell):
            results = [o for o in cell.outputs if CELL_JSON in o.get("data", {})]
            errors = [o for o in cell.outputs if o.output_type == "error"]
            if asks_exercises(cell):
                cell.outputs = results or errors or [_no_result()]
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
        return cell, resources


def _no_result() -> NotebookNode:
    """The error of such a cell that ended with nothing to show: nbgrader would pay it in full."""
    error_text = (
        "the hidden cell gave no result: its last line must be grade(…) itself, with nothing "
        "before or after it on that line"
    )
    return new_output("error", ename=GRADER_ERROR, evalue=error_text)


class SaveAutoGrades(preprocessors.SaveAutoGrades):
    """Saves the machine's grades, and asks for a person's where one is wanted.

    That is where the kit itself failed, where the source's own solution does not pass the test
    here (`resources["nbgrader"]["unproven"]` has its grade_id), where a test's value is more than
    its points, and where a person gave a score to another answer: nbgrader would ask for every
    score that a person gave, whenever a submission is graded again, and never for that of a task.
    """

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Processed:
        names = resources["nbgrader"]
        if (scores := names.get("scores")) is not None:  # whoever has the gradebook open commits
            self._save(scores, nb, names)
            return nb, resources
        with Gradebook(names["db_url"]) as gradebook:
            scores = scores_of(gradebook, names["notebook"], names["assignment"], names["student"])
            self._save(scores, nb, names)
            scores.commit()
        return nb, resources

    def _save(self, scores: NotebookScores, nb: NotebookNode, names: Mapping[str, Any]) -> None:
        answers = Answers(nb, names.get("files", {}), names.get("digests", {}))
        unproven = names.get("unproven", frozenset())
        save(scores, nb.cells, answers, unproven, self.log)
