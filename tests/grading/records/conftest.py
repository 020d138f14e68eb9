"""A gradebook with nothing in it, for tests of what is kept in one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests.course import BIN


@pytest.fixture(scope="session")
def made_gradebook(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of one: nbgrader has alembic make it, in seconds. Not to be changed, only copied."""
    file = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
        Gradebook(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def gradebook_url(made_gradebook: Path, tmp_path: Path) -> str:
    """The address of one of a test's own."""
    return f"sqlite:///{shutil.copy(made_gradebook, tmp_path)}"
