"""How values are spread over a class."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """The usual numbers of some values.

    Args:
        count: how many.
        mean, median: their middle.
        deviation: the standard deviation of these values, which are all there are.
        low, high: the quartiles: half of the values lie between them.
        least, greatest: the ends.
    """

    count: int
    mean: float
    median: float
    deviation: float
    low: float
    high: float
    least: float
    greatest: float


def spread(values: Sequence[float]) -> Spread | None:
    """The usual numbers; None where there is no value."""
    if not values:
        return None
    pair = [*values, *values] if len(values) == 1 else values  # quantiles wants two
    low, _, high = statistics.quantiles(pair, n=4, method="inclusive")
    return Spread(
        len(values),
        statistics.fmean(values),
        statistics.median(values),
        statistics.pstdev(values),
        low,
        high,
        min(values),
        max(values),
    )
