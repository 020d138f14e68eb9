"""The table of points, read back as a program and as a spreadsheet would."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime

import pytest

from autograder.lms import csv_out
from autograder.lms.csv_text import FORMULA
from autograder.lms.points import Points, written
from tests.lms.hard_names import NAMES, points, row, some_class, student

ZONE = "Europe/Zagreb"


def read(made: Points) -> list[dict[str, str]]:
    """The rows by title."""
    text = csv_out.text(made, ZONE)
    assert text.startswith("\ufeff")  # or Excel takes it for another encoding
    reader = csv.DictReader(io.StringIO(text[1:], newline=""), strict=True)
    return list(reader)


@pytest.mark.parametrize("seed", range(20))
def test_everyone_has_their_points(seed: int) -> None:
    """Whatever they are called; who is excused has EX."""
    made = some_class(seed)
    found = {each["student_id"]: each["after"] for each in read(made)}
    assert found == {
        each.student.student_id: "EX" if each.points is None else written(each.points)
        for each in made.rows
    }


def test_no_text_is_a_formula_and_each_is_one_line() -> None:
    """Names stay whole but for what no terminal shows; numbers are numbers."""
    made = points([row(student(number), 1.5) for number in range(len(NAMES))])
    rows = read(made)
    for each in rows:
        for title, cell in each.items():
            assert not cell.startswith(FORMULA), title
            assert cell.isprintable()
            assert len(cell) <= 201
    assert [rows[place]["last_name"] for place in (1, 2, 4, 6)] == [
        "García-López, María",
        'O"Brien, Jr.',
        "'=1+1",
        "−3",
    ]
    assert rows[6]["first_name"] == "'-2"
    assert {each["after"] for each in rows} == {"1.5"}


def test_the_columns() -> None:
    """Sums before and after lateness, when it came with the zone's distance, each question."""
    made = points([row(student(0), 4.25, 0.5)])
    moment = datetime(2026, 12, 4, 17, 30, 5)
    made = replace(made, rows=(replace(made.rows[0], handed_in=moment, flags=2, status="flagged"),))
    assert read(made) == [
        {
            "student_id": "student00",
            "first_name": "Jane",
            "last_name": "Doe",
            "email": "s0@example.org",
            "section": "Sec 1",
            "group": "",
            "status": "flagged",
            "before": "4.75",
            "lost": "0.5",
            "after": "4.25",
            "max": "6",
            "timestamp": "2026-12-04 18:30:05+01:00",
            "flags": "2",
            "tiny: all": "4.25",
            "tiny: test_double": "4.25",
            "tiny: why": "0.5",
        }
    ]


def test_who_was_excused_or_absent_has_no_numbers_of_questions() -> None:
    """A 0 there would be a claim."""
    excused, absent = read(points([row(student(0), None), replace(row(student(1), 0), cells={})]))
    assert (excused["after"], excused["before"], excused["tiny: why"]) == ("EX", "", "")
    assert (absent["after"], absent["tiny: why"]) == ("0", "")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (7.5, "7.5"),
        (2.005, "2.01"),
        (1 / 3, "0.33"),
        (1234567.25, "1234567.25"),
        (10, "10"),
    ],
)
def test_numbers_are_written_out(number: float, text: str) -> None:
    """With a point, without a thousands mark, half a hundredth upwards."""
    assert written(number) == text
