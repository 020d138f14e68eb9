"""What being late takes off, as the course's configured steps say."""

from __future__ import annotations

from nbformat.v4 import new_notebook

from autograder.config import Settings
from autograder.grading import pipeline
from autograder.grading.records.scores import NotebookScores
from autograder.grading.submission import notebook_resources


def penalize(settings: Settings, scores: NotebookScores) -> None:
    """Has the configured steps say it of a notebook that is not graded again."""
    notebook = scores.notebook
    steps = pipeline.parts(settings.config)["late"]
    student, assignment = notebook.student.id, notebook.assignment.name
    names = notebook_resources(settings, assignment, student, notebook.name)
    pipeline.process(steps, settings.config, new_notebook(), names, scores)
