"""A class's points as Canvas's gradebook takes them: Grades, Import.

Canvas finds a student by its own number, and a column by the number at the end of its title. Where
it knows a number not, it goes by the name, and takes the first of two who share one: so a name that
was not copied from Canvas's own export has the student's id behind it, and nobody is called so.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.config import CourseError
from autograder.grading.roster import Student
from autograder.lms.csv_text import inert, table
from autograder.lms.points import LeftOut, Points, Reason, Row, written
from autograder.words import few, line

POSSIBLE = "Points Possible"  # in the first cell of the row that has them
LEAD = ("Student", "ID", "Section")  # the least that Canvas takes before its assignments
NUMBERED = re.compile(r"(?P<title>.+) \((?P<id>[0-9]+)\)", re.DOTALL)
# Titles that Canvas takes for sums of its own, and leaves out without a word.
OF_CANVAS = re.compile(r"(?:Current|Final|Override) (?:Score|Points|Grade|Status)")

NO_ID = Reason("no number of Canvas's in the roster's column lms_user_id")
SHARED_ID = Reason("an lms_user_id that two on the roster have")
NOT_THERE = Reason("an lms_user_id that is not in Canvas's gradebook")


@dataclass(frozen=True)
class CanvasGradebook:
    """A gradebook as Canvas exports it.

    Args:
        lead: the titles before the assignments.
        people: what stands under these, by Canvas's number of the student.
        assignments: the titles of the columns that take points, each with the most that it takes;
            None where that is not said.
    """

    lead: tuple[str, ...]
    people: Mapping[str, tuple[str, ...]]
    assignments: Mapping[str, float | None]

    @classmethod
    def read(cls, path: Path) -> CanvasGradebook:
        """The gradebook in a file.

        Raises:
            CourseError: it is none.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
            first = text.partition("\n")[0]
            separator = ";" if first.count(";") > first.count(",") else ","
            header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
            place, stop = header.index("ID"), header.index("Section") + 1
        except (OSError, ValueError, csv.Error) as error:
            raise CourseError(
                f"{path} is no gradebook exported from Canvas ({line(str(error), 80)}): in Canvas, "
                "Grades, Export."
            ) from None
        possible = next((row for row in rows if row and POSSIBLE in row[0]), [])
        return cls(
            tuple(header[:stop]),
            {
                _number(row[place]): tuple(row[:stop])
                for row in rows
                if len(row) >= stop and _number(row[place])
            },
            dict(_assignments(header[stop:], possible[stop:])),
        )

    def column(self, assignment: str, wanted: str) -> str:
        """The title of an assignment's column.

        Args:
            assignment: its name here.
            wanted: its title, with or without Canvas's number; "" to look for it by the name.

        Raises:
            CourseError: there is none, or more than one.
        """
        name = (wanted or assignment).casefold()
        bare = {title: _bare(title).casefold() for title in self.assignments}
        found = [title for title in bare if name in (title.casefold(), bare[title])]
        if not found and not wanted:
            found = [title for title in bare if name in bare[title]]
        if len(found) != 1:
            many = "more than one column" if found else "no column"
            there = few([line(each, 80) for each in found or bare], 10) or "none"
            raise CourseError(
                f"Canvas's gradebook has {many} for {wanted or assignment}; there is: {there}. Say "
                f'which: c.Course.canvas_column = {{"{assignment}": "TITLE (NUMBER)"}}.'
            )
        return found[0]


def _assignments(
    titles: Sequence[str], possible: Sequence[str]
) -> Iterator[tuple[str, float | None]]:
    """The columns that take points, and the most that each takes."""
    for place, title in enumerate(titles):
        said = possible[place].strip() if place < len(possible) else ""
        if NUMBERED.fullmatch(title) and not OF_CANVAS.search(title) and "read only" not in said:
            number = said.replace(",", ".")
            yield title, float(number) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", number) else None


def _bare(title: str) -> str:
    """A title without Canvas's number."""
    found = NUMBERED.fullmatch(title)
    return found["title"] if found else title


def is_numbered(title: str) -> bool:
    """Whether a title has Canvas's number of an assignment at its end."""
    return NUMBERED.fullmatch(title) is not None


def text(
    points: Points, title: str, gradebook: CanvasGradebook | None, *, scaled: bool = False
) -> tuple[str, list[LeftOut]]:
    """The gradebook with one column, and who has points and is not in it.

    Args:
        points: of the class.
        title: of the column.
        gradebook: Canvas's own, where there is one to copy from.
        scaled: whether points may be multiplied to fit the most that Canvas has for the column.

    Raises:
        CourseError: Canvas would leave the column out, or has another number of points for it.
    """
    if OF_CANVAS.search(title):
        raise CourseError(
            f"Canvas leaves out a column called {line(title, 80)!r}, as if it were one of its own."
        )
    most = gradebook.assignments.get(title) if gradebook else None
    where = f"Canvas's maximum of {line(title, 80)}"
    factor = 1.0 if most is None else points.factor(most, where, scaled=scaled)
    lead = gradebook.lead if gradebook else LEAD
    shared = Counter(map(_canvas_id, points.people.values()))
    lines, left_out = [[*lead, title]], list[LeftOut]()
    if not is_numbered(title):  # of an assignment that Canvas has, they stay what they are
        lines.append([f"    {POSSIBLE}", *[""] * (len(lead) - 1), written(points.most)])
    for row in points.rows:
        number = _canvas_id(row.student)
        if reason := _reason(number, shared[number], gradebook):
            left_out.append(LeftOut(row.student.student_id, reason))
            continue
        before = gradebook.people[number] if gradebook else _lead(row.student, number)
        lines.append([*before, _score(row, factor)])
    return table(lines), left_out


def _score(row: Row, factor: float) -> str:
    return "EX" if row.points is None else written(row.points * factor)


def _reason(number: str, holders: int, gradebook: CanvasGradebook | None) -> Reason | None:
    """Why Canvas could not know for sure whose points these are."""
    if not number:
        return NO_ID
    if holders > 1:
        return SHARED_ID
    return NOT_THERE if gradebook and number not in gradebook.people else None


def _lead(student: Student, number: str) -> list[str]:
    """What stands before a student's points, under the titles of LEAD."""
    names = ", ".join(filter(None, [student.last_name, student.first_name]))
    called = f"{names} ({student.student_id})" if names else student.student_id
    if POSSIBLE in called:  # Canvas would take the row for the one that has these
        called = number
    return [inert(called), number, inert(student.section)]


def _canvas_id(student: Student) -> str:
    """Canvas's number of a student; "" where the roster has none."""
    return _number(student.lms_user_id)


def _number(text: str) -> str:
    """A number as Canvas reads it; "" for what is none."""
    return str(int(text)) if re.fullmatch(r"\s*[0-9]{1,19}\s*", text) else ""
