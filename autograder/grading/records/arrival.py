"""When a submission came, and until when it was to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Arrival:
    """When a submission came: UTC without tzinfo, as nbgrader's database has it.

    Args:
        handed_in: when; None where that is not known.
        due: when the assignment was; None for whenever it comes.
        extension: how long after that it may come; None where none was given.
        excused: whether nothing is asked of its author.
    """

    handed_in: datetime | None = None
    due: datetime | None = None
    extension: timedelta | None = None
    excused: bool = False

    @property
    def until(self) -> datetime | None:
        """When it was due, an extension included."""
        return None if self.due is None else self.due + (self.extension or timedelta())

    @property
    def seconds_late(self) -> float | None:
        """How long after that it came, 0 for in time; None where it is not known."""
        if self.handed_in is None or self.until is None:
            return None
        return max(0.0, (self.handed_in - self.until) / timedelta(seconds=1))
