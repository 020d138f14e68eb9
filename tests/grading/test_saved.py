"""Whatever an editor makes of a notebook's file, it is graded as the notebook that it was.

The files of `tests/cases/saved` hold one solved notebook, run and saved: by JupyterLab with cell
times and widgets, Notebook 7, VS Code, PyCharm, Kaggle (one line, format 4.4, no ids), Colab's
download (format 4.0) and its file on Drive; and JupyterLab's after a tool had ended all lines in
CR LF, or had given all cells one id. They were made after files that these programs saved, without
people and paths, and what their test cell shows is wrong by now.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.warnings import DuplicateCellId

from tests.course import ROOT, autograder
from tests.tiny import RIGHT, tiny_course

SAVED = {path.stem: path.read_bytes() for path in (ROOT / "tests/cases/saved").glob("*.ipynb")}
STALE = ("NotImplementedError", "999", "run the cells above first")
by_editor = pytest.mark.parametrize("editor", SAVED)


def without_outputs(file: bytes) -> str:
    """The file of a notebook of which nothing was run."""
    notebook = json.loads(file)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which each file was handed in as it is, and with nothing run."""
    course = tiny_course(tmp_path_factory.mktemp("saved") / "course")
    for editor, file in SAVED.items():
        for student, content in (
            (editor, file),
            (f"{editor}-unrun", without_outputs(file).encode()),
        ):
            folder = course / "submitted" / student / "tiny"
            folder.mkdir(parents=True)
            (folder / "tiny.ipynb").write_bytes(content)
    done = autograder(course, "grade", "tiny", "--json", "grades.json")
    assert done.returncode == 0, done.stdout + done.stderr
    return course


@pytest.fixture(scope="module")
def records(course: Path) -> dict[str, dict[str, Any]]:
    """The record of each."""
    submissions = json.loads((course / "grades.json").read_text())["submissions"]
    return {record["student"]: record for record in submissions}


def test_there_are_nine() -> None:
    """And each of the wrong outputs is shown in three of them."""
    assert len(SAVED) == 9
    assert [sum(text in file.decode() for file in SAVED.values()) for text in STALE] == [3, 3, 3]


@by_editor
@pytest.mark.filterwarnings("error")
def test_a_file_is_a_notebook_of_its_format(editor: str) -> None:
    """nbformat accepts it without a warning; only clashing ids are against the format."""
    document = json.loads(SAVED[editor])
    if editor == "clashing":
        with pytest.raises(DuplicateCellId):
            nbformat.validate(document)
    else:
        nbformat.validate(document)


@pytest.mark.parametrize("run", ["", "-unrun"], ids=["run", "unrun"])
@by_editor
def test_it_has_all_points_and_no_flag(
    records: dict[str, dict[str, Any]], editor: str, run: str
) -> None:
    """Nobody is told that they changed anything."""
    record = records[editor + run]
    assert (record["status"], record["score"], record["flags"]) == ("graded", 4, [])


@by_editor
def test_no_output_of_the_file_is_believed(course: Path, editor: str) -> None:
    """The graded copy shows what a run of today shows, below the student's own text."""
    path = course / "autograded" / editor / "tiny" / "tiny.ipynb"
    assert [stale for stale in STALE if stale in path.read_text()] == []
    sources = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    assert {RIGHT, "It doubles."} <= set(sources)
