"""What a person may want to know of a submission, from what its run left behind."""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from autograder.grading.preprocessors import STOPPED, grader_failure
from autograder.results import Flag, Status

ORDINARY = {"late"}  # in the course of things: noted, and nobody is asked to look
UNUSABLE = {"kernel-died"}  # what was run has no grades to show


def status(flags: Sequence[Flag]) -> Status:
    """Whether a graded submission wants a look."""
    return "graded" if all(flag.kind in ORDINARY for flag in flags) else "flagged"


def late(seconds: float) -> tuple[Flag, ...]:
    """The flag of a submission that came so long after the due date; none for one in time."""
    if seconds <= 0:
        return ()
    hours, minutes = divmod(int(seconds) // 60, 60)
    return (Flag("late", "", f"{hours} h {minutes} min after the due date."),)


def stopped(cells: Sequence[NotebookNode]) -> tuple[Flag, ...]:
    """Flags for the grade cells that ran too long, and for those in which the kit itself failed."""
    flags = []
    for cell in cells:
        grade_id = cell.metadata.nbgrader.grade_id
        if any(output.get("ename") in STOPPED for output in cell.get("outputs", [])):
            flags.append(Flag("timeout", grade_id, f"{grade_id} was stopped: it ran too long."))
        if failure := grader_failure(cell):
            flags.append(Flag("grader-error", grade_id, failure))
    return tuple(flags)
