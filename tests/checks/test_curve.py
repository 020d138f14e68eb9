"""A curve draws a wrong function beside the right one, in one call and with few numbers."""

from dataclasses import replace

import pytest
import torch

from autograder.checks import Curve, Exercise, Failure
from autograder.results import Line, Plot


def double(x):
    """2 * x, which is inf above the largest number."""
    return 2 * x


def both_signs(points):
    """The points, and their negatives."""
    return (torch.cat([points, -points]),)


CURVE = Curve("x", "double", (0.0, 1.0, 2.0), ("up", "down"), both_signs, window=(-4.0, 4.0))


def drawn(function, curve=CURVE):
    """The plot of a function beside double."""
    return curve.plot(double, lambda arguments: function(*arguments))


def test_a_wrong_function_is_drawn():
    """Each line has what the function gives and what is right; what is not finite is left out."""
    assert drawn(lambda x: x / (x - 2)) == Plot(
        "x",
        "double",
        (0.0, 1.0, 2.0),
        (
            Line("up", (0.0, -1.0, None), (0.0, 2.0, 4.0)),
            Line("down", (0.0, 0.3333, 0.5), (0.0, -2.0, -4.0)),
        ),
        (-4.0, 4.0),
    )


def raises(x):
    """Stands for a function that gives nothing: who calls it makes a finding of that."""
    raise Failure("is slow.")


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(double, id="right"),
        pytest.param(lambda x: x.sum(), id="other-shape"),
        pytest.param(lambda x: "no", id="no-tensor"),
        pytest.param(lambda x: x.long(), id="whole-numbers"),
        pytest.param(raises, id="gives-nothing"),
    ],
)
def test_what_shows_nothing_is_not_drawn(function):
    """A right function, and an answer that is no curve at all."""
    assert drawn(function) is None


def test_one_call_is_made():
    """For all lines together."""
    calls = []
    drawn(lambda x: calls.append(x) or -x)
    assert [call.tolist() for call in calls] == [[0.0, 1.0, 2.0, -0.0, -1.0, -2.0]]


def test_what_a_function_does_to_its_arguments_changes_nothing():
    """The right line is computed from arguments of its own."""

    def in_place(x):
        return x.mul_(3)

    assert drawn(in_place).lines[0].expected == (0.0, 2.0, 4.0)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        pytest.param(
            {"points": tuple(map(float, range(40)))}, "has 80 points, not 1 to 64", id="too-many"
        ),
        pytest.param({"points": ()}, "has 0 points, not 1 to 64", id="none"),
        pytest.param(
            {"lines": ("up",)}, r"draws a tensor of shape \(6,\), not \(3,\)", id="other-lines"
        ),
    ],
)
def test_a_curve_that_does_not_fit_is_told_when_it_is_written(changed, text):
    """Not when a student's function is judged."""
    assert Exercise("double", double, (), curve=CURVE)
    with pytest.raises(ValueError, match=f"the curve of double {text}"):
        Exercise("double", double, (), curve=replace(CURVE, **changed))


def test_something_else_is_no_curve():
    """As any part of an exercise of the wrong kind."""
    with pytest.raises(TypeError, match="curve of double is a tuple, not a Curve"):
        Exercise("double", double, (), curve=(0.0, 1.0))
