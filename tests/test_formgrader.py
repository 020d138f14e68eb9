"""The formgrader, nbgrader's web page for TAs, on a real Jupyter server started in the course."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests import formgrader
from tests.classroom.build import build
from tests.course import autograder, fresh_clone
from tests.formgrader import ask


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released course with the class's submissions."""
    course = fresh_clone(tmp_path_factory.mktemp("formgrader") / "course")
    build(course)
    assert autograder(course, "release", "losses").returncode == 0
    return course


@pytest.fixture(scope="module")
def server(course: Path) -> Iterator[str]:
    """The address of a server that a TA has started in the course's folder."""
    with formgrader.started(course) as address:
        yield address


def test_the_page_lists_the_assignment_and_its_submissions(server: str) -> None:
    """The page opens, with the assignment, its points and everyone who handed in."""
    assert ask(server, "GET", "manage_assignments").status_code == 200
    (assignment,) = ask(server, "GET", "api/assignments").json()
    assert (assignment["name"], assignment["max_score"]) == ("losses", 32)
    assert assignment["num_submissions"] == 31


def test_its_button_gives_the_same_grade(server: str, course: Path) -> None:
    """Autograding from the page uses the course's configuration: the warner gets full marks."""
    done = ask(server, "POST", "api/submission/losses/student09/autograde").json()
    assert done["success"], json.dumps(done)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_submission("losses", "student09").score == 28


def test_its_button_writes_the_kits_page(server: str, course: Path) -> None:
    """Generating feedback from the page gives the file that `autograder feedback` writes."""
    ask(server, "POST", "api/submission/losses/student09/autograde")
    done = ask(server, "POST", "api/assignment/losses/student09/generate_feedback").json()
    assert done["success"], json.dumps(done)
    page = course / "feedback" / "student09" / "losses" / "losses.html"
    written = page.read_bytes()
    assert b"28 of 32 points so far" in written.replace(b"</strong>", b"").replace(b"<strong>", b"")
    assert autograder(course, "feedback", "losses").returncode == 0
    assert page.read_bytes() == written


def test_the_model_answer_stands_beside_the_written_one(server: str, course: Path) -> None:
    """On the page where a person grades it, and in no file that a student could be given."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        notebook = gradebook.find_submission_notebook("binary", "losses", "student09").id
    page = ask(server, "GET", f"submissions/{notebook}/").text
    answer, _, rest = page.partition('id="written_misprint"')
    assert "Model answer" not in answer
    assert "Nothing ever pulls a prediction down" in rest
    assert "The bracket and the factor two may be missing." in rest
    for path in (course / "autograded").rglob("*"):
        assert path.is_dir() or b"Nothing ever pulls a prediction" not in path.read_bytes()
