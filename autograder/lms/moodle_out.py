"""A class's points in Moodle's own grading worksheet."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder.config import CourseError
from autograder.lms import moodle_sheet
from autograder.lms.moodle_rows import rows_of
from autograder.lms.moodle_sheet import Columns, Field, Sheet
from autograder.lms.origins import Origin
from autograder.lms.points import ABOVE, EXCUSED, LeftOut, Points, Reason, Row, written
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

    def put(self, row: Row, there: moodle_sheet.Row, columns: Columns, grade: str) -> None:
        """Puts a student's grade into a row."""
        student, before = row.student.student_id, there[columns.grade]
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
    points: Points,
    sheet: Sheet,
    name: str,
    origins: Mapping[str, Origin],
    *,
    scaled: bool = False,
) -> Filled:
    """The worksheet with the points in it.

    Args:
        points: of the class.
        sheet: Moodle's.
        name: of its file.
        origins: where submissions came from, as `collect` found it.
        scaled: whether points may be multiplied to fit Moodle's maximum.

    Raises:
        CourseError: it can't be told which column is what, or the maximum is another.
    """
    if (columns := sheet.columns) is None:
        raise CourseError(
            f"{name}: it can't be told which column has the grades. In Moodle, choose English as "
            f"your language, and {moodle_sheet.AGAIN}."
        )
    most = sheet.most
    factor = points.factor(most, "Moodle's maximum grade", scaled=scaled)
    theirs = rows_of(sheet, points.people, origins)
    known = {id(row) for row in theirs.values()}
    filled = Filled(
        sheet,
        {key: (sheet.participant(row), sheet.name(row)) for key, row in theirs.items()},
        [sheet.participant(row) for row in sheet.rows if id(row) not in known],
    )
    for row in points.rows:
        there = theirs.get(row.student.student_id)
        reason = _reason(row, sheet, there, factor, most)
        if there is None or reason:
            filled.left_out.append(LeftOut(row.student.student_id, reason or NO_ROW))
            continue
        filled.put(row, there, columns, written((row.points or 0) * factor))
        if columns.comments is not None:
            filled.comment(row, there[columns.comments], _comment(row, factor, most))
    return filled


def _reason(
    row: Row, sheet: Sheet, there: moodle_sheet.Row | None, factor: float, most: float
) -> Reason | None:
    """Why the row of a student stays as it is, if there is one."""
    if row.points is None:
        return EXCUSED
    if there is None:
        return NO_ROW
    if _is_locked(sheet, there):
        return LOCKED
    return ABOVE if float(written(row.points * factor)) > most else None


def _is_locked(sheet: Sheet, row: moodle_sheet.Row) -> bool:
    """Whether Moodle says of a row that it takes no grade.

    In a language that is not known here, that is what another word says than most rows have.
    """
    if sheet.columns is None or (place := sheet.columns.can_change) is None:
        return False
    word = row[place].text.strip().casefold()
    if word in ("yes", "no"):
        return word == "no"
    words = Counter(each[place].text.strip().casefold() for each in sheet.rows)
    return word != words.most_common(1)[0][0]


def _differs(before: str, grade: str) -> bool:
    """Whether a grade that Moodle has is another than the new one."""
    number = before.strip().replace(",", ".")
    return bool(number) and (
        not moodle_sheet.NUMBER.fullmatch(number) or written(float(number)) != grade
    )


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
