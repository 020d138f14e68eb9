"""The way of one assignment through nbgrader's own commands, from release to feedback."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import nbformat
import pytest

from tests.classroom.student import students
from tests.course import fresh_clone, run

pytestmark = pytest.mark.slow

SOLVED = next(student for student in students() if "vectorized" in student.theme.lower())


def nbgrader(course: Path, *arguments: str, fails: bool = False) -> str:
    """What an nbgrader command prints; it must succeed, or fail where that is expected."""
    done = run(course, "nbgrader", *arguments)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def solve(folder: Path) -> None:
    """Writes the solved student's functions into a fetched assignment."""
    for path in folder.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = SOLVED.cells.get(grade_id, cell.source)
        nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def walked(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which one student has gone the whole way; every step must succeed."""
    course = fresh_clone(tmp_path_factory.mktemp("path") / "course")
    nbgrader(course, "generate_assignment", "losses")
    nbgrader(course, "release_assignment", "losses")
    nbgrader(course, "fetch_assignment", "losses")
    unsolved = nbgrader(course, "validate", "losses/binary.ipynb")
    assert "VALIDATION FAILED ON 3 CELL(S)" in unsolved
    solve(course / "losses")
    for name in ("binary", "multiclass"):
        assert "Success! Your notebook passes all the tests." in nbgrader(
            course, "validate", f"losses/{name}.ipynb"
        )
    nbgrader(course, "submit", "losses")
    nbgrader(course, "collect", "losses")
    nbgrader(course, "autograde", "losses")
    nbgrader(course, "generate_feedback", "losses")
    nbgrader(course, "release_feedback", "losses")
    nbgrader(course, "fetch_feedback", "losses")
    nbgrader(course, "export")
    return course


def test_the_source_validates(walked: Path) -> None:
    """The instructor's own notebook passes nbgrader's validation, hidden cells included."""
    said = nbgrader(walked, "validate", "source/losses/binary.ipynb")
    assert "Success! Your notebook passes all the tests." in said


def test_the_grades_are_exported(walked: Path) -> None:
    """The exported table has the submission with full machine marks, and its due date."""
    with (walked / "grades.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["assignment"], row["raw_score"], row["max_score"]) == ("losses", "28.0", "32.0")
    assert row["duedate"] == "2026-12-04 17:00:00"


def test_feedback_shows_checks_and_no_expected_value(walked: Path) -> None:
    """The student's page has each named check, and nothing of how the kit computes."""
    (page,) = walked.glob("losses/feedback/*/binary.html")
    text = re.sub(r"<[^>]+>", " ", page.read_text())
    assert "saturated" in text
    assert "4 of 4 points" in text
    for word in ("DEMO_Z", "BCELoss(reduction=reduction)", "hmac", "AUTOGRADER_STUDENT_KEY"):
        assert word not in text


def test_a_second_release_asks_for_force(walked: Path) -> None:
    """What students may have fetched is not replaced by accident; nbgrader says how."""
    assert "add --force to overwrite" in nbgrader(
        walked, "release_assignment", "losses", fails=True
    )
    nbgrader(walked, "release_assignment", "losses", "--force")


def test_the_exchange_is_in_the_course_wherever_nbgrader_is_started(walked: Path) -> None:
    """The exchange is found from the configuration file's folder, not from the current one."""
    elsewhere = walked / "source"
    listed = run(elsewhere, "nbgrader", "list", "--course-dir", str(walked))
    assert "losses-by-hand losses" in listed.stdout + listed.stderr
    assert not (elsewhere / "exchange").exists()
