"""Putting a submission on record: grades in nbgrader's gradebook, its copy in autograded/."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, SubmittedAssignment
from nbgrader.utils import is_grade

from autograder.config import Settings
from autograder.environment import CELL_JSON
from autograder.grading import pipeline
from autograder.grading.execution import Execution
from autograder.grading.flags import UNUSABLE, late, status, stopped
from autograder.grading.submission import Submission, notebook_resources
from autograder.results import CellResult, CheckResult, SubmissionResult


def record(settings: Settings, execution: Execution) -> SubmissionResult:
    """The result of a submission, after its grades are in the gradebook.

    A submission of which no notebook could be read, or one of whose notebooks could not be run,
    leaves the gradebook as it was.
    """
    submission = execution.submission
    flags = submission.flags + execution.flags
    if not execution.notebooks or any(flag.kind in UNUSABLE for flag in flags):
        seconds = round(execution.seconds, 3)
        return SubmissionResult(submission.student, "failed", 0.0, 0.0, seconds, {}, flags)
    _enter(settings, submission)
    steps = pipeline.parts(settings.config)["record"]
    graded: dict[str, str] = {}
    for name, text in execution.notebooks.items():
        names = notebook_resources(settings, submission.assignment, submission.student, name)
        graded[name] = pipeline.process(steps, settings.config, text, names)
    _write(settings, submission, graded)
    with Gradebook(settings.directory.db_url) as gradebook:
        entry = gradebook.find_submission(submission.assignment, submission.student)
        cells = _cells(entry, graded)
        flags += late(entry.total_seconds_late) + stopped(_grade_cells(graded))
        return SubmissionResult(
            student=submission.student,
            status=status(flags),
            score=float(entry.score),
            max_score=float(entry.max_score),
            seconds=round(execution.seconds, 3),
            cells=cells,
            flags=flags,
        )


def _enter(settings: Settings, submission: Submission) -> None:
    """Makes the gradebook's entries for the submission; a missing notebook's grades are 0."""
    assignment, student = submission.assignment, submission.student
    with Gradebook(settings.directory.db_url) as gradebook:
        gradebook.update_or_create_student(student)
        times = {"timestamp": submission.handed_in} if submission.handed_in else {}
        entry = gradebook.update_or_create_submission(assignment, student, **times)
        for notebook in entry.notebooks:
            if notebook.name not in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0, False
        gradebook.db.commit()


def _write(settings: Settings, submission: Submission, graded: Mapping[str, str]) -> None:
    """The graded notebooks and the files beside them, whole or not at all."""
    target = settings.step("autograded", submission.assignment, submission.student)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    texts = {f"{name}.ipynb": text.encode() for name, text in graded.items()}
    for name, content in {**submission.files, **texts}.items():
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o444)  # as nbgrader leaves them
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def _cells(entry: SubmittedAssignment, graded: Mapping[str, str]) -> dict[str, CellResult]:
    checks = {cell.metadata.nbgrader.grade_id: _checks(cell) for cell in _grade_cells(graded)}
    return {
        grade.name: CellResult(
            score=None if _ungraded(grade) else float(grade.score),
            max_score=float(grade.max_score),
            checks=checks.get(grade.name, ()),
        )
        for notebook in entry.notebooks
        for grade in notebook.grades
    }


def _ungraded(grade: Grade) -> bool:
    return grade.auto_score is None and grade.manual_score is None


def _grade_cells(graded: Mapping[str, str]) -> list[NotebookNode]:
    notebooks = [nbformat.reads(text, as_version=4) for text in graded.values()]
    return [cell for notebook in notebooks for cell in notebook.cells if is_grade(cell)]


def _checks(cell: NotebookNode) -> tuple[CheckResult, ...]:
    """The named checks in a grade cell's output, if it ran any."""
    for output in cell.get("outputs", []):
        if data := output.get("data", {}).get(CELL_JSON):
            return CellResult.from_json(data).checks
    return ()
