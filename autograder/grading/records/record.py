"""Putting a submission on record: grades in nbgrader's gradebook, its copy in autograded/."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook

from autograder.config import Settings
from autograder.grading import pipeline
from autograder.grading.execution import Execution
from autograder.grading.intake.folder import TIMESTAMP
from autograder.grading.records import colours, details, judgement, outcome
from autograder.grading.records.answers import NO_ANSWER
from autograder.grading.records.flags import (
    above_maximum,
    action,
    changed,
    failures,
    late,
    status,
    told,
    too_much,
)
from autograder.grading.records.notebook_text import text_of
from autograder.grading.submission import Submission, notebook_resources
from autograder.results import CellResult, Flag, SubmissionResult
from autograder.words import utf8


def record(settings: Settings, execution: Execution) -> SubmissionResult:
    """The result of a submission, after its grades are in the gradebook.

    A submission of which no notebook could be read leaves nbgrader's tables as they were.
    Recording again, after a run that was killed, mends what that left half done.
    """
    submission = execution.submission
    flags = submission.flags + execution.flags
    if not execution.notebooks:
        result = failed(submission.assignment, submission.student, flags, execution.seconds)
        keep_failed(settings, submission.assignment, result)
        return result
    with Gradebook(settings.directory.db_url) as gradebook:
        with _copy(settings, submission) as folder:
            _enter(gradebook, submission)
            tests = _graded(settings, execution, gradebook, folder)
        entry = gradebook.find_submission(submission.assignment, submission.student)
        flags += (
            late(entry.total_seconds_late)
            + failures(tests)
            + too_much(tests)
            + changed(*judgement.changed(gradebook, entry))
            + above_maximum(judgement.above_maximum(entry))
        )
        result = SubmissionResult(
            student=submission.student,
            status=status(flags),
            score=float(entry.score),
            max_score=float(entry.max_score),
            seconds=round(execution.seconds, 3),
            cells=_cells(entry, tests),
            flags=told(flags),
            action=action(flags, submission.assignment, submission.student),
        )
        kept = details.of(result, execution.digest)
        details.keep(gradebook, submission.assignment, submission.student, kept)
        gradebook.db.commit()
        return result


def _graded(
    settings: Settings, execution: Execution, gradebook: Gradebook, folder: Path
) -> list[NotebookNode]:
    """The test cells of a submission's notebooks, which are graded and written into a folder."""
    submission, tests = execution.submission, list[NotebookNode]()
    steps = pipeline.parts(settings.config)["record"]
    for name, notebook in execution.notebooks.items():
        names = {
            **notebook_resources(settings, submission.assignment, submission.student, name),
            "files": {path: submission.files[path] for path in submission.own},
            "unproven": execution.unproven.get(name, frozenset()),
            "gradebook": gradebook,
        }
        own = nbformat.from_dict(notebook)  # where the database is locked, all is done once more
        graded = pipeline.process(steps, settings.config, own, names)
        colours.tame(graded)
        _write(folder, f"{name}.ipynb", text_of(graded).encode())
        tests += filter(outcome.is_test, graded.cells)
    return tests


def failed(
    assignment: str, student: str, flags: tuple[Flag, ...], seconds: float = 0.0
) -> SubmissionResult:
    """The record of a submission that could not be graded."""
    todo = action(flags, assignment, student)
    name, took = utf8(student), round(seconds, 3)
    return SubmissionResult(name, "failed", 0.0, 0.0, took, {}, told(flags), todo)


def keep_failed(settings: Settings, assignment: str, result: SubmissionResult) -> None:
    """Keeps that a submission could not be graded, and why."""
    with Gradebook(settings.directory.db_url) as gradebook:
        details.keep(gradebook, assignment, result.student, details.of(result))
        gradebook.db.commit()


@contextmanager
def _copy(settings: Settings, submission: Submission) -> Iterator[Path]:
    """A folder for the graded copy, with the submission's files; in place when the block is done.

    It takes the place of an older copy by rename, so that there is always a whole one.
    """
    target = settings.step("autograded", submission.assignment, submission.student)
    draft, old = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    for leftover in (draft, old):  # of a run that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(parents=True)
    for name, content in submission.files.items():
        _write(draft, name, content)
    if submission.handed_in:
        _write(draft, TIMESTAMP, f"{submission.handed_in} UTC\n".encode())
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft)
        raise
    if target.exists():
        target.rename(old)
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _write(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o444)  # as nbgrader leaves it


def _enter(gradebook: Gradebook, submission: Submission) -> None:
    """Makes the gradebook's entries for the submission; a missing notebook's grades are 0."""
    assignment, student = submission.assignment, submission.student
    gradebook.update_or_create_student(student)
    times = {"timestamp": submission.handed_in} if submission.handed_in else {}
    entry = gradebook.update_or_create_submission(assignment, student, **times)
    _add_notebooks(gradebook, entry)
    for notebook in entry.notebooks:
        if notebook.name not in submission.notebooks:
            notes = judgement.Notes(gradebook, [*notebook.grades, *notebook.comments])
            for grade in notebook.grades:
                again = notes.asked_again(grade, NO_ANSWER)
                grade.auto_score, grade.needs_manual_grade = 0, again
            for comment in notebook.comments:
                notes.commented(comment, NO_ANSWER)
            notes.write()
    gradebook.db.commit()


def _add_notebooks(gradebook: Gradebook, entry: SubmittedAssignment) -> None:
    """Entries for the notebooks that came to the assignment after the submission was recorded."""
    known = {notebook.notebook_id for notebook in entry.notebooks}
    for notebook in entry.assignment.notebooks:
        if notebook.id not in known:
            new = SubmittedNotebook(notebook=notebook, assignment=entry)
            for cell in (*notebook.grade_cells, *notebook.task_cells):
                Grade(cell_id=cell.id, notebook=new)
            for cell in (*notebook.solution_cells, *notebook.task_cells):
                Comment(cell_id=cell.id, notebook=new)
            gradebook.db.add(new)
    gradebook.db.flush()  # gives them their ids


def _cells(entry: SubmittedAssignment, tests: Sequence[NotebookNode]) -> dict[str, CellResult]:
    results = {test.metadata.nbgrader.grade_id: outcome.result(test) for test in tests}
    checks = {grade_id: result.checks for grade_id, result in results.items() if result}
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
