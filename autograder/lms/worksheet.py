"""Moodle's grading worksheet: which participant is which student, and when they handed in.

Its columns have titles in the teacher's language, and which there are is the site's choice: they
are found by what they hold.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.config import CourseError
from autograder.lms import dates
from autograder.lms.people import IDS, People, folded
from autograder.words import line

MOST_BYTES = 64 << 20
SEPARATORS = ",;\t"
IDENTIFIER = re.compile(r"(\D*)(\d{1,18})")
DRAFT = re.compile(
    r"[(（]"
)  # of all states "Draft (not submitted)" alone has something in brackets
YEAR = re.compile(r"\d{4}")
PART = " - "  # between the parts of a status
MOST_STATES = 8  # that a status may be
STATUS, SUBMITTED = "status", "last modified (submission)"  # in English; in German status, too


@dataclass(frozen=True)
class Row:
    """What the worksheet says of a participant.

    Args:
        participant: the number.
        student: on the roster; "" where it is nobody for certain.
        state: what became of the submission, in the teacher's language.
        draft: whether it was saved and not submitted.
        late: whether the status says so.
        time: when it was submitted, UTC without tzinfo, if that is known.
        trouble: why the time is not known, where there is one.
    """

    participant: str
    student: str = ""
    state: str = ""
    draft: bool = False
    late: bool = False
    time: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True)
class _Columns:
    """Where what stands; None where it is not there."""

    identifier: int
    status: int | None
    submitted: int | None
    ids: Sequence[tuple[int, str]]


def read(path: Path, people: People, timezone: str) -> dict[str, Row]:
    """The worksheet's rows by participant.

    Args:
        path: of the CSV file.
        people: on the roster.
        timezone: of the teacher, in which Moodle wrote the times.

    Raises:
        CourseError: it can't be read, or is no worksheet.
    """
    titles, rows = _table(path)
    columns = _columns(titles, rows, people)
    found: dict[str, Row] = {}
    for cells in rows:
        participant = _number(cells[columns.identifier])
        if participant in found:
            raise CourseError(f"{path} has participant {participant} twice: it is no worksheet.")
        if participant:
            found[participant] = _row(participant, cells, columns, people, ZoneInfo(timezone))
    named = Counter(row.student for row in found.values())
    return {
        participant: row if named[row.student] == 1 else replace(row, student="")
        for participant, row in found.items()
    }


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    """The titles and the rows, all of one length.

    Raises:
        CourseError: they can't be read, or none is a participant's.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CourseError(f"{path} is too large for a worksheet.")
        text = _text(path.read_bytes())
        tables = [list(csv.reader(io.StringIO(text, newline=""), delimiter=s)) for s in SEPARATORS]
    except (OSError, UnicodeError, csv.Error) as error:
        raise CourseError(f"{path} can't be read as a CSV file: {error}.") from None
    filled = [[row for row in table if any(row)] for table in tables]
    titles, *rows = max(filled, key=lambda table: len(table[0]) if table else 0) or [[]]
    rows = [[*row, *[""] * (len(titles) - len(row))][: len(titles)] for row in rows]
    if not rows or _identifier(rows) is None:
        raise CourseError(
            f"{path} is no grading worksheet of Moodle's: it has no column of participants "
            "('Participant 4711'). In Moodle: the assignment, Submissions, Actions, Download "
            "grading worksheet."
        )
    return titles, rows


def _text(data: bytes) -> str:
    """What a file says in UTF-8 or UTF-16, with or without the mark that begins it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    if b"\0" in data[:100]:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
    return data.decode("utf-8-sig")


def _identifier(rows: Sequence[Sequence[str]]) -> int | None:
    """The column in which each row has the same word and a number of its own."""
    found = []
    for column in range(len(rows[0])):
        values = [row[column].strip() for row in rows if row[column].strip()]
        matches = [match for value in values if (match := IDENTIFIER.fullmatch(value))]
        words, numbers = {match[1] for match in matches}, {match[2] for match in matches}
        if len(matches) == len(values) == len(numbers) and len(words) == 1 and values:
            word = words.pop()
            if word.strip():
                found.append((not word.endswith((" ", "\xa0")), column))
    return min(found)[1] if found else None


def _number(identifier: str) -> str:
    match = IDENTIFIER.fullmatch(identifier.strip())
    return match[2] if match else ""


def _columns(titles: Sequence[str], rows: Sequence[Sequence[str]], people: People) -> _Columns:
    identifier = _identifier(rows)
    assert identifier is not None  # `_table` has looked
    others = [column for column in range(len(titles)) if column != identifier]
    submitted = _titled(titles, SUBMITTED)
    if submitted is None:
        submitted = next((c for c in others if _are_dates(row[c] for row in rows)), None)
    status = _titled(titles, STATUS)
    if status is None:
        before = [c for c in others if submitted is None or c < submitted]
        status = next((c for c in before if _is_status(rows, c, submitted)), None)
    return _Columns(identifier, status, submitted, _id_columns(rows, others, people))


def _titled(titles: Sequence[str], title: str) -> int | None:
    return next((n for n, each in enumerate(titles) if folded(each) == title), None)


def _are_dates(values: Iterable[str]) -> bool:
    """Whether a column says times, and nothing else, where it says anything."""
    said = [value for value in values if value.strip() not in ("", "-")]
    return bool(said) and all(dates.may_be(value) for value in said)


def _is_status(rows: Sequence[Sequence[str]], column: int, submitted: int | None) -> bool:
    """Whether a column says of each row one of few things, others where nothing was submitted."""
    states = Counter(_state(row[column]) for row in rows)
    if "" in states or len(states) > MOST_STATES or any(map(_is_number, states)):
        return False
    if submitted is None:
        return any(DRAFT.search(state) for state in states)
    said = [{_state(row[column]) for row in rows if _has(row[submitted]) is has} for has in (0, 1)]
    return not said[0] & said[1] and len(states) < max(len(rows), 2)


def _has(value: str) -> bool:
    return value.strip() not in ("", "-")


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "").isdecimal()


def _state(status: str) -> str:
    return status.partition(PART)[0].strip()


def _id_columns(
    rows: Sequence[Sequence[str]], columns: Sequence[int], people: People
) -> list[tuple[int, str]]:
    """The columns that say who is meant, each with that of the roster; the surest first.

    Each row has to name another student, and most rows one: a column of numbers may be anything.
    """
    found = []
    for column in columns:
        values = [row[column] for row in rows if row[column].strip()]
        for field in IDS:
            meant = [student for value in values if (student := people.with_id(field, value))]
            if meant and len(set(meant)) == len(meant) and len(meant) * 2 >= len(values):
                found.append((-len(meant), column, field))
    return [(column, field) for _, column, field in sorted(found)]


def _row(
    participant: str, cells: Sequence[str], columns: _Columns, people: People, zone: ZoneInfo
) -> Row:
    status = cells[columns.status].strip() if columns.status is not None else ""
    time, trouble = None, ""
    if columns.submitted is not None and _has(cells[columns.submitted]):
        time, trouble = _time(cells[columns.submitted].strip(), zone)
    parts = status.split(PART)
    return Row(
        participant,
        _student(cells, columns, people),
        line(parts[0], 60),
        draft=DRAFT.search(parts[0]) is not None,
        late=any(_says_how_late(part) for part in parts[1:2]),
        time=time,
        trouble=trouble,
    )


def _says_how_late(part: str) -> bool:
    """Whether a part of a status has a length of time in it, and no date."""
    return any(c.isdecimal() for c in part) and not YEAR.search(part)


def _student(cells: Sequence[str], columns: _Columns, people: People) -> str:
    """The student whom a row names; "" where none, or two."""
    meant = {people.with_id(field, cells[column]) for column, field in columns.ids} - {""}
    if not meant and not columns.ids:
        meant = {student for cell in cells for student in people.called(cell)}
    return meant.pop() if len(meant) == 1 else ""


def _time(text: str, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """A local time as UTC without tzinfo; or none, and why."""
    try:
        local = dates.read(text)
    except ValueError as error:
        return None, f"{line(text, 60)!r} {error}"
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        return None, f"{line(text, 60)!r} is a time that is twice or never, as clocks are changed"
    return first.astimezone(UTC).replace(tzinfo=None), ""
