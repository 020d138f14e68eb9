"""What is replaced in nbgrader; and another than the kit knows, told of or refused, never stock."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeList
from traitlets.config import Config

from autograder.batch import converter
from autograder.grading.nbgrader_internals import TESTED
from tests.course import command, run
from tests.tiny import answered, tiny_course

NEWER = "import nbgrader\nnbgrader.__version__ = '0.9.99'\n"
LACKING = f"""{NEWER}
from nbgrader.coursedir import CourseDirectory
del CourseDirectory.get_existing_timestamp
"""
WARNING = (
    f"nbgrader 0.9.99 is installed, and this kit is tested with {TESTED}, whose parts it replaces: "
    f"install nbgrader=={TESTED}, or see whether a few grades are what you expect."
)
REFUSAL = (
    "nbgrader 0.9.99 has no CourseDirectory.get_existing_timestamp, which this kit needs: install "
    f"nbgrader=={TESTED}."
)
BY_KIT = ("autograder", "grade", "tiny")
BY_NBGRADER = ("nbgrader", "autograde", "tiny")
MORE = (  # which begin as these do
    ("autograder", "release", "tiny"),
    ("nbgrader", "generate_assignment", "tiny", "--force"),
)
COMMANDS = [
    *(pytest.param(words, id=" ".join(words)) for words in (BY_KIT,)),
    *(
        pytest.param(words, id=" ".join(words), marks=pytest.mark.slow)
        for words in (BY_NBGRADER, *MORE)
    ),
]


@pytest.fixture
def course(processes: None, tmp_path: Path) -> Path:
    """A course in which one student has handed in."""
    course = tiny_course(tmp_path / "course")
    folder = course / "submitted" / "student01" / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course), folder / "tiny.ipynb")
    return course


def configure(course: Path, first: str) -> None:
    """Has a course's configuration begin with these lines."""
    path = course / "course_config.py"
    path.write_text(first + path.read_text())


def scores(course: Path) -> list[float]:
    """What the gradebook has of the class."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return [entry.score for entry in gradebook.assignment_submissions("tiny")]


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS)
def test_a_version_that_is_not_tested_is_told_of_once(course: Path, words: tuple[str, ...]) -> None:
    """Whoever installed it wants to know, and be graded all the same."""
    configure(course, NEWER)
    done = run(course, *words)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(WARNING) == 1
    if words not in MORE:
        assert scores(course) == [4.0]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_version_without_what_the_kit_needs_is_refused(
    course: Path, words: tuple[str, ...]
) -> None:
    """One sentence says what to do, and nobody is graded by nbgrader alone."""
    configure(course, LACKING)
    done = run(course, *words)
    assert done.returncode != 0
    assert REFUSAL in done.stderr
    assert "Traceback" not in done.stderr
    assert scores(course) == []
    assert not (course / "autograded").exists()


@pytest.mark.parametrize(
    "by", ["autograder grade", pytest.param("nbgrader autograde", marks=pytest.mark.slow)]
)
def test_the_tested_version_is_not_told_of(by: str, course: Path) -> None:
    """A course as it is meant to be says nothing of nbgrader's version."""
    done = command(course, *by.split(), "tiny")
    assert done.returncode == 0, done.stderr
    assert TESTED not in done.stderr


def look_into(exchange: Path, course: Path) -> None:
    """Looks into an exchange, as the formgrader does for each of its pages."""
    converter.install()
    config = Config({"Exchange": {"root": str(exchange)}, "CourseDirectory": {"root": str(course)}})
    ExchangeList(coursedir=CourseDirectory(config=config), config=config).ensure_root()


def test_a_course_has_an_exchange_in_which_its_owner_alone_writes(tmp_path: Path) -> None:
    """Whatever new folders may be here; one that is there is left as it is."""
    exchange = tmp_path / "exchange"
    before = os.umask(0)
    try:
        look_into(exchange, tmp_path)
    finally:
        os.umask(before)
    assert exchange.stat().st_mode & 0o777 == 0o755
    exchange.chmod(0o777)
    look_into(exchange, tmp_path)
    assert exchange.stat().st_mode & 0o777 == 0o777


@pytest.mark.parametrize("where", ["srv/exchange", "exchange"])
def test_an_exchange_outside_of_the_course_is_not_made(where: str, tmp_path: Path) -> None:
    """It is the machine's, and whoever set its address wants to know that there is none."""
    (tmp_path / "course").mkdir()
    with pytest.raises(ExchangeError, match="Unwritable directory"):
        look_into(tmp_path / where, tmp_path / "course")
    assert not (tmp_path / where).exists()
