"""Pages for a class: who gets one, what is gathered for it, and where it lies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from sqlalchemy import delete, update

from autograder.grading.records.tables import SUBMISSIONS
from autograder.results import Flag, FlagKind
from tests.course import autograder, run
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

NAMED = "<img src=x onerror=alert(1)>"
WRONG = "def double(x):\n    return x"
DUE = '\nc.Course.due = {"tiny": "2026-12-04 18:00"}\n'


def hand_in(course: Path, student: str, time: str = "", **answers: str) -> None:
    """Puts a submission in place."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course, **answers), folder / "tiny.ipynb")
    (folder / "submission_secret.txt").write_text("secret")
    if time:
        (folder / "timestamp.txt").write_text(time)


@pytest.fixture(scope="module")
def graded(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded course: who is wrong and late, whose name is markup, and whose file is damaged."""
    course = tiny_course(tmp_path_factory.mktemp("feedback") / "course")
    with (course / "course_config.py").open("a") as config:
        config.write(DUE)
    (course / "roster.csv").write_text("student_id,first_name,last_name\nwrong,Ana,Perić\naway,,\n")
    hand_in(course, "wrong", "2026-12-05 18:30 UTC", double=WRONG, why="<b>So</b> $x^2$.")
    hand_in(course, NAMED, why="It doubles.\n\n<script>alert(1)</script>")
    hand_in(course, "*")
    damaged = course / "submitted" / "damaged" / "tiny"
    damaged.mkdir(parents=True)
    (damaged / "tiny.ipynb").write_text("{")
    assert autograder(course, "grade", "tiny").returncode == 1
    return course


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed; its gradebook is in it."""
    return Path(shutil.copytree(graded, tmp_path / "course"))


def page(course: Path, student: str, name: str = "tiny") -> BeautifulSoup:
    """A student's page."""
    path = course / "feedback" / student / "tiny" / f"{name}.html"
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def text(course: Path, student: str) -> str:
    """What stands on it, in one line."""
    return " ".join(page(course, student).get_text(" ").split())


def change(course: Path, work: Callable[[Gradebook], object]) -> None:
    """Changes what is in the gradebook."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        work(gradebook)
        gradebook.db.commit()


def test_everyone_with_a_record_gets_a_page(course: Path) -> None:
    """Who is absent gets none; whose hand-in could not be graded is told so."""
    done = autograder(course, "feedback", "tiny")
    assert (done.returncode, done.stdout) == (0, f"4 pages: {course / 'feedback'}\n")
    assert {path.name for path in (course / "feedback").iterdir()} == {
        *("wrong", NAMED, "*", "damaged")
    }
    assert "Nothing in what you handed in could be graded yet" in text(course, "damaged")
    assert page(course, NAMED).select("img, script") == []


def test_a_damaged_copy_costs_nobody_else_a_page(course: Path) -> None:
    """It is named when all others are written; nbgrader's metadata may be what is damaged."""
    path = course / "autograded" / "wrong" / "tiny" / "tiny.ipynb"
    path.chmod(0o644)
    path.write_text("[]")
    done = autograder(course, "feedback", "tiny")
    assert done.returncode == 2
    assert f"{path} is damaged, grade it again" in done.stderr
    assert {path.name for path in (course / "feedback").iterdir()} == {NAMED, "*", "damaged"}


def test_a_damaged_record_costs_nobody_else_a_page(course: Path) -> None:
    """Its student is named, with what to do: then all is well."""
    damage = update(SUBMISSIONS).where(SUBMISSIONS.c.student_id == "wrong").values(checks="{")
    change(course, lambda gradebook: gradebook.db.execute(damage))
    told = "the record of wrong is damaged (Expecting property name"
    what_to_do = "grade it again: `autograder grade tiny --student=wrong`\n"
    for done in (
        autograder(course, "feedback", "tiny"),
        autograder(course, "explain", "tiny", "wrong"),
    ):
        assert done.returncode == 2
        assert told in done.stderr
        assert done.stderr.endswith(what_to_do)
        assert done.stderr.count("\n") == 1
    assert {path.name for path in (course / "feedback").iterdir()} == {NAMED, "*", "damaged"}
    assert autograder(course, "explain", "tiny", "*").returncode == 0
    assert autograder(course, "grade", "tiny", "--student=wrong").returncode == 0
    assert autograder(course, "feedback", "tiny").returncode == 0


def test_what_cannot_be_shown_is_not_said_to_be_missing(course: Path) -> None:
    """Its copy is gone: points and checks stay, and so do causes."""
    (course / "autograded" / "wrong" / "tiny" / "tiny.ipynb").unlink()
    assert autograder(course, "feedback", "tiny").returncode == 0
    shown = text(course, "wrong")
    assert "What you wrote in this notebook can't be shown here." in shown
    assert "not among what you handed in" not in shown
    assert "✗ failed 0 / 4" in shown


def test_a_missing_notebook_is_told(course: Path) -> None:
    """Where it is on record of the hand-in that has the points, and of no later one."""
    (course / "autograded" / "wrong" / "tiny" / "tiny.ipynb").unlink()
    flag = Flag(FlagKind.MISSING_NOTEBOOK, "", "tiny.ipynb is not there; the folder is empty.")
    other = Flag(FlagKind.MISSING_NOTEBOOK, "", "tiny2.ipynb is not there; the folder is empty.")
    missing = "This notebook was not among what you handed in."
    cases = (flag, "flagged", True), (other, "flagged", False), (flag, "failed", False)
    for kept, status, told in cases:
        values = {"flags": json.dumps([kept.to_json()]), "status": status}
        row = update(SUBMISSIONS).where(SUBMISSIONS.c.student_id == "wrong").values(values)
        change(course, lambda gradebook, row=row: gradebook.db.execute(row))
        assert autograder(course, "feedback", "tiny").returncode == 0
        assert (missing in text(course, "wrong")) == told
        assert ("can't be shown here" in text(course, "wrong")) != told


def test_what_a_stopped_command_left_goes(course: Path) -> None:
    """Of one that still runs it stays, and so does every other file."""
    folder = course / "feedback" / "wrong" / "tiny"
    folder.mkdir(parents=True)
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = [f".{name}.{gone.pid}" for name in ("tiny.html", "timestamp.txt")]
    kept = [f".tiny.html.{os.getppid()}", ".tiny.html.mine", ".other.html.1"]
    for name in (*left, *kept):
        (folder / name).write_text("half")
    assert autograder(course, "feedback", "tiny").returncode == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {"tiny.html", "timestamp.txt", "submission_secret.txt", *kept}


def test_what_is_gathered(course: Path) -> None:
    """Points, name, times in the course's own zone, the answer, what the visible test said."""
    autograder(course, "feedback", "tiny", "--student", "wrong")
    shown = text(course, "wrong")
    for part in (
        "wrong, Ana Perić 0 of 6 points so far 2 points wait for a person",
        "Handed in 2026-12-05 19:30 Europe/Zagreb Due 2026-12-04 18:00 Europe/Zagreb",
        "Late by 1 day, 1 hour and 30 minutes; nothing is taken off for that",
        "return x",
        "<b>So</b>",
    ):
        assert part in shown
    assert page(course, "wrong").select(".answer msup")
    for hidden in ("double(-3)", "-6", "HIDDEN", "Traceback", "/autograder/"):
        assert hidden not in shown


def test_what_a_person_gave_and_wrote(course: Path) -> None:
    """It is on the page at the next command, whoever wrote the last."""

    def judge(gradebook: Gradebook) -> None:
        grade = gradebook.find_grade("why", "tiny", "tiny", "wrong")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        comment = gradebook.find_comment("why", "tiny", "tiny", "wrong")
        comment.manual_comment = "Nearly: $y^3$ <script>alert(1)</script>"
        grade.notebook.late_submission_penalty = 0.5

    assert autograder(course, "feedback", "tiny").returncode == 0
    change(course, judge)
    assert run(course, "nbgrader", "generate_feedback", "tiny").returncode == 0
    shown = text(course, "wrong")
    assert "1 of 6 points Handed in" in shown
    assert "Taken off 0.5 points for lateness" in shown
    assert "A person's comment Nearly: y 3 <script>alert(1)</script>" in shown


def test_flags_are_for_those_who_grade(course: Path) -> None:
    """What is unusual is not told to students."""
    autograder(course, "feedback", "tiny")
    assert "unreadable" not in text(course, "damaged")
    assert "cut off" not in text(course, "damaged")


def test_what_another_program_graded_has_points_alone(course: Path) -> None:
    """What its tests said may hold their source."""
    path = course / "autograded" / "wrong" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    error = nbformat.v4.new_output("error", traceback=["assert double(-3) == -6"])
    notebook.cells[3].outputs = [error]
    path.chmod(0o644)
    nbformat.write(notebook, path)
    autograder(course, "feedback", "tiny")
    assert "double(-3)" in text(course, "wrong")  # the kit's own copy says what students may see
    change(course, lambda gradebook: gradebook.db.execute(delete(SUBMISSIONS)))
    autograder(course, "feedback", "tiny")
    assert "double(-3)" not in text(course, "wrong")
    assert "0 of 6 points so far" in text(course, "wrong")


def test_the_exchange_finds_what_it_wants(course: Path) -> None:
    """A page for each notebook, the time and the submission's secret; no file of the student's."""
    assert run(course, "nbgrader", "generate_feedback", "tiny", "--student=wrong").returncode == 0
    folder = course / "feedback" / "wrong" / "tiny"
    names = {path.name for path in folder.iterdir()}
    assert names == {"tiny.html", "timestamp.txt", "submission_secret.txt"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}
    (course / "exchange").mkdir()
    (course / "exchange").chmod(0o777)
    done = run(course, "nbgrader", "release_feedback", "tiny", "--student=wrong")
    assert done.returncode == 0, done.stderr
    (released,) = (course / "exchange").rglob("*.html")
    assert released.read_bytes() == (folder / "tiny.html").read_bytes()


def test_nbgrader_writes_the_same_page(course: Path) -> None:
    """To the byte; and a name that is a pattern means its student alone."""
    autograder(course, "feedback", "tiny")
    before = {path: path.read_bytes() for path in (course / "feedback").rglob("*.html")}
    shutil.rmtree(course / "feedback")
    assert run(course, "nbgrader", "generate_feedback", "tiny", "--student=*").returncode == 0
    assert {path: path.read_bytes() for path in (course / "feedback").rglob("*.html")} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tiny", "--student", "away"), "nothing of away is graded: there is no record to tell of"),
        (("big",), "no assignment 'big' in source/"),
    ],
)
def test_wrong_usage_is_told(course: Path, arguments: tuple[str, ...], said: str) -> None:
    """In one line, and nothing is written."""
    done = autograder(course, "feedback", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (course / "feedback").exists()


def test_nobody_is_graded_yet(tmp_path: Path) -> None:
    """Both commands say what to do first."""
    course = tiny_course(tmp_path / "course")
    said = "nobody's tiny is graded yet: `autograder grade tiny`"
    assert said in autograder(course, "feedback", "tiny").stderr
    done = run(course, "nbgrader", "generate_feedback", "tiny")
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
