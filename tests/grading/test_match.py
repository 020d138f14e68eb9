"""Whose text is whose: an answer is never the course's own, and one file stands for one notebook."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder import config
from autograder.config import Settings
from autograder.grading import handed_in, skeleton
from autograder.grading.folder import walk
from autograder.grading.skeleton import Skeleton
from tests.course import ROOT
from tests.tiny import marks

DOUBLE = "def double(x):\n    return 2 * x"
EXAMPLE = "def double(x):\n    return x + x"
TEST = "assert double(2) == 4"


def answer(grade_id: str = "double", text: str = DOUBLE, **others: str) -> NotebookNode:
    """Code that students write."""
    return new_code_cell(text, metadata=marks(grade_id, solution=True), **others)


def check(grade_id: str = "test_double", text: str = TEST, **others: str) -> NotebookNode:
    """A test of it."""
    marked = marks(grade_id, grade=True, locked=True, points=1)
    return new_code_cell(text, metadata=marked, **others)


def words() -> NotebookNode:
    """A question that is answered in words."""
    return new_markdown_cell("Because.", metadata=marks("why", grade=True, solution=True, points=2))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A course's."""
    folder = tmp_path_factory.mktemp("match")
    (folder / "course_config.py").write_text((ROOT / "course_config.py").read_text())
    return config.load(folder)


def read(settings: Settings, folder: Path, **cells: Sequence[NotebookNode]) -> dict[str, Skeleton]:
    """The skeletons of source notebooks with these cells."""
    folder.mkdir(exist_ok=True)
    for name, those in cells.items():
        nbformat.write(new_notebook(cells=list(those)), folder / f"{name}.ipynb")
    paths = sorted(folder.glob("*.ipynb"))
    return {path.stem: skeleton.read(settings, "any", path) for path in paths}


def released(read: Skeleton) -> list[NotebookNode]:
    """The cells that students get."""
    cells = [nbformat.from_dict(cell) for cell in read.notebook.cells]
    for cell, place in zip(cells, read.places, strict=True):
        cell.source = place.released
    return cells


def write(path: Path, cells: Sequence[NotebookNode]) -> None:
    """Hands in a notebook."""
    path.parent.mkdir(exist_ok=True)
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(notebook))


def texts(skeletons: dict[str, Skeleton], folder: Path) -> dict[str, dict[str, str]]:
    """What stands in the graded notebooks' answers, by name and grade_id."""
    found = handed_in.notebooks(walk(folder), skeletons, ())[0]
    return {
        name: {
            cell.metadata.nbgrader.grade_id: cell.source
            for cell in notebook.cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }
        for name, notebook in found.items()
    }


def told(skeletons: dict[str, Skeleton], folder: Path) -> list[str]:
    """The flags, each as a line."""
    flags = handed_in.notebooks(walk(folder), skeletons, ())[1]
    return [f"{flag.kind} {flag.cell}: {flag.detail}" for flag in flags]


ANSWERS = {
    "untouched": lambda cells: None,
    "deleted": lambda cells: cells.pop(2),
    "unmarked": lambda cells: cells[2].update(metadata={}),
    "unmarked-all": lambda cells: [cell.update(metadata={}) for cell in cells],
    "without-ids": lambda cells: [cell.pop("id") for cell in cells],
    "example-commented": lambda cells: cells[1].update(source=f"# mine\n{EXAMPLE}  # same"),
    "example-in-words": lambda cells: cells[1].update(cell_type="markdown"),
    "marked-as-the-answer": lambda cells: (
        cells[1].update(metadata=cells[2].metadata),
        cells.pop(2),
    ),
    "example-has-its-id": lambda cells: (cells[1].update(id=cells[2].id), cells.pop(2)),
    "words-deleted": lambda cells: cells.pop(4),
    "words-unmarked": lambda cells: cells[4].update(metadata={}),
}


@pytest.mark.parametrize("change", ANSWERS.values(), ids=ANSWERS)
def test_the_course_s_text_is_nobody_s_answer(
    change: object, settings: Settings, tmp_path: Path
) -> None:
    """Whatever became of the answers' cells, no example and no test is taken for one."""
    cells = [
        new_markdown_cell("# Doubling"),
        new_code_cell(EXAMPLE),
        answer(),
        check(text=f"{EXAMPLE}\n{TEST}"),
        words(),
        new_markdown_cell("It is known that it doubles."),
    ]
    other = [new_code_cell(DOUBLE), answer("other", "y = 1")]
    skeletons = read(settings, tmp_path / "source", one=cells, two=other)
    handed = released(skeletons["one"])
    assert callable(change)
    change(handed)
    write(tmp_path / "in" / "one.ipynb", handed)
    for found in texts(skeletons, tmp_path / "in").values():
        for text in found.values():
            assert "def double" not in text
            assert "known" not in text
    lines = told(skeletons, tmp_path / "in")
    assert not any("beside its cell" in line or "in another cell" in line for line in lines)


def test_the_course_s_text_in_a_script(settings: Settings, tmp_path: Path) -> None:
    """Where a notebook was handed in as a script, an example is a statement like any other."""
    skeletons = read(settings, tmp_path / "source", one=[new_code_cell(EXAMPLE), answer()])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.py").write_text(f"import math\n\n\n{EXAMPLE}\n")
    assert texts(skeletons, tmp_path / "in") == {}
    (tmp_path / "in" / "one.py").write_text(f"{EXAMPLE}\n\n\n{DOUBLE}\n")
    assert texts(skeletons, tmp_path / "in") == {"one": {"double": DOUBLE}}


def test_who_answers_as_the_example_does(settings: Settings, tmp_path: Path) -> None:
    """In the answer's own cell it is an answer: the example stands where it stood."""
    skeletons = read(settings, tmp_path / "source", one=[new_code_cell(EXAMPLE), answer()])
    cells = released(skeletons["one"])
    cells[1].source = EXAMPLE
    write(tmp_path / "in" / "one.ipynb", cells)
    assert texts(skeletons, tmp_path / "in") == {"one": {"double": EXAMPLE}}
    assert told(skeletons, tmp_path / "in") == []
