"""What a person may want to know of a submission, from what its run left behind."""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from autograder.grading.preprocessors import grader_failure
from autograder.results import Flag, Status

ORDINARY = {"late"}  # in the course of things: noted, and nobody is asked to look


def status(flags: Sequence[Flag]) -> Status:
    """Whether a graded submission wants a look."""
    return "graded" if all(flag.kind in ORDINARY for flag in flags) else "flagged"


def late(seconds: float) -> tuple[Flag, ...]:
    """The flag of a submission that came so long after the due date; none for one in time."""
    if seconds <= 0:
        return ()
    hours, minutes = divmod(int(seconds) // 60, 60)
    return (Flag("late", "", f"{hours} h {minutes} min after the due date."),)


def failures(cells: Sequence[NotebookNode]) -> tuple[Flag, ...]:
    """Flags for the grade cells in which the kit itself failed."""
    told = [(cell.metadata.nbgrader.grade_id, grader_failure(cell)) for cell in cells]
    return tuple(Flag("grader-error", grade_id, failure) for grade_id, failure in told if failure)
