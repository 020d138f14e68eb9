"""nbgrader's gradebook in a fast test's course."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.course import BIN


@pytest.fixture
def folder(processes: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for a course: nbgrader has alembic make the gradebook in it, by its name."""
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "course").mkdir()
    return tmp_path / "course"
