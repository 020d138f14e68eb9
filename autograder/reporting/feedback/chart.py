"""A plot as the shapes of charts, one for each of its lines; the page's template draws them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from autograder.results import Line, Plot

# Of a chart, in units of its own: the space around what is drawn has room for the labels.
WIDTH, HEIGHT = 320, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 10, 34
Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Tick:
    """A label of an axis, and where along it."""

    place: float
    label: str


@dataclass(frozen=True)
class Chart:
    """One line: the student's function beside the right one.

    Args:
        name: of the line.
        actual, expected: paths, as SVG writes them.
        across, up: the labels of the axes.
        words: what it shows, for who does not see it.
    """

    name: str
    actual: str
    expected: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    words: str


def charts(plot: Plot) -> list[Chart]:
    """The charts of a plot, all with the same axes."""
    least, greatest = window(plot)
    edge = (greatest - least) / 50
    low, high = least - edge, greatest + edge
    start, end = plot.points[0], plot.points[-1]

    def across(point: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (point - start) / (end - start or 1)

    def up(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    def path(numbers: Numbers) -> str:
        there = [
            None if number is None else (across(point), up(_within(number, low, high)))
            for point, number in zip(plot.points, numbers, strict=True)
        ]
        return " ".join(_strokes(there))

    labels = tuple(Tick(across(point), _label(point)) for point in (start, (start + end) / 2, end))
    heights = tuple(
        Tick(up(value), _label(value)) for value in (least, (least + greatest) / 2, greatest)
    )
    return [
        Chart(
            line.name, path(line.actual), path(line.expected), labels, heights, _words(plot, line)
        )
        for line in plot.lines
    ]


def window(plot: Plot) -> tuple[float, float]:
    """The least and the greatest value shown: all right ones, and those a little beyond."""
    if plot.window:
        return plot.window[0], plot.window[1]
    right = [number for line in plot.lines for number in line.expected if number is not None]
    low, high = min(right, default=0.0), max(right, default=1.0)
    span = high - low or 1.0
    others = [number for line in plot.lines for number in line.actual if number is not None]
    low = max(min([low, *others]), low - span / 2)
    high = min(max([high, *others]), high + span / 2)
    return low, high if high > low else low + span


def _within(value: float, low: float, high: float) -> float:
    """A value, or one so far outside of the window that no path is too long to write."""
    span = high - low
    return min(max(value, low - 10 * span), high + 10 * span)


def _strokes(there: Sequence[tuple[float, float] | None]) -> Iterator[str]:
    """A stroke for each run of points without a gap; a dot for one alone."""
    for gap, run in groupby(there, key=lambda place: place is None):
        if not gap:
            first, *others = [f"{place[0]:.1f} {place[1]:.1f}" for place in run if place]
            yield f"M{first}" + ("L" + " ".join(others) if others else "h0")


def _words(plot: Plot, line: Line) -> str:
    """Where the two differ, in a sentence or two."""
    pairs = list(zip(plot.points, line.actual, line.expected, strict=True))
    gone = [n for n, (_, mine, right) in enumerate(pairs) if mine is None and right is not None]
    both = [(abs(a - e), x, a, e) for x, a, e in pairs if a is not None and e is not None]
    said = []
    if both and (worst := max(both))[0] > 1e-3 * (1 + abs(worst[3])):
        _, x, mine, right = worst
        said.append(
            f"They are furthest apart at {_label(x)}: yours {_label(mine)}, "
            f"the right one {_label(right)}."
        )
    if gone:
        said.append(f"Yours is no finite number {_places(plot.points, gone)}.")
    return " ".join(said) or "The two agree here."


def _places(points: Sequence[float], some: Sequence[int]) -> str:
    """Where some of the points are, by their places in a row."""
    labels = [_label(points[place]) for place in some]
    if len(some) == len(points):
        return "anywhere"
    if len(some) > 2 and some[-1] - some[0] == len(some) - 1:
        return f"from {labels[0]} to {labels[-1]}"
    if len(some) <= 3:
        *others, last = labels
        return f"at {', '.join(others)} and {last}" if others else f"at {last}"
    return f"at {len(some)} of {len(points)} places"


def _label(number: float, least: float = 0.0) -> str:
    """A number as people write it, with three digits; 0 for one smaller than the least."""
    shown = number if abs(number) > least else 0.0
    return f"{shown:.3g}".replace("-", "−")
