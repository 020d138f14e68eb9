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


Change = Callable[[Formula], Formula]


@dataclass(frozen=True)
class Twist:
    """What can go wrong with any formula, and what to say to whom it did.

    `of` makes the wrong formula of one that is without this mistake.
    """

    of: Change
    hint: str


def reduced(formula: Formula) -> Formula:
    """A formula for each element or example, with torch's reductions on top."""

    def function(first: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
        return reduce(formula(first, y), reduction)

    return function


def reduce(loss: Tensor, word: str) -> Tensor:
    """The loss as torch reduces it.

    Raises:
        KeyError: the word is none of torch's.
    """
    return loss if word == "none" else {"mean": loss.mean, "sum": loss.sum}[word]()


def _each(change: Callable[[Tensor], Tensor]) -> Change:
    """Every value is changed."""

    def twisted(formula: Formula) -> Formula:
        return lambda *arguments, **options: change(formula(*arguments, **options))

    return twisted


def _per(axis: int) -> Change:
    """Every value is divided by the size of an axis of the first argument."""

    def twisted(formula: Formula) -> Formula:
        return lambda *arguments, **options: (
            formula(*arguments, **options) / torch.atleast_1d(arguments[0]).shape[axis]
        )

    return twisted


def _reduces(how: Callable[[Tensor, str, Tensor], Tensor], default: str = "none") -> Change:
    """The formula's values are reduced another way.

    Args:
        how: takes these values, the word, and the first argument.
        default: the word where the caller says none.
    """

    def twisted(formula: Formula) -> Formula:
        def function(*arguments: Tensor, reduction: str = default) -> Tensor:
            return how(formula(*arguments), reduction, arguments[0])

        return function

    return twisted


def _words(none: str, mean: str, sum: str) -> Change:
    """One reduction is taken for another: each of the three as it is understood."""
    taken = {"none": none, "mean": mean, "sum": sum}
    return _reduces(lambda loss, word, first: reduce(loss, taken[word]))


def _by_default(word: str) -> Change:
    """The loss is reduced where the caller asks for no reduction."""
    return _reduces(lambda loss, word, first: reduce(loss, word), word)


def _mean_over(count: Callable[[Tensor, Tensor], int]) -> Change:
    """The mean divides the sum by another number: of the values, and of the first argument."""
    return _reduces(
        lambda loss, word, first: (
            loss.sum() / count(torch.atleast_1d(loss), torch.atleast_1d(first))
            if word == "mean"
            else reduce(loss, word)
        )
    )


def _along(axis: int) -> Change:
    """Mean and sum go along one axis alone."""

    def how(loss: Tensor, word: str, first: Tensor) -> Tensor:
        if word == "none" or loss.dim() == 0:
            return loss
        return loss.mean(dim=axis) if word == "mean" else loss.sum(dim=axis)

    return _reduces(how)


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
    _mean_over(lambda loss, first: first.numel()),
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
        _mean_over(lambda loss, first: max(len(loss), 1)),
        "The mean divides by the length of the first axis. It should divide by how many values "
        "there are in all.",
    ),
    OVER_ENTRIES,
    Twist(
        _mean_over(lambda loss, first: first.shape[-1]),
        "The mean divides by the size of the last axis. It should divide by how many values it is "
        "the mean of.",
    ),
    Twist(
        _along(0),
        "'mean' and 'sum' go along the first axis alone: they should go over everything, and give "
        "one number.",
    ),
    Twist(
        _along(-1),
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
