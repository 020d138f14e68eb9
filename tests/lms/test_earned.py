"""Who gets points, from the gradebook, the roster and submitted/; and who none, and why."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.config import CourseError, load
from autograder.grading.roster import Student
from autograder.lms import earned
from autograder.lms.points import (
    ABSENT,
    DAMAGED_RECORD,
    FAILED,
    STALE,
    UNGRADED,
    UNLISTED,
    WAITS,
    LeftOut,
    WaitingError,
)
from autograder.results import Flag, FlagKind
from tests.lms.filled import Member, fill
from tests.lms.hard_names import student
from tests.tiny import tiny_course

pytestmark = pytest.mark.usefixtures("processes")

LOOK = Flag(FlagKind.SUSPECT_CODE, "double", "reads its own source")
SEEN, LATE = replace(LOOK, settled=True), Flag(FlagKind.LATE, "", "2 h 0 min after the due date.")
ABSENT_ONE = {"graded": False, "handed_in": False, "status": ""}
CLASS = (
    Member(student(0), comment="Nearly."),
    Member(student(1), double=1.0, why=0.5, penalty=0.25, flags=(LATE, SEEN)),
    Member(student(2), why=None),
    Member(student(3), again=True),
    Member(student(4), status="failed"),
    Member(student(5), status="failed", graded=False),
    Member(student(6), **ABSENT_ONE),
    Member(student(7), graded=False, status=""),
    Member(student(8), listed=False),
    Member(student(9), why=None, others={"excused": "yes"}),
    Member(student(10), **ABSENT_ONE, others={"excused": "YES"}),
    Member(student(11), double=0.0, why=0.0, penalty=3.0),
    Member(student(12), flags=(LOOK,), status="flagged"),
    Member(student(13), status=""),
    Member(student(14), why=None, status="", handed_in=False),
)


@pytest.fixture
def course(processes: None, tmp_path: Path) -> Path:
    """A course with that class."""
    made = tiny_course(tmp_path / "course")
    fill(made, CLASS)
    return made


def named(name: str) -> str:
    """The id of one by the place in the class."""
    return f"student{name}"


def test_everyone_has_a_row_or_a_reason(course: Path) -> None:
    """Points after lateness; nobody is in neither, and nobody in both."""
    made = earned.read(load(course), "tiny", partial=True)
    rows = {each.student.student_id: each for each in made.rows}
    assert {key: each.points for key, each in rows.items()} == {
        "student00": 6.0,
        "student01": 1.25,
        "student09": None,
        "student10": None,
        "student11": 0.0,
        "student12": 6.0,
        "student13": 6.0,
    }
    assert {*made.left_out} == {
        LeftOut("student02", WAITS),
        LeftOut("student03", WAITS),
        LeftOut("student04", FAILED),
        LeftOut("student05", FAILED),
        LeftOut("student06", ABSENT),
        LeftOut("student07", UNGRADED),
        LeftOut("student08", UNLISTED),
        LeftOut("student14", WAITS),
    }
    assert made.most == 6.0
    assert made.cells == {"tiny": ("test_double", "why")}
    assert "student08" not in made.people


def test_what_a_row_says(course: Path) -> None:
    """Before and after, each cell, a person's comment, flags that are still open."""
    made = earned.read(load(course), "tiny", partial=True)
    rows = {each.student.student_id: each for each in made.rows}
    late = rows["student01"]
    assert (late.before, late.lost, late.notebooks) == (1.5, 0.25, {"tiny": 1.25})
    assert late.cells == {("tiny", "test_double"): 1.0, ("tiny", "why"): 0.5}
    assert (late.status, late.flags) == ("graded", 0)
    assert (rows["student12"].status, rows["student12"].flags) == ("flagged", 1)
    assert rows["student00"].comments == {"why": "Nearly."}
    assert rows["student00"].student.last_name == "Doe"
    nothing = rows["student11"]
    assert (nothing.before, nothing.lost, nothing.points) == (0.0, 0.0, 0.0)


def test_nothing_is_exported_while_answers_wait(course: Path) -> None:
    """One line names some of them, and counts the others."""
    with pytest.raises(WaitingError) as raised:
        earned.read(load(course), "tiny")
    assert str(raised.value) == (
        "tiny is not exported: 3 students' answers wait for a person's points (formgrader, Manual "
        "Grading): student02, student03, student14. --partial leaves them out."
    )
    many = [Member(Student(f"more{n:03}"), why=None) for n in range(40)]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for each in gradebook.assignment_submissions("tiny"):
            gradebook.remove_submission("tiny", each.student_id)
    fill(course, many)
    with pytest.raises(
        WaitingError, match=r": 40 students' .*: more000, .*, more004 and 35 more\."
    ):
        earned.read(load(course), "tiny")


def test_who_is_absent_may_be_given_nothing(course: Path) -> None:
    """If that is asked for, and the student is not excused."""
    made = earned.read(load(course), "tiny", partial=True, absent_zero=True)
    zero = next(each for each in made.rows if each.student.student_id == "student06")
    assert (zero.points, zero.status, zero.cells) == (0.0, "absent", {})
    assert ABSENT not in {each.reason for each in made.left_out}


def test_only_those_who_are_asked_for(course: Path) -> None:
    """Whoever else waits is of no concern then."""
    made = earned.read(load(course), "tiny", only=["student01"])
    assert [each.student.student_id for each in made.rows] == ["student01"]
    assert made.left_out == ()
    assert len(made.people) == 14


def test_without_a_roster_everyone_in_the_gradebook_counts(course: Path) -> None:
    """With what the gradebook knows of them."""
    (course / "roster.csv").unlink()
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_student("student08", last_name="Known", lms_user_id="55")
    made = earned.read(load(course), "tiny", partial=True)
    rows = {each.student.student_id: each for each in made.rows}
    assert rows["student08"].student == Student("student08", last_name="Known", lms_user_id="55")
    assert UNLISTED not in {each.reason for each in made.left_out}


def test_a_damaged_record_costs_nobody_else_a_row(course: Path) -> None:
    """It is named, with what to do."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.db.connection().exec_driver_sql(
            "UPDATE autograder_submission SET flags = '{' WHERE student_id = 'student00'"
        )
        gradebook.db.commit()
    made = earned.read(load(course), "tiny", partial=True)
    assert LeftOut("student00", DAMAGED_RECORD) in made.left_out
    assert len(made.rows) == 6


def test_what_was_graded_on_other_cells_is_graded_again_first(course: Path) -> None:
    """Its sum is of another assignment than the others'."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.add_grade_cell("new", "tiny", "tiny", max_score=1, cell_type="code")
    made = earned.read(load(course), "tiny", partial=True)
    assert {each.reason for each in made.left_out} >= {STALE}
    assert [each.student.student_id for each in made.rows] == ["student09", "student10"]


def test_what_is_not_released_is_one_line(course: Path) -> None:
    """With the command that does it."""
    path = course / "source" / "other"
    path.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), path / "other.ipynb")
    with pytest.raises(CourseError, match="knows no assignment other: `autograder release other`"):
        earned.read(load(course), "other")


def test_two_thousand_students_take_a_moment(tmp_path: Path) -> None:
    """In a few statements, whatever their number."""
    course = tiny_course(tmp_path / "course")
    fill(course, [Member(replace(student(n), student_id=f"s{n:04}")) for n in range(2000)])
    start = time.process_time()
    made = earned.read(load(course), "tiny")
    assert len(made.rows) == 2000
    assert time.process_time() - start < 5
