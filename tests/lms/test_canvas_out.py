"""Points for Canvas, read back by the rules of Canvas's own importer."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.config import CourseError
from autograder.lms import canvas_out
from autograder.lms.canvas_out import NO_ID, NOT_THERE, SHARED_ID, CanvasGradebook
from autograder.lms.points import LeftOut, Points, written
from tests.lms.canvas_importer import Canvas, exported
from tests.lms.hard_names import points, row, some_class, student

TITLE = "Binary loss (4321)"


def canvas_of(made: Points) -> Canvas:
    """A course with all of a class in it."""
    names = {
        int(each.lms_user_id): f"{each.last_name}, {each.first_name}"
        for each in made.people.values()
        if each.lms_user_id
    }
    return Canvas(names, {4321: "Binary loss"})


def expected(made: Points) -> dict[int, str]:
    """What Canvas should have, by its number of the student."""
    return {
        int(each.student.lms_user_id): "EX" if each.points is None else written(each.points)
        for each in made.rows
    }


@pytest.mark.parametrize("seed", range(20))
def test_everyone_gets_their_points_whatever_they_are_called(seed: int) -> None:
    """And nobody else's; whoever has no points is not there at all."""
    made = some_class(seed)
    text, left_out = canvas_out.text(made, TITLE, None)
    found = canvas_of(made).imports(text.encode())
    assert left_out == []
    assert found.grades == expected(made)
    assert (found.unknown, found.new_columns, found.points_possible) == ([], [], [])


def test_the_file_is_as_canvas_writes_one() -> None:
    """No mark of an encoding, the student's id behind the name, two decimals at most."""
    made = points([row(student(0), 7 / 3), row(student(2), 4.0), row(student(4), None)], most=10)
    text, _ = canvas_out.text(made, TITLE, None)
    assert text.splitlines() == [
        "Student,ID,Section,Binary loss (4321)",
        '"Doe, Jane (student00)",1000,Sec 1,2.33',
        '"O""Brien, Jr., Sean (student02)",1002,Sec 1,4',
        '"\'=1+1, =cmd() (student04)",1004,Sec 1,EX',
    ]


def test_a_wrong_number_is_asked_about_and_gives_no_namesake_points() -> None:
    """Canvas goes by the name where it knows a number not, and takes the first of two."""
    wrong = replace(student(9), lms_user_id="77777")
    text, _ = canvas_out.text(points([row(wrong, 6.0)]), TITLE, None)
    found = Canvas({1009: "Lee, Sam", 1010: "Lee, Sam"}, {4321: "Binary loss"}).imports(
        text.encode()
    )
    assert found.grades == {}
    assert found.unknown == ["Lee, Sam (student09)"]


def test_who_has_no_number_or_another_s_is_left_out() -> None:
    """Of two with the same number nobody knows whose it is, in whatever way it is written."""
    rows = [
        row(student(0, lms_user_id=""), 1.0),
        row(student(1, lms_user_id="12a"), 1.0),
        row(student(2, lms_user_id="55"), 1.0),
        row(student(3, lms_user_id="0055 "), 1.0),
        row(student(4), 1.0),
    ]
    text, left_out = canvas_out.text(points(rows), TITLE, None)
    assert left_out == [
        LeftOut("student00", NO_ID),
        LeftOut("student01", NO_ID),
        LeftOut("student02", SHARED_ID),
        LeftOut("student03", SHARED_ID),
    ]
    assert canvas_of(points(rows[-1:])).imports(text.encode()).grades == {1004: "1"}


def test_a_title_without_a_number_makes_a_column_with_points_possible() -> None:
    """Of an assignment that Canvas has, they are not written: they would be a change."""
    made = points([row(student(0), 6.0)])
    text, _ = canvas_out.text(made, "losses", None)
    found = canvas_of(made).imports(text.encode())
    assert (found.new_columns, found.points_possible) == (["losses"], ["6"])


def test_a_title_that_canvas_would_drop_is_refused() -> None:
    """It says which, before anything is uploaded in vain."""
    with pytest.raises(CourseError, match="leaves out a column called 'Final Score of it"):
        canvas_out.text(points([]), "Final Score of it (1)", None)


# Canvas's own export ---------------------------------------------------------------------------


PEOPLE = {
    1000: ("Doe, Jane", "jdoe", "Sec 1"),
    1004: ('="=1+1, x"', "eq", "Sec 1 and Sec 2"),
    2000: ("Student, Test", "", "Sec 1"),
}
COLUMNS = {
    TITLE: "6.00",
    "Homework 2 (5000)": "10",
    "Binary loss, bonus (6000)": "1",
    "Notes": "",
    "Homework Current Score": "(read only)",
    "Final Score": "(read only)",
    "Attendance (7000)": "(read only)",
    "Binary Final Score (8000)": "6",
}


def read(tmp_path: Path, separator: str = ",", mark: str = "") -> CanvasGradebook:
    """The gradebook, written and read."""
    path = tmp_path / "gradebook.csv"
    path.write_bytes(exported(PEOPLE, COLUMNS, separator, mark))
    return CanvasGradebook.read(path)


@pytest.mark.parametrize(("separator", "mark"), [(",", ""), (";", ""), (",", "\ufeff")])
def test_what_canvas_exports_is_copied(tmp_path: Path, separator: str, mark: str) -> None:
    """Names, logins, sections and the title as they are there; who is not there is told."""
    gradebook = read(tmp_path, separator, mark)
    made = points([row(student(number), 4.5) for number in (0, 4, 5)])
    text, left_out = canvas_out.text(made, TITLE, gradebook)
    assert text.splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Binary loss (4321)",
        '"Doe, Jane",1000,S1000,jdoe,Sec 1,4.5',
        '"=""=1+1, x""",1004,S1004,eq,Sec 1 and Sec 2,4.5',
    ]
    assert left_out == [LeftOut("student05", NOT_THERE)]
    assert canvas_of(made).imports(text.encode()).grades == {1000: "4.5", 1004: "4.5"}


@pytest.mark.parametrize(
    ("assignment", "wanted", "title"),
    [
        ("homework 2", "", "Homework 2 (5000)"),
        ("binary loss", "", TITLE),
        ("bonus", "", "Binary loss, bonus (6000)"),
        ("losses", "Homework 2", "Homework 2 (5000)"),
        ("losses", TITLE, TITLE),
    ],
)
def test_the_column_is_found(tmp_path: Path, assignment: str, wanted: str, title: str) -> None:
    """By the assignment's name, whole or as a part; or as the configuration has it."""
    assert read(tmp_path).column(assignment, wanted) == title


@pytest.mark.parametrize(
    ("assignment", "wanted", "problem"),
    [
        ("losses", "", "has no column for losses; there is: Binary loss (4321), Homework 2 (5000)"),
        ("binary", "", "has more than one column for binary; there is: Binary loss (4321), Bin"),
        ("losses", "Binary", "has no column for Binary; there is"),
        ("notes", "", "has no column for notes"),
        ("final score", "", "has no column for final score"),
        ("attendance", "", "has no column for attendance"),
    ],
)
def test_a_column_that_is_not_sure_is_asked_for(
    tmp_path: Path, assignment: str, wanted: str, problem: str
) -> None:
    """With what there is, and how to say which."""
    with pytest.raises(CourseError, match=re.escape(problem)) as raised:
        read(tmp_path).column(assignment, wanted)
    assert f'c.Course.canvas_column = {{"{assignment}": "TITLE (NUMBER)"}}' in str(raised.value)


def test_another_maximum_is_told_and_scaled_only_if_asked(tmp_path: Path) -> None:
    """25 of 32 points are no 25 of 10."""
    gradebook = read(tmp_path)
    made = points([row(student(0), 3.0)])
    with pytest.raises(
        CourseError, match=r"is 10 points, and the assignment is worth 6: .*--scale"
    ):
        canvas_out.text(made, "Homework 2 (5000)", gradebook)
    text, _ = canvas_out.text(made, "Homework 2 (5000)", gradebook, scaled=True)
    assert text.splitlines()[-1].endswith(",5")


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n", b"\xff\xfe", b"Student,Section\n", b"Student,ID,X\n"]
)
def test_what_is_no_gradebook_is_one_line(tmp_path: Path, content: bytes) -> None:
    """It says where Canvas has one."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(
        CourseError, match=r"is no gradebook exported from Canvas .* Grades, Export"
    ):
        CanvasGradebook.read(path)
