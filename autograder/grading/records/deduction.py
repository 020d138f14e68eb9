"""How much a late submission loses by the course's policy: arithmetic alone, to the cent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from decimal import ROUND_HALF_DOWN, Decimal
from zoneinfo import ZoneInfo

from autograder.config import LatePolicy
from autograder.grading.allowances import later
from autograder.grading.records.arrival import Arrival
from autograder.results import DECIMALS

CENT = Decimal("0.01")


def percent(policy: LatePolicy, arrival: Arrival, clock: ZoneInfo) -> Decimal:
    """How much of its points a submission loses, 0 to 100.

    Args:
        policy: the course's.
        arrival: when it came.
        clock: the course's timezone, in which days end.
    """
    seconds = arrival.seconds_late or 0.0
    if arrival.excused or seconds <= 60 * policy.grace_minutes:
        return Decimal(0)
    days, hours = days_begun(arrival, clock), math.ceil(seconds / 3600)
    if policy.none_after_days and days > policy.none_after_days:
        return Decimal(100)
    if policy.none_after_hours and seconds > 3600 * policy.none_after_hours:
        return Decimal(100)
    taken = days * _exact(policy.percent_a_day) + hours * _exact(policy.percent_an_hour)
    return min(taken, _exact(policy.cap_percent))


def days_begun(arrival: Arrival, clock: ZoneInfo) -> int:
    """How many days after it was due a submission came, one that has begun as a whole one.

    Each ends when the clock shows the due date's time of day again.
    """
    if not arrival.seconds_late or arrival.handed_in is None or arrival.until is None:
        return 0
    days = max(0, (arrival.handed_in - arrival.until) // timedelta(days=1) - 1)
    while later(arrival.until, days, clock) < arrival.handed_in:
        days += 1
    return days


def deduction(part: Decimal, scores: Mapping[str, float]) -> dict[str, float]:
    """What each notebook of a submission loses, never more than its points.

    The submission loses its percentage in whole cents, half a cent in its favour; its notebooks
    share them by their points. Points below 0, of one notebook, count in the sum, and lose nothing.

    Args:
        part: percent of the submission's points.
        scores: of its notebooks, by name.
    """
    if not part:
        return dict.fromkeys(scores, 0.0)
    if part == 100:
        return {name: max(0.0, score) for name, score in scores.items()}
    above = {name: _exact(max(0.0, score)) for name, score in scores.items()}
    whole = max(Decimal(0), sum(map(_exact, scores.values()), Decimal(0)))
    left, points = (whole * part / 100).quantize(CENT, ROUND_HALF_DOWN), sum(above.values())
    found = dict.fromkeys(scores, 0.0)
    for name, score in above.items():
        if not left or not score:
            continue
        share = min((left * score / points).quantize(CENT, ROUND_HALF_DOWN), score)
        found[name] = float(share)
        left, points = left - share, points - score
    return found


def _exact(number: float) -> Decimal:
    """A number as people write it."""
    return Decimal(repr(round(number, DECIMALS)))
