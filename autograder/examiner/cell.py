"""The value of a hidden grade cell: a score to nbgrader, a table to a reader, data to the kit."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from autograder.checks import Function, judge
from autograder.environment import CELL_JSON, STUDENT_KEY
from autograder.exercises import find
from autograder.results import CellResult


class GraderError(Exception):
    """The kit itself failed: a person has to look, and the student is not to blame."""


@dataclass(frozen=True)
class GradedCell:
    """The result of a grade cell, to be the cell's last expression.

    nbgrader takes partial credit from the text of an `execute_result`, so the text is the bare
    score. It is not a float: IPython's %precision would round that.
    """

    result: CellResult

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            "text/plain": repr(self.result.score),
            "text/html": as_html(self.result),
            CELL_JSON: asdict(self.result),
        }


def grade(name: str, function: Function) -> GradedCell:
    """The result of every hidden check of an exercise on a student's function.

    Half of the draws come from the student's key, if the environment has one.

    Raises:
        GraderError: the kit itself failed.
    """
    key = os.environ.get(STUDENT_KEY, "")
    try:
        return GradedCell(judge(find(name), function, bytes.fromhex(key) or None))
    except Exception as error:
        raise GraderError(f"{type(error).__name__}: {error}") from error


def as_html(result: CellResult) -> str:
    """A table with a row a check: points, and where it failed the message and the hint."""
    rows = "".join(
        f"<tr><td>{'✓' if check.passed else '✗'}</td><td><b>{escape(check.name)}</b></td>"
        f"<td>{check.points:g}&nbsp;/&nbsp;{check.max_points:g}</td>"
        f"<td style='text-align:left'>{escape(check.message)}"
        f"{'<br><i>Hint: ' + escape(check.hint) + '</i>' if check.hint else ''}</td></tr>"
        for check in result.checks
    )
    return f"<table>{rows}</table><p>{result.score:g} of {result.max_score:g} points</p>"
