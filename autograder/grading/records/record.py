"""Putting a submission on record: grades in nbgrader's gradebook, its copy in autograded/."""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterable, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import bindparam, select

from autograder.config import Settings
from autograder.grading import pipeline
from autograder.grading.execution import Execution
from autograder.grading.intake.folder import TIMESTAMP
from autograder.grading.records import colours, details, judgement, outcome
from autograder.grading.records.answers import NO_ANSWER
from autograder.grading.records.entry import enter, lock
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
from autograder.grading.records.scores import NotebookScores
from autograder.grading.submission import Submission, notebook_resources
from autograder.results import CellResult, Flag, SubmissionResult
from autograder.words import utf8

SCORES = (
    select(Grade.id, Grade.score, Grade.max_score)
    .join(Grade.notebook)
    .where(SubmittedNotebook.assignment_id == bindparam("entry"))
)


def record(settings: Settings, execution: Execution, gradebook: Gradebook) -> SubmissionResult:
    """The result of a submission, after its grades are in the gradebook.

    A submission of which no notebook could be read leaves nbgrader's tables as they were.
    Recording again, after a run that was killed, mends what that left half done: the grades are
    committed first, then comes the copy, and then the row of `details`, whose digest says that both
    are there. Two who record the same at once wait for each other at both steps.

    Args:
        settings: the course's.
        execution: the submission's run.
        gradebook: is closed after this, so that the next submission reads what others wrote; it
            opens itself again.
    """
    submission = execution.submission
    flags = submission.flags + execution.flags
    if not execution.notebooks:
        result = failed(submission.assignment, submission.student, flags, execution.seconds)
        keep_failed(settings, submission.assignment, result)
        return result
    with gradebook:
        entry = enter(gradebook, submission.assignment, submission.student, submission.handed_in)
        place = entry.assignment_id, entry.student_id, entry.id
        notes = judgement.Notes(gradebook, [*_grades(entry), *_comments(entry)])
        _clear_missing(entry, notes, submission.notebooks)
        graded = _graded(settings, execution, entry, notes)
        result = _result(execution, gradebook, entry, notes, graded)
        details.forget_digest(gradebook, entry.assignment_id, entry.student_id)
        notes.commit()
        kept = details.of(result, execution.digest, execution.printed, execution.versions)
        lock(gradebook, place[-1])
        _copy(settings, submission, graded)
        details.write(gradebook, *place, kept)
        gradebook.db.commit()
        return result


def _clear_missing(
    entry: SubmittedAssignment, notes: judgement.Notes, there: Container[str]
) -> None:
    """Gives 0 for what is asked in notebooks that are not there."""
    for notebook in entry.notebooks:
        if notebook.name not in there:
            for grade in notebook.grades:
                again = notes.asked_again(grade, NO_ANSWER)
                grade.auto_score, grade.needs_manual_grade = 0, again
            for comment in notebook.comments:
                notes.commented(comment, NO_ANSWER)


def _graded(
    settings: Settings,
    execution: Execution,
    entry: SubmittedAssignment,
    notes: judgement.Notes,
) -> dict[str, NotebookNode]:
    """A submission's notebooks as they are graded, by name."""
    submission, done = execution.submission, dict[str, NotebookNode]()
    steps = pipeline.parts(settings.config)["record"]
    entries = {notebook.name: NotebookScores(notebook, notes) for notebook in entry.notebooks}
    for name, notebook in execution.notebooks.items():
        names = {
            **notebook_resources(settings, submission.assignment, submission.student, name),
            "files": {path: submission.files[path] for path in submission.own},
            "unproven": execution.unproven.get(name, frozenset()),
        }
        own = nbformat.from_dict(notebook)  # where the database is locked, all is done once more
        done[name] = pipeline.process(steps, settings.config, own, names, entries[name])
        colours.tame(done[name])
    return done


def _result(
    execution: Execution,
    gradebook: Gradebook,
    entry: SubmittedAssignment,
    notes: judgement.Notes,
    graded: Mapping[str, NotebookNode],
) -> SubmissionResult:
    """What came of a submission, from what is in the gradebook now."""
    submission = execution.submission
    tests = [cell for each in graded.values() for cell in each.cells if outcome.is_test(cell)]
    gradebook.db.flush()
    gradebook.db.refresh(entry, ["score", "max_score"])
    scores = _scores(gradebook, entry)
    grades = _in_order(_grades(entry), graded)
    max_scores = {key: max_score for key, (_, max_score) in scores.items()}
    flags = (
        submission.flags
        + execution.flags
        + late(entry.total_seconds_late)
        + failures(tests)
        + too_much(tests)
        + changed(*judgement.changed(notes, grades, _comments(entry)))
        + above_maximum(judgement.above_maximum(grades, max_scores))
    )
    return SubmissionResult(
        student=submission.student,
        status=status(flags),
        score=float(entry.score),
        max_score=float(entry.max_score),
        seconds=round(execution.seconds, 3),
        cells=_cells(grades, scores, execution.results),
        flags=told(flags),
        action=action(flags, submission.assignment, submission.student),
    )


def _grades(entry: SubmittedAssignment) -> list[Grade]:
    return [grade for notebook in entry.notebooks for grade in notebook.grades]


def _in_order(grades: Iterable[Grade], notebooks: Mapping[str, NotebookNode]) -> list[Grade]:
    """The grades as their cells stand in the notebooks: a database may give them in any order."""
    cells = [cell.metadata.get("nbgrader", {}) for n in notebooks.values() for cell in n.cells]
    order = {cell.get("grade_id"): i for i, cell in enumerate(cells)}
    return sorted(grades, key=lambda grade: (order.get(grade.name, len(order)), grade.name))


def _comments(entry: SubmittedAssignment) -> list[Comment]:
    return [comment for notebook in entry.notebooks for comment in notebook.comments]


def _scores(gradebook: Gradebook, entry: SubmittedAssignment) -> dict[str, tuple[float, float]]:
    """The score and the maximum of each grade, by its id."""
    rows = gradebook.db.execute(SCORES, {"entry": entry.id})
    return {key: (float(score), float(top)) for key, score, top in rows}


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


def _copy(settings: Settings, submission: Submission, graded: Mapping[str, NotebookNode]) -> None:
    """Puts the graded copy, with the submission's other files, in its place.

    It takes the place of an older copy by rename, so that there is always a whole one.
    """
    target = settings.step("autograded", submission.assignment, submission.student)
    draft, old = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    for leftover in (draft, old):  # of a run that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        for name, content in submission.files.items():
            _write(draft, name, content)
        for name, notebook in graded.items():
            _write(draft, f"{name}.ipynb", text_of(notebook).encode())
        if submission.handed_in:
            _write(draft, TIMESTAMP, f"{submission.handed_in} UTC\n".encode())
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


def _cells(
    grades: Iterable[Grade],
    scores: Mapping[str, tuple[float, float]],
    results: Mapping[str, CellResult],
) -> dict[str, CellResult]:
    return {
        grade.name: CellResult(
            score=None if _ungraded(grade) else scores[grade.id][0],
            max_score=scores[grade.id][1],
            checks=results[grade.name].checks if grade.name in results else (),
            plot=results[grade.name].plot if grade.name in results else None,
        )
        for grade in grades
    }


def _ungraded(grade: Grade) -> bool:
    return grade.auto_score is None and grade.manual_score is None
