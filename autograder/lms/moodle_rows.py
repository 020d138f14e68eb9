"""Whose row of Moodle's worksheet is whose: where that is not sure, nobody's."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from autograder.grading.roster import Student
from autograder.lms.moodle_sheet import Row, Sheet
from autograder.lms.origins import Origin

IDENTITIES = ("email", "idnumber", "username", "student_id")  # what a worksheet may show


def rows_of(
    sheet: Sheet, people: Mapping[str, Student], origins: Mapping[str, Origin]
) -> dict[str, Row]:
    """The row of each student, where that is sure.

    By what nobody else has (an address, a number), else by Moodle's number of the student in this
    assignment, if the name is the one that it came with, else by a name that nobody shares.
    """
    found: defaultdict[str, list[Row]] = defaultdict(list)
    knows = _Knowledge(people, origins, sheet)
    for row in sheet.rows:
        if student := knows.student_of(row):
            found[student].append(row)
    return {student: rows[0] for student, rows in found.items() if len(rows) == 1}


class _Knowledge:
    """What the roster and `collect` know of students.

    Args:
        people: everyone, by id.
        origins: where submissions came from.
        sheet: whose rows are asked about.
    """

    def __init__(
        self, people: Mapping[str, Student], origins: Mapping[str, Origin], sheet: Sheet
    ) -> None:
        assert sheet.columns
        self._sheet = sheet
        columns = {place: _texts(sheet, place) for place in sheet.columns.identity}
        self._names_there = Counter(text for texts in columns.values() for text in texts)
        # Where two rows say the same, as of a group, it says of neither who it is.
        self._marking = [c for c, texts in columns.items() if len(texts) == len({*texts})]
        self._marks: defaultdict[str, set[str]] = defaultdict(set)
        self._names: defaultdict[str, set[str]] = defaultdict(set)
        self._origins = {
            each.participant: (student, each)
            for student, each in origins.items()
            if each.lms == "moodle" and each.participant and student in people
        }
        for key, student in people.items():
            for field in IDENTITIES:
                if mark := plain(getattr(student, field)):
                    self._marks[mark].add(key)
            for name in _names_of(student):
                self._names[name].add(key)

    def student_of(self, row: Row) -> str:
        """Whose row it is; "" where that is not sure."""
        assert self._sheet.columns
        marks = [plain(row[place].text) for place in self._marking]
        marked = set[str]().union(*(self._marks.get(mark, ()) for mark in marks if mark))
        if marked:
            return marked.pop() if len(marked) == 1 else ""
        texts = [plain(row[place].text) for place in self._sheet.columns.identity]
        if known := self._origins.get(self._sheet.participant(row)):
            student, origin = known
            if plain(origin.name) in texts:
                return student
        named = set[str]().union(
            *(self._names.get(text, ()) for text in texts if self._names_there.get(text) == 1)
        )
        return named.pop() if len(named) == 1 else ""


def _texts(sheet: Sheet, place: int) -> list[str]:
    """What a column's cells say, those that are empty left out."""
    return [text for row in sheet.rows if (text := plain(row[place].text))]


def _names_of(student: Student) -> Iterator[str]:
    """How Moodle may call a student, in the orders that a site can be set to."""
    first, last = student.first_name, student.last_name
    if first and last:
        yield from map(plain, (f"{first} {last}", f"{last} {first}", f"{last}, {first}"))
    elif first or last:
        yield plain(first or last)


def plain(text: str) -> str:
    """A text as two are compared: composed, in one case, without spaces around or doubled."""
    return unicodedata.normalize("NFC", " ".join(text.split())).casefold()
