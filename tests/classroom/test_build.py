"""The class is complete, the same every time, and gets from the checks what its files say."""

from __future__ import annotations

import csv
import shutil
import warnings
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
import torch

from autograder.checks import Exercise, judge
from tests.asked import EXERCISES
from tests.classroom.build import Class, ClassError, build, main
from tests.classroom.student import Student, students

RELEASE = Path(__file__).parents[2] / "release" / "losses"
DUE = datetime(2026, 12, 4, 18)
EVERYONE = students()
PRESENT = [student for student in EVERYONE if student.submitted]
by_student = pytest.mark.parametrize("student", PRESENT, ids=lambda s: s.student_id)
by_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """torch on one thread: on small tensors, waiting for the others takes most of the time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course that has a release and nothing else."""
    shutil.copytree(RELEASE, tmp_path / "course" / "release" / "losses")
    return tmp_path / "course"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A course with the class in it: its `path`, and the `group` that `build` returned."""
    path = tmp_path_factory.mktemp("course")
    shutil.copytree(RELEASE, path / "release" / "losses")
    return SimpleNamespace(path=path, group=build(path))


def named(students_: list[Student], theme: str) -> Student:
    """The one student whose theme has these words."""
    (student,) = (student for student in students_ if theme in student.theme)
    return student


def submission(course: Path, student: Student) -> dict[str, str]:
    """The files that the student handed in, by name."""
    folder = course / "submitted" / student.student_id / "losses"
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def failing(student: Student, exercise: Exercise) -> list[str]:
    """The checks that the student's file says must fail, in the exercise's order."""
    names = [check.name for check in exercise.checks]
    verdict = student.expected.get(f"{exercise.name}_hidden")
    if exercise.name not in student.cells or (verdict and verdict.failing == "all"):
        return names
    told = verdict.failing if verdict else ()
    assert set(told) <= set(names)
    return [name for name in names if name in told]


# What the files hold -------------------------------------------------------------------------


def test_building_again_gives_the_same_bytes(course: Path) -> None:
    """A second build rewrites every file as it was."""
    build(course)
    first = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    build(course)
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == first


@by_student
def test_submission_holds_the_students_cells_in_the_release(
    built: SimpleNamespace, student: Student
) -> None:
    """Every released cell is there, in order, and only the student's own differ."""
    extras = {extra.source for extra in student.extras}
    for path in RELEASE.glob("*.ipynb"):
        released = nbformat.read(path, as_version=4).cells
        handed_in = nbformat.reads(submission(built.path, student)[path.name], as_version=4)
        nbformat.validate(handed_in)
        kept = [cell for cell in handed_in.cells if cell.source not in extras]
        for cell, original in zip(kept, released, strict=True):
            marks = original.metadata.get("nbgrader", {})
            source = student.cells.get(marks.get("grade_id", ""), original.source)
            assert (cell.source, cell.metadata.get("nbgrader", {})) == (source, marks)


def test_extra_cells_stand_where_the_student_put_them(built: SimpleNamespace) -> None:
    """A helper's cell comes right before the cell that uses it, a scratch cell right after."""
    for theme, title, where in [("extra cells", "bce", -1), ("scratch cells", "cross_entropy", 1)]:
        student = named(PRESENT, theme)
        texts = [text for name, text in submission(built.path, student).items() if "ipynb" in name]
        cells = [cell for text in texts for cell in nbformat.reads(text, as_version=4).cells]
        sources = [cell.source for cell in cells]
        (extra,) = (e.source for e in student.extras if e.grade_id == title)
        assert sources[sources.index(student.cells[title]) + where] == extra


def test_roster_lists_who_is_absent_too(built: SimpleNamespace) -> None:
    """The roster has the whole class; the absent student has no folder."""
    with (built.path / "roster.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["student_id"] for row in rows] == [student.student_id for student in EVERYONE]
    assert rows[0] == {
        "student_id": "student01",
        "first_name": "Student",
        "last_name": "01",
        "email": "student01@example.org",
        "group": "B",
    }
    (absent,) = (student for student in EVERYONE if not student.submitted)
    assert not (built.path / "submitted" / absent.student_id).exists()
    assert len(list((built.path / "submitted").iterdir())) == len(PRESENT)


def test_one_student_is_late(built: SimpleNamespace) -> None:
    """Only the late student's timestamp is after the assignment is due."""
    late = []
    for student in PRESENT:
        timestamp = submission(built.path, student)["timestamp.txt"]
        if datetime.strptime(timestamp, "%Y-%m-%d %H:%M:%S UTC") > DUE:
            late.append(student)
    assert late == [named(PRESENT, "late")]


# What the files must get ---------------------------------------------------------------------


def test_every_named_check_fails_for_some_student() -> None:
    """No check of any exercise is without a student who fails it."""
    pairs = {(e.name, check.name) for e in EXERCISES for check in e.checks}
    told = {(e.name, name) for s in PRESENT for e in EXERCISES for name in failing(s, e)}
    assert told == pairs


def test_checks_that_can_fail_alone_do() -> None:
    """Each check but the two that any wrong value fails is some student's only mistake.

    Gradients at large logits are lost with the values there, or with all gradients; alone they are
    in `tests/exercises/wrong_answers`.
    """
    beside = {"large-gradient"}
    for exercise in EXERCISES:
        told = [{*failing(s, exercise)} - beside for s in PRESENT]
        alone = {name for names in told if len(names) == 1 for name in names}
        names = {check.name for check in exercise.checks}
        assert names - alone - beside == {"demo", "values"}


def test_expected_scores_cover_every_grade_cell(built: SimpleNamespace) -> None:
    """A right student has full marks and answers to grade, a blank one 0 everywhere."""
    group: Class = built.group
    assert sum(cell.points for cell in group.cells) == 32
    right, blank = named(PRESENT, "one vectorized formula"), named(PRESENT, "as they were released")
    assert group.machine_score(right) == 28
    assert [name for name, score in group.expected(right).items() if score is None] == [
        "written_misprint",
        "written_equivalence",
    ]
    assert set(group.expected(blank).values()) == {0.0}
    assert group.machine_score(named(PRESENT, "Prints, warns")) == 28
    assert sum(group.machine_score(student) == 28 for student in PRESENT) == 9


@by_student
def test_expected_names_grade_cells_that_lose_points(
    built: SimpleNamespace, student: Student
) -> None:
    """A file lists cells of the release only, of functions it has, with less than full marks."""
    points = {cell.grade_id: cell.points for cell in built.group.cells}
    for grade_id, verdict in student.expected.items():
        assert grade_id.rpartition("_")[0] in student.cells
        assert 0 <= verdict.score < points[grade_id]


def _unwritten(*arguments: Any, **options: Any) -> None:
    raise NotImplementedError


def functions(student: Student) -> dict[str, Any]:
    """What the student's cells define, run in their order; what they leave out is unwritten."""
    names: dict[str, Any] = {"torch": torch, **{e.name: _unwritten for e in EXERCISES}}
    for grade_id, source in student.cells.items():
        if grade_id in names:
            beside = [extra for extra in student.extras if extra.grade_id == grade_id]
            before = [extra.source for extra in beside if extra.where == "before"]
            after = [extra.source for extra in beside if extra.where == "after"]
            for text in (*before, source, *after):
                exec(text, names)
    return names


@by_student
@by_exercise
def test_checks_give_what_the_file_expects(
    built: SimpleNamespace, student: Student, exercise: Exercise
) -> None:
    """Score and failing checks of every function are those of the file, own seeds included."""
    with warnings.catch_warnings(record=True):
        function = functions(student)[exercise.name]
        result = judge(exercise, function, key=student.student_id.encode())
    wrong = {check.name: check.message for check in result.checks if not check.passed}
    assert list(wrong) == failing(student, exercise), wrong
    assert result.score == built.group.expected(student)[f"{exercise.name}_hidden"]


# What is refused -----------------------------------------------------------------------------


def test_command_says_how_many_it_wrote(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command names both numbers: submissions, and students."""
    assert main([str(course)]) == 0
    assert capsys.readouterr().out == "Wrote 31 submissions of a class of 32.\n"


def test_course_without_release_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr, exit 2, nothing written."""
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"{tmp_path}/release/losses has no notebooks: release the assignment first "
        "(nbgrader generate_assignment losses).\n"
    )
    assert not list(tmp_path.iterdir())


def test_roster_of_another_class_is_kept(course: Path) -> None:
    """A real roster is not replaced by the made-up one."""
    (course / "roster.csv").write_text("student_id\nada\n", encoding="utf-8")
    with pytest.raises(ClassError, match="lists another class"):
        build(course)
    assert not (course / "submitted").exists()


def test_cell_without_a_place_is_refused(course: Path) -> None:
    """A grade_id that the release has lost is named, and nothing is written."""
    path = course / "release" / "losses" / "multiclass.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace('"nll"', '"nlll"'), encoding="utf-8")
    with pytest.raises(ClassError, match=r"^student01 writes 'nll'; the release has no"):
        build(course)
    assert not (course / "submitted").exists()
