"""Who on the roster is meant by what an LMS or a person calls them; never a name that two share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path

from autograder.config import CourseError
from autograder.grading import roster
from autograder.grading.roster import Student

IDS = ("student_id", "email", "username", "lms_user_id", "idnumber")
VANISH = re.compile(r"[\x00-\x1f\x7f&<>\"'|:\\/`]")  # of what Moodle's clean_param takes from names
NO_ROSTER = (
    "there is no {path}: whose submission is whose is known by it. Make it from Canvas's gradebook "
    "export (ID is lms_user_id, SIS Login ID may be student_id) or from Moodle's participants list "
    "(email, idnumber, username); its first line: student_id,first_name,last_name,email,lms_user_id"
)


class People:
    """Everyone on the roster, by what they are called."""

    def __init__(self, students: Iterable[Student]) -> None:
        self.students = {student.student_id: student for student in students}

    def with_id(self, field: str, text: str) -> str:
        """The one student of whom a column of the roster says this, or ""."""
        found = self._by[field].get(folded(text), ())
        return found[0] if len(found) == 1 else ""

    def with_any_id(self, text: str) -> set[str]:
        """The students one of whose ids this is."""
        return {s for field in IDS for s in self._by[field].get(folded(text), ())}

    def called(self, name: str) -> tuple[str, ...]:
        """The students of this full name, as any of its orders has it."""
        return self._by_name.get(plain(name), ())

    def in_group(self, name: str) -> tuple[str, ...]:
        """The students whose group has this name."""
        return self._by_group.get(plain(name), ())

    def handing_in_with(self, student: str) -> tuple[str, ...]:
        """A student, and those of the same group."""
        group = self.students[student].group
        return self.in_group(group) if group else (student,)

    @cached_property
    def _by(self) -> dict[str, dict[str, tuple[str, ...]]]:
        return {
            field: _grouped((folded(getattr(s, field)), s.student_id) for s in self._all())
            for field in IDS
        }

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        return _grouped(
            (plain(name), student.student_id)
            for student in self._all()
            for name in {
                f"{student.first_name} {student.last_name}",
                f"{student.last_name} {student.first_name}",
                f"{student.last_name}, {student.first_name}",
            }
        )

    @cached_property
    def _by_group(self) -> dict[str, tuple[str, ...]]:
        return _grouped((plain(student.group), student.student_id) for student in self._all())

    def _all(self) -> Collection[Student]:
        return self.students.values()


def read(path: Path) -> People:
    """The people on a roster.

    Raises:
        CourseError: there is no roster, it can't be read, or an id can be no folder's name.
    """
    if not path.exists():
        raise CourseError(NO_ROSTER.format(path=path.name) + ".")
    people = People(roster.read(path).values())
    for student in people.students:
        if Path(student).name != student or student.startswith(".") or not student.isprintable():
            raise CourseError(f"{path}: {student!r} can't be the name of a student's folder.")
    return people


def folded(text: str) -> str:
    """A text in one form, capitals and spaces around it aside."""
    return unicodedata.normalize("NFC", text).strip().casefold()


def plain(name: str) -> str:
    """A name as Moodle's files and the roster both have it, capitals aside."""
    return " ".join(VANISH.sub("", folded(name)).replace("_", " ").replace(",", ", ").split())


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Who has each text; nobody has the empty one."""
    found: dict[str, dict[str, None]] = {}
    for text, student in pairs:
        if text:
            found.setdefault(text, {})[student] = None
    return {text: tuple(students) for text, students in found.items()}
