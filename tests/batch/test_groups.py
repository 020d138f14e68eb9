"""Who hands in together meets one set of secret numbers, in whoever's name it is graded."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from autograder.environment import STUDENT_KEY
from tests.course import autograder
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

TOGETHER, ALONE = ["student01", "student02"], ["student11", "student12"]
# Of an answer that is wrong, the points are those that it makes of the key: of 40,000 from 0 to 4.
WRONG = "def double(x):\n    return x % 39_989 / 10_000"
HIDDEN = f"""### BEGIN HIDDEN TESTS
import os
4 if double(3) == 6 else double(int(os.environ["{STUDENT_KEY}"][:8], 16))
### END HIDDEN TESTS"""


def test_a_group_is_graded_on_the_same_numbers(tmp_path: Path) -> None:
    """By the roster's column; the others with the very same hand-in are not."""
    course = tiny_course(tmp_path / "course")
    path = course / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[3].source = HIDDEN
    nbformat.write(notebook, path)
    assert autograder(course, "release", "tiny").returncode == 0
    rows = [*(f"{student},7" for student in TOGETHER), *(f"{student}," for student in ALONE)]
    (course / "roster.csv").write_text("\n".join(["student_id,group", *rows]))
    for student in (*TOGETHER, *ALONE):
        folder = course / "submitted" / student / "tiny"
        folder.mkdir(parents=True)
        nbformat.write(answered(course, WRONG), folder / "tiny.ipynb")
    autograder(course, "grade", "tiny", "--json", "grades.json")
    graded = json.loads((course / "grades.json").read_text())["submissions"]
    scores = {each["student"]: each["cells"]["test_double"]["score"] for each in graded}
    assert {*scores} == {*TOGETHER, *ALONE}
    assert len({scores[student] for student in TOGETHER}) == 1
    assert len({*scores.values()}) == 3
