"""A course with one small notebook, for what needs many submissions or many runs."""

from __future__ import annotations

import shutil
import tarfile
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.course import ROOT, autograder

RIGHT = "def double(x):\n    return 2 * x"

# What is handed in may wait for what never comes.
CONFIG = """
c.Course.due = {}
c.Sandbox.cell_seconds = 2
c.Sandbox.call_seconds = 2
c.Sandbox.notebook_seconds = 10
c.Sandbox.wall_factor = 1
"""


def marks(grade_id: str, **others: Any) -> dict[str, Any]:
    """nbgrader's metadata of a cell."""
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {"schema_version": 3, "grade_id": grade_id, **plain, **others}}


def source() -> NotebookNode:
    """A small assignment: a function, a test of it with a hidden part, a question in words."""
    solution = "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION"
    hidden = "### BEGIN HIDDEN TESTS\nassert double(-3) == -6\n### END HIDDEN TESTS"
    test = f"assert double(2) == 4\n{hidden}"
    return new_notebook(
        cells=[
            new_markdown_cell("# Doubling", id="title"),
            new_code_cell("factor = 2", id="given"),
            new_code_cell(solution, id="double", metadata=marks("double", solution=True)),
            new_code_cell(
                test, id="test", metadata=marks("test_double", grade=True, locked=True, points=4)
            ),
            new_markdown_cell(
                "Because.", id="why", metadata=marks("why", grade=True, solution=True, points=2)
            ),
        ]
    )


def tiny_course(course: Path) -> Path:
    """A released course with nobody in it."""
    with tarfile.open(fileobj=BytesIO(_released())) as archive:
        archive.extractall(course, filter="data")
    return course


@cache
def _released() -> bytes:
    """The course, made once, as a tar archive."""
    content = BytesIO()
    with TemporaryDirectory() as folder, tarfile.open(fileobj=content, mode="w") as archive:
        course = Path(folder) / "course"
        (course / "source" / "tiny").mkdir(parents=True)
        nbformat.write(source(), course / "source" / "tiny" / "tiny.ipynb")
        (course / "course_config.py").write_text((ROOT / "course_config.py").read_text() + CONFIG)
        shutil.copy(ROOT / "nbgrader_config.py", course)
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("GRADEBOOK_URL", raising=False)  # of the test that comes first
            assert autograder(course, "release", "tiny").returncode == 0
        archive.add(course, ".")
    return content.getvalue()


def add_notebooks(course: Path, number: int) -> None:
    """Adds so many notebooks like the first to the source, with grade_ids of their own."""
    folder = course / "source" / "tiny"
    for part in range(1, number + 1):
        other = nbformat.read(folder / "tiny.ipynb", as_version=4)
        other.cells[0].source = f"# Doubling, part {part + 1}"
        for cell in other.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader.grade_id += f"_{part}"
        nbformat.write(other, folder / f"tiny{part}.ipynb")


def answered(course: Path, double: str = RIGHT, why: str = "It doubles.") -> NotebookNode:
    """The released notebook with answers in it."""
    notebook = nbformat.read(course / "release" / "tiny" / "tiny.ipynb", as_version=4)
    notebook.cells[2].source, notebook.cells[4].source = double, why
    return notebook
