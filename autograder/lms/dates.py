"""Times as Moodle writes them, in the teacher's language: "petak, 4. prosinca 2026., 17:30".

dateutil reads English. For other languages the names of months and days are those of Unicode's
locale data, which babel has, and PHP's own formats too: a time is read where one language knows its
month, and the day of the week is right where it is named. What may mean two times is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from babel import Locale
from babel.localedata import locale_identifiers

from autograder.grading.intake import timestamp
from autograder.grading.intake.timestamp import DoubtError

MOST_CHARACTERS = 100
CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:.h](\d{2})(?:[:.]\d{2})?(?!\d)")
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
NUMBER = re.compile(r"\d+")
BETWEEN = re.compile(r"(?<=[^\W\d])\.(?=[^\W\d])")  # the dots of "p.m."
APART = re.compile(r"[\s\d,.;:()/\-\u060c\u200e\u200f]+")
NO_TIME = "holds no time that can be read here"


def read(text: str) -> datetime:
    """The time that a text says, in a timezone that it does not say.

    Raises:
        ValueError: it says none, or may say two; the exception's text follows it.
    """
    try:
        return timestamp.local(text[:MOST_CHARACTERS])
    except DoubtError as error:
        raise ValueError(str(error)) from None
    except (ValueError, OverflowError):
        return _by_names(_plain(text[:MOST_CHARACTERS]))


def may_be(text: str) -> bool:
    """Whether a text looks like a moment: a year, and a time of day."""
    return YEAR.search(text) is not None and CLOCK.search(text) is not None


@dataclass(frozen=True)
class _Language:
    """The names of a language.

    Args:
        months: their numbers, by full name.
        short_months: by abbreviation.
        days: 0 for Monday, by name or abbreviation.
        am, pm: how the halves of a day are told.
    """

    months: Mapping[str, int]
    short_months: Mapping[str, int]
    days: Mapping[str, int]
    am: frozenset[str]
    pm: frozenset[str]


def _by_names(text: str) -> datetime:
    """The time in a text that is no English.

    Raises:
        ValueError: as in `read`.
    """
    clocks = list(CLOCK.finditer(text))
    if not clocks or int(clocks[-1][1]) > 23 or int(clocks[-1][2]) > 59:
        raise ValueError(NO_TIME)
    clock = clocks[-1]
    rest = text[: clock.start()] + " " + text[clock.end() :]
    numbers, words = [int(each) for each in NUMBER.findall(rest)], set(APART.split(rest)) - {""}
    dates = _dates(rest, numbers, words)
    tells_half = any(words & (language.am | language.pm) for _, language in dates)
    found = {
        _at(date, clock, language, words)
        for date, language in dates
        if not tells_half or words & (language.am | language.pm)
    }
    if len(found) > 1:
        raise ValueError("may be of more than one month, or half of a day")
    if not found:
        raise ValueError(NO_TIME)
    return found.pop()


def _dates(text: str, numbers: list[int], words: set[str]) -> list[tuple[datetime, _Language]]:
    """The dates that a text may say, each with the language in which it does.

    Where any language knows the day of the week, those that do not are out; it has to be right.
    """
    if len(numbers) == 3 and YEAR.match(text.lstrip()):  # as in Chinese, Japanese and Korean
        date = _date(numbers[0], numbers[1], numbers[2])
        return [(date, language) for language in _languages() if date]
    years = [number for number in numbers if number > 31]
    days = [number for number in numbers if number <= 31]
    if len(years) != 1 or len(days) != 1:
        return []
    for short in (False, True):
        found = []
        for language in _languages():
            names = language.short_months if short else language.months
            months = {names[word] for word in words if word in names}
            date = _date(years[0], months.pop(), days[0]) if len(months) == 1 else None
            if date is not None:
                named = {language.days[word] for word in words if word in language.days}
                found.append((named, date, language))
        if any(named for named, _, _ in found):
            return [(date, each) for named, date, each in found if date.weekday() in named]
        if found:
            return [(date, each) for _, date, each in found]
    return []


def _date(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day)
    except ValueError:
        return None


def _at(date: datetime, clock: re.Match[str], language: _Language, words: set[str]) -> datetime:
    """A date with a time of day; hours of half a day are told by a word."""
    hour, minute = int(clock[1]), int(clock[2])
    if hour <= 12 and words & language.pm and not words & language.am:
        hour = hour % 12 + 12
    elif hour == 12 and words & language.am:
        hour = 0
    return date.replace(hour=hour, minute=minute)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return BETWEEN.sub("", folded)


@cache
def _languages() -> tuple[_Language, ...]:
    """The languages that babel knows, without their countries' own ways."""
    names = [name for name in locale_identifiers() if "_" not in name and name != "root"]
    return tuple(_language(Locale.parse(name)) for name in names)


def _language(locale: Locale) -> _Language:
    periods = [width for context in locale.day_periods.values() for width in context.values()]
    return _Language(
        dict(_names(locale.months, "wide")),
        dict(_names(locale.months, "abbreviated")),
        {**dict(_names(locale.days, "abbreviated")), **dict(_names(locale.days, "wide"))},
        frozenset(_plain(width["am"]).strip(".") for width in periods if "am" in width),
        frozenset(_plain(width["pm"]).strip(".") for width in periods if "pm" in width),
    )


def _names(
    known: Mapping[str, Mapping[str, Mapping[int, str]]], width: str
) -> Iterator[tuple[str, int]]:
    """The names of months or days of one word, by themselves and in a date, with their numbers."""
    for context in known.values():
        for number, name in context.get(width, {}).items():
            plain = _plain(name).strip(".")
            if plain and not APART.search(plain):
                yield plain, number
