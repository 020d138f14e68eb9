"""A drawing of how values are spread: nothing of it needs a style that the page does not have."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from autograder.reporting.class_report.chart import histogram
from autograder.reporting.class_report.spread import spread

pytestmark = pytest.mark.usefixtures("processes")  # matplotlib looks for fonts by a program


def drawn(*values: float, **options: object) -> BeautifulSoup:
    """The drawing, parsed."""
    svg, _ = histogram("points", values, "points", **options)  # type: ignore[arg-type]
    return BeautifulSoup(svg, "html.parser")


def heights(svg: BeautifulSoup) -> list[float]:
    """How high each bar is."""
    found = []
    for bar in svg.select("path.fill-bar"):
        ends = [float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", bar["d"])]
        found.append(max(ends) - min(ends))
    return found


def test_each_bar_is_as_high_as_its_values_are_many() -> None:
    """Of 10 points a bar is for each half."""
    bars = heights(drawn(0.0, 0.2, 9.9, 10.0, 10.0, 10.0, most=10.0))
    assert len(bars) == 20
    high = max(bars)
    assert [round(bar / high, 2) for bar in bars] == [0.5, *[0] * 18, 1.0]


def test_it_has_no_style_no_colour_and_no_font() -> None:
    """They are the page's, for light, dark and paper."""
    svg = drawn(1.0, 2.0, after=(1.0, 1.0))
    assert svg.select("[style], style, metadata, defs style") == []
    assert "#0" not in str(svg)
    assert "font" not in str(svg)
    assert "http" not in str(svg)
    assert svg.svg["role"] == "img"
    assert svg.svg["aria-label"].startswith("The highest bar: ")
    assert len(svg.select("path.stroke-line")) == 1
    assert "submissions" in svg.get_text()


def test_ids_are_its_own_and_lead_somewhere() -> None:
    """Two drawings on a page share none."""
    first, _ = histogram("points", [1.0, 2.0], "points")
    other, _ = histogram("seconds", [1.0, 2.0], "seconds")
    ids = [re.findall(r' id="([^"]+)"', svg) for svg in (first, other)]
    assert ids[0]
    assert {*ids[0]} & {*ids[1]} == set()
    for svg, own in zip((first, other), ids, strict=True):
        assert {*re.findall(r'(?:url\(|href=")#([^")]+)', svg)} == {*own}


@pytest.mark.parametrize(
    "values",
    [(0.0,), (5.0,), (1e-9, 2e-9), (1e9,), (0.1,) * 3000, (31.75, 32.0), (-2.0,), (-1e9, 1e9)],
)
def test_any_values_are_drawn(values: tuple[float, ...]) -> None:
    """One, none above 0, tiny, huge, very many, below 0."""
    bars = heights(drawn(*values))
    assert 1 <= len(bars) <= 25
    assert max(bars) > 0


def test_rounding_leaves_out_nobody_who_has_it_all() -> None:
    """Three times 0.1 is a little more than 0.3, where the last bar ends."""
    assert "1 of 1 have" in histogram("points", [0.1 + 0.1 + 0.1], "points")[1]


def test_points_below_nothing_have_bars_too() -> None:
    """A person may take more than there is; the least and the most are both in the picture."""
    svg, words = histogram("points", [-2.0, -2.0, 5.0], "points", 5.0)
    assert words == "The highest bar: 2 of 3 have -2 to -1.5 points."
    bars = heights(BeautifulSoup(svg, "html.parser"))
    assert [round(bar / max(bars), 2) for bar in bars] == [1.0, *[0] * 12, 0.5]
    assert "2 of 2 have" in histogram("points", [-0.1 - 0.1 - 0.1] * 2, "points")[1]


def test_it_says_in_words_what_it_shows() -> None:
    """For who does not see it."""
    _, words = histogram("points", [1.0, 9.0, 9.25, 9.4], "points", 10.0)
    assert words == "The highest bar: 3 of 4 have 9 to 9.5 points."


def test_the_usual_numbers() -> None:
    """Of one value, too; of none there are none."""
    found = spread([1.0, 2.0, 3.0, 4.0, 10.0])
    assert found
    assert (found.count, found.mean, found.median) == (5, 4.0, 3.0)
    assert (found.low, found.high, found.least, found.greatest) == (2.0, 4.0, 1.0, 10.0)
    assert found.deviation == pytest.approx(10**0.5)
    alone = spread([2.0])
    assert alone
    assert (alone.low, alone.deviation, alone.greatest) == (2.0, 0.0, 2.0)
    assert spread([]) is None
