"""`autograder similar`: from graded copies to the page, and nothing but the page."""

from __future__ import annotations

import hashlib
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.config import load
from autograder.reporting.similar import writers
from autograder.reporting.similar.writers import Place
from tests.course import autograder
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

ODD = "teh_gnu = 17 * 3 - 4  # when the gnus are gone, stop counting them\nteh_gnu = teh_gnu // 5"


def hand_in(course: Path, student: str, own: str = "", **answers: str) -> None:
    """Puts a submission in place, with a cell of the student's own."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True)
    notebook = answered(course, **answers)
    if own:
        notebook.cells.append(new_code_cell(own))
    nbformat.write(notebook, folder / "tiny.ipynb")


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded class of twelve: two with the same odd cell, and a group that handed in the same."""
    course = tiny_course(tmp_path_factory.mktemp("similar") / "course")
    for n in range(8):
        double = f"def double(x):\n    return {n + 2} * x - {n} * x"
        hand_in(course, f"own{n}", double=double, why=f"Number{n} stands{n} here{n}.")
    for student in ("first", "second"):
        hand_in(course, student, ODD, double=f"def double({student}):\n    return {student} * 2")
    for student in ("ana", "bo"):
        hand_in(course, student, ODD.replace("gnu", "emu"), why="Ours.")
    roster = "student_id,first_name,group\nana,Ana,A\nbo,Bo,A\nfirst,Iva,\n"
    (course / "roster.csv").write_text(roster)
    assert autograder(course, "grade", "tiny").returncode in (0, 1)
    hand_in(course, "late")
    return course


def digests(course: Path) -> dict[str, str]:
    """Every file of a course but its reports."""
    paths = (p for p in course.rglob("*") if p.is_file() and "reports" not in p.parts)
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_page_is_written_and_nothing_else_is(course: Path) -> None:
    """Neither gradebook nor feedback knows of it; what is alike is no reason for exit code 1."""
    before = digests(course)
    done = autograder(course, "similar", "tiny")
    path = course / "reports" / "tiny-similar.html"
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("11 submissions compared, 55 pairs: ")
    assert done.stdout.splitlines()[1:] == [
        "1 not graded, so not compared.",
        f"Similar submissions: {path}",
    ]
    assert digests(course) == before
    html = path.read_text()
    assert "late" in html
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_students_wrote_is_read_from_graded_copies(course: Path) -> None:
    """Answers and own cells, a group that is the same once, and no remark of the kit's."""
    found = {writer.students: writer for writer in writers.read(load(course), "tiny")}
    assert ("ana", "bo") in found
    assert found["ana", "bo"].group == "A"
    first = found["first",].texts
    assert first[Place("tiny", "", code=True)] == ODD
    assert "first * 2" in first[Place("tiny", "double", code=True)]
    assert not any(
        "Nothing was written here" in text for w in found.values() for text in w.texts.values()
    )


def test_a_damaged_copy_is_told(course: Path) -> None:
    """With its path, in one line."""
    path = course / "autograded" / "own0" / "tiny" / "tiny.ipynb"
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    done = autograder(course, "similar", "tiny")
    path.write_bytes(whole)
    assert done.returncode == 2
    assert f"{path} is damaged" in done.stderr
