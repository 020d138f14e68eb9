"""A submission is read, or its record says why not."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import config
from autograder.grading import assignment as assignments
from autograder.grading import submission
from tests.tiny import tiny_course

NOBODY = 65534


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A released course that any user may read, and that is the current folder."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    course = tiny_course(root / "course")
    monkeypatch.chdir(course)
    yield course
    shutil.rmtree(root)


def test_a_students_folder_that_cant_be_opened(course: Path) -> None:
    """It is a record, and ends nobody else's."""
    for student in ("student01", "student02"):
        (course / "submitted" / student / "tiny").mkdir(parents=True)
    closed = course / "submitted" / "student01"
    settings = config.load(course)
    assignment = assignments.read(settings, "tiny")
    closed.chmod(0)
    user = os.geteuid()
    os.seteuid(user or NOBODY)  # root may open any folder
    try:
        assert submission.students(settings, "tiny") == ["student01", "student02"]
        (flag,) = submission.read(settings, assignment, "student01").flags
    finally:
        os.seteuid(user)
        closed.chmod(0o755)
    assert (flag.kind, flag.detail) == ("unreadable", "submitted/student01 can't be opened.")
