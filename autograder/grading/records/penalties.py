"""What being late takes off, as the course's configured steps say."""

from __future__ import annotations

from collections.abc import Mapping

from nbformat.v4 import new_notebook

from autograder.config import Settings
from autograder.grading import inputs, pipeline
from autograder.grading.records.scores import NotebookScores
from autograder.grading.submission import notebook_resources

PART = "lateness"  # among the versions of what a record comes from
IN_TIME = "in time"


def depends_on(settings: Settings, seconds_late: float, scores: Mapping[str, float]) -> str:
    """A digest of all that the configured steps make a penalty of; IN_TIME where there is none.

    Args:
        settings: the course's.
        seconds_late: how long after the due date a submission came.
        scores: of its notebooks, by name.
    """
    steps = [pipeline.kind(step) for step in pipeline.parts(settings.config)["late"]]
    if not steps or not seconds_late:
        return IN_TIME
    plugins = [step(config=settings.config).plugin_class for step in steps]
    made_with = inputs.of_steps(settings, [*steps, *plugins])
    return inputs.digest([made_with, seconds_late, sorted(scores.items())])


def penalize(settings: Settings, scores: NotebookScores) -> None:
    """Has the configured steps say it of a notebook that is not graded again."""
    notebook = scores.notebook
    steps = pipeline.parts(settings.config)["late"]
    student, assignment = notebook.student.id, notebook.assignment.name
    names = notebook_resources(settings, assignment, student, notebook.name)
    pipeline.process(steps, settings.config, new_notebook(), names, scores)
