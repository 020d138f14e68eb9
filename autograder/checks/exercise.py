"""An exercise: a reference, named checks with points, and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from autograder.checks.by_hand import ByHand
from autograder.checks.draws import Draw
from autograder.checks.mistakes import Mistake
from autograder.checks.trial import Function, Trial

Case = Callable[[Draw], tuple[Tensor, ...]]
Judge = Callable[[Trial], None]

FREE = ByHand(operators={})


@dataclass(frozen=True)
class Check:
    """One named thing that is asked of a function.

    Args:
        name: short and fixed; it is in every record.
        points: a multiple of 0.25.
        judge: returns, or raises Failure with what is wrong.
        hint: what to think about when it fails and no known mistake explains it.
        needs: the check without which this one pays nothing, or "". A constant has the right
            dtype and leaves its input alone; it should not be paid for that.
    """

    name: str
    points: float
    judge: Judge
    hint: str
    needs: str = ""


@dataclass(frozen=True)
class Exercise:
    """A function to write by hand.

    Args:
        name: the function's name, and its solution cell's grade_id.
        reference: the same function as torch.nn computes it; its parameters name the arguments.
        checks: in the order in which they are judged and shown.
        mistakes: tried in order; the first that reproduces a wrong answer gives its hint.
        by_hand: what the function may not call; nothing, unless it is said.

    Raises:
        ValueError: two checks have one name, or one needs a check that is not there.
    """

    name: str
    reference: Function
    checks: tuple[Check, ...]
    mistakes: tuple[Mistake, ...] = ()
    by_hand: ByHand = FREE

    def __post_init__(self) -> None:
        before: list[str] = []
        for check in self.checks:
            if check.name in before:
                raise ValueError(f"{self.name} has two checks called {check.name!r}")
            if check.needs and check.needs not in before:
                known = ", ".join(before) or "none"
                raise ValueError(
                    f"check {check.name!r} of {self.name} needs {check.needs!r}, which is no check "
                    f"before it; before it: {known}"
                )
            before.append(check.name)

    @property
    def points(self) -> float:
        """What all checks together are worth."""
        return sum(check.points for check in self.checks)
