"""A plot becomes paths within its axes, and words for who does not see them."""

from __future__ import annotations

import re

import pytest

from autograder.reporting.feedback.chart import HEIGHT, WIDTH, charts
from autograder.results import Line, Plot

POINTS = (0.0, 1.0, 2.0, 3.0, 4.0)
RIGHT = (0.0, 1.0, 2.0, 3.0, 4.0)


def chart(*actual, expected=RIGHT, window=()):
    """The only chart of a plot with one line."""
    (made,) = charts(Plot("z", "loss", POINTS, (Line("y = 1", actual, expected),), window))
    return made


def test_a_line_stops_where_there_is_no_number():
    """And goes on behind that; a number alone is a dot."""
    made = chart(0.0, 1.0, None, None, 4.0)
    assert re.sub(r"[\d.]+ [\d.]+", "P", made.actual) == "MPLP MPh0"
    assert re.sub(r"[\d.]+ [\d.]+", "P", made.expected) == "MPLP P P P"


def test_what_is_right_is_all_within_the_axes():
    """And what is far away does not press it flat."""
    made = chart(1e30, -1e30, 3.0, None, 4.0)
    numbers = [*map(float, re.findall(r"[\d.]+", made.expected))]
    assert all(0 <= x <= WIDTH for x in numbers[::2])
    assert all(0 <= y <= HEIGHT for y in numbers[1::2])
    assert max(numbers[1::2]) - min(numbers[1::2]) > HEIGHT / 4
    assert len(made.actual) < 100


def test_the_axes_say_what_they_show():
    """Least, middle and greatest; or the exercise's own window."""
    assert [tick.label for tick in chart(*RIGHT).up] == ["0", "2", "4"]
    assert [tick.label for tick in chart(*RIGHT).across] == ["0", "2", "4"]
    assert [tick.label for tick in chart(*RIGHT, window=(-1.0, 5.0)).up] == ["−1", "2", "5"]


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (RIGHT, "The two agree here."),
        ((0.0, 1.0, 2.0, 3.0, None), "Yours is no finite number at 4."),
        ((0.0, None, 2.0, 3.0, None), "Yours is no finite number at 1 and 4."),
        ((0.0, 1.0, None, None, None), "Yours is no finite number from 2 to 4."),
        ((None, None, 2.0, None, None), "Yours is no finite number at 4 of 5 places."),
        ((None,) * 5, "Yours is no finite number anywhere."),
        (
            (-0.0, 1.0, 2.0, 3.0, -5.0),
            "They are furthest apart at 4: yours −5, the right one 4.",
        ),
    ],
)
def test_words_say_where_the_two_differ(actual, words):
    """For a screen reader, and for who wants numbers."""
    assert chart(*actual).words == words


def test_a_function_that_is_constant_has_axes_too():
    """There is no span to divide by."""
    made = chart(*RIGHT, expected=(2.0,) * 5)
    assert "nan" not in made.expected
    assert "inf" not in made.expected
