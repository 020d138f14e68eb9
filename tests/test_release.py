"""The students' copy: what is committed is what the source gives, and holds no answer."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.grading.secret import student_key
from tests.course import ROOT, autograder, run
from tests.tiny import tiny_course

SECRET_REGION = re.compile(
    r"^\s*### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)^\s*### END (?:SOLUTION|HIDDEN TESTS)",
    re.MULTILINE | re.DOTALL,
)

# A gradebook and its copies, whole and half made.
STAMPED = [f"{dot}gradebook-20261123-140829.{end}" for dot in ("", ".") for end in ("db", "sql")]
STOCK_SAVEC = "nbgrader.preprocessors.SaveC"
GRADEBOOKS = ["gradebook.db", *STAMPED]


def texts(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def cells(folder: Path) -> list[nbformat.NotebookNode]:
    """All cells of all notebooks of a folder."""
    return [
        cell
        for path in sorted(folder.glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
    ]


def hidden_lines(source: list[nbformat.NotebookNode]) -> set[str]:
    """The lines of solutions, hidden tests, model answers and marking schemes, and of no more."""
    hidden: list[str] = []
    shown: list[str] = []
    for cell in source:
        written = cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution")
        hidden += [cell.source] if written else SECRET_REGION.findall(cell.source)
        shown += [] if written else [SECRET_REGION.sub("", cell.source)]
    return _lines(hidden) - _lines(shown)


def _lines(sources: list[str]) -> set[str]:
    return {line.strip() for text in sources for line in text.splitlines() if line.strip()}


def leaks(source: Path, release: Path) -> set[str]:
    """What of the source's hidden lines, or its markers, stands in the release."""
    text = "\n".join(cell.source for cell in cells(release))
    markers = {"BEGIN SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "autograder"}
    shown = {line.strip() for line in text.splitlines()}
    return (hidden_lines(cells(source)) & shown) | {word for word in markers if word in text}


def test_the_committed_release_is_what_the_source_gives(released: Path) -> None:
    """release/ is byte for byte what `autograder release` makes today."""
    assert texts(released / "release" / "losses") == texts(ROOT / "release" / "losses")


@pytest.mark.slow
def test_nbgraders_own_command_gives_the_same_bytes(course: Path) -> None:
    """`nbgrader generate_assignment` needs no flag in a fresh clone, and makes the same files."""
    done = run(course, "nbgrader", "generate_assignment", "losses")
    assert done.returncode == 0, done.stderr
    assert texts(course / "release" / "losses") == texts(ROOT / "release" / "losses")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert {notebook.name for notebook in gradebook.find_assignment("losses").notebooks} == {
            "binary",
            "multiclass",
        }


def test_the_release_holds_no_answer() -> None:
    """No solution line, hidden test, model answer or marking scheme is in the students' copy."""
    assert leaks(ROOT / "source" / "losses", ROOT / "release" / "losses") == set()


@pytest.mark.parametrize("grade_id", ["bce", "bce_hidden", "written_misprint"])
def test_a_leak_would_be_found(grade_id: str, course: Path) -> None:
    """The source's own cell, put into the release, is reported."""
    folder = course / "release" / "losses"
    released = nbformat.read(folder / "binary.ipynb", as_version=4)
    source = nbformat.read(course / "source" / "losses" / "binary.ipynb", as_version=4)
    for cell, original in zip(released.cells, source.cells, strict=True):
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            cell.source = SECRET_REGION.sub(r"\1", original.source)
    nbformat.write(released, folder / "binary.ipynb")
    assert leaks(course / "source" / "losses", folder)


def test_the_release_holds_no_secret(course: Path) -> None:
    """Neither the course's secret nor a student's key is in the release, and git ignores it."""
    secret = course / ".course_secret"
    key = student_key(secret, "losses", "student01").hex().encode()
    assert autograder(course, "release", "losses").returncode == 0
    files = b"".join(texts(course / "release").values())
    assert secret.read_bytes() not in files
    assert key not in files
    ignored = run(ROOT, "git", "check-ignore", ".course_secret", "roster.csv", *GRADEBOOKS)
    assert len(ignored.stdout.split()) == 2 + len(GRADEBOOKS)


def test_points_are_those_of_the_exercises(released: Path) -> None:
    """Each hidden cell is worth what its exercise's checks add up to; 28 by machine, 32 in all."""
    from tests.asked import EXERCISES

    points = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in cells(released / "release" / "losses")
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    for exercise in EXERCISES:
        assert points[f"{exercise.name}_hidden"] == exercise.points
        assert points[f"{exercise.name}_visible"] == 1
    assert points["written_misprint"] == points["written_equivalence"] == 2
    assert sum(points.values()) == 32


@pytest.mark.slow
def test_due_date_and_roster_reach_the_gradebook(course: Path) -> None:
    """Releasing records when the assignment is due, in UTC, and who takes the course."""
    (course / "roster.csv").write_text(
        "student_id,first_name,last_name,email\nstudent01,Student,01,student01@example.org\n"
    )
    assert autograder(course, "release", "losses").returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert str(gradebook.find_assignment("losses").duedate) == "2026-12-04 17:00:00"
        assert [student.email for student in gradebook.students] == ["student01@example.org"]


def with_submission(course: Path, assignment: str = "losses") -> None:
    """Puts a student's submission on record."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.add_student("student01")
        gradebook.add_submission(assignment, "student01")


@pytest.mark.usefixtures("processes")
def test_changed_grade_ids_are_refused_once_submissions_exist(tmp_path: Path) -> None:
    """One line names the cells and the way out; the release is kept, the gradebook copied."""
    course = tiny_course(tmp_path / "course")
    with_submission(course, "tiny")
    path = course / "source" / "tiny" / "tiny.ipynb"
    path.write_text(path.read_text().replace('"test_double"', '"test_twice"'))
    before = texts(course / "release")
    done = autograder(course, "release", "tiny")
    (copy,) = course.glob("gradebook-*.db")
    assert done.returncode == 2
    assert done.stderr == (
        "autograder: tiny.ipynb adds or removes graded cells (test_double, test_twice), but "
        "1 submission is recorded for it. Keep the grade_ids as they were, or move the gradebook "
        f"away (a copy is in {copy.name}), release again and grade again.\n"
    )
    assert texts(course / "release") == before
    assert not list(course.glob(".release-*"))
    with Gradebook(f"sqlite:///{copy}") as gradebook:
        assert len(gradebook.assignment_submissions("tiny")) == 1


def test_a_changed_text_is_released_again_over_submissions(released: Path) -> None:
    """New words in a cell are no new cell: the release changes, the submissions stay."""
    with_submission(released)
    path = released / "source" / "losses" / "binary.ipynb"
    path.write_text(path.read_text().replace("The price of surprise", "What surprise costs"))
    assert autograder(released, "release", "losses").returncode == 0
    assert "What surprise costs" in (released / "release/losses/binary.ipynb").read_text()
    with Gradebook(f"sqlite:///{released}/gradebook.db") as gradebook:
        assert len(gradebook.assignment_submissions("losses")) == 1


def test_a_source_that_does_not_parse_keeps_the_old_release(released: Path) -> None:
    """A broken source notebook is one line, and the students' copy is as it was."""
    before = texts(released / "release")
    (released / "source" / "losses" / "binary.ipynb").write_text("{")
    done = autograder(released, "release", "losses")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "autograder: source/losses/binary.ipynb: Notebook does not appear to be JSON"
    )
    assert done.stderr.count("\n") == 1
    assert texts(released / "release") == before


def test_the_notebooks_are_plain_json_without_outputs() -> None:
    """Source and release are saved clean: no outputs, no counts, one kernel name."""
    for path in [*ROOT.glob("source/*/*.ipynb"), *ROOT.glob("release/*/*.ipynb")]:
        data = json.loads(path.read_text())
        assert data["metadata"]["kernelspec"]["name"] == "python3"
        for cell in data["cells"]:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None


def test_the_due_date_that_holds_is_told(released: Path) -> None:
    """Without one in c.Course.due it is the gradebook's; a date of no assignment is told."""
    with Gradebook(f"sqlite:///{released}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment("losses", duedate=datetime(2027, 1, 8, 11, 0))
    with (released / "course_config.py").open("a") as file:
        file.write("\nc.Course.due = {'loses': '2026-12-04 18:00'}\n")
    done = autograder(released, "release", "losses")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == [
        "28 points by machine, 4 written; due 2027-01-08 12:00 Europe/Zagreb",
        "Also: c.Course.due names loses, which has no notebook in source/: misspelt, or still to "
        "be written.",
    ]


def ask(gradebook: Path, statement: str) -> list[tuple[int, ...]]:
    """The rows that a statement gives."""
    with closing(sqlite3.connect(gradebook)) as connection, connection:
        return connection.execute(statement).fetchall()


@pytest.mark.usefixtures("processes")
def test_it_is_copied_whatever_steps_a_course_has(tmp_path: Path) -> None:
    """Before anything is written to it; `--no-copy` makes none."""
    course = tiny_course(tmp_path / "course")
    with_submission(course, "tiny")
    path = course / "course_config.py"
    path.write_text(path.read_text().replace("autograder.grading.preprocessors.SaveC", STOCK_SAVEC))
    ask(course / "gradebook.db", "DELETE FROM autograder_release")
    assert autograder(course, "release", "tiny", "--no-copy").returncode == 0
    assert not list(course.glob("gradebook-*"))
    ask(course / "gradebook.db", "DELETE FROM autograder_release")
    assert autograder(course, "release", "tiny").returncode == 0
    (copy,) = course.glob("gradebook-*.db")
    assert ask(copy, "SELECT count(*) FROM autograder_release") == [(0,)]
    assert ask(course / "gradebook.db", "SELECT count(*) FROM autograder_release") == [(1,)]


@pytest.mark.slow
def test_a_gradebook_that_is_as_it_was_is_copied_once(released: Path) -> None:
    """Releasing again makes no further copy, until something has changed."""
    with_submission(released)
    for _ in range(2):
        assert autograder(released, "release", "losses").returncode == 0
    (first,) = released.glob("gradebook-*.db")
    first.rename(released / "gradebook-20200101-000000.db")
    with Gradebook(f"sqlite:///{released}/gradebook.db") as gradebook:
        gradebook.add_student("student02")
    assert autograder(released, "release", "losses").returncode == 0
    assert len(list(released.glob("gradebook-*.db"))) == 2
    assert not list(released.glob(".gradebook-*"))
