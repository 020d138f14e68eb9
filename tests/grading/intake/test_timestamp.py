"""When a submission was handed in is read, or is not known."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from traitlets.config import Config

from autograder.grading.intake import timestamp

NONE = "timestamp.txt holds no time: "
PARTS = "timestamp.txt holds no time with its year, month and day: "
ORDER = "timestamp.txt holds a date whose month and day may be the other way round: "
ZONE = "timestamp.txt holds a time in a timezone that is not known here, or not on that date: "
CLOCKS = "timestamp.txt holds a time that its timezone has twice or never, as clocks are changed: "
TWO = "timestamp.txt holds a time with more than one timezone: "


def refused(text: str, folder: Path, *zones: ZoneInfo) -> str:
    """What is said of a timestamp."""
    (folder / "timestamp.txt").write_text(text)
    with pytest.raises(ValueError, match="timestamp") as caught:
        timestamp.read(folder, zones)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        *[(text, NONE) for text in ("yesterday evening", "", "\0")],
        *[(text, PARTS) for text in ("5", "10", "2026", "Friday", "2026-11", "12:30")],
        *[(text, ORDER) for text in ("05.12.2026 10:05", "12/4/2026")],
        *[(text, ZONE) for text in ("2026-07-04 17:30 CEST", "4 Jul 2026 17:30 EDT")],
    ],
)
def test_what_is_no_time(tmp_path: Path, text: str, says: str) -> None:
    """A time without its year, month and day would be that of the day of grading."""
    shown = text.replace("\0", "?")
    assert refused(text, tmp_path) == f"{says}{shown!r}."


ZAGREB, YORK = "Europe/Zagreb", "America/New_York"
# What is written, where nbgrader's exchange and the course are, and what that is in UTC.
KNOWN = {
    "winter": ("2026-12-04 17:30:00.000000 CET", ZAGREB, "UTC", "2026-12-04 16:30"),
    "summer": ("2026-07-04 17:30:00.000000 CEST", ZAGREB, "UTC", "2026-07-04 15:30"),
    "the-course's": ("2026-12-04 17:30:00 CET", "UTC", ZAGREB, "2026-12-04 16:30"),
    "by-hand": ("4 Dec 2026 17:30 EST", YORK, ZAGREB, "2026-12-04 22:30"),
    "as-date-writes-it": ("Fri Dec  4 17:30:00 EST 2026", ZAGREB, YORK, "2026-12-04 22:30"),
    "the-exchange-first": (
        "2026-12-04 17:30:00 IST",
        "Asia/Kolkata",
        "Asia/Jerusalem",
        "2026-12-04 12:00",
    ),
    "hours": ("2026-12-04 17:30:00 -03", "America/Sao_Paulo", "UTC", "2026-12-04 20:30"),
    "hours-of-nobody": ("2026-12-04 17:30:00.25 +0545", "UTC", "UTC", "2026-12-04 11:45:00.25"),
    "seconds-of-an-offset": ("2026-12-04 17:30:00 +0100", "UTC", "UTC", "2026-12-04 16:30"),
    "iana": ("2026-12-04 17:30:00 Europe/Zagreb", "UTC", "UTC", "2026-12-04 16:30"),
    "iana-in-summer": ("2026-07-04 17:30 Europe/Zagreb", "UTC", "UTC", "2026-07-04 15:30"),
    "iana-of-three": (
        "2026-12-04 17:30:00 America/Argentina/Buenos_Aires",
        "UTC",
        "UTC",
        "2026-12-04 20:30",
    ),
    "iana-of-one": ("2026-12-04 17:30:00 Japan", "UTC", "UTC", "2026-12-04 08:30"),
    "twice-the-first": ("2026-10-25 02:30:00 CEST", ZAGREB, "UTC", "2026-10-25 00:30"),
    "twice-the-second": ("2026-10-25 02:30:00 CET", ZAGREB, "UTC", "2026-10-25 01:30"),
    "gmt": ("2026-12-04 17:30:00 GMT", ZAGREB, ZAGREB, "2026-12-04 17:30"),
    "z": ("2026-12-04T17:30:00Z", ZAGREB, ZAGREB, "2026-12-04 17:30"),
    "evening": ("2026-12-04 5:30 PM", ZAGREB, ZAGREB, "2026-12-04 17:30"),
}


def zones(exchange: str, course: str) -> tuple[ZoneInfo, ...]:
    """As the course's configuration has them."""
    return timestamp.zones(
        Config({"Exchange": {"timezone": exchange}, "Course": {"timezone": course}})
    )


@pytest.mark.parametrize(("text", "exchange", "course", "utc"), KNOWN.values(), ids=KNOWN)
def test_a_timezone(text: str, exchange: str, course: str, utc: str, tmp_path: Path) -> None:
    """It is as nbgrader's exchange, then the course, uses it on that date, or a zone's own name."""
    (tmp_path / "timestamp.txt").write_text(text)
    assert timestamp.read(tmp_path, zones(exchange, course)) == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-12-04 17:30 EST", ZONE),
        ("2026-12-04 17:30 CEST", ZONE),
        ("2026-12-04 17:30 XYZ", ZONE),
        ("2026-12-04 17:30 Europe", ZONE),
        ("2026-12-04 17:30 America/Nowhere", ZONE),
        ("2026-10-25 02:30 Europe/Zagreb", CLOCKS),
        ("2026-03-29 02:30 Europe/Zagreb", CLOCKS),
        ("2026-12-04 17:30 CET Europe/Zagreb", TWO),
        ("2026-12-04 17:30 CET+1", TWO),
        ("2026-12-04 17:30 ../../etc/passwd", NONE),
        ("17:30 Europe/Zagreb", PARTS),
        ("17:30 America/Nowhere", PARTS),
    ],
)
def test_a_timezone_that_nobody_uses(text: str, says: str, tmp_path: Path) -> None:
    """Nothing is guessed: not of another continent, of another season, or an hour that is twice."""
    assert refused(text, tmp_path, *zones("UTC", ZAGREB)) == f"{says}{text!r}."


def test_the_exchange_is_in_utc_where_nobody_says_so(tmp_path: Path) -> None:
    """Without a setting the course's zone alone is known."""
    assert timestamp.zones(Config()) == (ZoneInfo("UTC"), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    "text", ["2026-11-24 12:30:00.000000 UTC", "2026-11-24T13:30+01:00", "24 Nov 2026 12:30"]
)
def test_what_is_a_time(tmp_path: Path, text: str) -> None:
    """nbgrader's own, and what a person would write; in UTC."""
    (tmp_path / "timestamp.txt").write_text(text)
    assert timestamp.read(tmp_path) == datetime(2026, 11, 24, 12, 30)


@pytest.mark.parametrize("text", ["LATE", " LATE\n"])
def test_that_it_was_late_is_no_time(text: str, tmp_path: Path) -> None:
    """An LMS may say no more: then nobody knows how late."""
    assert refused(text, tmp_path) == (
        "timestamp.txt says only LATE: how late it was is not known, and nothing is taken off for "
        "it."
    )
