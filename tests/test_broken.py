"""Whatever is handed in ends in a record: every broken submission in one class, both ways."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook, MissingEntry

from autograder.words import printable
from tests.broken import CASES, Case
from tests.classroom.build import Class, build
from tests.classroom.student import HOSTILE, Student, students
from tests.course import SMALL_LIMITS, autograder, fresh_clone, run

pytestmark = pytest.mark.slow

RIGHT = "student01"
# In the same batch: one who warns, a forger, one who ends the process, and one without an end.
BESIDE = ("student09", "hostile01", "hostile40", "hostile50")
OTHERS = tuple(
    student
    for student in (*students(), *students(HOSTILE))
    if student.student_id in (RIGHT, *BESIDE)
)
# nbgrader's command goes the same way once it has found who is to be graded: there, whoever has an
# odd name or hands in nothing to grade, and one of all others whose record is alike.
BY_NBGRADER = [
    case
    for case in CASES
    if case.score is None
    or case.student.lower() == "student"
    or not case.student.replace("-", "").isalpha()
]
BY_NBGRADER += {(c.score, c.flags): c for c in CASES if c not in BY_NBGRADER}.values()


@pytest.fixture(scope="module")
def batch(processes: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Class]:
    """A released course in which everyone broke the same right submission in their own way."""
    course = fresh_clone(tmp_path_factory.mktemp("broken") / "course")
    with (course / "course_config.py").open("a", encoding="utf-8") as config:
        config.write(SMALL_LIMITS)
    group = build(course, everyone=OTHERS)
    submitted = course / "submitted"
    for case in CASES:
        folder = submitted / case.student / "losses"
        shutil.copytree(submitted / RIGHT / "losses", folder)
        case.broken(folder)
    assert autograder(course, "release", "losses").returncode == 0
    return course, group


@pytest.fixture(scope="module")
def handed_in(batch: tuple[Path, Class]) -> Path:
    """The course's folder."""
    return batch[0]


@pytest.fixture(scope="module")
def records(handed_in: Path) -> dict[str, dict[str, Any]]:
    """The record of each student, as `autograder grade` writes it."""
    done = run(handed_in, "autograder", "grade", "losses", "--json", "grades.json")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    data = json.loads((handed_in / "grades.json").read_text())
    return {record["student"]: record for record in data["submissions"]}


@pytest.fixture(scope="module")
def plain(handed_in: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same course with some of them graded by `nbgrader autograde`, and what that said."""
    course = tmp_path_factory.mktemp("plain") / "course"
    shutil.copytree(handed_in, course, symlinks=True)
    for case in CASES:
        if case not in BY_NBGRADER:
            shutil.rmtree(course / "submitted" / case.student)
    shutil.rmtree(course / "autograded", ignore_errors=True)
    (course / "gradebook.db").unlink()
    assert run(course, "nbgrader", "generate_assignment", "losses").returncode == 0
    done = run(course, "nbgrader", "autograde", "losses")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return course, done.stderr


def told(record: dict[str, Any]) -> list[tuple[str, str]]:
    """What the record's flags say, without their sentences."""
    return [(flag["kind"], flag["cell"]) for flag in record["flags"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.student)
def test_the_score_and_the_flags(case: Case, records: dict[str, dict[str, Any]]) -> None:
    """Each way of breaking costs what it has to, and is told in just these flags."""
    record = records[case.student]
    assert told(record) == list(case.flags), record["flags"]
    assert record["score"] == (case.score or 0.0)
    lost = {name for name, cell in record["cells"].items() if cell["score"] == 0}
    assert lost == case.lost()
    assert (record["status"] == "failed") == (case.score is None)


@pytest.mark.parametrize("case", BY_NBGRADER, ids=lambda case: case.student)
def test_nbgrader_gives_the_same(
    case: Case, records: dict[str, dict[str, Any]], plain: tuple[Path, str]
) -> None:
    """`nbgrader autograde` gives each cell the same, and tells the same in its log.

    It has no entry where nothing can be graded.
    """
    course, log = plain
    record = records[case.student]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        try:
            submission = gradebook.find_submission("losses", case.student)
        except MissingEntry:
            cells = {}
        else:
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            cells = {grade.name: grade.auto_score for grade in grades}
    assert cells == {name: cell["score"] for name, cell in record["cells"].items()}
    for flag in record["flags"]:
        assert f"{printable(case.student)}: {flag['kind']}: {flag['detail']}" in log


def test_the_right_one_is_untouched(records: dict[str, dict[str, Any]]) -> None:
    """Nobody else's trouble costs a right submission anything."""
    assert records[RIGHT]["score"] == 28
    assert records[RIGHT]["flags"] == []


def test_everyone_is_there(records: dict[str, dict[str, Any]]) -> None:
    """Nobody is lost, and nobody was made up."""
    students = {student.student_id for student in OTHERS} | {case.student for case in CASES}
    assert {*records} == students


@pytest.mark.parametrize("student", OTHERS, ids=lambda student: student.student_id)
def test_the_others_get_what_they_earned(
    student: Student,
    batch: tuple[Path, Class],
    records: dict[str, dict[str, Any]],
    plain: tuple[Path, str],
) -> None:
    """Who warns, forges, exits or never ends gets the same as in any other batch, both ways."""
    expected = batch[1].expected(student)
    record = records[student.student_id]
    assert {name: cell["score"] for name, cell in record["cells"].items()} == expected
    assert {(flag["kind"], flag["cell"]) for flag in record["flags"]} == set(student.flags)
    with Gradebook(f"sqlite:///{plain[0]}/gradebook.db") as gradebook:
        submission = gradebook.find_submission("losses", student.student_id)
        assert submission.score == sum(score or 0.0 for score in expected.values())


def test_who_wants_a_look_is_told_what_to_do(records: dict[str, dict[str, Any]]) -> None:
    """An action stands in a record if and only if a person is wanted."""
    for record in records.values():
        assert bool(record["action"]) == (record["status"] != "graded"), record
