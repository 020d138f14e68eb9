"""The course's settings: due dates in the course's timezone, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from traitlets import TraitError

from autograder.config import Course, CourseError, load
from tests.course import run


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-04 18:00", "2026-12-04 17:00:00"),
        ("2026-07-01 18:00", "2026-07-01 16:00:00"),
        ("2026-12-04T18:00:00+00:00", "2026-12-04 18:00:00"),
    ],
    ids=["winter", "summer", "own-offset"],
)
def test_a_due_date_is_local_time(text: str, utc: str) -> None:
    """Due dates are read in the course's timezone, with its summer time."""
    course = Course(timezone="Europe/Zagreb", due={"losses": text})
    assert str(course.due_utc("losses")) == utc


def test_no_due_date() -> None:
    """An assignment without a due date has none."""
    assert Course().due_utc("losses") is None


def test_a_due_date_that_cannot_be_read_is_named() -> None:
    """The message shows what was found and what is meant."""
    with pytest.raises(CourseError) as refused:
        Course(due={"losses": "4.12.2026"}).due_utc("losses")
    assert str(refused.value) == (
        "c.Course.due has '4.12.2026' for losses; 'YYYY-MM-DD HH:MM' is meant."
    )


def test_an_unknown_timezone_is_refused() -> None:
    """A misspelt timezone fails when the configuration is read, not when grades are due."""
    with pytest.raises(TraitError, match="'Europe/Zagrab'; an IANA name is meant"):
        Course(timezone="Europe/Zagrab")


def test_paths_are_the_configuration_files(course: Path) -> None:
    """Everything is found from the folder of course_config.py."""
    settings = load(course)
    assert settings.root == course
    assert (
        settings.step("submitted", "losses", "student01") == course / "submitted/student01/losses"
    )
    assert settings.directory.db_url == f"sqlite:///{course}/gradebook.db"


def test_the_gradebook_may_be_another_database(course: Path) -> None:
    """GRADEBOOK_URL is what both programs use, if it is set."""
    code = "import autograder.config as c, pathlib; print(c.load(pathlib.Path()).directory.db_url)"
    url = "postgresql://localhost/grades"
    assert run(course, "python", "-c", code, GRADEBOOK_URL=url).stdout.strip() == url
