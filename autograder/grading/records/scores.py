"""What comes of a graded notebook, put into nbgrader's gradebook: scores, and what is asked about.

nbgrader's own step looks every cell up by itself, and commits after each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from logging import Logger
from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Comment, Grade, Gradebook, MissingEntry, SubmittedNotebook
from sqlalchemy.orm import object_session

from autograder.grading.records import outcome
from autograder.grading.records.answers import Answers, is_as_released
from autograder.grading.records.judgement import Notes, is_ungraded
from autograder.grading.records.outcome import grader_failure, is_test


class NotebookScores:
    """What the gradebook has of a submitted notebook.

    Args:
        notebook: nbgrader's entry.
        notes: of its answers; other notebooks' may be among them.
    """

    def __init__(self, notebook: SubmittedNotebook, notes: Notes) -> None:
        self.notebook, self.notes = notebook, notes
        self._session: Any = object_session(notebook)
        self.grades: Mapping[str, Grade] = {grade.name: grade for grade in notebook.grades}
        self.comments: Mapping[str, Comment] = {each.name: each for each in notebook.comments}

    def commit(self) -> None:
        """Lets everyone see what was put into it: another step, or a course's own code."""
        self.notes.commit()

    def score(self) -> float:
        """The notebook's, from the scores that were put into it."""
        self._session.flush()
        self._session.refresh(self.notebook, ["score"])
        return float(self.notebook.score)


def scores_of(gradebook: Gradebook, notebook: str, assignment: str, student: str) -> NotebookScores:
    """What the gradebook has of a submitted notebook.

    Raises:
        MissingEntry: it has none.
    """
    found = gradebook.find_submission_notebook(notebook, assignment, student)
    return NotebookScores(found, Notes(gradebook, [*found.grades, *found.comments]))


def save(
    scores: NotebookScores,
    cells: Iterable[NotebookNode],
    answers: Answers,
    unproven: Collection[str],
    log: Logger,
) -> None:
    """Puts the scores of a graded notebook's cells into the gradebook.

    Args:
        scores: of the notebook; their user commits.
        cells: the notebook's.
        answers: what is in them.
        unproven: the grade_ids of tests that the source's own solution does not pass here.
        log: is told of a test whose value makes no sense.

    Raises:
        MissingEntry: the gradebook does not know a cell.
    """
    for cell in cells:
        if not (utils.is_grade(cell) or utils.is_solution(cell) or utils.is_task(cell)):
            continue
        name = cell.metadata.nbgrader.grade_id
        answer, former = answers.hash_of(cell), answers.former_hashes_of(cell)
        if utils.is_grade(cell) or utils.is_task(cell):
            grade = _of(scores.grades, name)
            again = scores.notes.asked_again(grade, answer, former)
            grade.auto_score = None if name in unproven else _machine_score(cell, log)
            grade.needs_manual_grade = again or is_ungraded(grade)
        if utils.is_solution(cell) or utils.is_task(cell):
            comment = _of(scores.comments, name)
            scores.notes.commented(comment, answer, former)
            silent = not utils.is_task(cell) and is_as_released(cell)  # of a task nobody can tell
            comment.auto_comment = "No response." if silent else None


def _of(entries: Mapping[str, Any], name: str) -> Any:
    if name not in entries:
        raise MissingEntry(f"the gradebook has no entry for {name}")
    return entries[name]


def _machine_score(cell: NotebookNode, log: Logger) -> float | None:
    """A test's points, 0 for an answer that nobody touched; None where a person gives them."""
    if grader_failure(cell):
        return None
    if is_test(cell):
        return outcome.score(cell)
    return None if utils.is_task(cell) else utils.determine_grade(cell, log)[0]
