"""Functions that compute nothing earn nothing."""

from functools import partial

import pytest
import torch

from autograder.checks import judge
from tests.asked import EXERCISES


def reduced(exercise, losses, reduction="none"):
    """The losses, reduced as asked: the reductions, at least, are well done."""
    return losses if reduction == "none" else getattr(losses, reduction)()


def shaped(exercise, arguments, options, value):
    """A constant of the shape and dtype that is expected."""
    expected = exercise.reference(*arguments)
    return reduced(exercise, torch.full_like(expected, value), **options)


def raises(exercise, *arguments, **options):
    raise NotImplementedError


def nothing(exercise, *arguments, **options):
    return None


def number(exercise, *arguments, value=0.0, **options):
    return value


def scalar(exercise, *arguments, **options):
    return torch.tensor(0.0)


def zeros_like_input(exercise, first, *others, **options):
    return torch.zeros_like(first)


def zeros(exercise, *arguments, **options):
    return shaped(exercise, arguments, options, 0.0)


def ones(exercise, *arguments, **options):
    return shaped(exercise, arguments, options, 1.0)


def uniform_guess(exercise, *arguments, **options):
    return shaped(exercise, arguments, options, 0.6931)


def nans(exercise, *arguments, **options):
    return shaped(exercise, arguments, options, torch.nan)


def half_zeros(exercise, *arguments, **options):
    return zeros(exercise, *arguments, **options).half()


def graph_of_zeros(exercise, *arguments, **options):
    """Zeros through which gradients flow."""
    return 0 * exercise.reference(*arguments, **options)


def first_argument(exercise, first, *others, **options):
    return first


def reduced_input(exercise, first, *others, **options):
    return reduced(exercise, first, **options)


def last_argument(exercise, *arguments, **options):
    return arguments[-1]


def float_targets(exercise, *arguments, **options):
    return reduced(exercise, arguments[-1].to(arguments[0].dtype), **options)


def sign_flipped(exercise, *arguments, **options):
    return -exercise.reference(*arguments, **options)


def off_by_a_little(exercise, *arguments, **options):
    """Right but for one part in a hundred."""
    return 1.01 * exercise.reference(*arguments, **options) + 0.01


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
@pytest.mark.parametrize(
    "function",
    [
        raises,
        nothing,
        number,
        scalar,
        zeros_like_input,
        zeros,
        ones,
        uniform_guess,
        nans,
        half_zeros,
        graph_of_zeros,
        first_argument,
        reduced_input,
        last_argument,
        float_targets,
        sign_flipped,
    ],
    ids=lambda f: f.__name__.replace("_", "-"),
)
def test_a_function_that_computes_nothing_gets_0(exercise, function):
    """Every check fails, and each says something."""
    result = judge(exercise, partial(function, exercise), b"a student's key")
    assert result.score == 0.0
    assert [check.name for check in result.checks if not check.message] == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_a_slightly_wrong_function_gets_0(exercise):
    """Values that are off by a hundredth fail every check that asks for values."""
    assert judge(exercise, partial(off_by_a_little, exercise)).score == 0.0
