"""A copy of a course to run and release in: its own files and gradebook stay as they are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.config import Settings, from_config
from autograder.exercises.modules import FOLDER
from autograder.grading.proof import FOLDER as PROOFS


@contextmanager
def course_copy(settings: Settings, assignment: str) -> Iterator[Settings]:
    """The settings of a course with one assignment's source, its exercises, and no gradebook."""
    with TemporaryDirectory(prefix="verify-") as folder:
        root = Path(folder).resolve() / "course"
        root.mkdir()
        for path in settings.root.glob("*.py"):
            shutil.copy2(path, root)
        for path in (
            settings.step("source", assignment),
            settings.root / FOLDER,
            settings.root / PROOFS,
        ):
            if path.is_dir() and path.is_relative_to(settings.root):
                shutil.copytree(path, root / path.relative_to(settings.root))
        yield _at(settings, root)


def _at(settings: Settings, root: Path) -> Settings:
    """The same settings of a course in another folder, with a gradebook there."""
    config = deepcopy(settings.config)
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
    return from_config(config)
