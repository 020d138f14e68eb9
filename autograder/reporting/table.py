"""The table of a class at the end of a grading run."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from autograder.results import SubmissionResult

STYLES = {"graded": "", "flagged": "yellow", "failed": "red", "unchanged": "dim"}


def class_table(results: Sequence[SubmissionResult], absent: Sequence[str]) -> Table:
    """One row a student: points, points still to give by hand, and what to know."""
    noun = "submission" if len(results) == 1 else "submissions"
    table = Table(title=f"{len(results)} {noun}, {len(absent)} absent")
    table.add_column("student", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("to grade by hand", justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("note")
    for result in results:
        waiting = sum(cell.max_score for cell in result.cells.values() if cell.score is None)
        table.add_row(
            result.student,
            f"{result.score:g} / {result.max_score:g}",
            f"{waiting:g}" if waiting else "",
            Text(result.status, STYLES[result.status]),
            _note(result),
        )
    for student in absent:
        table.add_row(student, "", "", Text("absent", "dim"), "nothing handed in")
    return table


def _note(result: SubmissionResult) -> Text:
    """Flags first, then the named checks that failed, by cell."""
    notes = [f"{flag.kind}: {flag.detail.rstrip('.')}" for flag in result.flags]
    for grade_id, cell in result.cells.items():
        failed = [check.name for check in cell.checks if not check.passed]
        if failed:
            names = "all" if len(failed) == len(cell.checks) else ", ".join(failed)
            notes.append(f"{grade_id}: {names}")
    return Text("; ".join(notes))
