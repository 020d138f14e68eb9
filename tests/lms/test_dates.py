"""Times as Moodle writes them, in the languages of its teachers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from babel.dates import format_datetime

from autograder.lms import dates

TIME = datetime(2026, 12, 4, 17, 30)  # a Friday
LANGUAGES = (
    *("de", "fr", "es", "it", "pt", "nl", "hr", "sl", "cs", "sk", "pl", "hu", "ro", "bg", "sr"),
    *("uk", "ru", "el", "tr", "fi", "sv", "da", "nb", "et", "lv", "lt", "ca", "eu", "gl", "ar"),
    *("he", "fa", "hi", "th", "zh", "id", "ms", "en"),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_of_a_year_is_read(language: str) -> None:
    """As Moodle's long format has it, in any month."""
    for days in range(0, 365, 13):
        time = TIME + timedelta(days=days)
        text = format_datetime(time, "EEEE, d MMMM y, HH:mm", locale=language)
        assert dates.read(text) == time, text


@pytest.mark.parametrize(
    "text",
    [
        "Friday, 4 December 2026, 5:30 PM",
        "4 December 2026, 5:30 PM",
        "2026-12-04 17:30",
        "petak, 4. prosinca 2026., 17:30",
        "viernes, 4 de diciembre de 2026, 17:30",
        "vendredi 4 décembre 2026, 17h30",
        "sexta-feira, 4 de dezembro de 2026 às 17:30",
        "Παρασκευή, 4 Δεκεμβρίου 2026, 5:30 μ.μ.",
        "2026年12月4日 星期五 17:30",
        "2026年12月4日 星期五 下午5:30",
        "2026年 12月 4日(金曜日) 17:30",
        "2026년 12월 4일 금요일 오후 5:30",
        "fredag, 4 december 2026, 05:30 em",
        "الجمعة، 4 ديسمبر 2026، 5:30 م",
        "FREITAG, 4. DEZ. 2026, 17.30",
    ],
)
def test_other_ways_to_write_one_time(text: str) -> None:
    """Twelve hours, dots, days in brackets."""
    assert dates.read(text) == TIME
    assert dates.may_be(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("4.12.2026 17:30", "the other way round"),
        ("4 listopad 2026, 17:30", "more than one month"),  # October in Croatian, or November
        ("Montag, 4. Dezember 2026, 17:30", "no time"),  # a Friday
        ("Freitag, 4. Dezember, 17:30", "no time"),
        ("Freitag, 44. Dezember 2026, 17:30", "no time"),
        ("Freitag, 4. Dezember 2026, 27:30", "no time"),
        ("Friday, 4 December 2026, 5:30 PM CET", "timezone"),
        ("-", "no time"),
        ("", "no time"),
        ("9" * 500, "no time"),
        ("१" * 90, "no time"),
    ],
)
def test_what_may_be_another_time_is_none(text: str, why: str) -> None:
    """A person is told."""
    with pytest.raises(ValueError, match=why):
        dates.read(text)
