"""A plot as a PNG, for what shows no SVG: Jupyter takes none as a notebook's attachment."""

from __future__ import annotations

import io
from functools import lru_cache

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from autograder.reporting.feedback.chart import window
from autograder.results import Line, Plot

MINE, TORCH = "#0b57d0", "#5f6368"
WIDTH, HEIGHT = 3.6, 2.8  # inches of one line's axes
NO_NUMBER = float("nan")


@lru_cache(maxsize=256)  # a mistake that many make is drawn once
def png(plot: Plot) -> bytes:
    """The plot's lines beside one another, white behind them wherever they are shown."""
    number = len(plot.lines)
    figure = Figure(figsize=(WIDTH * number, HEIGHT), dpi=100)
    FigureCanvasAgg(figure)
    low, high = window(plot)
    edge = (high - low) / 50
    for place, line in enumerate(plot.lines, 1):
        axes = figure.add_subplot(1, number, place)
        axes.plot(plot.points, _numbers(line, "expected"), "--", color=TORCH, label="the right one")
        axes.plot(plot.points, _numbers(line, "actual"), color=MINE, label=f"your {plot.what}")
        axes.set_ylim(low - edge, high + edge)
        axes.set_xlabel(plot.over, parse_math=False)
        axes.set_title(line.name, parse_math=False)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*axes.get_legend_handles_labels(), loc="lower center", ncols=2, frameon=False)
    figure.subplots_adjust(left=0.5 / WIDTH / number, right=0.98, bottom=0.27, top=0.9)
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _numbers(line: Line, which: str) -> list[float]:
    """The numbers of a line, with a gap where there is none."""
    numbers: tuple[float | None, ...] = getattr(line, which)
    return [NO_NUMBER if number is None else number for number in numbers]
