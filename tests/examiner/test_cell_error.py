"""Of a grade cell that failed its author reads what helps them, and nothing that is hidden."""

from __future__ import annotations

import json

import pytest
import torch
from IPython.core.inputtransformer2 import TransformerManager

from autograder.environment import GRADER_ERROR
from autograder.examiner.cell_error import SILENT, cell_error
from autograder.isolation.errors import Stopped
from autograder.isolation.outputs import error_output
from autograder.raised import StudentsDoing, marked

SECRET = "31.4159"  # in a hidden cell's source, its values or what it raises


def raised(source: str) -> BaseException:
    """What a grade cell raises when the examiner runs it."""
    namespace = {"__autograder_cell__": True, "torch": torch, "f": lambda x: float(SECRET)}
    try:
        exec(compile(TransformerManager().transform_cell(source), "<cell>", "exec"), namespace)
    except BaseException as error:
        return error
    raise ValueError("the cell raises nothing")


def students(kind: type[Exception], text: str, line: str) -> Exception:
    """What a student's function raised, as a remote function raises it again."""
    try:
        raise marked(kind(text), StudentsDoing(student_line=line))
    except kind as error:
        return error


# Hidden cells --------------------------------------------------------------------------------

HIDDEN = {
    "assert": (f"assert f(1) == {SECRET}1", f"AssertionError: {SILENT}"),
    "assert-message": (
        f"assert f({SECRET}) == 1, 'Think of N = 1.'",
        "AssertionError: Think of N = 1.",
    ),
    "assert-message-below-empty-lines": (
        f"\n\nx = {SECRET}\nassert f(x) == 1, 'Think of N = 1.'",
        "AssertionError: Think of N = 1.",
    ),
    "assert-message-of-more-lines": (
        f"x = {SECRET}\nassert (\n    f(x)\n    == 1\n), (\n    'Think '\n    'of N = 1.'\n)",
        "AssertionError: Think of N = 1.",
    ),
    "assert-message-with-a-value": ("assert f(1) == 1, f'got {f(1)}'", f"AssertionError: {SILENT}"),
    "assert-message-computed": ("assert f(1) == 1, str(f(1))", f"AssertionError: {SILENT}"),
    "assert-in-a-function": (
        "def check(x):\n    assert f(x) == 1, 'inside'\ncheck(2)",
        f"AssertionError: {SILENT}",
    ),
    "assert-in-a-loop": (
        f"for x in ({SECRET}, 2):\n    assert f(x) == 1, 'For every x.'",
        "AssertionError: For every x.",
    ),
    "assert-close": (
        f"torch.testing.assert_close(torch.tensor({SECRET}), torch.tensor(2.0))",
        f"AssertionError: {SILENT}",
    ),
    "the-cells-own-error": (f"raise ValueError('expected {SECRET}')", f"ValueError: {SILENT}"),
    "a-chain": (
        f"try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError({SECRET}) from e",
        f"KeyError: {SILENT}",
    ),
    "an-own-class": (
        f"class Wrong(Exception):\n    pass\nraise Wrong({SECRET})",
        f"Wrong: {SILENT}",
    ),
    "a-missing-name": ("g(1)", "NameError: name 'g' is not defined"),
}


@pytest.mark.parametrize(("source", "text"), HIDDEN.values(), ids=list(HIDDEN))
def test_a_hidden_error_tells_nothing_hidden(source: str, text: str) -> None:
    """The kind, and the instructor's own words where they stand in an assert: no source, no value.

    There is no traceback either: it holds both.
    """
    output = cell_error(raised(source), source, hidden=True)
    kind = text.partition(":")[0]
    assert output == {"output_type": "error", "ename": kind, "evalue": text, "traceback": [text]}
    assert SECRET not in json.dumps(output)


@pytest.mark.parametrize("kind", [ValueError, AssertionError, NameError, KeyError, RuntimeError])
@pytest.mark.parametrize("line", [" in line 3, `raise E(x)`,", " in line 3,", ""])
def test_a_students_text_is_not_told_of_a_hidden_call(kind: type[Exception], line: str) -> None:
    """What a student's code puts into an exception could be the arguments: only the line is told.

    Not every line is known: that of an object which is called, for one.
    """
    error = students(kind, f"called with {SECRET}", line)
    source = f"assert f({SECRET}) == 1"
    output = cell_error(error, source, hidden=True)
    assert output["ename"] == kind.__name__
    assert SECRET not in json.dumps(output)
    assert line.rstrip(",") in output["evalue"]


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "visible"])
def test_a_students_line_ends_as_a_sentence_does(hidden: bool) -> None:
    """The kind, the line and its text make a sentence, without a comma too many."""
    error = students(ZeroDivisionError, "division by zero", " in line 2, `return x / 0`,")
    [*_, text] = cell_error(error, "f(1)", hidden=hidden)["traceback"]
    assert text.startswith("ZeroDivisionError in line 2, `return x / 0`")
    assert ",:" not in text
    assert not text.endswith(",")


# Visible cells -------------------------------------------------------------------------------

VISIBLE = {
    "assert": ("x = 1\nassert f(x) == 1", 2, "AssertionError: "),
    "message": ("assert f(1) == 1, 'Think.'", 1, "AssertionError: Think."),
    "message-with-a-value": ("assert f(1) == 1, f'got {f(1)}'", 1, f"AssertionError: got {SECRET}"),
    "own-error": ("x = 1\n\nraise ValueError('no')", 3, "ValueError: no"),
    "after-empty-lines": ("\n\nx = 1\nraise ValueError('no')", 4, "ValueError: no"),
    "in-a-function": ("def check():\n    assert False, 'no'\ncheck()", 3, "AssertionError: no"),
    "missing": ("g(1)", 1, "NameError: name 'g' is not defined"),
}


@pytest.mark.parametrize(("source", "number", "text"), VISIBLE.values(), ids=list(VISIBLE))
def test_a_visible_error_tells_line_and_text(source: str, number: int, text: str) -> None:
    """The student can read the cell: its line that failed and the error's text are shown."""
    output = cell_error(raised(source), source, hidden=False)
    line = source.splitlines()[number - 1]
    assert output["traceback"] == [f"In line {number} of the test:\n    {line}", text]
    assert output["ename"] == text.partition(":")[0]
    assert output["evalue"] == text.partition(": ")[2]


def test_a_visible_syntax_error_is_told() -> None:
    """A cell that is no Python has no line that ran: the error's own text says where it is."""
    output = cell_error(raised("1 +"), "1 +", hidden=False)
    assert output["ename"] == "SyntaxError"
    assert output["traceback"] == ["SyntaxError: invalid syntax (<cell>, line 1)"]


# Stops, and errors of our own ------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "visible"])
@pytest.mark.parametrize(
    ("reason", "ename"),
    [("timeout", "CellTimeoutError"), ("kernel-died", "DeadKernelError")],
)
def test_a_stop_names_the_function(reason: str, ename: str, hidden: bool) -> None:
    """Which function it was and what it did; the detail is for a person, and not told."""
    stop = Stopped(reason, "ran for more than 10 s", SECRET, "f")  # type: ignore[arg-type]
    text = "f ran for more than 10 s."
    assert cell_error(stop, f"f({SECRET})", hidden=hidden) == error_output(ename, text)


@pytest.mark.parametrize("hidden", [True, False], ids=["hidden", "visible"])
def test_an_error_of_our_own_is_told_as_ours(hidden: bool) -> None:
    """A person finds the reason in the record; the student reads that it is not their doing."""
    error = type(GRADER_ERROR, (Exception,), {})("KeyError: 'demo'")
    output = cell_error(error, "grade('f', f)", hidden=hidden)
    assert output["ename"] == GRADER_ERROR
    assert output["evalue"] == "KeyError: 'demo'"
    assert output["traceback"] == ["The grader itself failed here: a person will grade this."]
