"""The bundled class, graded by `autograder grade`, and in part by plain `nbgrader autograde`.

Some of it every day, the whole in CI.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder.results import Flag, FlagKind, SubmissionResult
from tests.classroom.build import Class, build
from tests.classroom.student import Student, students
from tests.course import ROOT, autograder, fresh_clone, run

EVERYONE = students()
# One with all points, the warner, one with mistakes of every kind, one who computes in numpy, one
# who is half done, the late one, and the absent one.
SOME = ("student05", "student09", "student15", "student17", "student30", "student31", "student32")
# One with all points, the warner, one with mistakes of every kind, and the late one.
PLAIN = ("student05", "student09", "student15", "student31")


@dataclass(frozen=True)
class Graded:
    """A course after grading: what was expected of it, and what the command said."""

    name: str
    course: Path
    group: Class
    data: dict[str, Any]
    printed: str
    exit_code: int

    def result(self, student: Student) -> SubmissionResult:
        (found,) = (s for s in self.data["submissions"] if s["student"] == student.student_id)
        return SubmissionResult.from_json(found)


CLASSES = {
    "some": [student for student in EVERYONE if student.student_id in SOME],
    "all": EVERYONE,
}
PRINTED = {
    "some": [
        "6 submissions: 6 graded.",
        "Absent: student32.",
        "Points so far: 9 to 28 of 32, half of them 25.125 or more.",
        "16 points wait for a person: formgrader, Manual Grading.",
    ],
    "all": [
        "31 submissions: 31 graded.",
        "Absent: student32.",
        "Points so far: 0 to 28 of 32, half of them 25.75 or more.",
        "66 points wait for a person: formgrader, Manual Grading.",
    ],
}


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.slow)])
def graded(
    processes: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Graded:
    """Some of the class, or the whole, graded once."""
    course = fresh_clone(tmp_path_factory.mktemp("class") / "course")
    group = build(course, everyone=CLASSES[request.param])
    assert autograder(course, "release", "losses").returncode == 0
    done = run(course, "autograder", "grade", "losses", "--json", "grades.json")
    data = json.loads((course / "grades.json").read_text())
    return Graded(request.param, course, group, data, done.stdout, done.returncode)


@pytest.fixture(scope="module")
def plain(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the class, graded by nbgrader's own command."""
    course = fresh_clone(tmp_path_factory.mktemp("plain") / "course")
    build(course, everyone=[student for student in EVERYONE if student.student_id in PLAIN])
    assert run(course, "nbgrader", "generate_assignment", "losses").returncode == 0
    done = run(course, "nbgrader", "autograde", "losses")
    assert done.returncode == 0, done.stderr
    return course


def scores(course: Path, student: str) -> dict[str, float | None]:
    """What the gradebook says of each grade cell; None where a person has to grade."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission("losses", student)
        return {
            grade.name: None if grade.needs_manual_grade else grade.score
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def test_every_cell_gets_the_score_that_the_student_file_says(graded: Graded) -> None:
    """Each grade cell of each submission has its expected score."""
    actual = {
        student.student_id: {name: c.score for name, c in graded.result(student).cells.items()}
        for student in graded.group.submissions
    }
    expected = {s.student_id: graded.group.expected(s) for s in graded.group.submissions}
    assert actual == expected


def test_the_expected_checks_fail_each_with_a_message_and_all_with_a_reason(
    graded: Graded,
) -> None:
    """A lost point has a named check that says what differs, and a cell says what to do."""
    for student in graded.group.submissions:
        for grade_id, cell in graded.result(student).cells.items():
            where = f"{student.student_id}, {grade_id}"
            failed = [check for check in cell.checks if not check.passed]
            assert all(check.message for check in failed), where
            assert not failed or any(check.cause or check.hint for check in failed), where
            assert not cell.checks or sum(c.points for c in cell.checks) == cell.score, where
            if verdict := student.expected.get(grade_id):
                every = [check.name for check in cell.checks]
                names = every if verdict.failing == "all" else list(verdict.failing)
                assert [check.name for check in failed] == names, where


def test_the_gradebook_says_what_the_record_says(graded: Graded) -> None:
    """The gradebook that the formgrader shows holds the same scores."""
    for student in graded.group.submissions:
        assert scores(graded.course, student.student_id) == graded.group.expected(student)


def test_late_and_absent_are_told(graded: Graded) -> None:
    """The late one is flagged, the absent one named, and neither is an exception."""
    flags = {r["student"]: r["flags"] for r in graded.data["submissions"] if r["flags"]}
    assert flags == {
        "student31": [Flag(FlagKind.LATE, "", "14 h 31 min after the due date.").to_json()]
    }
    assert graded.data["absent"] == ["student32"]
    assert graded.exit_code == 0


def test_a_run_that_needs_nobody_ends_in_a_few_lines(graded: Graded) -> None:
    """No row for whom all is well: counts, who is absent, what waits, and the gradebook."""
    assert graded.printed.splitlines() == [
        *PRINTED[graded.name],
        f"Gradebook: sqlite:///{graded.course}/gradebook.db",
    ]


def test_autograded_copies_are_whole(graded: Graded) -> None:
    """Every submission has its graded notebooks and support files, and no draft is left."""
    for student in graded.group.submissions:
        folder = graded.course / "autograded" / student.student_id
        assert [path.name for path in folder.iterdir()] == ["losses"]
        names = {path.name for path in (folder / "losses").iterdir()}
        assert names == {"binary.ipynb", "multiclass.ipynb", "helper.py", "timestamp.txt"}


@pytest.mark.slow
def test_plain_nbgrader_gives_the_same_grades(plain: Path, graded: Graded) -> None:
    """`nbgrader autograde` agrees with `autograder grade`; who warns a lot loses nothing."""
    for student in graded.group.submissions:
        if student.student_id in PLAIN:
            assert scores(plain, student.student_id) == graded.group.expected(student)


def test_what_the_warner_prints_in_hidden_tests_is_not_shown(graded: Graded) -> None:
    """What a function prints and warns during hidden tests is not in the graded notebook."""
    path = graded.course / "autograded" / "student09" / "losses" / "binary.ipynb"
    cells = json.loads(path.read_text())["cells"]
    (hidden,) = (
        c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == "bce_hidden"
    )
    assert [output["output_type"] for output in hidden["outputs"]] == ["execute_result"]


@pytest.mark.parametrize("student", ["student15", "student30"], ids=["wrong", "half-done"])
def test_feedback_tells_checks_and_causes_and_nothing_of_the_kit(
    graded: Graded, student: str
) -> None:
    """A student's page has each cause, and no line of the hidden tests' own code."""
    done = run(graded.course, "nbgrader", "generate_feedback", "losses", "--student", student)
    assert done.returncode == 0, done.stderr
    page = (graded.course / "feedback" / student / "losses" / "binary.html").read_text()
    (whose,) = (each for each in graded.group.submissions if each.student_id == student)
    cells = graded.result(whose).cells
    hidden = [cells[f"{name}_hidden"] for name in ("bce", "bce_with_logits")]
    causes = [cause for cell in hidden for cause in cell.causes()]
    assert causes
    assert [cause for cause in causes if cause not in unescape(page)] == []
    for path in (ROOT / "autograder").rglob("*.py"):
        assert path.name == "__init__.py" or f"/{path.name}" not in page
    assert "DEMO_Z" not in page
    assert "call_with" not in page
