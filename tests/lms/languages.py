"""Moodle's words in the languages of its teachers, as its packages of languages have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from babel.dates import format_datetime


@dataclass(frozen=True)
class Language:
    """A teacher's.

    Args:
        identifier: the title of a column; also the others up to `comments`.
        participant: the word before a number.
        submitted, draft, missing: the states.
        late: of a length of time.
        yes, no: whether a grade can be changed.
        locale: of times; "" for Moodle's own English.
        pattern: of times, in that locale.
        comma: of numbers.
    """

    identifier: str = "Identifier"
    name: str = "Full name"
    email: str = "Email address"
    status: str = "Status"
    grade: str = "Grade"
    most: str = "Maximum Grade"
    can_change: str = "Grade can be changed"
    last_submission: str = "Last modified (submission)"
    last_grade: str = "Last modified (grade)"
    comments: str = "Feedback comments"
    participant: str = "Participant "
    submitted: str = "Submitted for grading"
    draft: str = "Draft (not submitted)"
    missing: str = "No submission"
    late: str = "{} late"
    yes: str = "Yes"
    no: str = "No"
    locale: str = ""
    pattern: str = ""
    comma: str = "."

    @property
    def titles(self) -> tuple[str, ...]:
        """Of a worksheet, in Moodle's order."""
        return (
            *(self.identifier, self.name, self.email, self.status, self.grade, self.most),
            *(self.can_change, self.last_submission, self.last_grade, self.comments),
        )

    def time(self, moment: datetime) -> str:
        """As Moodle writes it."""
        if not self.locale:
            return f"{moment:%A, %-d %B %Y, %-I:%M %p}"
        return format_datetime(moment, self.pattern, locale=self.locale)


ENGLISH = Language()
GERMAN = Language(
    "ID",
    "Vollständiger Name",
    "E-Mail-Adresse",
    "Status",
    "Bewertung",
    "Bestwertung",
    "Bewertung kann geändert werden",
    "Zuletzt geändert (Abgabe)",
    "Zuletzt geändert (Bewertung)",
    "Feedback als Kommentar",
    "Teilnehmer/in",  # and no space
    "Zur Bewertung abgegeben",
    "Entwurf (nicht abgegeben)",
    "Keine Abgabe",
    "{} verspätet",
    "Ja",
    "Nein",
    "de",
    "EEEE, d. MMMM y, HH:mm",
    ",",
)
CROATIAN = Language(
    "Identifikator",
    "Ime i prezime",
    "E-pošta",
    "Stanje predaje",
    "Ocjena",
    "Najviša ocjena",
    "Ocjena se može promijeniti",
    "Zadnja promjena (predaja)",
    "Zadnja promjena (ocjena)",
    "Komentar",
    "Sudionik ",
    "Predano na ocjenjivanje",
    "Skica (nije predano)",
    "Nema predaje",
    "Kasni {}",
    "Da",
    "Ne",
    "hr",
    "EEEE, d. MMMM y., HH:mm",
    ",",
)
CHINESE = Language(
    "标识号",
    "全名",
    "Email地址",
    "状态",
    "成绩",
    "最高分",
    "成绩可以更改",
    "最后修改(提交)",
    "最后修改(评分)",
    "评语",
    "参与者",
    "已提交",
    "草稿(未提交)",
    "没有提交",
    "迟交 {}",
    "是",
    "否",
    "zh",
    "y年M月d日 EEEE HH:mm",
)
KNOWN = {"english": ENGLISH, "german": GERMAN, "croatian": CROATIAN, "chinese": CHINESE}
LANGUAGES = pytest.mark.parametrize("language", KNOWN.values(), ids=KNOWN)
