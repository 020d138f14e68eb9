"""A clock that may show another day, so that what reads it differs in two processes.

Modules that are imported afterwards meet it in `time` and `datetime`. What numpy, pandas and other
C code ask the system for is as it was.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from datetime import date as real_date
from datetime import datetime as real_datetime
from typing import Any

# Another year, month, day, day of the week, hour, minute and second.
LATER = datetime.timedelta(days=400, hours=5, minutes=17, seconds=23)

TIME, TIME_NS = time.time, time.time_ns


class Clock:
    """What this process's modules are told of the time, and how often they asked.

    Args:
        ahead: by how much it is before the system's.
    """

    def __init__(self, ahead: datetime.timedelta) -> None:
        self.reads = 0
        self._ahead = ahead

    def time(self) -> float:
        """As `time.time`."""
        self.reads += 1
        return TIME() + self._ahead.total_seconds()

    def time_ns(self) -> int:
        """As `time.time_ns`."""
        self.reads += 1
        return TIME_NS() + self._ahead // datetime.timedelta(microseconds=1) * 1000

    def set(self) -> None:
        """Makes it the clock of this process, for good; nothing else may run in it."""
        functions: dict[str, Callable[..., Any]] = {
            "time": self.time,
            "time_ns": self.time_ns,
            "localtime": self._at_seconds(time.localtime),
            "gmtime": self._at_seconds(time.gmtime),
            "ctime": self._at_seconds(time.ctime),
            "asctime": lambda *when, say=time.asctime: say(*when or [time.localtime()]),
            "strftime": lambda form, *when, say=time.strftime: say(
                form, *when or [time.localtime()]
            ),
        }
        for name, function in functions.items():
            setattr(time, name, function)
        for kind in (_date(self), _datetime(self)):
            kind.__module__, kind.__qualname__ = "datetime", kind.__name__  # as pickle looks it up
            setattr(datetime, kind.__name__, kind)

    def _at_seconds(self, function: Callable[[float], Any]) -> Callable[..., Any]:
        """The function, which takes this clock's time where it is given none."""

        def at(seconds: float | None = None) -> Any:
            return function(self.time() if seconds is None else seconds)

        return at


class _StandIn(type):
    """The type of a class in the place of its first base, whose instances count as its own."""

    def __instancecheck__(cls, instance: object) -> bool:
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, subclass: type) -> bool:
        own = cls.__base__ if cls.__base__ in (real_date, real_datetime) else None
        return super().__subclasscheck__(subclass) or bool(own and issubclass(subclass, own))


def _date(clock: Clock) -> type:
    """`datetime.date` by a clock."""

    class date(real_date, metaclass=_StandIn):  # noqa: N801 -- its name is shown by repr
        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(clock.time())

    return date


def _datetime(clock: Clock) -> type:
    """`datetime.datetime` by a clock."""

    class datetime(real_datetime, metaclass=_StandIn):  # noqa: N801 -- its name is shown by repr
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromtimestamp(clock.time(), tz)

        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(clock.time())

        @classmethod
        def utcnow(cls) -> Any:
            return cls.utcfromtimestamp(clock.time())

    return datetime
