"""When a submission was handed in, as its folder says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.parser import ParserError, parse
from traitlets.config import Config

from autograder.config import Course
from autograder.grading.intake.folder import TIMESTAMP
from autograder.words import printable

MOST_CHARACTERS = 100
YEAR_FIRST = re.compile(r"\d{4}")
# The IANA name of a timezone, as no abbreviation looks: Europe/Zagreb, Japan.
IANA_NAME = re.compile(r"(.*\d.*) +([A-Z]\w*(?:/[\w+-]+)+|[A-Z][a-z]\w+)", re.DOTALL)
UTC_NAMES = ("UTC", "GMT", "Z", "z")
LATE = "LATE"  # all that is said where an LMS tells no time
ONLY_LATE = f"says only {LATE}: how late it was is not known, and nothing is taken off for it"
UNKNOWN_ZONE = "holds a time in a timezone that is not known here, or not on that date"
CLOCKS = "holds a time that its timezone has twice or never, as clocks are changed"


class DoubtError(ValueError):
    """A text may say a time, but not which; the exception's own goes on after the file's name."""


def zones(config: Config) -> tuple[ZoneInfo, ...]:
    """The timezones whose abbreviations are known: that of nbgrader's exchange, and the course's.

    nbgrader ends a time in the abbreviation that c.Exchange.timezone has on that date.
    """
    names = (config.get("Exchange", {}).get("timezone", "UTC"), Course(config=config).timezone)
    return tuple(zone for name in names if (zone := _zone(str(name))))


def read(folder: Path, zones: Sequence[ZoneInfo] = ()) -> datetime | None:
    """When a folder's submission was handed in, if that is known: UTC, without tzinfo.

    Args:
        folder: of the submission.
        zones: whose abbreviations are known, the first that has one before the others.

    Raises:
        ValueError: its timestamp is none.
    """
    path = folder / TIMESTAMP
    try:
        if not path.is_file() or path.is_symlink():
            return None
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(MOST_CHARACTERS).strip()
        if text == LATE:
            raise DoubtError(ONLY_LATE)
        return _utc(text, zones)
    except (ValueError, OverflowError) as error:
        what = error if isinstance(error, DoubtError) else "holds no time"
        shown = "" if text == LATE else f": {printable(text[:40])!r}"
        raise ValueError(f"{TIMESTAMP} {what}{shown}.") from None
    except OSError as error:
        raise ValueError(f"{TIMESTAMP} can't be opened: {error.strerror}.") from None


def local(text: str) -> datetime:
    """The time that a text says in English, or in numbers, and in no timezone.

    Raises:
        ValueError, OverflowError: it says none.
        DoubtError: it may say two, or is one of a timezone.
    """
    time, abbreviation = _said(text)
    if abbreviation or time.tzinfo:
        raise DoubtError("holds a time with a timezone")
    return time


def _utc(text: str, zones: Sequence[ZoneInfo]) -> datetime:
    """The time that a text says.

    Raises:
        ValueError, OverflowError: it says none.
        DoubtError: it may say two, or not of which day or timezone.
    """
    iana = IANA_NAME.fullmatch(text)
    zone = _zone(iana[2]) if iana else None
    try:
        time, abbreviation = _said(iana[1] if iana and zone else text)
    except ParserError:
        if not iana:
            raise
        _said(iana[1])  # it is a time, but for its last word
        raise DoubtError(UNKNOWN_ZONE) from None
    if sum(map(bool, (zone, abbreviation, time.tzinfo))) > 1:
        raise DoubtError("holds a time with more than one timezone")
    if zone or abbreviation:
        time = _in(zone, time) if zone else _abbreviated(time, abbreviation, zones)
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def _said(text: str) -> tuple[datetime, str]:
    """The time that a text says, and the abbreviation of its timezone, or "".

    Raises:
        ValueError, OverflowError: it says none.
        DoubtError: it may be that of another day.
    """
    abbreviations: list[str] = []

    def offset(name: str | None, seconds: int | None) -> int | None:
        if name and name not in UTC_NAMES:
            abbreviations.append(name)
        return seconds

    if len({parse(text, default=datetime(y, 1, y), tzinfos=offset).date() for y in (1, 2)}) == 2:
        raise DoubtError("holds no time with its year, month and day")
    time = parse(text, tzinfos=offset)
    if not YEAR_FIRST.match(text) and time != parse(text, dayfirst=True, tzinfos=offset):
        raise DoubtError("holds a date whose month and day may be the other way round")
    return time, next(iter(abbreviations), "")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last is that of a folder of zones
        return None


def _in(zone: tzinfo, time: datetime) -> datetime:
    """A local time of a zone; not one that is twice, or never, when clocks are put back or on."""
    first, second = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise DoubtError(CLOCKS)
    return first


def _abbreviated(time: datetime, name: str, zones: Sequence[ZoneInfo]) -> datetime:
    """A local time of the first of the zones that has this abbreviation then."""
    for zone in zones:
        both = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if offsets := {there.utcoffset(): there for there in both if there.tzname() == name}:
            if len(offsets) > 1:
                raise DoubtError(CLOCKS)
            return next(iter(offsets.values()))
    raise DoubtError(UNKNOWN_ZONE)
