"""What is wrong with a source's format is told with the notebook's name, and the cell's."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.config import load
from autograder.grading.assignment import read
from autograder.grading.source_errors import SourceError
from tests.course import ROOT, autograder, command
from tests.tiny import marks, tiny_course

SOLUTION = "### BEGIN SOLUTION\ndef f(x):\n    return x\n### END SOLUTION"
TEST = "assert f(1) == 1\n### BEGIN HIDDEN TESTS\nassert f(2) == 2\n### END HIDDEN TESTS"
TESTED = marks("f_test", grade=True, locked=True, points=1)
NO_POINTS = marks("f_test", grade=True, locked=True)
OLD = {"nbgrader": {**marks("f", solution=True)["nbgrader"], "schema_version": 1}}


def changed(number: int, text: str, metadata: object = None) -> list[NotebookNode]:
    """The cells of a sound notebook, one of them changed."""
    cells = [
        new_markdown_cell("# One"),
        new_code_cell(SOLUTION, metadata=marks("f", solution=True)),
        new_code_cell(TEST, metadata=TESTED),
    ]
    cells[number].source = text
    cells[number].metadata = nbformat.from_dict(metadata or cells[number].metadata)
    return cells


WRONG = {
    "solution-without-end": (
        changed(1, SOLUTION.replace("END", "and")),
        "cell f: no end solution statement found",
    ),
    "test-without-end": (
        changed(2, TEST.replace("END", "and")),
        "cell f_test: No end hidden tests statement found",
    ),
    "solution-elsewhere": (
        changed(0, SOLUTION),
        "cell `### BEGIN SOLUTION`: Solution region detected in a non-solution cell; please make "
        "sure all solution regions are within solution cells.",
    ),
    "grade-id-twice": (
        changed(2, TEST, marks("f", grade=True, locked=True, points=1)),
        "cell f: Duplicate grade id: f",
    ),
    "no-points": (
        changed(2, TEST, NO_POINTS),
        "cell f_test: nbgrader cell 'f_test' does not have points",
    ),
    "points-that-are-none": (
        changed(2, TEST, marks("f_test", grade=True, locked=True, points="two")),
        "cell f_test: 'two' is not of type 'number'",
    ),
    "old-metadata": (
        changed(1, SOLUTION, OLD),
        "cell f: nbgrader's metadata is of an old version: run `nbgrader update source/one`",
    ),
}


def course(folder: Path, cells: list[NotebookNode], config: str = "") -> Path:
    """A course with this one notebook."""
    (folder / "source" / "one").mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), folder / "source" / "one" / "one.ipynb")
    text = (ROOT / "course_config.py").read_text()
    (folder / "course_config.py").write_text(f"{text}\nc.Course.due = {{}}\n{config}")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


@pytest.mark.parametrize(("cells", "says"), WRONG.values(), ids=WRONG)
def test_notebook_and_cell_are_named(cells: list[NotebookNode], says: str, tmp_path: Path) -> None:
    """Whoever has several notebooks, and many cells, sees where to look."""
    settings = load(course(tmp_path, cells))
    with pytest.raises(SourceError) as caught:
        read(settings, "one")
    assert str(caught.value) == f"source/one/one.ipynb: {says}"


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    "by",
    [
        "autograder release",
        pytest.param("nbgrader generate_assignment", marks=pytest.mark.slow),
    ],
)
def test_each_command_of_a_release_says_so(by: str, tmp_path: Path) -> None:
    """In one line, without a traceback; the old release stays."""
    there = course(tmp_path / "course", changed(1, SOLUTION.replace("END", "and")))
    old = there / "release" / "one" / "one.ipynb"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    done = command(there, *by.split(), "one")
    assert done.returncode != 0
    assert "source/one/one.ipynb: cell f: no end solution statement found" in done.stderr
    assert "Traceback" not in done.stderr
    assert old.read_text() == "old"


@pytest.mark.usefixtures("processes")
def test_a_header_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the notebook that it was to stand in."""
    header = "c.IncludeHeaderFooter.header = 'source/headr.ipynb'\n"
    there = course(tmp_path / "course", changed(1, SOLUTION), header)
    assert autograder(there, "release", "one").stderr == (
        f"autograder: source/one/one.ipynb: {there}/source/headr.ipynb: No such file or directory\n"
    )


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    "by", ["autograder grade", pytest.param("nbgrader autograde", marks=pytest.mark.slow)]
)
def test_grading_says_so(by: str, tmp_path: Path) -> None:
    """A source that was spoilt after its release stops the grading in one line."""
    there = tiny_course(tmp_path / "course")
    shutil.copytree(there / "release", there / "submitted" / "student01")
    path = there / "source" / "tiny" / "tiny.ipynb"
    path.write_text(path.read_text().replace("### END HIDDEN", "### and HIDDEN"))
    done = command(there, *by.split(), "tiny")
    assert done.returncode != 0
    assert "source/tiny/tiny.ipynb: cell test_double: No end hidden tests" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("processes")
def test_nbgraders_steps_say_so_where_nothing_is_proved(tmp_path: Path) -> None:
    """A course whose grading is nbgrader's own is told the same by the steps of its release."""
    there = course(
        tmp_path / "course",
        changed(2, TEST, NO_POINTS),
        "c.Autograde.autograde_preprocessors = []\n",
    )
    assert autograder(there, "release", "one").stderr.endswith(
        "autograder: source/one/one.ipynb: cell f_test: nbgrader cell 'f_test' does not have "
        "points\n"
    )
