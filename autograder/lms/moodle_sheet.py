"""Moodle's grading worksheet, read as Moodle reads it, and changed in single cells alone.

`collect` reads from it who each participant is and when they handed in; `export` fills in grades.
Every byte that is not a changed cell's stays what it was: the encoding and its mark, the separator,
line ends, quotes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autograder.config import CourseError
from autograder.lms import moodle_columns
from autograder.lms.csv_text import BOM
from autograder.lms.moodle_columns import PARTICIPANT, Columns

MOST_BYTES = 64 << 20
MARKS = (  # of encodings, the longer before what it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}  # as Moodle's form calls them
BLANK = " \t\r\n\0\v"  # what Moodle takes off the end
LINE_END = re.compile(r"\r\n|\r|\n")
LEAST_COLUMNS = 4
AGAIN = "download the grading worksheet again"


@dataclass(frozen=True, slots=True)
class Field:
    """A cell: where in the text it stands, quotes and all, and what it holds."""

    start: int
    end: int
    text: str
    quoted: bool


Row = tuple[Field, ...]


@dataclass(frozen=True)
class Sheet:
    """A worksheet.

    Args:
        file: what it is called.
        text: all of it, the mark of its encoding included.
        codec: Python's name of its encoding.
        separator: between its cells.
        header: its first row.
        rows: the others, but for those in which nothing stands.
    """

    file: str
    text: str
    codec: str
    separator: str
    header: Row
    rows: tuple[Row, ...]

    @classmethod
    def open(cls, path: Path, *, strict: bool = True) -> Sheet:
        """The worksheet in a file.

        Args:
            path: of the file.
            strict: as in `read`.

        Raises:
            CourseError: it can't be read, or as in `read`.
        """
        try:
            if path.stat().st_size > MOST_BYTES:
                raise CourseError(f"{path} is too large for a worksheet.")
            content = path.read_bytes()
        except OSError as error:
            raise CourseError(f"{path} can't be read: {error.strerror}.") from None
        return cls.read(content, str(path), strict=strict)

    @classmethod
    def read(cls, content: bytes, file: str, *, strict: bool = True) -> Sheet:
        """The worksheet that a file holds.

        Args:
            content: of the file.
            file: what it is called.
            strict: whether rows that Moodle would not take back are refused, as is right before
                anything is filled in; else they are read as well as can be. A comment that ends
                with a backslash is enough to make Moodle's own worksheet such a file.

        Raises:
            CourseError: it is none, or one that Moodle would not take back.
        """
        codec = _codec(content)
        try:
            text = content.decode(codec)
        except UnicodeError:
            raise CourseError(
                f"{file} is no text in UTF-8 or UTF-16: {AGAIN}, and don't save it from a "
                "spreadsheet."
            ) from None
        separator = max(SEPARATORS, key=lambda each: len(next(_rows(text, each), ())))
        header, *rows = [*_rows(text, separator)] or [()]
        if odd := next((row for row in rows if not _fits(row, header)), None):
            if strict and len(header) >= LEAST_COLUMNS:
                number = len(LINE_END.findall(text, 0, odd[0].start)) + 1
                raise CourseError(
                    f"{file}, line {number}, does not fit its first line: a quote is missing, or "
                    f"has a backslash before it, and Moodle takes none of such a file: {AGAIN}."
                )
            header, *rows = _rows(text, separator, escapes=False)
            rows = [_fitted(row, header) for row in rows]
        rows = [row for row in rows if any(field.text.strip() for field in row)]
        if len(header) < LEAST_COLUMNS or not rows:
            raise CourseError(f"{file} is no grading worksheet with students in it: {AGAIN}.")
        return cls(file, text, codec, separator, header, tuple(rows))

    @cached_property
    def columns(self) -> Columns | None:
        """Which column is what; None where none has the participants."""
        titles = [field.text for field in self.header]
        return moodle_columns.found(titles, [[field.text for field in row] for row in self.rows])

    def participant(self, row: Row) -> str:
        """Moodle's number of the student in this assignment; "" in a row that is nobody's."""
        assert self.columns
        found = PARTICIPANT.fullmatch(row[self.columns.identifier].text.strip())
        return found["number"] if found else ""

    def name(self, row: Row) -> str:
        """What stands first of what says who a row is of: as a rule the name."""
        assert self.columns
        return row[self.columns.identity[0]].text if self.columns.identity else ""

    def changed(self, cells: Mapping[Field, str]) -> bytes:
        """The file with other texts in some cells; these have no quote and no backslash."""
        parts, done = list[str](), 0
        for field in sorted(cells, key=lambda field: field.start):
            new = cells[field]
            quoted = field.quoted or not new.replace(".", "").isalnum()
            parts += [self.text[done : field.start], f'"{new}"' if quoted else new]
            done = field.end
        return "".join([*parts, self.text[done:]]).encode(self.codec)


def _codec(content: bytes) -> str:
    """The encoding of a file: by the mark that it begins with, or by where it has a NUL."""
    for mark, codec in MARKS:
        if content.startswith(mark):
            return codec
    if b"\0" in content[:100]:
        return "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    return "utf-8"


def _field(separator: str, *, escapes: bool) -> re.Pattern[str]:
    """A cell, as PHP's fgetcsv finds it: after a backslash a quote does not end what is quoted.

    Args:
        separator: between cells.
        escapes: whether a backslash does that, which it does in no other program.
    """
    spaces, end = " \t".replace(separator, ""), rf"{separator}\r\n"
    inside = r'[^"\\]++|\\.|""' if escapes else r'[^"]++|""'
    quoted = rf'[{spaces}]*+"(?P<quoted>(?:{inside})*+)"(?P<rest>[^{end}]*+)'
    return re.compile(rf"{quoted}|(?P<plain>[^{end}]*+)", re.DOTALL)


def _rows(text: str, separator: str, *, escapes: bool = True) -> Iterator[Row]:
    """The rows of a text, without those that are empty, and what is blank at its end."""
    cell = _field(separator, escapes=escapes)
    stop = len(text.rstrip(BLANK.replace(separator, "")))
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


def _fits(row: Row, header: Row) -> bool:
    """Whether a row has as many cells as the first, and a quote is closed in each."""
    return len(row) == len(header) and not any(
        not field.quoted and field.text.lstrip(" \t").startswith('"') for field in row
    )


def _fitted(row: Sequence[Field], header: Row) -> Row:
    """A row cut to the length of the first, or filled with empty cells."""
    nothing = Field(row[-1].end, row[-1].end, "", quoted=False)
    return (*row, *[nothing] * (len(header) - len(row)))[: len(header)]
