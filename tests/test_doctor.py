"""`autograder doctor`: what it finds out of a course's settings, and what it shows of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder import doctor
from autograder.config import load


def told(course: Path, part: str) -> str:
    """The line of a part, as the command prints it."""
    found = next(found for found in doctor.examine(load(course)) if found.name == part)
    return f"{'✓' if found.there else '✗'} {found.detail}"


def configured(course: Path, *lines: str) -> Path:
    """The course with more lines in its configuration."""
    path = course / "course_config.py"
    path.write_text("\n".join([path.read_text(), *lines]))
    return course


def test_a_date_of_what_is_no_assignment(course: Path) -> None:
    """A name without a notebook is told beside the dates, and is no error: it may be to come."""
    assert told(course, "due dates") == "✓ losses 2026-12-04 18:00 Europe/Zagreb"
    configured(course, "c.Course.due = {'loses': '2026-12-04 18:00'}")
    assert told(course, "due dates") == (
        "✓ c.Course.due has none; c.Course.due names loses, which has no notebook in source/: "
        "misspelt, or still to be written"
    )


def test_a_date_that_cannot_be_read(course: Path) -> None:
    """The setting and what is meant are named."""
    configured(course, "c.Course.due = {'losses': 'soon'}")
    assert told(course, "due dates") == (
        "✗ c.Course.due has 'soon' for losses; 'YYYY-MM-DD HH:MM' is meant."
    )


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite:///{course}/gradebook.db", "✓ sqlite:///{course}/gradebook.db"),
        (
            "sqlite:////nowhere/at/all.db",
            "✗ sqlite:////nowhere/at/all.db: there is no such folder",
        ),
        ("sqlite:///{course}/source", "✗ sqlite:///{course}/source: this is a folder"),
        (
            "sqlite:///{course}/course_config.py",
            "✗ sqlite:///{course}/course_config.py: (sqlite3.DatabaseError) file is not a database",
        ),
        (
            "postgresql+pg8000://ta:secret@localhost/grades",
            "✗ postgresql+pg8000://ta:***@localhost/grades: No module named 'pg8000': its "
            "database's Python driver is not installed",
        ),
        (
            "nonsense://ta:secret@localhost",
            "✗ nonsense://ta:***@localhost: Can't load plugin: sqlalchemy.dialects:nonsense",
        ),
    ],
    ids=["to-be-made", "no-folder", "a-folder", "no-database", "no-driver", "no-address"],
)
def test_whether_the_gradebook_can_be_reached(
    address: str, said: str, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried, makes no file, and tells no password."""
    monkeypatch.setenv("GRADEBOOK_URL", address.format(course=course))
    assert told(course, "gradebook") == said.format(course=course)
    assert not (course / "gradebook.db").exists()


def test_a_gradebook_that_was_made(released: Path) -> None:
    """A file that nbgrader has made is well."""
    assert told(released, "gradebook") == f"✓ sqlite:///{released}/gradebook.db"
