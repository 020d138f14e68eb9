"""Points that leave the gradebook: of each student a row, or the reason why there is none.

`earned` decides who has which; here they are data, and written as every LMS reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from autograder.config import CourseError
from autograder.grading.records.standing import Cell
from autograder.grading.roster import Student

NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")  # as an LMS shows one, in any language


class WaitingError(Exception):
    """Somebody's points are not all there; the text says whose, in one line."""


@dataclass(frozen=True)
class Reason:
    """Why a student gets no row.

    Args:
        text: as it stands before the students' names.
        ordinary: whether that asks for nobody.
    """

    text: str
    ordinary: bool = False


ABSENT = Reason("handed in nothing", ordinary=True)
WAITS = Reason("answers wait for a person's points", ordinary=True)
UNLISTED = Reason("not on the roster", ordinary=True)
FAILED = Reason("the last hand-in could not be graded")
UNGRADED = Reason("handed in and not graded: run `autograder grade`")
AGAIN = Reason("handed in again since it was graded, or at another time: run `autograder grade`")
STALE = Reason("graded before the assignment was changed: run `autograder grade`")
DAMAGED_RECORD = Reason("the record is damaged: grade again, with `--student`")
# Of Moodle, in its worksheet and its import.
EXCUSED = Reason("excused, for which Moodle's file has no word: see to it there", ordinary=True)
ABOVE = Reason("more points than Moodle takes: enter them there")


@dataclass(frozen=True)
class LeftOut:
    """A student who gets no row."""

    student: str
    reason: Reason


@dataclass(frozen=True)
class Row:
    """What leaves the gradebook of one student.

    Args:
        student: as the roster has them.
        status: "graded"; "flagged": with flags that nobody has settled; "excused"; "absent".
        points: after what lateness costs; None for who is excused.
        before: without that.
        lost: what lateness costs.
        notebooks: the points of each, after what lateness costs.
        cells: the points of each graded cell.
        handed_in: when, UTC without tzinfo, if that is known.
        flags: how many nobody has settled.
        comments: what a person wrote, by the grade_id of the cell.
    """

    student: Student
    status: Literal["graded", "flagged", "excused", "absent"]
    points: float | None
    before: float = 0.0
    lost: float = 0.0
    notebooks: Mapping[str, float] = field(default_factory=dict)
    cells: Mapping[Cell, float] = field(default_factory=dict)
    handed_in: datetime | None = None
    flags: int = 0
    comments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Points:
    """The points of a class.

    Args:
        rows: of who gets one, in the roster's order.
        left_out: everyone else.
        most: what the assignment is worth.
        cells: its graded cells, by notebook, as they stand in the source.
        people: everyone on the roster, or in the gradebook where there is none, by id.
    """

    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...]
    most: float
    cells: Mapping[str, tuple[str, ...]]
    people: Mapping[str, Student]

    def factor(self, most: float, where: str, *, scaled: bool) -> float:
        """What points are multiplied by, where something else is the most that can be had.

        Args:
            most: there.
            where: that is, in words.
            scaled: whether somebody has asked for it.

        Raises:
            CourseError: nobody has, and it is not what the assignment is worth.
        """
        if written(most) == written(self.most):
            return 1.0
        if not scaled or not self.most:
            raise CourseError(
                f"{where} is {written(most)} points, and the assignment is worth "
                f"{written(self.most)}: change it there, or give --scale to multiply everyone's "
                f"points by {written(most)}/{written(self.most)}."
            )
        return most / self.most


def written(points: float) -> str:
    """Points as every LMS reads them: two decimals at most, after a point."""
    rounded = Decimal(repr(float(points))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".")


def shown(text: str) -> float | None:
    """The number that an LMS shows, with a point or a comma; None for what is none."""
    number = text.strip()
    return float(number.replace(",", ".")) if NUMBER.fullmatch(number) else None
