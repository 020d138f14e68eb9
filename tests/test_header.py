"""A header and a footer that the course puts around every notebook are a part of what is graded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.course import ROOT, autograder

pytestmark = pytest.mark.usefixtures("processes")

CASES = ROOT / "tests" / "cases"
RIGHT = "def double(x):\n    return 2 * np.asarray(x)"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course whose tests use what its header imports, with its due date left out."""
    course = tmp_path / "course"
    (course / "source" / "hw").mkdir(parents=True)
    shutil.copy(CASES / "b-source-hw.ipynb", course / "source" / "hw" / "hw.ipynb")
    shutil.copy(CASES / "b-header.ipynb", course / "source" / "header.ipynb")
    footer = new_notebook(cells=[new_code_cell("assert COURSE == 'dl'")])
    nbformat.write(footer, course / "source" / "footer.ipynb")
    config = (ROOT / "course_config.py").read_text() + (CASES / "b-config-tail.py").read_text()
    (course / "course_config.py").write_text(f"{config}\nc.Course.due = {{}}\n")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    return course


@pytest.mark.parametrize("where", ["course", pytest.param("elsewhere", marks=pytest.mark.slow)])
def test_what_a_header_imports_is_there_for_the_tests(course: Path, where: str) -> None:
    """A right answer has every point and no flag, an untouched one none, from any folder."""
    here = course if where == "course" else course.parent
    named = () if where == "course" else ("--course", str(course))
    released = autograder(here, "release", "hw", *named)
    assert (released.returncode, released.stderr) == (0, "")
    for student, answer in (("student01", RIGHT), ("student02", None)):
        folder = course / "submitted" / student / "hw"
        folder.mkdir(parents=True)
        notebook = nbformat.read(course / "release" / "hw" / "hw.ipynb", as_version=4)
        for cell in notebook.cells:
            if answer and cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
                cell.source = answer
        nbformat.write(notebook, folder / "hw.ipynb")
    graded = autograder(here, "grade", "hw", *named, "--json", str(course / "grades.json"))
    records = json.loads((course / "grades.json").read_text())["submissions"]
    assert [(r["student"], r["score"], r["flags"]) for r in records] == [
        ("student01", 4.0, []),
        ("student02", 0.0, []),
    ]
    assert graded.returncode == 0
