"""The value of a hidden grade cell: a score to nbgrader, a table to a reader, data to the kit."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from html import escape
from typing import Any

from autograder.accounts import Account
from autograder.checks import Exercise, Failure, Function, forbidden, judge
from autograder.checks.comparison import not_a_tensor
from autograder.checks.questions import Call, Several
from autograder.environment import CELL_JSON, EXPLAINING, STUDENT_KEY
from autograder.examiner.at_hand import find
from autograder.isolation.arguments import pack
from autograder.isolation.errors import ChangedError, OpaqueError, Stopped
from autograder.isolation.remote_function import RemoteFunction
from autograder.results import CellResult

NOBODYS = b"nobody's key"  # with any, every second draw is public, and those are kept
CHANGED = "changes an argument in place, and leaves no ordinary tensor: dense, real, on the CPU."
STOPPED = "Look for a loop that does not end, or for what takes so much memory."


class GraderError(Exception):
    """The kit itself failed: a person has to look, and the student is not to blame."""

    def __init__(self, error: Exception) -> None:
        notes = getattr(error, "__notes__", ())  # of which check it is
        super().__init__(": ".join([*notes, f"{type(error).__name__}: {error}"]))


@dataclass(frozen=True)
class GradedCell:
    """The result of a grade cell, to be the cell's last expression.

    nbgrader takes partial credit from the text of an `execute_result`, so the text is the bare
    score. It is not a float: IPython's %precision would round that.
    """

    exercise: str
    result: CellResult
    accounts: tuple[Account, ...] = ()  # where they are wanted; no output has them

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            "text/plain": repr(self.result.score),
            "text/html": as_html(self.result),
            CELL_JSON: {"exercise": self.exercise, **asdict(self.result)},
        }


def grade(name: str, function: Function) -> GradedCell:
    """The result of every hidden check of an exercise on a student's function.

    Half of the draws come from the student's key, if the environment has one.

    Args:
        name: the exercise's; `at_hand` says of which assignment.
        function: in the examiner what stands for a student's function; an ordinary one where a
            notebook is run by hand.

    Raises:
        GraderError: the kit itself failed.
    """
    try:
        exercise = find(name)
        accounts: list[Account] | None = [] if os.environ.get(EXPLAINING) else None
        result = judge(exercise, answering(function), student_key(), accounts)
        if isinstance(function, RemoteFunction):
            message = exercise.by_hand.broken(function.__name__, function.forbidden)
            result = forbidden(result, message, exercise.by_hand.hint) if message else result
        return GradedCell(name, result, tuple(accounts or ()))
    except Exception as error:
        raise GraderError(error) from error


def prepare(exercise: Exercise) -> None:
    """Makes what is the same for every student, for all examiners that are forked from here."""
    with contextlib.suppress(Exception):  # the exercise's own: told where a student is judged
        judge(exercise, _Prepared(exercise.reference), NOBODYS)


class _Prepared(Several):
    """The reference, whose arguments are packed as if they were sent."""

    def __init__(self, reference: Function) -> None:
        self._reference = reference

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self._reference(*args, **kwargs)

    def together(self, calls: Sequence[Call]) -> list[Callable[[], Any]]:
        for args, kwargs in calls:
            pack(args, kwargs)
        return []


def student_key() -> bytes | None:
    """The key of the student being examined, if the environment has one."""
    return bytes.fromhex(os.environ.get(STUDENT_KEY, "")) or None


def answering(function: Function) -> Function:
    """The function, whose ways of not answering are findings about it and not our errors."""
    return _Answering(function) if isinstance(function, RemoteFunction) else function


class _Answering(Several):
    """A remote function to be judged."""

    def __init__(self, function: RemoteFunction) -> None:
        self._function = function
        functools.update_wrapper(self, function, updated=())  # it has the same signature

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return _judged(lambda: self._function(*args, **kwargs))

    def together(self, calls: Sequence[Call]) -> list[Callable[[], Any]]:
        return [partial(_judged, reply) for reply in self._function.together(calls)]


def _judged(reply: Callable[[], Any]) -> Any:
    """What a call gives.

    Raises:
        Failure: it gave nothing, or what does not cross.
    """
    try:
        return reply()
    except Stopped as stop:
        raise Failure(f"{stop}.", STOPPED) from None
    except OpaqueError as error:
        raise not_a_tensor(error.kind) from None
    except ChangedError:
        raise Failure(CHANGED) from None


def as_html(result: CellResult) -> str:
    """What is behind the points that are lost, each cause once; then a table with a row a check."""
    causes = "".join(
        f"<p><b>{escape(cause)}</b><br>✗ {escape(', '.join(names))}</p>"
        for cause, names in result.causes().items()
    )
    rows = "".join(
        f"<tr><td>{'✓' if check.passed else '✗'}</td><td><b>{escape(check.name)}</b></td>"
        f"<td>{check.points:g}&nbsp;/&nbsp;{check.max_points:g}</td>"
        f"<td style='text-align:left'>{escape(check.message)}"
        f"{'<br><i>Hint: ' + escape(check.hint) + '</i>' if check.hint else ''}</td></tr>"
        for check in result.checks
    )
    points = f"<p>{result.score:g} of {result.max_score:g} points</p>"
    return f"{causes}<table>{rows}</table>{points}"
