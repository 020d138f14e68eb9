"""The course's settings: due dates in the course's timezone, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from traitlets import TraitError

from autograder.config import Course, CourseError, LatePolicy, load
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


BOTH = "c.LatePolicy.percent_a_day and c.LatePolicy.percent_an_hour are both set: leave one out."


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"percent_a_day": 10, "percent_an_hour": 1}, BOTH),
        ({"none_after_hours": 1, "none_after_days": 1}, "none_after_days are both set"),
        ({"cap_percent": 50}, "c.LatePolicy.cap_percent is set, and no percent_a_day"),
        ({"cap_percent": 0, "percent_a_day": 10}, "cap_percent is 0, so nothing is taken off"),
        ({"grace_minutes": 5}, "c.LatePolicy.grace_minutes is set, and nothing is taken off"),
        (
            {"grace_minutes": 60, "none_after_hours": 1},
            "c.LatePolicy has no points after 60 minutes, within its grace_minutes, 60.",
        ),
    ],
)
def test_a_late_policy_that_contradicts_itself_is_refused(
    settings: dict[str, float], said: str
) -> None:
    """The settings and what to do are named."""
    with pytest.raises(CourseError, match=re.escape(said)):
        LatePolicy(**settings).require_sound()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"percent_a_day": 10},
        {"percent_an_hour": 1, "cap_percent": 50, "none_after_days": 3, "grace_minutes": 15},
        {"none_after_hours": 1, "grace_minutes": 15},
    ],
)
def test_a_late_policy_that_can_hold(settings: dict[str, float]) -> None:
    """Nothing is said of it; it is set where it may take something."""
    policy = LatePolicy(**settings)
    policy.require_sound()
    assert policy.is_set == bool(settings)


def test_a_late_policy_in_words() -> None:
    """With the timezone whose days they are."""
    policy = LatePolicy(grace_minutes=15, percent_a_day=12.5, cap_percent=50, none_after_days=7)
    assert policy.told("Europe/Zagreb") == (
        "12.5 % a day, at most 50 %, no points after 7 days, 15 minutes of grace; days end by the "
        "clock of Europe/Zagreb"
    )


def test_a_course_with_such_a_policy_is_not_loaded(tmp_path: Path) -> None:
    """Each command says so in one line."""
    text = "c.LatePolicy.percent_a_day = 10\nc.LatePolicy.percent_an_hour = 1\n"
    (tmp_path / "course_config.py").write_text(text)
    with pytest.raises(CourseError) as refused:
        load(tmp_path)
    assert str(refused.value) == BOTH


@pytest.mark.parametrize("name", ["percent_a_day", "cap_percent"])
def test_percent_are_none_below_0_or_above_100(name: str) -> None:
    """traitlets says what is meant."""
    for value in (-1, 101):
        with pytest.raises(TraitError, match=name):
            LatePolicy(**{name: value})
