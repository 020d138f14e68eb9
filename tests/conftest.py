"""Courses to work in, each a copy of this checkout."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from tests.course import fresh_clone, run

torch.set_num_threads(1)  # on small tensors, waiting for a second thread takes most of the time


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A fresh clone, without a gradebook."""
    return fresh_clone(tmp_path / "course")


@pytest.fixture(scope="session")
def released_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose assignment is released: not to be changed, only copied."""
    course = fresh_clone(tmp_path_factory.mktemp("released") / "course")
    done = run(course, "autograder", "release", "losses")
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture
def released(released_once: Path, tmp_path: Path) -> Path:
    """A course of one's own whose assignment is released."""
    return Path(shutil.copytree(released_once, tmp_path / "course"))
