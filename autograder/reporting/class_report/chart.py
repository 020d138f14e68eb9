"""How values are spread, drawn for light, dark and paper: by matplotlib, in the page's colours.

A page that lets no style in but its own can't have matplotlib's SVG as it is: colours and letters
become classes, which the page's style fills.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence, Set
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]
MOST_BARS = 24
WIDTH, HEIGHT = 5.0, 2.4  # inches: 360 units, what a phone shows in full size
# A colour for each part of a drawing, and the class that stands for it.
CLASSES = {"#010101": "axis", "#020202": "bar", "#030303": "line"}
AXIS, BAR, LINE = CLASSES
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # letters stay letters
    "svg.hashsalt": "autograder",  # the same drawing is the same text
    "font.size": 9,
    "text.color": AXIS,
    **{f"axes.{name}": AXIS for name in ("edgecolor", "labelcolor")},
    **{f"{axis}tick.color": AXIS for axis in "xy"},
    **{f"axes.spines.{side}": False for side in ("top", "right")},
}
# Presentation attributes that stay; what else a style says is the page's.
KEPT = {"stroke-width", "stroke-linejoin", "stroke-linecap", "text-anchor"}
REFERENCE = re.compile(r"(^#|url\(#)([\w-]+)")


def histogram(
    name: str,
    values: Sequence[float],
    unit: str,
    most: float | None = None,
    after: Sequence[float] = (),
) -> tuple[Markup, str]:
    """A drawing of how many have which value, and the same in a sentence.

    Args:
        name: of the drawing, for the ids in it.
        values: at least one.
        unit: what they are: the name of the horizontal axis.
        most: what a value may be; None for the greatest that is there.
        after: the same values after something was taken from them: a line above the bars.
    """
    edges = _edges(min(0.0, *values, *after), max(most or 0.0, *values, *after))
    counts, _ = np.histogram(values, edges)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        axes.bar(edges[:-1], counts, np.diff(edges) * 0.92, align="edge", color=BAR)
        if after:
            axes.stairs(np.histogram(after, edges)[0], edges, color=LINE, linewidth=2)
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel(unit)
        axes.set_ylabel("submissions")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        written = io.BytesIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    words = _words(counts.tolist(), edges.tolist(), unit)
    return _inline(written.getvalue(), name, words), words


def _edges(least: float, most: float) -> Numbers:
    """The ends of bars, of a width that people count in.

    Args:
        least: where the first bar begins, or above that; 0 or, of points that a person took, less.
        most: where the last bar ends, or below that; 0 or more.
    """
    if most <= least:
        return np.array([0.0, 1.0])
    power = 10.0 ** math.floor(math.log10((most - least) / MOST_BARS))
    widths = (step * power for step in (1, 2, 2.5, 5, 10))
    width = next(width for width in widths if (most - least) / width <= MOST_BARS)
    first, last = math.floor(least / width + 1e-9), math.ceil(most / width - 1e-9)
    edges = np.arange(first, last + 1) * width
    # Or rounding would leave out who has the least, or it all.
    edges[0], edges[-1] = min(edges[0], least), max(edges[-1], most)
    return edges


def _words(counts: Sequence[int], edges: Sequence[float], unit: str) -> str:
    """Where most of the values are, in a sentence."""
    peak = max(range(len(counts)), key=lambda place: counts[place])
    return (
        f"The highest bar: {counts[peak]} of {sum(counts)} have {edges[peak]:g} to "
        f"{edges[peak + 1]:g} {unit}."
    )


def _inline(written: bytes, name: str, words: str) -> Markup:
    """matplotlib's SVG as a part of a page."""
    root = ElementTree.fromstring(written)
    for parent in [*root.iter()]:
        for child in [*parent]:
            if _local(child.tag) in ("metadata", "style"):
                parent.remove(child)
    texts = [text for element in root.iter() for text in element.attrib.values()]
    used = {found for text in texts for _, found in REFERENCE.findall(text)}
    for element in root.iter():
        element.tag = _local(element.tag)
        attributes = {_local(key): text for key, text in element.attrib.items()}
        element.attrib = _restyled(_renamed(attributes, name, used))
    inside = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    return Markup('<svg viewBox="{}" role="img" aria-label="{}">{}</svg>').format(
        root.get("viewBox"), words, Markup(inside)
    )


def _local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def _renamed(attributes: dict[str, str], name: str, used: Set[str]) -> dict[str, str]:
    """Attributes whose ids are this drawing's own; those that nothing refers to are left out."""
    kept = {key: text for key, text in attributes.items() if key != "id" or text in used}
    if "id" in kept:
        kept["id"] = f"{name}-{kept['id']}"
    return {
        key: text if key == "style" else REFERENCE.sub(rf"\1{name}-\2", text)
        for key, text in kept.items()
    }


def _restyled(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes with classes in the place of colours, and nothing of how letters look."""
    parts = (part.partition(":") for part in attributes.pop("style", "").split(";"))
    style = {key.strip(): text.strip() for key, _, text in parts}
    attributes |= {key: text for key, text in style.items() if key in KEPT}
    for key in ("fill", "stroke"):
        if (colour := style.get(key)) in CLASSES:
            attributes["class"] = f"{key}-{CLASSES[colour]}"
        elif colour == "none":
            attributes[key] = "none"
    return attributes
