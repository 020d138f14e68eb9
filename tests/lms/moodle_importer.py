"""Moodle's side of an export, by the rules of its own importers.

Read from https://github.com/moodle/moodle: lib/csvlib.class.php; of mod/assign/feedback,
offline/importgradeslib.php, offline/locallib.php and file/importziplib.php; and
grade/import/csv/classes/load_data.php. What PHP's fgetcsv and fputcsv do is PHP's own source's.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}


class InvalidImportError(Exception):
    """Moodle takes nothing of such a file."""


@dataclass(frozen=True)
class Language:
    """A teacher's: Moodle's own words, as its packages of languages have them."""

    identifier: str = "Identifier"
    name: str = "Full name"
    email: str = "Email address"
    status: str = "Status"
    submitted: str = "Submitted for grading"
    grade: str = "Grade"
    most: str = "Maximum Grade"
    can_change: str = "Grade can be changed"
    yes: str = "Yes"
    no: str = "No"
    last_submission: str = "Last modified (submission)"
    last_grade: str = "Last modified (grade)"
    comments: str = "Feedback comments"
    participant: str = "Participant "
    time: str = "Friday, 4 December 2026, 5:30 PM"
    comma: str = "."


ENGLISH = Language()
GERMAN = Language(
    "ID",
    "Vollständiger Name",
    "E-Mail-Adresse",
    "Status",
    "Zur Bewertung abgegeben",
    "Bewertung",
    "Bestwertung",
    "Bewertung kann geändert werden",
    "Ja",
    "Nein",
    "Zuletzt geändert (Abgabe)",
    "Zuletzt geändert (Bewertung)",
    "Feedback als Kommentar",
    "Teilnehmer/in",
    "Freitag, 4. Dezember 2026, 17:30",
    ",",
)
CHINESE = Language(
    "标识号",
    "全名",
    "Email地址",
    "状态",
    "已提交",
    "成绩",
    "最高分",
    "成绩可以更改",
    "是",
    "否",
    "最后修改(提交)",
    "最后修改(评分)",
    "评语",
    "参与者",
    "2026年12月4日 星期五 17:30",
)


@dataclass(frozen=True)
class Participant:
    """A student in one assignment of Moodle's."""

    name: str
    email: str = ""
    grade: str = ""
    comment: str = ""
    locked: bool = False
    team: str = ""


@dataclass(frozen=True)
class Moodle:
    """An assignment in Moodle.

    Args:
        participants: by number.
        most: the maximum grade.
        language: of the teacher.
        newest: whether it is the newest Moodle.
    """

    participants: Mapping[int, Participant]
    most: float = 6.0
    language: Language = ENGLISH
    newest: bool = False

    def worksheet(
        self, separator: str = ",", line_end: str = "\n", mark: str = "", online: str | None = None
    ) -> str:
        """The grading worksheet, as Moodle's PHP writes it; `online` adds a column of texts."""
        words = self.language
        titles = [
            *(words.identifier, words.name, words.email, words.status, words.grade, words.most),
            *(words.can_change, words.last_submission),
            *([] if online is None else ["Online"]),
            *(words.last_grade, words.comments),
        ]
        rows = [titles]
        for number, each in self.participants.items():
            rows.append(
                [
                    *(f"{words.participant}{number}", each.name, each.email, words.submitted),
                    *(each.grade, f"{self.most:.2f}".replace(".", words.comma)),
                    *(words.no if each.locked else words.yes, words.time),
                    *([] if online is None else [online]),
                    *(words.time if each.grade else "-", each.comment),
                ]
            )
        return mark + "".join(fputcsv(row, separator) + line_end for row in rows)

    def imports(
        self, content: bytes, encoding: str = "utf-8", separator: str = "comma"
    ) -> tuple[dict[int, float], dict[int, str]]:
        """The grades and the comments that are new, by participant.

        Raises:
            InvalidImportError: there are none.
        """
        header, *rows = loaded(content, encoding, separator)
        words = self.language
        places = {title: place for place, title in enumerate(header)}
        try:
            identifier, grade = places[words.identifier], places[words.grade]
            places[words.last_grade]
        except KeyError:
            raise InvalidImportError("a column is missing") from None
        grades, comments = dict[int, float](), dict[int, str]()
        for row in (fgetcsv(fputcsv(each, ","), ",")[0] for each in rows):  # kept in between
            number = row[identifier].encode()[len(words.participant.encode()) :].decode()
            if not number.isdigit() or int(number) not in self.participants:
                continue
            there = self.participants[int(number)]
            new = unformat_float(row[grade], words.comma)
            if self._takes(there, new):
                assert new is not None
                grades[int(number)] = new
            if words.comments in places and row[places[words.comments]] != there.comment:
                comments[int(number)] = row[places[words.comments]]
        return grades, comments

    def _takes(self, there: Participant, new: float | None) -> bool:
        """Whether a grade is taken; what is not is passed over without a word."""
        if new is None or new < 0 or new > self.most or there.locked:
            return False
        if unformat_float(there.grade, self.language.comma) == new:
            return False
        return bool(new) or not self.newest

    def takes(self, archive: bytes) -> tuple[dict[int, dict[str, bytes]], list[str]]:
        """Of a zip of feedback: each participant's files, and what is passed over."""
        taken, ignored = dict[int, dict[str, bytes]](), list[str]()
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            for path in files.namelist():
                number, name = self._place(path)
                if number is None or name[:1] in (".", "~"):
                    ignored.append(path)
                else:
                    assert name not in taken.setdefault(number, {})
                    taken[number][name] = files.read(path)
        return taken, ignored

    def _place(self, path: str) -> tuple[int | None, str]:
        parts = path.split("/")
        while parts:
            info = parts.pop(0).split("_", 4)
            if len(info) < 4 or not info[1].isdigit() or int(info[1]) not in self.participants:
                continue
            if info[2] != "assignsubmission":
                continue
            return int(info[1]), "/".join([*(each for each in info[4:] if each), *parts])
        return None, path


@dataclass
class Import:
    """The import into Moodle's gradebook.

    Args:
        users: a user by what the teacher maps to.
        most: of a grade, on this site.
        grades: by user, when all has gone well.
    """

    users: Mapping[str, str]
    most: float = 100.0
    grades: dict[str, float] = field(default_factory=dict)

    def imports(self, content: bytes) -> None:
        """Takes a table of two columns.

        Raises:
            InvalidImportError: something in it is wrong, and nothing is taken.
        """
        _, *rows = loaded(content, "utf-8", "comma")
        student, found = "", dict[str, float]()
        for mark, text in rows:
            if mark:  # or it is the student above
                if mark not in self.users:
                    raise InvalidImportError(f"no user {mark}")
                student = self.users[mark]
            value = unformat_float(text, ".")
            if value is None or value > self.most:
                raise InvalidImportError(text)
            found[student] = value
        self.grades = found


def unformat_float(text: str, comma: str) -> float | None:
    """A number as Moodle reads it; None where there is none."""
    plain = text.replace(" ", "")
    if not plain:
        return None
    number = re.match(r"-?\d+(?:\.\d+)?", plain.replace(comma, "."))
    return float(number[0]) if number else 0.0


def loaded(content: bytes, encoding: str, separator: str) -> list[list[str]]:
    """The rows of a file.

    Raises:
        InvalidImportError: they are not all as long.
    """
    text = content.decode(encoding).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    text = re.sub(r"\r\n?", "\n", text)
    text = text.strip(" \n\0\v" if separator == "tab" else " \t\n\0\v")
    rows = fgetcsv(text, SEPARATORS[separator])
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise InvalidImportError("rows of different lengths")
    return rows


def fgetcsv(text: str, separator: str) -> list[list[str]]:
    """The rows of a text, as PHP reads them with a backslash for its escape; no empty ones."""
    rows, row, place, begin = list[list[str]](), list[str](), 0, 0
    while place <= len(text):
        value, place = _field(text, place, separator)
        row.append(value)
        if text[place : place + 1] == separator:
            place += 1
            continue
        if place > begin:
            rows.append(row)
        row, place, begin = [], place + 1, place + 1
    return rows


def _field(text: str, place: int, separator: str) -> tuple[str, int]:
    """A cell, and where it ends."""
    begin = place
    while text[begin : begin + 1] in (" ", "\t") and text[begin : begin + 1] != separator:
        begin += 1
    found = list[str]()
    if text[begin : begin + 1] != '"':
        while place < len(text) and text[place] not in (separator, "\n"):
            found.append(text[place])
            place += 1
        return "".join(found), place
    place, escaped = begin + 1, False
    while place < len(text):
        if escaped or (text[place] != '"' and text[place] != "\\"):
            escaped = False
        elif text[place] == "\\":
            escaped = True
        elif text[place + 1 : place + 2] == '"':
            place += 1
        else:
            place += 1
            break
        found.append(text[place])
        place += 1
    while place < len(text) and text[place] not in (separator, "\n"):
        found.append(text[place])
        place += 1
    return "".join(found), place


def fputcsv(row: Sequence[str], separator: str) -> str:
    """A row as PHP writes it with a backslash for its escape, and as Moodle guards formulas."""
    return separator.join(_written(_guarded(cell), separator) for cell in row)


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and cell != "-" else cell


def _written(cell: str, separator: str) -> str:
    if not any(sign in cell for sign in (separator, '"', "\\", "\n", "\r", "\t", " ")):
        return cell
    found, escaped = list[str](), False
    for sign in cell:
        if sign == "\\":
            escaped = True
        elif not escaped and sign == '"':
            found.append('"')
        else:
            escaped = False
        found.append(sign)
    return f'"{"".join(found)}"'
