"""What the course's policy takes off: how much of the points, and of which notebook."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from autograder.config import LatePolicy
from autograder.grading.records.arrival import Arrival
from autograder.grading.records.deduction import days_begun, deduction, percent

ZAGREB = ZoneInfo("Europe/Zagreb")
DUE = datetime(2026, 12, 4, 17)
BACK, ON = datetime(2026, 10, 24, 16), datetime(2026, 3, 28, 17)  # as in test_allowances
SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)
DAILY = LatePolicy(percent_a_day=10)
WHOLE = LatePolicy(grace_minutes=15, percent_a_day=10, cap_percent=25, none_after_days=7)
HOURLY = LatePolicy(percent_an_hour=1.5, none_after_hours=48)
NONE_AFTER = LatePolicy(none_after_hours=2)


@pytest.mark.parametrize(
    ("policy", "late", "taken"),
    [
        (LatePolicy(), 5 * DAY, "0"),
        (DAILY, 0 * DAY, "0"),
        (DAILY, -DAY, "0"),
        (DAILY, SECOND, "10"),
        (DAILY, DAY, "10"),
        (DAILY, DAY + SECOND, "20"),
        (DAILY, 30 * DAY, "100"),
        (WHOLE, 15 * MINUTE, "0"),
        (WHOLE, 15 * MINUTE + SECOND, "10"),
        (WHOLE, DAY + MINUTE, "20"),
        (WHOLE, 2 * DAY + MINUTE, "25"),
        (WHOLE, 7 * DAY, "25"),
        (WHOLE, 7 * DAY + SECOND, "100"),
        (HOURLY, HOUR, "1.5"),
        (HOURLY, HOUR + SECOND, "3.0"),
        (HOURLY, 48 * HOUR, "72.0"),
        (HOURLY, 48 * HOUR + SECOND, "100"),
        (NONE_AFTER, 2 * HOUR, "0"),
        (NONE_AFTER, 2 * HOUR + SECOND, "100"),
    ],
)
def test_how_much_is_taken(policy: LatePolicy, late: timedelta, taken: str) -> None:
    """At a border nothing more is taken; a moment later what has begun counts as whole."""
    assert percent(policy, Arrival(DUE + late, DUE), ZAGREB) == Decimal(taken)


def test_who_loses_nothing() -> None:
    """Who is excused, who has an extension, of whom nobody knows when, what is never due."""
    for arrival in (
        Arrival(DUE + DAY, DUE, excused=True),
        Arrival(DUE + DAY, DUE, extension=DAY),
        Arrival(None, DUE),
        Arrival(DUE, None),
        Arrival(DUE, None, extension=DAY),
    ):
        assert percent(DAILY, arrival, ZAGREB) == 0
    assert percent(DAILY, Arrival(DUE + DAY, DUE, extension=HOUR), ZAGREB) == 10


def test_how_late_it_is() -> None:
    """In time is 0, however early; where a time is not known, nobody knows."""
    assert Arrival(DUE - DAY, DUE).seconds_late == 0
    assert Arrival(DUE + DAY, DUE, timedelta(hours=23)).seconds_late == 3600
    assert Arrival(None, DUE).seconds_late is None


@pytest.mark.parametrize(
    ("due", "late", "days"),
    [
        (BACK, DAY + HOUR, 1),
        (BACK, DAY + HOUR + SECOND, 2),
        (ON, DAY - HOUR, 1),
        (ON, DAY - HOUR + SECOND, 2),
        (ON, 3 * DAY, 4),
        (DUE, SECOND, 1),
        (DUE, 0 * SECOND, 0),
    ],
)
def test_days_end_when_the_clock_shows_the_same_time(
    due: datetime, late: timedelta, days: int
) -> None:
    """Of the days on which clocks are changed one has 25 hours, and one 23."""
    assert days_begun(Arrival(due + late, due), ZAGREB) == days


@pytest.mark.parametrize(
    ("part", "scores", "taken"),
    [
        ("10", {"a": 28.0}, {"a": 2.8}),
        ("10", {"a": 25.25}, {"a": 2.52}),
        ("10", {"a": 8.0, "b": 20.0}, {"a": 0.8, "b": 2.0}),
        ("10", {"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 0.1, "b": 0.1, "c": 0.1}),
        ("1", {"a": 0.5, "b": 0.5}, {"a": 0.0, "b": 0.01}),
        ("50", {"a": 5.0, "b": 0.0}, {"a": 2.5, "b": 0.0}),
        ("50", {"a": 5.0, "b": -1.0}, {"a": 2.0, "b": 0.0}),
        ("50", {"a": 1.0, "b": -2.0}, {"a": 0.0, "b": 0.0}),
        ("50", {"a": 0.0}, {"a": 0.0}),
        ("50", {}, {}),
        ("100", {"a": 10 / 3, "b": -1.0}, {"a": 10 / 3, "b": 0.0}),
        ("99", {"a": 0.004, "b": 10.0}, {"a": 0.0, "b": 9.9}),
        ("99", {"a": 0.006, "b": 10.0}, {"a": 0.006, "b": 9.9}),
        ("0", {"a": 5.0}, {"a": 0.0}),
    ],
)
def test_what_each_notebook_loses(
    part: str, scores: dict[str, float], taken: dict[str, float]
) -> None:
    """Whole cents of the sum, shared by the points; points below 0 count in the sum alone."""
    assert deduction(Decimal(part), scores) == pytest.approx(taken, abs=1e-9)


def test_shares_add_up_and_are_never_more_than_there_is() -> None:
    """Whatever people give: thirds, extra credit, hundreds of notebooks."""
    draw = random.Random(18)
    for _ in range(500):
        scores = {
            f"n{n}": draw.choice([0, 1, 0.25, 1 / 3]) * draw.randrange(40)
            for n in range(draw.randrange(1, 9))
        }
        part = Decimal(draw.randrange(100))
        taken = deduction(part, scores)
        assert all(0 <= taken[name] <= score + 1e-6 for name, score in scores.items())
        wanted = float(part) / 100 * sum(scores.values())
        assert sum(taken.values()) == pytest.approx(wanted, abs=0.005 + 1e-6)
