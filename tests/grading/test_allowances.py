"""Extensions and excuses as people write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from autograder.grading.allowances import LENGTH_OR_MOMENT, MoreTime, is_yes, later

ZAGREB = ZoneInfo("Europe/Zagreb")
DUE = datetime(2026, 12, 4, 17)  # 18:00 there
# Clocks are put back in the night before the 25th of October, and on in that of the 29th of March.
BACK, ON = datetime(2026, 10, 24, 16), datetime(2026, 3, 28, 17)
AGAIN = datetime(2026, 10, 25, 1, 30)  # 02:30 there, for the second time
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "due", "length"),
    [
        ("3 days", DUE, 3 * DAY),
        ("1 Day", DUE, DAY),
        ("2 weeks", DUE, 14 * DAY),
        ("36 hours", DUE, 36 * HOUR),
        ("90minutes", DUE, 1.5 * HOUR),
        ("0 days", DUE, 0 * DAY),
        ("2026-12-08 18:00", DUE, 4 * DAY),
        ("2026-12-04T18:30:30", DUE, timedelta(minutes=30, seconds=30)),
        ("2026-12-04 17:00", DUE, -HOUR),
        ("1 day", BACK, DAY + HOUR),
        ("24 hours", BACK, DAY),
        ("1 day", ON, DAY - HOUR),
        ("2026-10-25 18:00", BACK, DAY + HOUR),
        ("2 hours", AGAIN, 2 * HOUR),
        ("0 days", AGAIN, 0 * HOUR),
        ("1 day", AGAIN, DAY),
    ],
)
def test_an_extension(text: str, due: datetime, length: timedelta) -> None:
    """Days and times are those of the course's clock, hours have sixty minutes."""
    assert MoreTime.of(text).after(due, ZAGREB) == length


@pytest.mark.parametrize(
    "text", ["3", "days", "three days", "-3 days", "1.5 days", "2026-12-08", "8.12.2026 18:00", "∞"]
)
def test_what_is_no_extension(text: str) -> None:
    """A date without a time of day may be its beginning or its end."""
    with pytest.raises(ValueError, match=re.escape(LENGTH_OR_MOMENT)):
        MoreTime.of(text)


def test_a_time_that_there_is_not() -> None:
    """Python says why."""
    with pytest.raises(ValueError, match="month"):
        MoreTime.of("2026-13-08 18:00")


@pytest.mark.parametrize("text", ["2026-03-29 02:00", "2026-03-29 02:30", "2026-03-29 02:59:59"])
def test_a_time_that_no_clock_shows(text: str) -> None:
    """It is the hour that is left out as clocks are put on; those beside it are there."""
    with pytest.raises(ValueError, match="no clock shows it"):
        MoreTime.of(text).after(ON, ZAGREB)
    for there in ("2026-03-29 01:59", "2026-03-29 03:00", "2026-10-25 02:30"):
        assert MoreTime.of(there).after(ON, ZAGREB) > timedelta()


def test_days_later_by_the_clock() -> None:
    """The same time of day, however many hours that takes."""
    assert later(BACK, 1, ZAGREB) - BACK == DAY + HOUR
    assert later(BACK, 0, ZAGREB) == BACK


def test_yes_and_no() -> None:
    """What a spreadsheet makes of a box that is ticked, too; and nothing else."""
    assert [is_yes(text) for text in ("yes", "YES", "x", "1", "TRUE")] == [True] * 5
    assert [is_yes(text) for text in ("", "no", "0", "False")] == [False] * 4
    with pytest.raises(ValueError, match="'yes' is meant, or nothing"):
        is_yes("maybe")
