"""Where submissions came from: written, read, and damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.config import CourseError, load
from autograder.lms import origins
from autograder.lms.origins import Attachment, Origin


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Nothing where nothing was collected; names as the LMS has them."""
    (tmp_path / "course_config.py").write_text("")
    settings = load(tmp_path)
    assert origins.read(settings, "losses") == {}
    attachment = Attachment("garcíalópez_1002_2010_", "binary (1).ipynb")
    there = {
        "student02": Origin("moodle", "4711", "Ana Pérez"),
        "student01": Origin("canvas", name="garcíalópez", attachments=(attachment,)),
    }
    origins.write(settings, "losses", there)
    assert origins.read(settings, "losses") == there


@pytest.mark.parametrize(
    "text", ["", "[]", '{"student01": {}}', '{"student01": {"lms": 1, "x": 2}}']
)
def test_a_damaged_file_is_one_line(tmp_path: Path, text: str) -> None:
    """It says which file, and what to do."""
    (tmp_path / "course_config.py").write_text("")
    settings = load(tmp_path)
    origins.write(settings, "losses", {})
    (origins.folder(settings, "losses") / origins.FILE).write_text(text)
    with pytest.raises(CourseError, match=r"origins\.json can't be read .*moved away"):
        origins.read(settings, "losses")
