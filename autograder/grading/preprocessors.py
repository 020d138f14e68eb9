"""Steps that course_config.py puts into nbgrader's own commands, so that they give our grades."""

from __future__ import annotations

import atexit
import functools
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import preprocessors, utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Int

from autograder.config import CourseError, Settings, from_config
from autograder.environment import CELL_JSON, EXAMINER, GRADER_ERROR
from autograder.examiner.processes import Examiners
from autograder.grading import assignment as assignments
from autograder.grading import roster
from autograder.grading.assignment import Assignment
from autograder.grading.execution import run
from autograder.grading.secret import student_key

Processed = tuple[NotebookNode, ResourcesDict]


class RegisterCourse(NbGraderPreprocessor):
    """Brings due date and roster into the gradebook, so that late and absent mean something.

    Once, and again when they have changed: nbgrader runs its steps for every notebook.
    """

    _last: tuple[Any, ...] = ()

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Processed:
        settings, names = from_config(self.config), resources["nbgrader"]
        known = settings.roster_path.stat().st_mtime_ns if settings.roster_path.exists() else 0
        due = settings.course.due_utc(names["assignment"])
        if self._last != (last := (names["db_url"], names["assignment"], known, due)):
            with Gradebook(names["db_url"]) as gradebook:
                roster.register(settings, names["assignment"], gradebook)
            type(self)._last = last
        return nb, resources


class SaveCells(preprocessors.SaveCells):
    """Saves the grade cells, and says what to do where nbgrader refuses.

    Where submissions are recorded already, the gradebook is copied first.
    """

    _backup: Path | None = None

    def _create_notebook(self, nb: NotebookNode) -> None:
        try:
            notebook = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        except MissingEntry:
            notebook = None
        if notebook is not None and notebook.submissions:
            self._backup = self._backup or backup(self.db_url)
            self._refuse_changed_cells(notebook)
        super()._create_notebook(nb)

    def _refuse_changed_cells(self, notebook: Any) -> None:
        kinds = ("grade_cells", "solution_cells", "task_cells", "source_cells")
        old = {(kind, cell.name) for kind in kinds for cell in getattr(notebook, kind)}
        new = {(kind, name) for kind in kinds for name in getattr(self, f"new_{kind}")}
        if old == new:
            return
        changed = ", ".join(sorted({name for _, name in old ^ new}))
        copy = f" (a copy is in {self._backup.name})" if self._backup else ""
        count = len(notebook.submissions)
        recorded = "1 submission is" if count == 1 else f"{count} submissions are"
        raise CourseError(
            f"{self.notebook_id}.ipynb adds or removes graded cells ({changed}), but {recorded} "
            "recorded for it. Keep the grade_ids as they were, or move the gradebook "
            f"away{copy}, release again and grade again."
        )


def backup(db_url: str) -> Path | None:
    """A copy of an SQLite gradebook beside it; None for another kind of database."""
    if not db_url.startswith("sqlite:///"):
        return None
    path = Path(db_url.removeprefix("sqlite:///"))
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"{path.stem}-{stamp}{path.suffix}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


class Execute(NbGraderPreprocessor):
    """Runs a notebook: the student's cells in their kernel, the grade cells in an examiner.

    What is read of the assignment is kept: nbgrader makes its preprocessors anew for every
    notebook.
    """

    timeout = Int(help="nbgrader's own, for `nbgrader validate`; here c.Sandbox says it").tag(
        config=True
    )
    _known: tuple[Any, ...] = ()
    _read: Assignment

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Processed:
        names = resources["nbgrader"]
        settings = from_config(self.config)
        assignment = self._assignment(settings, names["assignment"])
        files = assignments.plain_files(Path(resources["metadata"]["path"]))
        key = student_key(settings.secret_path, names["assignment"], names["student"])
        for flag in run(examiners(), assignment, names["notebook"], nb, files, key):
            self.log.warning("%s: %s", flag.kind, flag.detail)
        return nb, resources

    def _assignment(self, settings: Settings, name: str) -> Assignment:
        """The assignment; read again where its source has changed."""
        paths = sorted(settings.step("source", name).rglob("*"))
        known = (name, tuple((path, path.stat().st_mtime_ns) for path in paths))
        if self._known != known:
            type(self)._known = known
            type(self)._read = assignments.read(settings, name)
        return self._read


@functools.cache
def examiners() -> Examiners:
    """The examiners of this process, started once."""
    started = Examiners()
    atexit.register(started.close)
    return started


class GradeCellOutput(NbGraderPreprocessor):
    """Keeps of a grade cell's output what counts and what its author may see.

    A cell of hidden tests keeps its result alone, or the error that the examiner tells of. Any
    other keeps all, with stderr as ordinary output: nbgrader gives 0 for stderr in a test cell, so
    a warning would fail a right answer.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, index: int
    ) -> Processed:
        if utils.is_grade(cell) and cell.cell_type == "code":
            hidden = EXAMINER in cell.source
            results = [o for o in cell.outputs if CELL_JSON in o.get("data", {})]
            errors = [o for o in cell.outputs if o.output_type == "error"]
            if hidden:
                cell.outputs = results or errors or [_no_result()]
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
        return cell, resources


def _no_result() -> NotebookNode:
    """The error of a hidden cell that ended with nothing to show: nbgrader would pay it in full."""
    return new_output("error", ename=GRADER_ERROR, evalue="the hidden cell gave no result")


class SaveAutoGrades(preprocessors.SaveAutoGrades):
    """Saves the machine's grades, and asks for a person's where the kit itself failed."""

    def _add_score(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        super()._add_score(cell, resources)
        if grader_failure(cell):
            names = (self.notebook_id, self.assignment_id, self.student_id)
            grade = self.gradebook.find_grade(cell.metadata.nbgrader.grade_id, *names)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()


def grader_failure(cell: NotebookNode) -> str:
    """What went wrong in the kit while it ran this grade cell, or ""."""
    for output in cell.get("outputs", []):
        if output.output_type == "error" and output.ename == GRADER_ERROR:
            return str(output.evalue)
    return ""
