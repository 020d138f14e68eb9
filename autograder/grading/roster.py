"""Who takes the course: the roster, and what of it nbgrader's gradebook has to know."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from nbgrader.api import Gradebook, MissingEntry

from autograder.config import CourseError, Settings
from autograder.grading.allowances import NO_ALLOWANCE, OF_ONE, Allowance, MoreTime, is_yes
from autograder.grading.records import tables
from autograder.words import line

Said = TypeVar("Said")
MOST_SHOWN = 60  # letters of a cell
IN_GRADEBOOK = ("first_name", "last_name", "email", "lms_user_id")


@dataclass(frozen=True)
class Student:
    """A line of the roster; "" is what it does not say.

    Args:
        student_id: the name of the student's folder in submitted/.
        first_name: also `last_name` and `email`: what people know the student by.
        lms_user_id: Canvas's number of the student.
        idnumber: also `username`: what Moodle can show of the student beside the name.
        section: of the class that the student sits in.
        group: with which the student hands in.
        others: what else the line has, by the names of the columns: `excused` and `extension` for
            all assignments, and `excused NAME` and `extension NAME` for one, which count first.
        place: the file and the line.
    """

    student_id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    idnumber: str = ""
    username: str = ""
    section: str = ""
    group: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    place: str = field(default="the roster", compare=False)

    @property
    def name(self) -> str:
        """First and last name, or the id where there is none."""
        return f"{self.first_name} {self.last_name}".strip() or self.student_id

    @property
    def in_gradebook(self) -> dict[str, str]:
        """The fields that nbgrader's gradebook has, as far as they are known."""
        return {name: text for name in IN_GRADEBOOK if (text := getattr(self, name))}

    def excused(self, assignment: str) -> bool:
        """Whether nothing of an assignment is asked of the student.

        Raises:
            CourseError: what the roster says of it can't be read.
        """
        column, text = self._said("excused", assignment)
        return self._read(column, text, is_yes)

    def extension(self, assignment: str, due: datetime | None, clock: ZoneInfo) -> timedelta | None:
        """How much longer the student has; None where the roster says nothing of it.

        Args:
            assignment: its name.
            due: UTC without tzinfo; None where it is not due at any time: then no one has longer.
            clock: the course's timezone.

        Raises:
            CourseError: what the roster says of it can't be read, is a time before it is due, or a
                time for all assignments.
        """
        column, text = self._said("extension", assignment)
        if not text:
            return None
        more = self._read(column, text, MoreTime.of if _plain(column) != "extension" else _length)
        if due is None:
            return None
        length = self._read(column, text, lambda _: more.after(due, clock))
        if length >= timedelta():
            return length
        raise CourseError(
            f"{self.place}: {self._cell(column, text)}, and {assignment} is due later, at "
            f"{due:%Y-%m-%d %H:%M} UTC."
        )

    def extension_text(self, assignment: str) -> str:
        """What the roster says of that, as it stands there; "" for nothing."""
        return self._said("extension", assignment)[1]

    def _said(self, what: str, assignment: str) -> tuple[str, str]:
        """The column that counts of those about something, and what it says; "" for nothing."""
        columns = {_plain(name): name for name in self.others}
        for column in (_plain(f"{what} {assignment}"), what):
            if text := self.others.get(columns.get(column, ""), ""):
                return columns[column], text
        return what, ""

    def _read(self, column: str, text: str, reader: Callable[[str], Said]) -> Said:
        try:
            return reader(text)
        except ValueError as error:
            meant = f"{error}" if "is meant" in f"{error}" else "there is no such time"
            raise CourseError(f"{self.place}: {self._cell(column, text)}; {meant}.") from None

    def _cell(self, column: str, text: str) -> str:
        return f"{line(column, MOST_SHOWN)!r} of {self.student_id} is {line(text, MOST_SHOWN)!r}"


def _plain(column: str) -> str:
    """The name of a column, however it is spaced and capitalized."""
    return " ".join(column.split()).casefold()


def _length(text: str) -> MoreTime:
    """An extension for all assignments: until a time it would be a term for those before.

    Raises:
        ValueError: it can't be read, or is a time.
    """
    more = MoreTime.of(text)
    if more.until:
        raise ValueError(OF_ONE)
    return more


KNOWN = {each.name for each in fields(Student)} - {"others", "place"}


def read(path: Path) -> dict[str, Student]:
    """Everyone on the roster, by id, in its order; empty where there is no roster.

    Raises:
        CourseError: no column student_id, or a student without an id or listed twice.
    """
    found = {}
    for student, row, number in _rows(path):
        texts = {name: text.strip() for name, text in row.items() if name and isinstance(text, str)}
        plain = {name: text for name, text in texts.items() if name in KNOWN}
        others = {name: text for name, text in texts.items() if name not in KNOWN}
        found[student] = Student(**plain, others=others, place=f"{path}, line {number}")
    return found


def groups(path: Path) -> dict[str, str]:
    """Student id to the group with which they hand in, of those who have one.

    Raises:
        CourseError: as in `read`.
    """
    return {student: each.group for student, each in read(path).items() if each.group}


def allowances(settings: Settings, assignment: str, due: datetime | None) -> dict[str, Allowance]:
    """What the roster grants each student for an assignment, of those whom it grants anything.

    Args:
        settings: the course's.
        assignment: its name.
        due: when the assignment is, UTC without tzinfo; None for whenever it comes.

    Raises:
        CourseError: what the roster says of it can't be read.
    """
    clock = settings.course.clock
    granted = {
        student: Allowance(each.extension(assignment, due, clock), each.excused(assignment))
        for student, each in read(settings.roster_path).items()
    }
    return {student: each for student, each in granted.items() if each != NO_ALLOWANCE}


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str], int]]:
    """Each student's id, their row, and the line that it ends in.

    Raises:
        CourseError: as in `read`.
    """
    if not path.exists():
        return
    known = set[str]()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise CourseError(f"{path} can't be read as UTF-8 text: {error}.") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "student_id" not in (reader.fieldnames or ()):
        raise CourseError(f"{path} has no column 'student_id' in its first line.")
    for row in reader:
        student = (row["student_id"] or "").strip()
        if not student or student in known:
            problem = f"lists {student} twice" if student else "has a row without a student_id"
            raise CourseError(f"{path}, line {reader.line_num}, {problem}.")
        known.add(student)
        yield student, row, reader.line_num


def register(settings: Settings, assignment: str) -> set[str]:
    """Readies the gradebook: brings roster and due date into it, where they changed.

    A due date that someone gave in the gradebook stays, unless c.Course.due has another.

    Returns:
        Everyone on the roster.

    Raises:
        CourseError: the gradebook does not know the assignment, or is of a newer kit.
    """
    listed = read(settings.roster_path)
    due = settings.course.due_utc(assignment)
    with Gradebook(settings.directory.db_url) as gradebook:
        tables.prepare(gradebook)
        try:
            entry = gradebook.find_assignment(assignment)
        except MissingEntry:
            raise CourseError(
                f"{assignment} is not in the gradebook yet: run `autograder release {assignment}`."
            ) from None
        if due is not None and due != entry.duedate:
            gradebook.update_or_create_assignment(assignment, duedate=due)
        known = {student.id: student for student in gradebook.students}
        for student, each in listed.items():
            there, said = known.get(student), each.in_gradebook
            if there is None or any(getattr(there, key) != text for key, text in said.items()):
                gradebook.update_or_create_student(student, **said)
    return set(listed)


def due(settings: Settings, assignment: str) -> datetime | None:
    """When an assignment is due, by c.Course.due or else by the gradebook: UTC without tzinfo.

    Raises:
        CourseError: the date in course_config.py can't be read.
    """
    if (there := settings.course.due_utc(assignment)) is not None:
        return there
    with Gradebook(settings.directory.db_url) as gradebook:
        known = gradebook.find_assignment(assignment).duedate
    return known if isinstance(known, datetime) else None
