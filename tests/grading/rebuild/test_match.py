"""Whose text is whose: no answer is the course's own, and a file stands for one notebook."""

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
from autograder.grading.intake.folder import walk
from autograder.grading.rebuild import handed_in, skeleton
from autograder.grading.rebuild.skeleton import Skeleton
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


def two(settings: Settings, folder: Path, tell: str) -> dict[str, Skeleton]:
    """Two notebooks with the same grade_ids, told apart by what `tell` names."""
    differ = {
        "titles": [[new_markdown_cell("# One", id="t")], [new_markdown_cell("# Two", id="t")]],
        "tests": [[], []],
        "ids": [[], []],
        "nothing": [[], []],
    }[tell]
    sources = []
    for number, title in enumerate(differ):
        more = f"\nassert double({number}) == {2 * number}" if tell == "tests" else ""
        ids = {"ids": (f"a{number}", f"b{number}")}.get(tell, ("a", "b"))
        sources.append(
            [
                *title,
                answer(id=ids[0]),
                check(text=TEST + more, id=ids[1]),
                new_code_cell("1", id="c"),
            ]
        )
    return read(settings, folder, one=sources[0], two=sources[1])


def handed(skeletons: dict[str, Skeleton], name: str, text: str) -> list[NotebookNode]:
    """A released notebook with an answer in it."""
    cells = released(skeletons[name])
    for cell in cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = text
    return cells


TRIPLE = "def double(x):\n    return 3 * x"
each_way = pytest.mark.parametrize("tell", ["titles", "tests", "ids", "nothing"])


@each_way
@pytest.mark.parametrize(("here", "gone"), [("one", "two"), ("two", "one")])
def test_one_of_two_notebooks_is_handed_in(
    here: str, gone: str, tell: str, settings: Settings, tmp_path: Path
) -> None:
    """The other is missing, though it asks for the same under the same grade_ids."""
    skeletons = two(settings, tmp_path / "source", tell)
    write(tmp_path / "in" / f"{here}.ipynb", handed(skeletons, here, DOUBLE))
    assert texts(skeletons, tmp_path / "in") == {here: {"double": DOUBLE}}
    assert told(skeletons, tmp_path / "in") == [
        f"missing-notebook : {gone}.ipynb is not there; the folder holds {here}.ipynb."
    ]


@each_way
def test_both_notebooks_are_handed_in(tell: str, settings: Settings, tmp_path: Path) -> None:
    """Each is graded for itself, and nothing is told."""
    skeletons = two(settings, tmp_path / "source", tell)
    write(tmp_path / "in" / "one.ipynb", handed(skeletons, "one", DOUBLE))
    write(tmp_path / "in" / "two.ipynb", handed(skeletons, "two", TRIPLE))
    right = {"one": {"double": DOUBLE}, "two": {"double": TRIPLE}}
    assert texts(skeletons, tmp_path / "in") == right
    assert told(skeletons, tmp_path / "in") == []


@pytest.mark.parametrize("tell", ["titles", "ids"])
def test_one_of_them_under_another_name(tell: str, settings: Settings, tmp_path: Path) -> None:
    """What is in it says which it is, whatever it is called."""
    skeletons = two(settings, tmp_path / "source", tell)
    write(tmp_path / "in" / "one.ipynb", handed(skeletons, "two", DOUBLE))
    assert texts(skeletons, tmp_path / "in") == {"two": {"double": DOUBLE}}


def test_what_nothing_tells_is_graded_once(settings: Settings, tmp_path: Path) -> None:
    """A file that may be either is one of them, and the other is missing."""
    skeletons = two(settings, tmp_path / "source", "nothing")
    write(tmp_path / "in" / "work.ipynb", handed(skeletons, "two", DOUBLE))
    assert texts(skeletons, tmp_path / "in") == {"one": {"double": DOUBLE}}
    kinds = [line.partition(" ")[0] for line in told(skeletons, tmp_path / "in")]
    assert kinds == ["renamed", "missing-notebook"]


@pytest.mark.parametrize("tell", ["titles", "tests", "ids"])
def test_both_notebooks_in_one_file(tell: str, settings: Settings, tmp_path: Path) -> None:
    """Each gets its own cells of it."""
    skeletons = two(settings, tmp_path / "source", tell)
    cells = handed(skeletons, "one", DOUBLE) + handed(skeletons, "two", TRIPLE)
    write(tmp_path / "in" / "all.ipynb", cells)
    right = {"one": {"double": DOUBLE}, "two": {"double": TRIPLE}}
    assert texts(skeletons, tmp_path / "in") == right
    kinds = {line.partition(" ")[0] for line in told(skeletons, tmp_path / "in")}
    assert kinds == {"renamed"}


def test_a_cell_of_the_other_notebook(settings: Settings, tmp_path: Path) -> None:
    """A title that was copied from it does not make the answers below it the other's."""
    cells = [new_markdown_cell("# One"), new_code_cell("1"), answer(id="a"), check(id="b")]
    others = [new_markdown_cell("# Two"), new_code_cell("2"), answer(id="a"), check(id="b")]
    skeletons = read(settings, tmp_path / "source", one=cells, two=others)
    mine = handed(skeletons, "one", DOUBLE)
    write(tmp_path / "in" / "one.ipynb", [*mine[:2], nbformat.from_dict(others[0]), *mine[2:]])
    found = texts(skeletons, tmp_path / "in")
    assert found["one"] == {"double": DOUBLE}


def test_two_notebooks_ask_for_the_same_name(settings: Settings, tmp_path: Path) -> None:
    """Under other grade_ids a function is not the other notebook's either."""
    skeletons = read(
        settings,
        tmp_path / "source",
        one=[answer("first"), check("test_first")],
        two=[answer("second"), check("test_second")],
    )
    write(tmp_path / "in" / "one.ipynb", handed(skeletons, "one", DOUBLE))
    assert texts(skeletons, tmp_path / "in") == {"one": {"first": DOUBLE}}
