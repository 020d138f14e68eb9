"""What a course grants a student beside its rules on late work: more time, or to be excused.

Both stand in the roster, as people write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LENGTH = re.compile(r"(\d{1,5}) *(minute|hour|day|week)s?", re.IGNORECASE)
MOMENT = re.compile(r"2\d{3}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?")
LENGTH_OR_MOMENT = "'3 days', '36 hours' or a time as '2026-12-08 18:00' is meant"
OF_ONE = "a time is of one assignment: 'extension NAME' is meant as its column"
YES, NO = {"yes", "y", "true", "1", "x"}, {"", "no", "n", "false", "0"}
YES_OR_NOTHING = "'yes' is meant, or nothing"


@dataclass(frozen=True)
class Allowance:
    """What a student is granted for an assignment.

    Args:
        extension: how long after the due date it may come; None where nothing is said of that.
        excused: whether nothing is asked.
    """

    extension: timedelta | None = None
    excused: bool = False


NO_ALLOWANCE = Allowance()


@dataclass(frozen=True)
class MoreTime:
    """An extension as people give one: of so many days and minutes, or until a time.

    Args:
        days: of the course's clock: the last ends when it shows the due date's time of day.
        minutes: beside these.
        until: by the course's clock; None for a length.
    """

    days: int = 0
    minutes: int = 0
    until: datetime | None = None

    @classmethod
    def of(cls, text: str) -> MoreTime:
        """What a text says.

        Raises:
            ValueError: it can't be read.
        """
        if MOMENT.fullmatch(text):
            return cls(until=datetime.fromisoformat(text))
        if not (found := LENGTH.fullmatch(text)):
            raise ValueError(LENGTH_OR_MOMENT)
        number, unit = int(found[1]), found[2].lower()
        if unit in ("day", "week"):
            return cls(days=number * (7 if unit == "week" else 1))
        return cls(minutes=number * (60 if unit == "hour" else 1))

    def after(self, due: datetime, clock: ZoneInfo) -> timedelta:
        """How long it is after a due date, which is UTC without tzinfo; a time may be before it.

        Raises:
            ValueError: the clock never shows that time, as it is put on.
        """
        if self.until is None:
            return later(due, self.days, clock) + timedelta(minutes=self.minutes) - due
        until = self.until.replace(tzinfo=clock).astimezone(UTC)
        if until.astimezone(clock).replace(tzinfo=None) != self.until:
            raise ValueError("no clock shows it")
        return until.replace(tzinfo=None) - due


def later(moment: datetime, days: int, clock: ZoneInfo) -> datetime:
    """So many days later, when a clock shows the same time of day: both UTC without tzinfo.

    Where the clocks are put back or on, such a day has 25 hours, or 23.
    """
    if not days:  # in an hour that comes twice, a time of day alone does not say which it is
        return moment
    local = moment.replace(tzinfo=UTC).astimezone(clock).replace(tzinfo=None)
    return (local + timedelta(days=days)).replace(tzinfo=clock).astimezone(UTC).replace(tzinfo=None)


def is_yes(text: str) -> bool:
    """Whether a cell of a table says yes.

    Raises:
        ValueError: it says neither that nor no.
    """
    if text.casefold() not in YES | NO:
        raise ValueError(YES_OR_NOTHING)
    return text.casefold() in YES
