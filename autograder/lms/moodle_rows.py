"""Whose row of Moodle's worksheet is whose: where that is not sure, nobody's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from autograder.lms.moodle_sheet import Row, Sheet
from autograder.lms.origins import Origin
from autograder.lms.people import People, folded, plain

MOODLES_IDS = ("email", "idnumber", "username", "student_id")  # what a worksheet may show


def rows_of(sheet: Sheet, people: People, origins: Mapping[str, Origin]) -> dict[str, Row]:
    """The row of each student, where that is sure.

    By what nobody else has (an address, a number), else by Moodle's number of the student in this
    assignment, if the name is the one that it came with, else by a name that nobody shares.

    Args:
        sheet: in which it is known which column is what.
        people: on the roster.
        origins: where submissions came from, as far as that is known.
    """
    found: defaultdict[str, list[Row]] = defaultdict(list)
    knows = _Knowledge(sheet, people, origins)
    for row in knows.rows:
        if student := knows.student_of(row):
            found[student].append(row)
    return {student: rows[0] for student, rows in found.items() if len(rows) == 1}


class _Knowledge:
    """What the roster and `collect` know of those whom a worksheet names.

    Where two rows say the same in a column, as of a group, it says of neither who it is. A column
    of numbers may be anything: it counts where half of them are someone's. Where half of what a
    column says is someone's, or any of it an address of theirs, it says of everyone who they are:
    a name counts for nothing beside another's address.
    """

    def __init__(self, sheet: Sheet, people: People, origins: Mapping[str, Origin]) -> None:
        assert sheet.columns
        self._sheet, self._people, self._identity = sheet, people, sheet.columns.identity
        self.rows = [row for row in sheet.rows if sheet.participant(row)]
        self._telling = list[int]()  # the columns in which no two rows say the same
        self._naming = dict[int, set[str]]()  # those that say who everyone is, each with what of it
        for place in self._identity:
            said = [text for row in self.rows if (text := folded(row[place].text))]
            if len(said) == len({*said}):
                self._telling.append(place)
                known = [text for text in said if self._marked(text)]
                fields = self._fields(known)
                if fields and (len(known) * 2 >= len(said) or "email" in fields):
                    self._naming[place] = fields
        self._times_there = Counter(name for row in self.rows for name in {*self._names(row)})
        self._origins = {
            each.participant: (student, each)
            for student, each in origins.items()
            if each.lms == "moodle" and each.participant and student in people.students
        }

    def student_of(self, row: Row) -> str:
        """Whose row it is; "" where that is not sure."""
        marked = set[str]()
        for place in self._telling:
            text = row[place].text.strip()
            if place in self._naming or not text.isdecimal():
                marked |= self._marked(text)
        if marked:
            return marked.pop() if len(marked) == 1 else ""
        names = self._names(row)
        if known := self._origins.get(self._sheet.participant(row)):
            student, origin = known
            if plain(origin.name) in names:
                return student
        alone = [name for name in names if self._times_there[name] == 1]
        named = {student for name in alone for student in self._people.called(name)}
        return named.pop() if len(named) == 1 and not self._is_another(row, *named) else ""

    def _is_another(self, row: Row, student: str) -> bool:
        """Whether a row has an address or a number, and a student, whose it is not, has one too."""
        said = [fields for place, fields in self._naming.items() if row[place].text.strip()]
        known = self._people.students[student]
        return any(getattr(known, field) for fields in said for field in fields)

    def _fields(self, known: Iterable[str]) -> set[str]:
        """The columns of the roster that say any of this."""
        return {
            field
            for field in MOODLES_IDS
            if any(self._people.with_any_id(text, [field]) for text in known)
        }

    def _marked(self, text: str) -> set[str]:
        """The students of whom the roster says this."""
        return self._people.with_any_id(text, MOODLES_IDS)

    def _names(self, row: Row) -> list[str]:
        """What in a row may be a name."""
        return [name for place in self._identity if (name := plain(row[place].text))]
