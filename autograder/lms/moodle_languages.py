"""The words of Moodle's grading worksheet, in the languages in which they are known here.

They are those of Moodle's language packages, in mod/assign. In another language a column is known
by what it holds (`moodle_columns`), and a time by Unicode's locale data (`dates`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.lms.people import folded

LEAST_TITLES = 3  # that tell a language: "Status" and "ID" are words of many


@dataclass(frozen=True)
class Language:
    """A teacher's.

    Args:
        titles: of the columns, by what is in them.
        yes: that a grade can be changed.
        no: that it can't.
    """

    titles: Mapping[str, str]
    yes: str
    no: str

    @property
    def plain_titles(self) -> Mapping[str, str]:
        """The titles as two are compared."""
        return {name: folded(title) for name, title in self.titles.items()}


LANGUAGES: Sequence[Language] = (
    Language(
        {
            "identifier": "Identifier",
            "status": "Status",
            "grade": "Grade",
            "most": "Maximum grade",
            "can_change": "Grade can be changed",
            "submitted": "Last modified (submission)",
            "modified": "Last modified (grade)",
            "comments": "Feedback comments",
        },
        "Yes",
        "No",
    ),
    Language(
        {
            "identifier": "ID",
            "status": "Status",
            "grade": "Bewertung",
            "most": "Bestwertung",
            "can_change": "Bewertung kann geändert werden",
            "submitted": "Zuletzt geändert (Abgabe)",
            "modified": "Zuletzt geändert (Bewertung)",
            "comments": "Feedback als Kommentar",
        },
        "Ja",
        "Nein",
    ),
)


def places(titles: Sequence[str]) -> Mapping[str, int]:
    """Where what stands, by the titles of the language of which most are there; else nothing."""
    there = {folded(title): place for place, title in reversed([*enumerate(titles)])}
    known = [
        {name: there[title] for name, title in each.plain_titles.items() if title in there}
        for each in LANGUAGES
    ]
    most = max(known, key=len)
    return most if len(most) >= LEAST_TITLES else {}


def says_no(word: str) -> bool | None:
    """Whether a word says that a grade can't be changed; None where it is not known."""
    if folded(word) in {folded(each.no) for each in LANGUAGES}:
        return True
    return False if folded(word) in {folded(each.yes) for each in LANGUAGES} else None
