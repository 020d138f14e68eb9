"""Feedback through nbgrader's exchange: for who handed in there; all others are named."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import notebook_hash

from autograder import config
from tests.course import autograder, run
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

SECRETS = {
    "ana": "a" * 128,
    "a*": "b" * 128,
    "broken": "c" * 128,
    "one": "d" * 128,
    "two": "d" * 128,
}
NAMED = "<img src=x onerror=alert(1)>"


def hand_in(course: Path, student: str, secret: str = "", name: str = "tiny") -> Path:
    """Puts a submission in place, with the exchange's files where it has a secret; its folder."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course), folder / f"{name}.ipynb")
    if secret:
        (folder / "submission_secret.txt").write_text(secret)
        (folder / "timestamp.txt").write_text("2026-12-04 17:00:00.000000 UTC")
    return folder


@pytest.fixture(scope="module")
def graded(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class with pages: of three in the exchange one is no notebook, two are one hand-in."""
    course = tiny_course(tmp_path_factory.mktemp("exchange") / "course")
    for student, secret in SECRETS.items():
        hand_in(course, student, secret, "tiny (1)" if student == "ana" else "tiny")
    (course / "submitted" / "broken" / "tiny" / "tiny.ipynb").write_text("{")
    for student in ("lms", NAMED):
        hand_in(course, student)
    exchange = course / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    assert autograder(course, "grade", "tiny").returncode == 1
    assert autograder(course, "feedback", "tiny").returncode == 0
    return course


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(graded, tmp_path / "course"))


def release(course: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What nbgrader's command says."""
    return run(course, "nbgrader", "release_feedback", "tiny", *options)


def released(course: Path) -> dict[str, str]:
    """What lies in the exchange: the page's student and notebook, by its text."""
    folder = course / "exchange" / "losses-by-hand" / "feedback"
    names = {
        notebook_hash(secret=secret, notebook_id=name): f"{student} {name}"
        for student, secret in SECRETS.items()
        for name in ("tiny", "tiny (1)")
        if student != "two"
    }
    return {names[path.stem]: path.read_text() for path in folder.iterdir()}


def page(course: Path, student: str) -> str:
    """A student's page."""
    return (course / "feedback" / student / "tiny" / "tiny.html").read_text()


@pytest.mark.slow
def test_a_student_fetches_what_was_released(tmp_path: Path) -> None:
    """Handed in by nbgrader, under another name of the notebook, which is the one of the page."""
    course = tiny_course(tmp_path / "course")
    (course / "exchange").mkdir()
    (course / "exchange").chmod(0o777)

    def nbgrader(*words: str) -> None:
        done = run(course, "nbgrader", *words)
        assert done.returncode == 0, done.stderr

    nbgrader("release_assignment", "tiny")
    nbgrader("fetch_assignment", "tiny")
    (course / "tiny" / "tiny.ipynb").rename(course / "tiny" / "tiny (1).ipynb")
    nbgrader("submit", "tiny")
    nbgrader("collect", "tiny")
    assert autograder(course, "grade", "tiny").returncode == 0
    assert autograder(course, "feedback", "tiny").returncode == 0
    nbgrader("release_feedback", "tiny")
    nbgrader("fetch_feedback", "tiny")
    (fetched,) = (course / "tiny" / "feedback").rglob("*.html")
    (written,) = (course / "feedback").rglob("tiny.html")
    assert fetched.name == "tiny (1).html"
    assert fetched.read_bytes() == written.read_bytes()


def test_who_came_through_the_exchange_gets_it_there(course: Path) -> None:
    """A failed hand-in, an odd name, another name of a notebook: nobody stops the others."""
    done = release(course)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    there = released(course)
    assert there == {
        "ana tiny": page(course, "ana"),
        "ana tiny (1)": page(course, "ana"),
        "a* tiny": page(course, "a*"),
        "broken tiny": page(course, "broken"),
    }
    assert "Nothing in what you handed in could be graded yet" in there["broken tiny"]


def test_all_others_are_named_with_their_page(course: Path) -> None:
    """Of two folders with one hand-in it is not known whose it is."""
    said = release(course).stderr
    for student in ("lms", NAMED):
        told = f"{student}: it did not come through the exchange. Hand out feedback/{student}/tiny"
        assert f"{told}/tiny.html\n" in said
    assert "one: it is the same hand-in as that of two. Hand out feedback/one/tiny/tiny" in said
    assert said.count("[ReleaseFeedbackApp | WARNING]") == 4


def test_of_one_hand_in_its_author_gets_the_page(course: Path) -> None:
    """The exchange knows in whose name it came."""
    inbound = course / "exchange" / "losses-by-hand" / "inbound"
    (inbound / "two+tiny+2026-12-04 17:00:00.000000 UTC+x1").mkdir(parents=True)
    said = release(course).stderr
    key = notebook_hash(secret=SECRETS["two"], notebook_id="tiny")
    path = course / "exchange" / "losses-by-hand" / "feedback" / f"{key}.html"
    assert path.read_text() == page(course, "two")
    assert path.stat().st_mode & 0o777 == 0o644
    assert "one: it is the same hand-in as that of two" in said
    assert "two: " not in said


@pytest.mark.slow
def test_a_page_is_replaced_by_a_newer_one(course: Path) -> None:
    """And one student may be asked for, by a name that is a pattern too."""
    assert release(course, "--student=a*").returncode == 0
    path = course / "feedback" / "a*" / "tiny" / "tiny.html"
    path.write_text("newer")
    assert release(course, "--student=a*").returncode == 0
    assert released(course) == {"a* tiny": "newer"}


def test_an_error_stops_nobody_else(course: Path) -> None:
    """It is told, and so is that something went wrong."""
    path = course / "feedback" / "ana" / "tiny" / "tiny.html"
    path.unlink()
    path.mkdir()
    done = release(course)
    assert done.returncode == 1
    assert "ana: [Errno 21] Is a directory" in done.stderr
    assert "1 could not be released: ana" in done.stderr
    assert "Traceback" not in done.stderr
    assert "a* tiny" in released(course)


def test_a_name_that_is_no_text_costs_nobody_else_the_page(course: Path) -> None:
    """A student's own notebook is passed over; what else lies beside a page is told."""
    name = os.fsdecode(b"caf\xe9")
    (course / "submitted" / "a*" / "tiny" / f"{name}.ipynb").write_text("{}")
    (course / "feedback" / "ana" / "tiny" / f"{name}.html").write_text("")
    done = release(course)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "1 could not be released: ana" in done.stderr
    assert {"a* tiny", "broken tiny"} <= {*released(course)}


@pytest.mark.slow
@pytest.mark.parametrize("there", ["nothing", "a file"])
def test_a_missing_exchange_is_one_line(there: str, course: Path) -> None:
    """With what to do."""
    exchange = course / "exchange"
    exchange.rmdir()
    if there == "a file":
        exchange.touch()
    done = release(course)
    assert done.returncode == 1
    told = f"{exchange} is no folder that can be written into: make the exchange's, or name it in"
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_page_there_is_nothing_to_release(course: Path) -> None:
    """One line says which command writes them."""
    for options, whose in ((("--student=away",), " of away"), ((), "")):
        done = release(course, *options)
        assert done.returncode == 1
        assert (
            f"no page{whose} in feedback/: `autograder feedback tiny` writes them." in done.stderr
        )
        shutil.rmtree(course / "feedback", ignore_errors=True)


# nbgrader misspells a name when it makes its way into the exchange.
@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
def test_the_formgraders_button_does_the_same(course: Path) -> None:
    """It says that all went well, and names the others in what it shows of the log."""
    done = NbGraderAPI(config=config.load(course).config).release_feedback("tiny")
    assert done["success"], done
    assert "lms: it did not come through the exchange" in done["log"]
    assert set(released(course)) == {"ana tiny", "ana tiny (1)", "a* tiny", "broken tiny"}


@pytest.mark.slow
def test_a_secret_that_is_a_link_is_left_alone(course: Path) -> None:
    """Of a hand-in that could not be graded: its folder may hold anything."""
    outside = course / "outside.txt"
    outside.write_text("not theirs")
    path = course / "submitted" / "broken" / "tiny" / "submission_secret.txt"
    path.unlink()
    path.symlink_to(outside)
    shutil.rmtree(course / "feedback")
    assert autograder(course, "feedback", "tiny").returncode == 0
    assert not (course / "feedback" / "broken" / "tiny" / "submission_secret.txt").exists()
    assert "broken: it did not come through the exchange" in release(course).stderr
