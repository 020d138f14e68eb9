"""A picture of a function: what it gives while one of its arguments moves.

It shows a student at a glance where a formula leaves the right one. The numbers are everyone's: no
draw is secret, and a function is asked for them where it has seen none that is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from autograder.checks.comparison import JUDGED_AS, Failure, as_answer, equals
from autograder.checks.questions import Arguments, Formula
from autograder.results import MOST_POINTS, Line, Plot

Answering = Callable[[Arguments], object]  # raises Failure where a function gives nothing


def as_it_is(answer: Tensor) -> Tensor:
    """The answer itself: one number for each example."""
    return answer


@dataclass(frozen=True)
class Curve:
    """What a function is asked for, in one call, to draw it.

    Args:
        over: what moves: the name of the horizontal axis.
        what: what comes of it: the name of the vertical axis.
        points: where, in ascending order.
        lines: what each line is called.
        arguments: the arguments of the call, from the points as float32: those of the first line
            for all points, then those of the next.
        drawn: what of the answer is drawn, as many numbers in the same order.
        window: the least and the greatest value that is worth seeing; () for all right ones.
    """

    over: str
    what: str
    points: tuple[float, ...]
    lines: tuple[str, ...]
    arguments: Callable[[Tensor], Arguments]
    drawn: Callable[[Tensor], Tensor] = as_it_is
    window: tuple[float, float] | tuple[()] = ()

    def require_fit(self, name: str, reference: Formula) -> None:
        """Nothing, where the right function can be drawn so.

        Raises:
            ValueError: it can't be.
        """
        size = len(self.points) * len(self.lines)
        shape = tuple(self.drawn(self._right(reference)).shape)
        if not 0 < size <= MOST_POINTS:
            raise ValueError(f"the curve of {name} has {size} points, not 1 to {MOST_POINTS}")
        if shape != (size,):
            raise ValueError(f"the curve of {name} draws a tensor of shape {shape}, not ({size},)")

    def _asked(self) -> Arguments:
        return self.arguments(torch.tensor(self.points, dtype=torch.float32))

    def _right(self, reference: Formula) -> Tensor:
        doubles = [a.double() if a.is_floating_point() else a for a in self._asked()]
        return reference(*doubles).detach()

    def plot(self, reference: Formula, answering: Answering) -> Plot | None:
        """What a function gives, beside what is right; None where there is no difference to see.

        Args:
            reference: the right function.
            answering: calls the other one.
        """
        right, asked = self._right(reference), self._asked()
        try:
            answer = as_answer(answering(asked))
        except Failure:
            return None
        fits = answer.shape == right.shape and answer.dtype in JUDGED_AS
        if not fits or equals(answer, right):
            return None
        actual, expected = self.drawn(answer.double()), self.drawn(right)
        size = len(self.points)
        lines = (
            Line(name, _finite(mine), _finite(torchs))
            for name, mine, torchs in zip(
                self.lines, actual.split(size), expected.split(size), strict=True
            )
        )
        return Plot(self.over, self.what, self.points, tuple(lines), self.window)


def _finite(numbers: Tensor) -> tuple[float | None, ...]:
    """Four digits of each number: a picture shows fewer. None of what is not finite."""
    return tuple(
        float(f"{number:.4g}") if abs(number) < torch.inf else None for number in numbers.tolist()
    )
