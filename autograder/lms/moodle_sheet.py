"""Moodle's grading worksheet, read as Moodle reads it, and changed in single cells alone.

Every byte that is not a changed cell's stays what it was: the encoding and its mark, the separator,
line ends, quotes. Moodle knows three columns by their titles in the teacher's language: here they
are known by these in English, and else by what they hold, in the order in which Moodle writes them
(https://github.com/moodle/moodle, mod/assign/gradingtable.php).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from autograder.config import CourseError

MARKS = (  # of encodings, the longer before what it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}  # as Moodle's form calls them
BLANK = " \t\r\n\0\v"  # what Moodle takes off the end
LINE_END = re.compile(r"\r\n|\r|\n")
PARTICIPANT = re.compile(r"(?P<word>[^0-9]+)(?P<number>[0-9]+)")  # "Participant 4711"
NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
TIME = re.compile(r"-|(?=.*\d{4}).*\d[:.h]\d\d.*", re.DOTALL)  # "4 December 2026, 5:30 PM"
ENGLISH = {
    "identifier": "identifier",
    "grade": "grade",
    "most": "maximum grade",
    "modified": "last modified (grade)",
}
AGAIN = "download the grading worksheet again"
COMMENTS, CAN_CHANGE = "feedback comments", "grade can be changed"


@dataclass(frozen=True)
class Field:
    """A cell: where in the text it stands, quotes and all, and what it holds."""

    start: int
    end: int
    text: str
    quoted: bool


Row = tuple[Field, ...]


@dataclass(frozen=True)
class Columns:
    """Which column is what.

    Args:
        identifier: "Participant 4711".
        grade: what it is to be filled with.
        most: the most that a grade may be.
        identity: the columns that may say who it is: name, email, ….
        can_change: whether Moodle takes another grade; None where that is not known.
        comments: the teacher's; None where there are none.
    """

    identifier: int
    grade: int
    most: int
    identity: tuple[int, ...]
    can_change: int | None
    comments: int | None


@dataclass(frozen=True)
class Sheet:
    """A worksheet.

    Args:
        text: all of it, the mark of its encoding included.
        codec: Python's name of its encoding.
        separator: between its cells.
        header: its first row.
        rows: the others.
    """

    text: str
    codec: str
    separator: str
    header: Row
    rows: tuple[Row, ...]

    @classmethod
    def read(cls, content: bytes, name: str) -> Sheet:
        """The worksheet that a file holds.

        Raises:
            CourseError: it is none that Moodle would take.
        """
        codec = next((codec for mark, codec in MARKS if content.startswith(mark)), "utf-8")
        try:
            text = content.decode(codec)
        except UnicodeError:
            raise CourseError(
                f"{name} is no text in UTF-8 or UTF-16: {AGAIN}, and don't save it from a "
                "spreadsheet."
            ) from None
        tables = {separator: list(_rows(text, separator)) for separator in SEPARATORS}
        separator = max(tables, key=lambda each: len(tables[each][0]) if tables[each] else 0)
        header, *rows = tables[separator] or [()]
        if len(header) < 4 or not rows:
            raise CourseError(f"{name} is no grading worksheet with students in it: {AGAIN}.")
        for row in rows:
            if len(row) != len(header) or any(map(_is_open, row)):
                number = len(LINE_END.findall(text, 0, row[0].start)) + 1
                raise CourseError(
                    f"{name}, line {number}, does not fit its first line: a quote is missing, or "
                    f"has a backslash before it, and Moodle takes none of such a file: {AGAIN}."
                )
        return cls(text, codec, separator, header, tuple(rows))

    @cached_property
    def columns(self) -> Columns | None:
        """Which column is what; None where that can't be told."""
        return _by_title(self.header, self.rows) or _by_content(self.rows)

    @property
    def most(self) -> float:
        """The most that a grade may be."""
        assert self.columns
        text = self.rows[0][self.columns.most].text.strip().replace(",", ".")
        return float(text) if NUMBER.fullmatch(text) else 0.0

    def name(self, row: Row) -> str:
        """What stands first of what says who a row is of: as a rule the name."""
        assert self.columns
        return row[self.columns.identity[0]].text if self.columns.identity else ""

    def participant(self, row: Row) -> str:
        """Moodle's number of the student in this assignment."""
        assert self.columns
        found = PARTICIPANT.fullmatch(row[self.columns.identifier].text.strip())
        return found["number"] if found else ""

    def changed(self, cells: Mapping[Field, str]) -> bytes:
        """The file with other texts in some cells; these have no quote and no backslash."""
        parts, done = list[str](), 0
        for field in sorted(cells, key=lambda field: field.start):
            new = cells[field]
            quoted = field.quoted or not new.replace(".", "").isalnum()
            parts += [self.text[done : field.start], f'"{new}"' if quoted else new]
            done = field.end
        return "".join([*parts, self.text[done:]]).encode(self.codec)


def _field(separator: str) -> re.Pattern[str]:
    """A cell, as PHP's fgetcsv finds it: after a backslash a quote does not end what is quoted."""
    spaces, end = " \t".replace(separator, ""), rf"{separator}\r\n"
    quoted = rf'[{spaces}]*+"(?P<quoted>(?:[^"\\]++|\\.|"")*+)"(?P<rest>[^{end}]*+)'
    return re.compile(rf"{quoted}|(?P<plain>[^{end}]*+)", re.DOTALL)


def _rows(text: str, separator: str) -> Iterator[Row]:
    """The rows of a text, without those that are empty, and what is blank at its end."""
    cell, stop = _field(separator), len(text.rstrip(BLANK.replace(separator, "")))
    place = len(BOM) if text.startswith(BOM) else 0
    row = list[Field]()
    while place < stop or row:
        found = cell.match(text, place, stop)
        assert found  # it matches nothing, too
        quoted = found["quoted"]
        whole = quoted is not None and quoted.replace('""', '"') + found["rest"]
        value = whole or found["plain"] or ""
        row.append(Field(found.start(), found.end(), value, quoted is not None))
        place = found.end()
        if text.startswith(separator, place, stop):
            place += 1
            continue
        if len(row) > 1 or row[0].start < row[0].end:
            yield tuple(row)
        row = []
        if end := LINE_END.match(text, place, stop):
            place = end.end()


def _is_open(field: Field) -> bool:
    """Whether a cell begins with a quote that nothing closes."""
    return not field.quoted and field.text.lstrip(" \t").startswith('"')


def _by_title(header: Row, rows: Sequence[Row]) -> Columns | None:
    """The columns by Moodle's own titles in English; None where one is missing."""
    titles = {field.text.strip().casefold(): place for place, field in enumerate(header)}
    found = {name: titles.get(title) for name, title in ENGLISH.items()}
    identifier, grade, most = found["identifier"], found["grade"], found["most"]
    if identifier is None or grade is None or most is None or found["modified"] is None:
        return None
    identity = tuple(place for place in range(grade) if place != identifier)
    return Columns(identifier, grade, most, identity, titles.get(CAN_CHANGE), titles.get(COMMENTS))


def _by_content(rows: Sequence[Row]) -> Columns | None:
    """The columns by what they hold; None where that can't be told.

    Moodle writes them in this order: the identifier; who it is; the grade and the most that it may
    be; whether it can be changed, which every row says in words; when the submission and, as the
    last time, the grade were modified, which every row says or has a "-"; comments.
    """
    columns = [[row[place].text.strip() for row in rows] for place in range(len(rows[0]))]
    identifier = next((place for place, cells in enumerate(columns) if _identifies(cells)), None)
    if identifier is None:
        return None
    pairs = [
        place
        for place in range(identifier + 1, len(columns) - 2)
        if _are_grades(columns[place], columns[place + 1]) and _are_words(columns[place + 2])
    ]
    if not pairs:
        return None
    grade = pairs[-1]
    times = [
        place
        for place in range(grade + 3, len(columns))
        if all(TIME.fullmatch(cell) for cell in columns[place])
    ]
    if not times:
        return None
    comments = times[-1] + 1 if times[-1] + 1 < len(columns) else None
    identity = tuple(place for place in range(grade) if place != identifier)
    return Columns(identifier, grade, grade + 1, identity, times[0] - 1, comments)


def _identifies(cells: Sequence[str]) -> bool:
    """Whether a column has one word and another number in each row."""
    found = [match for cell in cells if (match := PARTICIPANT.fullmatch(cell))]
    numbers, words = {match["number"] for match in found}, {match["word"] for match in found}
    return len(found) == len(cells) == len(numbers) and len(words) == 1


def _are_grades(grades: Sequence[str], most: Sequence[str]) -> bool:
    """Whether a column may hold grades, and the next one the most that one may be."""
    if len({*most}) != 1 or not NUMBER.fullmatch(most[0]):
        return False
    return all(not cell or NUMBER.fullmatch(cell) for cell in grades)


def _are_words(cells: Sequence[str]) -> bool:
    """Whether each row has a word or two, and no number."""
    return all(cell and not NUMBER.fullmatch(cell) for cell in cells)
