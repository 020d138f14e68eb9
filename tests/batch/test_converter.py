"""nbgrader's own commands and pages, whatever lies in a submission."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI

from autograder import config
from tests.course import autograder, run
from tests.tiny import answered, tiny_course

TIMES = {"empty": b"", "bytes": b"\xff\xfe2026", "endless": b"9" * 30, "folder": None}


@pytest.fixture(scope="module")
def handed_in(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class, each with another timestamp that is none, and one with a pattern's name."""
    course = tiny_course(tmp_path_factory.mktemp("times") / "course")
    for student in (*TIMES, "e*"):
        folder = course / "submitted" / student / "tiny"
        folder.mkdir(parents=True)
        nbformat.write(answered(course), folder / "tiny.ipynb")
        text = TIMES.get(student, b"2026-11-24 12:30:00 UTC")
        if text is None:
            (folder / "timestamp.txt").mkdir()
            (folder / "timestamp.txt" / "x").write_text("1")
        else:
            (folder / "timestamp.txt").write_bytes(text)
    (course / "submitted" / "loose.ipynb").write_text("{}")
    (course / "submitted" / ".hidden" / "tiny").mkdir(parents=True)
    return course


@pytest.fixture(scope="module")
def done(handed_in: Path) -> subprocess.CompletedProcess[str]:
    """What nbgrader's own command says when it grades them."""
    done = run(handed_in, "nbgrader", "autograde", "tiny")
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def course(handed_in: Path, done: subprocess.CompletedProcess[str]) -> Path:
    """The class when it is graded."""
    return handed_in


@pytest.mark.slow
def test_the_formgrader_lists_everyone(course: Path) -> None:
    """nbgrader's own reading of a timestamp that is none would end the page for all."""
    api = NbGraderAPI(config=config.load(course).config)
    assert {entry["student"] for entry in api.get_submissions("tiny")} == {*TIMES, "e*"}


@pytest.mark.slow
def test_feedback_is_made_and_made_again(course: Path) -> None:
    """The graded copy has the time that was understood, and no other."""
    assert (course / "autograded" / "e*" / "tiny" / "timestamp.txt").is_file()
    for student in TIMES:
        assert not (course / "autograded" / student / "tiny" / "timestamp.txt").exists()
    for _ in range(2):
        done = run(course, "nbgrader", "generate_feedback", "tiny")
        assert done.returncode == 0, done.stderr
        for student in TIMES:
            assert (course / "feedback" / student / "tiny" / "tiny.html").is_file()


@pytest.mark.slow
def test_a_student_whose_name_is_a_pattern(course: Path) -> None:
    """Who is asked for by name is graded alone."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for student in (*TIMES, "e*"):
            gradebook.find_grade("test_double", "tiny", "tiny", student).auto_score = 1
        gradebook.db.commit()
    assert run(course, "nbgrader", "autograde", "tiny", "--student=e*", "--force").returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        scores = {
            student: gradebook.find_grade("test_double", "tiny", "tiny", student).auto_score
            for student in (*TIMES, "e*")
        }
    assert scores == {**dict.fromkeys(TIMES, 1), "e*": 4}


@pytest.mark.slow
def test_what_is_nobodys_is_told(course: Path, done: subprocess.CompletedProcess[str]) -> None:
    """A loose file and a hidden folder, under both commands."""
    told = "In submitted/, and nobody's: .hidden, loose.ipynb"
    assert told in done.stderr
    by_kit = autograder(course, "grade", "tiny")
    assert by_kit.returncode == 1
    assert told in by_kit.stdout
