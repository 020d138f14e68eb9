"""The roster: what is read, what is refused, and what reaches the gradebook."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from nbgrader.api import Gradebook

from autograder.config import CourseError, load
from autograder.grading import roster
from autograder.grading.allowances import LENGTH_OR_MOMENT, OF_ONE, YES_OR_NOTHING


def test_who_is_listed_is_read(tmp_path: Path) -> None:
    """Known columns and others; the gradebook gets what it has fields for and is not empty."""
    path = tmp_path / "roster.csv"
    path.write_text(
        "﻿student_id,first_name,last_name,email,group,tutor\n"
        'student01,Student,"Quote ""O"", Jr",, B ,T1\n',
        encoding="utf-8",
    )
    fields = {"first_name": "Student", "last_name": 'Quote "O", Jr'}
    listed = roster.read(path)["student01"]
    assert listed == roster.Student("student01", **fields, group="B", others={"tutor": "T1"})
    assert listed.in_gradebook == fields
    assert listed.name == 'Student Quote "O", Jr'


def test_the_groups_are_read(tmp_path: Path) -> None:
    """Of whoever is in one; a course need have no such column, and no roster."""
    path = tmp_path / "roster.csv"
    assert roster.groups(path) == {}
    path.write_text("student_id,group\nstudent01,B\nstudent02,\nstudent03, B \nstudent04\n")
    assert roster.groups(path) == {"student01": "B", "student03": "B"}
    path.write_text("student_id,email\nstudent01,a@example.org\n")
    assert roster.groups(path) == {}
    path.write_text("group\nB\n")
    with pytest.raises(CourseError, match="no column 'student_id'"):
        roster.groups(path)


def test_no_roster_is_an_empty_one(tmp_path: Path) -> None:
    """A course without a roster has nobody absent."""
    assert roster.read(tmp_path / "roster.csv") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,name\nstudent01,x\n", "has no column 'student_id' in its first line."),
        ("student_id\nstudent01\nstudent01\n", "line 3, lists student01 twice."),
        ("student_id,email\n,x@example.org\n", "line 2, has a row without a student_id."),
        ("", "has no column 'student_id' in its first line."),
    ],
    ids=["no-column", "twice", "no-id", "empty"],
)
def test_a_roster_that_cannot_be_right_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    """The line and the problem are named."""
    path = tmp_path / "roster.csv"
    path.write_text(text)
    with pytest.raises(CourseError, match=re.escape(problem)):
        roster.read(path)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_refused(encoding: str, tmp_path: Path) -> None:
    """A spreadsheet's own encoding is named as the trouble, not guessed at."""
    path = tmp_path / "roster.csv"
    path.write_text("student_id,first_name\nstudent01,Žan\n".replace("Ž", "É"), encoding=encoding)
    with pytest.raises(CourseError, match=re.escape(f"{path} can't be read as UTF-8 text")):
        roster.read(path)


def test_a_changed_roster_and_due_date_reach_the_gradebook(released: Path) -> None:
    """Registering again brings changes in, and keeps whom the roster no longer lists."""
    path = released / "roster.csv"
    settings = load(released)
    path.write_text("student_id,email\nstudent01,a@example.org\nstudent02,\n")
    assert roster.register(settings, "losses") == {"student01", "student02"}
    path.write_text("student_id,email\nstudent01,b@example.org\n")
    settings.course.due = {"losses": "2026-12-24 09:30"}
    assert roster.register(settings, "losses") == {"student01"}
    with Gradebook(settings.directory.db_url) as gradebook:
        emails = {student.id: student.email for student in gradebook.students}
        assert emails == {"student01": "b@example.org", "student02": None}
        assert str(gradebook.find_assignment("losses").duedate) == "2026-12-24 08:30:00"


def test_a_due_date_of_the_gradebook_stays(released: Path) -> None:
    """Only a date in c.Course.due takes the place of one that was set in the formgrader."""
    settings = load(released)
    theirs = datetime(2027, 1, 8, 11, 0)
    with Gradebook(settings.directory.db_url) as gradebook:
        gradebook.update_or_create_assignment("losses", duedate=theirs)
    settings.course.due = {"later": "2026-12-24 09:30"}
    roster.register(settings, "losses")
    assert roster.due(settings, "losses") == theirs
    settings.course.due = {"losses": "2026-12-24 09:30"}
    roster.register(settings, "losses")
    settings.course.due = {}
    assert roster.due(settings, "losses") == datetime(2026, 12, 24, 8, 30)


def listed(text: str, folder: Path) -> roster.Student:
    """The first student of a roster with this text."""
    path = folder / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return next(iter(roster.read(path).values()))


@pytest.mark.parametrize(
    ("columns", "cells", "hours", "excused"),
    [
        ("extension", "2 hours", 2, False),
        ("extension,extension tiny", "2 hours,5 hours", 5, False),
        ("extension,Extension  Tiny", "2 hours,", 2, False),
        ("extension other,excused other", "5 hours,yes", None, False),
        ("extension tiny,extension", "5 hours,2026-12-08 18:00", 5, False),
        ("excused,excused tiny", "yes,no", None, False),
        ("extension,excused", ",", None, False),
        ("email", "a@example.org", None, False),
    ],
)
def test_what_a_student_is_granted(
    columns: str, cells: str, hours: int | None, excused: bool, tmp_path: Path
) -> None:
    """What stands in the assignment's own column counts before what is for all of them."""
    student = listed(f"student_id,{columns}\nstudent01,{cells}\n", tmp_path)
    due = datetime(2026, 12, 4, 17)
    extension = student.extension("tiny", due, ZoneInfo("UTC"))
    assert extension == (None if hours is None else timedelta(hours=hours))
    assert student.excused("tiny") == excused
    assert student.extension("tiny", None, ZoneInfo("UTC")) is None


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("extension", "soon", f"'extension' of student01 is 'soon'; {LENGTH_OR_MOMENT}."),
        ("extension tiny", "2026-12-40 10:00", "is '2026-12-40 10:00'; there is no such time."),
        (
            "extension tiny",
            "2027-03-28 02:30",
            "'extension tiny' of student01 is '2027-03-28 02:30'; there is no such time.",
        ),
        *(
            ("Extension", text, f"'Extension' of student01 is '{text}'; {OF_ONE}.")
            for text in ("2026-12-08 18:00", "2026-12-01 10:00")
        ),
        ("excused tiny", "ill", f"'excused tiny' of student01 is 'ill'; {YES_OR_NOTHING}."),
        (
            "extension tiny",
            "2026-12-01 10:00",
            "is '2026-12-01 10:00', and tiny is due later, at 2026-12-04 17:00 UTC.",
        ),
    ],
    ids=["extension", "time", "no-clock", "for-all", "for-all-before", "excused", "before"],
)
def test_what_cannot_be_read_is_named(column: str, cell: str, problem: str, tmp_path: Path) -> None:
    """With the file, the line, the student, and what is meant."""
    student = listed(f"student_id,{column}\nstudent01,{cell}\n", tmp_path)

    def granted() -> None:
        student.excused("tiny")
        student.extension("tiny", datetime(2026, 12, 4, 17), ZoneInfo("Europe/Zagreb"))

    with pytest.raises(CourseError, match=re.escape(problem)) as refused:
        granted()
    assert str(refused.value).startswith(f"{tmp_path}/roster.csv, line 2: ")
