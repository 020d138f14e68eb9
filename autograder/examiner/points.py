"""What a test cell is worth by its outputs: the one reading of a cell's value as a number.

nbgrader's partial credit, where it is sound: nbgrader pays a number below 0, and nan, in full, and
stops at one above the points. The examiner, the source's proof and the record all ask here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def points(outputs: Sequence[Mapping[str, Any]], maximum: float) -> float | None:
    """The points of a test cell; None where its value is more than there is to get.

    An error gives 0. A value that is a number gives as many, and 0 where it is below 0 or nan;
    any other value, or none, gives all. Nobody knows what a value above the points should have
    been: all of them would pay a wrong answer, and 0 would be nobody's judgement.

    Args:
        outputs: the cell's, as nbformat has them.
        maximum: the points that it is worth.
    """
    if any(output["output_type"] == "error" for output in outputs):
        return 0.0
    number = value(outputs)
    if number is None or math.isclose(number, maximum):  # a sum of tenths may be a little off
        return maximum
    if number > maximum:
        return None
    return number if number >= 0 else 0.0


def value(outputs: Iterable[Mapping[str, Any]]) -> float | None:
    """The number that a cell ended in, as nbgrader reads it: None where it is none."""
    results = (output for output in outputs if output["output_type"] == "execute_result")
    text = next((result["data"].get("text/plain", "") for result in results), "")
    try:
        return float(text)
    except ValueError:
        return None
