"""A class's points in Moodle's own grading worksheet."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.config import CourseError
from autograder.lms import moodle_sheet
from autograder.lms.moodle_columns import Grades
from autograder.lms.moodle_languages import says_no
from autograder.lms.moodle_rows import rows_of
from autograder.lms.moodle_sheet import AGAIN, Field, Sheet
from autograder.lms.origins import Origin
from autograder.lms.people import People, folded
from autograder.lms.points import ABOVE, EXCUSED, LeftOut, Points, Reason, Row, shown, written
from autograder.words import lines

MOST_LETTERS = 4000
# A comment as `_comment` writes it, to its end, and as Moodle's editor may give it back: in a
# paragraph. What follows the points there begins with a cell's name, and has no HTML but ends of
# lines.
OURS = re.compile(
    r"\s*+(?:<[^/>][^>]*>\s*+)*+"
    r"[\d.]++ of [\d.]++ points(?:, after [\d.]++ for lateness)?+\s*+"
    r"(?:<br\s*+/?>\s*+[^\s:<]++:(?:[^<]++|<br\s*+/?>)*+)?+"
    r"(?:</[^>]*>\s*+)*+",
    re.ASCII,
)

NO_ROW = Reason("not in the worksheet, or not for sure")
LOCKED = Reason("Moodle says that the grade can't be changed")


@dataclass(frozen=True)
class Filled:
    """A worksheet that is filled in.

    Args:
        sheet: as it was.
        participants: Moodle's number of each student here, and the name.
        nobodys: the participants of whom nothing is known here.
        cells: what the changed ones hold now.
        left_out: who has points and no row, or one that stays as it is.
        zeros: who was given no point.
        replaced: whose grade in Moodle is another.
        kept: whose comment stays, because someone wrote it in Moodle.
    """

    sheet: Sheet
    participants: Mapping[str, tuple[str, str]]
    nobodys: Sequence[str]
    cells: dict[Field, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    zeros: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        """The file, as it is to be uploaded."""
        return self.sheet.changed(self.cells)

    def put(self, row: Row, there: moodle_sheet.Row, grades: Grades, grade: str) -> None:
        """Puts a student's grade into a row."""
        student, before = row.student.student_id, there[grades.grade]
        self.cells[before] = grade
        if grade == "0":
            self.zeros.append(student)
        if _differs(before.text, grade):
            self.replaced.append(student)

    def comment(self, row: Row, said: Field, comment: str) -> None:
        """Puts a comment where nobody else has written one."""
        if said.text.strip() and not OURS.fullmatch(said.text):
            self.kept.append(row.student.student_id)
        else:
            self.cells[said] = comment


def fill(
    points: Points, sheet: Sheet, origins: Mapping[str, Origin], *, scaled: bool = False
) -> Filled:
    """The worksheet with the points in it.

    Args:
        points: of the class.
        sheet: Moodle's.
        origins: where submissions came from, as `collect` found it.
        scaled: whether points may be multiplied to fit Moodle's maximum.

    Raises:
        CourseError: it can't be told which column is what, or the maximum is another.
    """
    if sheet.columns is None or (grades := sheet.columns.grades) is None:
        raise CourseError(
            f"{sheet.file}: it can't be told which column has the grades. In Moodle, choose "
            f"English as your language, and {AGAIN}."
        )
    most = shown(sheet.rows[0][grades.most].text) or 0.0
    factor = points.factor(most, "Moodle's maximum grade", scaled=scaled)
    theirs = rows_of(sheet, People(points.people.values()), origins)
    known, locked = {id(row) for row in theirs.values()}, _locked(sheet, grades.can_change)
    filled = Filled(
        sheet,
        {key: (sheet.participant(row), sheet.name(row)) for key, row in theirs.items()},
        [number for r in sheet.rows if id(r) not in known and (number := sheet.participant(r))],
    )
    for row in points.rows:
        there = theirs.get(row.student.student_id)
        reason = _reason(row, there, locked, factor, most)
        if there is None or reason:
            filled.left_out.append(LeftOut(row.student.student_id, reason or NO_ROW))
            continue
        filled.put(row, there, grades, written((row.points or 0) * factor))
        if grades.comments is not None:
            filled.comment(row, there[grades.comments], _comment(row, factor, most))
    return filled


def _reason(
    row: Row, there: moodle_sheet.Row | None, locked: Collection[int], factor: float, most: float
) -> Reason | None:
    """Why the row of a student stays as it is, if there is one."""
    if row.points is None:
        return EXCUSED
    if there is None:
        return NO_ROW
    if id(there) in locked:
        return LOCKED
    return ABOVE if float(written(row.points * factor)) > most else None


def _locked(sheet: Sheet, can_change: int | None) -> set[int]:
    """The `id` of each row of which Moodle says that it takes no grade.

    In a language that is not known here, that is what another word says than most rows have.

    Args:
        sheet: Moodle's.
        can_change: the column in which it says so; None for none.
    """
    if can_change is None:
        return set()
    words = Counter(folded(row[can_change].text) for row in sheet.rows)
    usual = words.most_common(1)[0][0]
    nos = {word for word in words if says_no(word) or (says_no(word) is None and word != usual)}
    return {id(row) for row in sheet.rows if folded(row[can_change].text) in nos}


def _differs(before: str, grade: str) -> bool:
    """Whether a grade that Moodle has is another than the new one."""
    number = shown(before)
    return bool(before.strip()) and (number is None or written(number) != grade)


def _comment(row: Row, factor: float, most: float) -> str:
    """What stands in the teacher's comment: points, and what a person wrote.

    It is HTML to Moodle, without a quote or a backslash: after one Moodle finds no end of a cell.
    """
    first = f"{written((row.points or 0) * factor)} of {written(most)} points"
    if row.lost:
        first += f", after {written(row.lost * factor)} for lateness"
    said = [first, *(f"{name}: {text}" for name, text in row.comments.items())]
    shown = lines("\n".join(said), MOST_LETTERS)
    return "<br>".join(html.escape(each).replace("\\", "&#92;") for each in shown.split("\n"))
