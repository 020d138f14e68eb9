"""What Moodle's grading worksheet says of each participant: who it is, and when they handed in.

States and times are in the teacher's language; the time is in a timezone that is not named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from autograder.config import CourseError
from autograder.lms import dates, moodle_columns
from autograder.lms.moodle_columns import DRAFT, PART
from autograder.lms.moodle_rows import rows_of
from autograder.lms.moodle_sheet import Row, Sheet
from autograder.lms.origins import Origin
from autograder.lms.people import People
from autograder.words import line

MOST_SHOWN = 60  # letters of a state or a time


@dataclass(frozen=True)
class Participant:
    """What the worksheet says of a participant.

    Args:
        number: Moodle's, in this assignment.
        student: on the roster; "" where it is nobody for certain.
        state: what became of the submission, in the teacher's language.
        draft: whether it was saved and not submitted.
        late: whether the status says so.
        time: when it was submitted, UTC without tzinfo, if that is known.
        trouble: why the time is not known, where there is one.
    """

    number: str
    student: str = ""
    state: str = ""
    draft: bool = False
    late: bool = False
    time: datetime | None = None
    trouble: str = ""


def of(
    sheet: Sheet, people: People, timezone: str, origins: Mapping[str, Origin]
) -> dict[str, Participant]:
    """The participants of a worksheet, by number.

    Args:
        sheet: Moodle's.
        people: on the roster.
        timezone: of the teacher, in which Moodle wrote the times.
        origins: where what was collected before came from, by student.

    Raises:
        CourseError: it has no column of participants.
    """
    if sheet.columns is None:
        raise CourseError(
            f"{sheet.file} is no grading worksheet of Moodle's: it has no column of participants "
            "('Participant 4711'), each with a number of its own. In Moodle: the assignment, "
            "Submissions, Actions, Download grading worksheet."
        )
    rows = rows_of(sheet, people, origins)
    owners = {sheet.participant(row): student for student, row in rows.items()}
    zone = ZoneInfo(timezone)
    return {
        number: _participant(number, owners.get(number, ""), sheet, row, zone)
        for row in sheet.rows
        if (number := sheet.participant(row))
    }


def _participant(number: str, student: str, sheet: Sheet, row: Row, zone: ZoneInfo) -> Participant:
    status, submitted = _said(sheet, row)
    time, trouble = _time(submitted, zone) if moodle_columns.says_time(submitted) else (None, "")
    state = moodle_columns.state(status)
    return Participant(
        number,
        student,
        line(state, MOST_SHOWN),
        draft=DRAFT.search(state) is not None,
        late=any(_says_how_late(part) for part in status.split(PART)[1:2]),
        time=time,
        trouble=trouble,
    )


def _said(sheet: Sheet, row: Row) -> tuple[str, str]:
    """The status that a row has, and when it was submitted; "" for what it does not say."""
    assert sheet.columns
    places = (sheet.columns.status, sheet.columns.submitted)
    status, submitted = ("" if place is None else row[place].text.strip() for place in places)
    return status, submitted


def _says_how_late(part: str) -> bool:
    """Whether a part of a status has a length of time in it, and no date."""
    return any(c.isdecimal() for c in part) and not dates.YEAR.search(part)


def _time(text: str, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """A local time as UTC without tzinfo; or none, and why."""
    try:
        local = dates.read(text)
    except ValueError as error:
        return None, f"{line(text, MOST_SHOWN)!r} {error}"
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        why = "is a time that is twice or never, as clocks are changed"
        return None, f"{line(text, MOST_SHOWN)!r} {why}"
    return first.astimezone(UTC).replace(tzinfo=None), ""
