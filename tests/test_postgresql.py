"""A course whose gradebook is on a PostgreSQL server: from its release to grades handed back."""

from __future__ import annotations

import csv
import html
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, inspect

from autograder.grading.records.tables import METADATA
from tests import formgrader
from tests.course import BIN, autograder, run
from tests.formgrader import ask
from tests.gradebooks import contents
from tests.postgres import PASSWORD, Server
from tests.tiny import RIGHT, answered, tiny_course

WRONG = "def double(x):\n    return x + 2"
HANDED_IN = {
    "student01": {},
    "student02": {"double": WRONG},
    "student03": {"double": "def double(x):\n    raise ValueError"},
    "student04": {"why": "NUL \\x00, '; DROP TABLE grade; --, ŷ"},
}
SCORES = {"student01": 4.0, "student02": 0.0, "student03": 0.0, "student04": 4.0}

pytestmark = pytest.mark.usefixtures("processes")


def hand_in(course: Path, student: str, **answers: str) -> None:
    """Puts a student's answers into submitted/."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(answered(course, **answers), folder / "tiny.ipynb")


def class_of_four(course: Path) -> Path:
    """A course in which four have handed in, and nothing is in a gradebook."""
    tiny_course(course)
    (course / "gradebook.db").unlink()
    for student, answers in HANDED_IN.items():
        hand_in(course, student, **answers)
    return course


@pytest.fixture
def url(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty database, which is the course's."""
    monkeypatch.setenv("GRADEBOOK_URL", postgres_url)
    return postgres_url


@pytest.fixture
def course(url: str, tmp_path: Path) -> Path:
    """A course whose assignment is released, and that keeps its gradebook on the server."""
    course = class_of_four(tmp_path / "course")
    done = autograder(course, "release", "tiny")
    assert done.returncode == 0, done.stderr
    assert not (course / "gradebook.db").exists()
    return course


def grade(course: Path, *options: str) -> dict[str, Any]:
    """The records by student, of a grading without a hitch."""
    done = autograder(course, "grade", "tiny", "--json", "grades.json", *options)
    assert done.stderr == ""
    assert PASSWORD not in done.stdout
    submissions = json.loads((course / "grades.json").read_text())["submissions"]
    return {each["student"]: each for each in submissions}


def test_it_has_what_a_file_would_have(
    course: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Released and graded, row for row; the records are the same, and in the same order."""
    records = grade(course)
    assert {student: record["score"] for student, record in records.items()} == SCORES
    monkeypatch.delenv("GRADEBOOK_URL")
    in_file = class_of_four(tmp_path / "file")
    shutil.copy(course / ".course_secret", in_file)
    assert autograder(in_file, "release", "tiny").returncode == 0
    for each in (theirs := grade(in_file)).values():
        each.update({key: records[each["student"]][key] for key in ("seconds", "memory_bytes")})
    assert json.dumps(records) == json.dumps(theirs)
    assert contents(url) == contents(f"sqlite:///{in_file}/gradebook.db")


def test_what_need_not_run_again_and_a_rehearsal(course: Path, url: str) -> None:
    """A second run says the same in the same order; a rehearsal leaves every row as it was."""
    first, before = grade(course), contents(url)
    second = grade(course)
    assert {each.pop("status") for each in second.values()} == {"unchanged"}
    for each in first.values():
        del each["status"]
    assert json.dumps(second) == json.dumps(first)
    hand_in(course, "student02")
    assert grade(course, "--dry-run")["student02"]["score"] == 4
    assert contents(url) == before
    assert grade(course)["student02"]["score"] == 4
    assert grade(course)["student02"]["status"] == "unchanged"


@pytest.mark.slow
def test_nbgraders_commands_and_the_pages(course: Path, url: str) -> None:
    """`autograde`, `export` and `feedback` find it, and the kit's pages are written from it."""
    for command in (("autograde", "tiny"), ("export",), ("generate_feedback", "tiny")):
        done = run(course, "nbgrader", *command)
        assert done.returncode == 0, done.stderr
        assert PASSWORD not in done.stdout + done.stderr
    with (course / "grades.csv").open(newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == SCORES
    page = course / "feedback" / "student02" / "tiny" / "tiny.html"
    written = page.read_bytes()
    assert autograder(course, "feedback", "tiny").returncode == 0
    assert page.read_bytes() == written
    assert autograder(course, "explain", "tiny", "student02").returncode == 0


@pytest.mark.slow
def test_the_formgrader(course: Path, url: str) -> None:
    """Its page opens, its button grades, and what a TA gives there stays through grading again."""
    grade(course)
    with formgrader.started(course) as server:
        assert ask(server, "GET", "manage_assignments").status_code == 200
        (assignment,) = ask(server, "GET", "api/assignments").json()
        assert (assignment["name"], assignment["num_submissions"]) == ("tiny", 4)
        done = ask(server, "POST", "api/submission/tiny/student01/autograde").json()
        assert done["success"], done
        assert ask(server, "POST", "api/assignment/tiny/assign").json()["success"]
        with Gradebook(url) as gradebook:
            notebook = gradebook.find_submission_notebook("tiny", "tiny", "student01")
            given = {each.name: each.id for each in notebook.grades}
            (comment,) = (each.id for each in notebook.comments if each.name == "why")
            page = ask(server, "GET", f"submissions/{notebook.id}/")
        assert page.status_code == 200
        score = {"manual_score": 1.5, "extra_credit": 0.5}
        assert ask(server, "PUT", f"api/grade/{given['why']}", score).status_code == 200
        said = {"manual_comment": "And why is that?"}
        assert ask(server, "PUT", f"api/comment/{comment}", said).status_code == 200
        assert grade(course)["student01"]["score"] == 6
        hand_in(course, "student01", why="Another reason.")
        record = grade(course)["student01"]
        done = ask(server, "POST", "api/assignment/tiny/student01/generate_feedback").json()
        assert done["success"], done
    assert record["score"] == 6
    assert [(flag["kind"], flag["cell"]) for flag in record["flags"]] == [("changed-answer", "why")]
    assert "And why is that?" in (course / "feedback/student01/tiny/tiny.html").read_text()


PAGES = (
    *("manage_assignments", "manage_submissions/tiny", "manage_students", "manage_students/x"),
    *("gradebook", "gradebook/tiny", "gradebook/tiny/tiny", "submissions/0/", "nowhere"),
    *("api/assignments", "api/students", "api/notebooks/tiny", "api/submissions/tiny"),
)


@pytest.mark.slow
def test_no_page_of_the_formgraders_tells_the_password(course: Path) -> None:
    """Its first page lists the course's settings, the gradebook's address among them."""
    with formgrader.started(course) as server:
        shown = {page: ask(server, "GET", page).text for page in PAGES}
    assert [page for page, text in shown.items() if PASSWORD in text] == []
    assert '"db_url": "postgresql://ta:***@127.0.0.1' in html.unescape(shown["manage_assignments"])
    assert '"course_id": "losses-by-hand"' in html.unescape(shown["manage_assignments"])


@pytest.mark.slow
def test_the_formgrader_outlives_a_restart(course: Path, postgres_server: Server) -> None:
    """While the server is away a request fails; when it is there again the next one does not."""
    with formgrader.started(course) as page:
        assert ask(page, "GET", "api/grades?submission_id=0").status_code == 404
        postgres_server.stop()
        try:
            assert ask(page, "GET", "api/grades?submission_id=0").status_code == 500
        finally:
            postgres_server.start()
        assert ask(page, "GET", "api/grades?submission_id=0").status_code == 404
        assert ask(page, "GET", "api/students").status_code == 200


def grading(course: Path) -> subprocess.Popen[str]:
    """`autograder grade`, started as another person would."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.Popen(
        ["autograder", "grade", "tiny", "--force", "--jobs", "1"],
        cwd=course,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "again", [pytest.param(each, marks=pytest.mark.slow) for each in (False, True)]
)
def test_two_who_grade_at_once(course: Path, url: str, again: bool) -> None:
    """The same students: all are graded in both, and what is left is what one leaves."""
    (course / "roster.csv").write_text("student_id\n" + "\n".join(HANDED_IN))
    expected = None
    if again:
        grade(course)
        expected = contents(url)
    both = [grading(course), grading(course)]
    for each in both:
        out, err = each.communicate(timeout=300)
        assert err == ""
        assert "grader-error" not in out
    if expected is None:
        grade(course)
        expected = contents(url)
    assert contents(url) == expected
    drafts = [path.name for path in (course / "autograded").glob("*/.*")]
    assert drafts == []


@pytest.mark.slow
def test_a_server_that_restarts(course: Path, url: str, postgres_server: Server) -> None:
    """It is waited for: nobody's grading fails, and nobody is graded twice."""
    for i in range(5, 13):  # long enough for nobody to be at the server when it stops
        hand_in(course, f"student{i:02}", double=f"import time\ntime.sleep(1)\n{RIGHT}")

    def restart() -> None:
        wanted, deadline = course / "autograded/student05/tiny", time.monotonic() + 60
        while not wanted.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)
        postgres_server.stop()
        time.sleep(3)
        postgres_server.start()

    thread = threading.Thread(target=restart)
    thread.start()
    records = grade(course, "--jobs", "1")
    thread.join()
    assert len(records) == 12
    assert {record["status"] for record in records.values()} == {"graded"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_server_that_is_killed(
    course: Path, url: str, postgres_server: Server, seed: int
) -> None:
    """At any moment of a grading: the next one ends as if it had not been."""
    grade(course)
    hand_in(course, "student02", why="Another reason.")
    grade(course, "--force")
    expected, copies = contents(url), graded_copies(course)
    hand_in(course, "student02", double=WRONG)  # what is graded, and killed, is another
    grade(course)
    hand_in(course, "student02", why="Another reason.")
    running = grading(course)
    time.sleep(random.Random(seed).uniform(2.0, 5.0))  # the command itself takes two to start
    postgres_server.kill()
    time.sleep(1)
    postgres_server.start()
    _, err = running.communicate(timeout=300)
    assert "Traceback" not in err
    assert running.returncode in (0, 1, 2), err
    grade(course)
    assert (contents(url), graded_copies(course)) == (expected, copies)


def graded_copies(course: Path) -> dict[Path, bytes]:
    """The files of graded copies, by path."""
    return {path: path.read_bytes() for path in (course / "autograded").rglob("*.*")}


def test_a_server_that_is_not_there(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it, and no password is told."""
    monkeypatch.setenv("GRADEBOOK_URL", f"postgresql://ta:{PASSWORD}@127.0.0.1:1/grades")
    start = time.monotonic()
    for command in ("grade", "release"):
        done = autograder(course, command, "tiny")
        assert done.returncode == 2
        assert done.stderr.startswith("autograder: the gradebook can't be used: (psycopg.")
        assert PASSWORD not in done.stderr
    assert time.monotonic() - start < 30


def changed(course: Path) -> None:
    """Has the source differ from what was released."""
    path = course / "source" / "tiny" / "tiny.ipynb"
    path.write_text(path.read_text().replace("# Doubling", "# Twice as much"))


@pytest.mark.slow
def test_a_release_copies_it_first(course: Path, url: str) -> None:
    """Where submissions are recorded: into the course's folder, for its owner alone."""
    assert not list(course.glob("gradebook-*"))
    grade(course)
    changed(course)
    assert autograder(course, "release", "tiny").returncode == 0
    (copy,) = course.glob("gradebook-*.sql")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert "student04" in copy.read_text()
    assert "Twice as much" in (course / "release/tiny/tiny.ipynb").read_text()


@pytest.fixture
def uncopied(course: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The course, graded and changed, on a machine whose pg_dump always fails."""
    grade(course)
    changed(course)
    folder = course.parent / "bin"
    folder.mkdir()
    (folder / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump: error: too old' >&2\nexit 1\n")
    (folder / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return course


REASON = "pg_dump can't copy the gradebook: pg_dump: error: too old"


def test_a_release_without_a_copy(uncopied: Path) -> None:
    """It is refused in one sentence, with the old release as it was, unless it is asked for."""
    done = autograder(uncopied, "release", "tiny")
    assert done.returncode == 2
    assert done.stderr == f"autograder: {REASON}; or release with --no-copy.\n"
    released = uncopied / "release" / "tiny" / "tiny.ipynb"
    assert "Twice as much" not in released.read_text()
    assert autograder(uncopied, "release", "tiny", "--no-copy").returncode == 0
    assert "Twice as much" in released.read_text()
    assert not list(uncopied.glob("*gradebook-*"))


@pytest.mark.slow
def test_nbgraders_release_warns(uncopied: Path) -> None:
    """Its command and the formgrader's button go on, and their logs say that there is no copy."""
    warning = f"The gradebook is not copied before this release: {REASON}"
    done = run(uncopied, "nbgrader", "generate_assignment", "tiny")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(warning) == 1
    with formgrader.started(uncopied) as server:
        done = ask(server, "POST", "api/assignment/tiny/assign").json()
    assert done["success"], done
    assert warning in done["log"]


# Opens a gradebook as each command does.
OPENED = """
import sys
from nbgrader.api import Gradebook
from autograder.grading.records import tables
from autograder.grading.records.gradebook import patiently

def opened():
    with Gradebook(sys.argv[1]) as gradebook:
        tables.prepare(gradebook)

sys.stdin.read()
patiently(opened)
"""


@pytest.mark.slow
def test_tables_are_made_by_who_comes_first(postgres_url: str) -> None:
    """Some who open an empty database at once find one set of tables, and no error."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    program = [sys.executable, "-c", OPENED, postgres_url]
    some = [
        subprocess.Popen(program, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for each in some:
        assert each.stdin
        each.stdin.close()  # from here on they run at once
        each.stdin = None
    for each in some:
        _, err = each.communicate(timeout=120)
        assert each.returncode == 0, err.decode()
    engine = create_engine(postgres_url)
    assert set(METADATA.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()
