"""A folder for a course, with a gradebook."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def folder(made_gradebook: Path, tmp_path: Path) -> Path:
    """A folder with nothing in it but an empty gradebook."""
    course = tmp_path / "course"
    course.mkdir()
    shutil.copy(made_gradebook, course / "gradebook.db")
    return course
