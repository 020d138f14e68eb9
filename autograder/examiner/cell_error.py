"""What is said of a grade cell that failed: to its author, without what they must not see.

A hidden cell's error holds no source, input or expected value: of an exception that the student's
code raised the type and the student's own line, of an assertion the instructor's own words.
"""

from __future__ import annotations

import ast
from typing import Any

from autograder.environment import GRADER_ERROR
from autograder.isolation.errors import CannotCrossError, Stopped
from autograder.isolation.outputs import Output, error_output
from autograder.isolation.student_kernel import stopped_output
from autograder.raised import students_doing
from autograder.source_text import read_cell
from autograder.words import lines

OURS = "The grader itself failed here: a person will grade this."
SILENT = "A hidden test failed here."


def cell_error(error: BaseException, source: str, *, hidden: bool) -> Output:
    """The error output of a grade cell.

    Args:
        error: what it raised.
        source: the cell.
        hidden: whether students must not see the cell's tests.
    """
    kind = type(error).__name__
    if isinstance(error, CannotCrossError):  # says what kind of value it was, and nothing of it
        return error_output("CannotCrossError", str(error))
    if kind == GRADER_ERROR:
        return {**error_output(kind, str(error)), "traceback": [OURS]}
    if isinstance(error, Stopped):
        return stopped_output(f"{error.function} {error}.", error.reason)
    doing = students_doing(error)
    line = doing.student_line.rstrip(",") if doing else ""
    if hidden:
        # A name that a cell does not find is one that its author was asked for.
        missing = kind == "NameError" and not doing
        words = str(error) if missing else _instructors_words(error, source)
        words = words or (doing.unfit if doing else "")  # the text could hold the arguments
        return error_output(kind, f"{kind}{line}" if line else f"{kind}: {words or SILENT}")
    if render := getattr(error, "_render_traceback_", None):
        return {**error_output(kind, str(error)), "traceback": list(render())}
    shown = [f"{kind}{line}: {lines(str(error))}"]
    if number := _line_number(error, source):
        shown.insert(0, f"In line {number} of the test:\n    {source.splitlines()[number - 1]}")
    return {**error_output(kind, str(error)), "traceback": shown}


def _instructors_words(error: BaseException, source: str) -> str:
    """The message of the cell's own `assert …, "message"` that failed, or ""."""
    number = _line_number(error, source)
    if not isinstance(error, AssertionError) or not number:
        return ""
    tree = read_cell(source).tree
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)] if tree else []
    for node in asserts:
        here = node.lineno <= number <= (node.end_lineno or 0)
        if here and isinstance(node.msg, ast.Constant):
            return str(node.msg.value)
    return ""


def _line_number(error: BaseException, source: str) -> int:
    """The line of the cell where the error passed last; 0 where it did not."""
    number, step = 0, error.__traceback__
    while step is not None:
        if _is_cell(step.tb_frame) and step.tb_lineno <= len(source.splitlines()):
            number = step.tb_lineno
        step = step.tb_next
    # IPython drops empty lines before the first.
    before = len(source) - len(source.lstrip())
    return number and number + source[:before].count("\n")


def _is_cell(frame: Any) -> bool:
    return frame.f_code.co_name == "<module>" and "__autograder_cell__" in frame.f_globals
