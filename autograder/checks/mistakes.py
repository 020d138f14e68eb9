"""Wrong formulas that students really write, and finding the one behind a wrong answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from autograder.checks.comparison import Failure, as_answer, compare
from autograder.checks.trial import Attempt, Formula, magnitude


@dataclass(frozen=True)
class Mistake:
    """A wrong formula, and what to say to who wrote it.

    `formula` takes the function's arguments. The hint is given only where the formula reproduces
    what the student's function returned.
    """

    formula: Formula
    hint: str


def reduced(formula: Formula) -> Formula:
    """A formula for each element or example, with torch's reductions on top."""

    def function(first: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
        loss = formula(first, y)
        return loss if reduction == "none" else {"mean": loss.mean, "sum": loss.sum}[reduction]()

    return function


def likely_cause(
    mistakes: Sequence[Mistake], attempts: Sequence[Attempt], reference: Formula
) -> str:
    """The hint of the first mistake that gives every answer of the attempts, or "".

    The last attempt is the one that failed. Where the reference gives its answer too, its values
    are right and no formula is to blame.
    """
    if not attempts or _reproduces(reference, attempts[-1]):
        return ""
    for mistake in mistakes:  # the one that failed tells most of them apart
        if all(_reproduces(mistake.formula, attempt) for attempt in reversed(attempts)):
            return mistake.hint
    return ""


def _reproduces(formula: Formula, attempt: Attempt) -> bool:
    """Whether the formula, in the arguments' own dtype, gives the attempt's answer."""
    try:
        formed = formula(*(a.clone() for a in attempt.arguments), **attempt.options)
        compare(as_answer(attempt.answer), formed.detach(), scale=magnitude(attempt.arguments))
    except (Failure, RuntimeError, IndexError):  # a wrong formula may not fit every shape
        return False
    return True
