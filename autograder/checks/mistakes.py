"""Wrong formulas that students really write, and finding the one behind a wrong answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.checks.comparison import Failure, as_answer, compare
from autograder.checks.trial import Attempt, Function, magnitude


@dataclass(frozen=True)
class Mistake:
    """A wrong formula, and what to say to who wrote it.

    `formula` takes the function's arguments. The hint is given only where the formula reproduces
    what the student's function returned.
    """

    formula: Function
    hint: str


def likely_cause(mistakes: Sequence[Mistake], attempts: Sequence[Attempt]) -> str:
    """The hint of the first mistake that gives every answer of the attempts, or ""."""
    for mistake in mistakes:
        if attempts and all(_reproduces(mistake.formula, attempt) for attempt in attempts):
            return mistake.hint
    return ""


def _reproduces(formula: Function, attempt: Attempt) -> bool:
    """Whether the formula, in the arguments' own dtype, gives the attempt's answer."""
    try:
        formed = formula(*(a.clone() for a in attempt.arguments), **attempt.options)
        compare(as_answer(attempt.answer), formed.detach(), scale=magnitude(attempt.arguments))
    except (Failure, RuntimeError, IndexError):  # a wrong formula may not fit every shape
        return False
    return True
