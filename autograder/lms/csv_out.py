"""A class's points as a table for people and programs: a line a student, a column a question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from autograder.lms.csv_text import inert, table
from autograder.lms.points import Points, Row, written

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # or Excel reads UTF-8 as another encoding
WHO = ("student_id", "first_name", "last_name", "email", "section", "group")
WHAT = ("status", "before", "lost", "after", "max", "timestamp", "flags")


def text(points: Points, timezone: str) -> str:
    """The table; times are in the timezone, and say so.

    A text that may be a formula has an apostrophe before it; numbers are as they are.
    """
    return BOM + table(_rows(points, ZoneInfo(timezone)))


def _rows(points: Points, zone: ZoneInfo) -> Iterator[list[str]]:
    notebooks = points.cells.items()
    titles = [
        title
        for name, cells in notebooks
        for title in (f"{name}: all", *(f"{name}: {cell}" for cell in cells))
    ]
    yield [*WHO, *WHAT, *map(inert, titles)]
    for row in points.rows:
        numbers = [
            number
            for name, cells in notebooks
            for number in (
                row.notebooks.get(name),
                *(row.cells.get((name, cell)) for cell in cells),
            )
        ]
        yield [
            *(inert(getattr(row.student, name)) for name in WHO),
            *_of_all(row, points.most, zone),
            *("" if number is None else written(number) for number in numbers),
        ]


def _of_all(row: Row, most: float, zone: ZoneInfo) -> list[str]:
    """What is told of a submission as a whole, under the titles of WHAT."""
    sums = ["", "", "EX"]
    if row.points is not None:
        sums = [written(row.before), written(row.lost), written(row.points)]
    return [row.status, *sums, written(most), _time(row.handed_in, zone), str(row.flags)]


def _time(moment: datetime | None, zone: ZoneInfo) -> str:
    """A time of nbgrader's database, which is UTC without tzinfo, with its distance from UTC."""
    if moment is None:
        return ""
    return moment.replace(tzinfo=UTC).astimezone(zone).isoformat(" ", "seconds")
