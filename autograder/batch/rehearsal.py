"""A grading of which nothing is recorded: done on a copy of the gradebook that is thrown away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from traitlets.config import Config

from autograder.config import Settings, from_config
from autograder.grading.records.gradebook import copied


@contextmanager
def rehearsal(settings: Settings) -> Iterator[Settings]:
    """The same course with another gradebook and another folder for graded copies, for a block.

    Nobody else can look into them.
    """
    folder = Path(mkdtemp(prefix="autograder-"))
    try:
        config = Config(settings.config)
        config.CourseDirectory = Config(config.CourseDirectory)
        config.CourseDirectory.db_url = copied(settings.directory.db_url, folder)
        config.CourseDirectory.autograded_directory = str(folder / "autograded")
        yield from_config(config)
    finally:
        shutil.rmtree(folder)
