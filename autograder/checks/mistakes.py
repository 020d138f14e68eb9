"""Wrong formulas that students really write, of one exercise and of any."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from autograder.checks.questions import Formula


@dataclass(frozen=True)
class Mistake:
    """A wrong formula, and what to say to who wrote it.

    `formula` takes the function's arguments. The hint is given only where the formula reproduces
    what the student's function returned.
    """

    formula: Formula
    hint: str


@dataclass(frozen=True)
class Twist:
    """What can go wrong with any formula.

    `twisted` makes the wrong formula of one that is without this mistake.
    """

    twisted: Callable[[Formula], Formula]
    hint: str

    def of(self, formula: Formula) -> Formula:
        """The formula with the mistake."""
        return self.twisted(formula)


def reduced(formula: Formula) -> Formula:
    """A formula for each element or example, with torch's reductions on top."""

    def function(first: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
        loss = formula(first, y)
        return loss if reduction == "none" else {"mean": loss.mean, "sum": loss.sum}[reduction]()

    return function


def _each(change: Callable[[Tensor], Tensor]) -> Callable[[Formula], Formula]:
    """A twist of every value."""

    def twisted(formula: Formula) -> Formula:
        return lambda *arguments, **options: change(formula(*arguments, **options))

    return twisted


def _reduces(reduce: Callable[[Tensor, str], Tensor]) -> Callable[[Formula], Formula]:
    """A twist of the reductions: it gets the formula's values and the word."""

    def twisted(formula: Formula) -> Formula:
        def function(*arguments: Tensor, reduction: str = "none") -> Tensor:
            return reduce(formula(*arguments), reduction)

        return function

    return twisted


def _words(none: str, mean: str, sum: str) -> Callable[[Formula], Formula]:
    """A twist that takes one reduction for another: each of the three as it is understood."""
    taken = {"none": none, "mean": mean, "sum": sum}

    def reduce(loss: Tensor, reduction: str) -> Tensor:
        word = taken[reduction]
        return loss if word == "none" else loss.mean() if word == "mean" else loss.sum()

    return _reduces(reduce)


def _by_default(word: str) -> Callable[[Formula], Formula]:
    """A twist of what is done where the caller asks for no reduction."""

    def twisted(formula: Formula) -> Formula:
        def function(*arguments: Tensor, reduction: str = word) -> Tensor:
            loss = formula(*arguments)
            return (
                loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()
            )

        return function

    return twisted


def _by_rows(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "mean":
        return loss.sum() / max(len(torch.atleast_1d(loss)), 1)
    return loss.sum() if reduction == "sum" else loss


def _per(axis: int) -> Callable[[Formula], Formula]:
    """A twist that divides every value by the size of an axis of the first argument."""

    def twisted(formula: Formula) -> Formula:
        return lambda *arguments, **options: (
            formula(*arguments, **options) / torch.atleast_1d(arguments[0]).shape[axis]
        )

    return twisted


def _mean_over(count: Callable[[Tensor], int]) -> Callable[[Formula], Formula]:
    """A twist of the mean alone: the sum is divided by another number, of the first argument."""

    def twisted(formula: Formula) -> Formula:
        def function(*arguments: Tensor, reduction: str = "none") -> Tensor:
            loss = formula(*arguments)
            if reduction == "mean":
                return loss.sum() / count(torch.atleast_1d(arguments[0]))
            return loss.sum() if reduction == "sum" else loss

        return function

    return twisted


def _by_columns(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "none" or loss.dim() == 0:
        return loss
    return loss.mean(dim=0) if reduction == "mean" else loss.sum(dim=0)


def _last_axis(loss: Tensor, reduction: str) -> Tensor:
    if reduction == "none" or loss.dim() == 0:
        return loss
    return loss.mean(dim=-1) if reduction == "mean" else loss.sum(dim=-1)


SIGN = Twist(
    _each(torch.neg),
    "Every value has the right size and the wrong sign: find the minus that is missing, or one "
    "too many.",
)
FACTORS = (
    Twist(
        _each(lambda value: value / math.log(2)),
        "Every value is 1.4427 times the right one, which is 1/ln 2: that is what log2 gives. "
        "torch uses the natural logarithm.",
    ),
    Twist(
        _each(lambda value: value / math.log(10)),
        "Every value is 0.4343 times the right one, which is 1/ln 10: that is what log10 gives. "
        "torch uses the natural logarithm.",
    ),
    Twist(_each(lambda value: value * 2), "Every value is twice the right one."),
    Twist(_each(lambda value: value / 2), "Every value is half of the right one."),
    Twist(_per(0), "Every value is divided by the size of the first axis."),
    Twist(_per(-1), "Every value is divided by the size of the last axis."),
)
OVER_ENTRIES = Twist(
    _mean_over(torch.numel),
    "The mean divides by the number of all entries of the first argument. It should divide by how "
    "many values it is the mean of.",
)
REDUCTIONS = (
    Twist(
        _words("none", "none", "none"),
        "The reduction argument changes nothing: 'mean' and 'sum' should give a single number.",
    ),
    Twist(
        _words("mean", "mean", "mean"),
        "The result is the mean, whatever reduction says. The default, 'none', keeps every loss.",
    ),
    Twist(
        _words("sum", "sum", "sum"),
        "The result is the sum, whatever reduction says. The default, 'none', keeps every loss.",
    ),
    Twist(_words("none", "sum", "mean"), "'mean' gives the sum, and 'sum' gives the mean."),
    Twist(_words("none", "sum", "sum"), "'sum' is right, and 'mean' gives the sum too."),
    Twist(_words("none", "mean", "mean"), "'mean' is right, and 'sum' gives the mean too."),
    Twist(
        _words("none", "none", "sum"),
        "'sum' is right, and 'mean' gives every loss back: is there a branch for 'mean', spelt "
        "just so?",
    ),
    Twist(
        _words("none", "mean", "none"),
        "'mean' is right, and 'sum' gives every loss back: is there a branch for 'sum', spelt "
        "just so?",
    ),
    Twist(
        _words("mean", "mean", "sum"),
        "'mean' and 'sum' are right, and 'none' gives the mean: it should keep every loss.",
    ),
    Twist(
        _words("sum", "mean", "sum"),
        "'mean' and 'sum' are right, and 'none' gives the sum: it should keep every loss.",
    ),
    Twist(
        _reduces(_by_rows),
        "The mean divides by the length of the first axis. It should divide by how many values "
        "there are in all.",
    ),
    OVER_ENTRIES,
    Twist(
        _mean_over(lambda first: first.shape[-1]),
        "The mean divides by the size of the last axis. It should divide by how many values it is "
        "the mean of.",
    ),
    Twist(
        _reduces(_by_columns),
        "'mean' and 'sum' go along the first axis alone: they should go over everything, and give "
        "one number.",
    ),
    Twist(
        _reduces(_last_axis),
        "'mean' and 'sum' go along the last axis alone: they should go over everything, and give "
        "one number.",
    ),
    Twist(
        _by_default("mean"),
        "Where the caller says nothing of reduction, the result is the mean: the task's first line "
        'has reduction="none".',
    ),
    Twist(
        _by_default("sum"),
        "Where the caller says nothing of reduction, the result is the sum: the task's first line "
        'has reduction="none".',
    ),
)
VALUES = (SIGN, *FACTORS)


@cache
def takes_reduction(formula: Formula) -> bool:
    """Whether a formula is told how to reduce."""
    return "reduction" in inspect.signature(formula).parameters
