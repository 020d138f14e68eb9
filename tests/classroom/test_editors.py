"""Each writer gives a file that its editor could have saved, and loses nothing of the notebook."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.warnings import DuplicateCellId

from tests.classroom.editors import WRITERS

RELEASE = Path(__file__).parents[2] / "release" / "losses"
SOURCE = 'def bce(p, y):\n    """Wrong, with a “quote” and a \\n."""\n\n    return y - p\n'
TIMES = [
    "iopub.execute_input",
    "iopub.status.busy",
    "iopub.status.idle",
    "shell.execute_reply",
    "shell.execute_reply.started",
]

by_editor = pytest.mark.parametrize("editor", [pytest.param(e, id=e or "plain") for e in WRITERS])


@pytest.fixture(params=["binary", "multiclass"])
def notebook(request: pytest.FixtureRequest) -> NotebookNode:
    """A released notebook with one cell that a student rewrote, and an empty one at the end."""
    released = nbformat.read(RELEASE / f"{request.param}.ipynb", as_version=4)
    (solution, *_) = (c for c in released.cells if c.metadata.get("nbgrader", {}).get("solution"))
    solution.source = SOURCE
    released.cells.append(nbformat.v4.new_code_cell("", id="empty"))
    return released


def saved(editor: str, notebook: NotebookNode) -> dict[str, Any]:
    """The editor's file, parsed."""
    document: dict[str, Any] = json.loads(WRITERS[editor](notebook))
    return document


def code(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The code cells."""
    return [cell for cell in document["cells"] if cell["cell_type"] == "code"]


# Whatever the editor -------------------------------------------------------------------------


@by_editor
def test_cells_keep_their_text_and_their_marks(editor: str, notebook: NotebookNode) -> None:
    """Every cell is there, in order; only line ends may differ, and nbgrader's metadata may not."""
    for cell, original in zip(saved(editor, notebook)["cells"], notebook.cells, strict=True):
        assert cell["cell_type"] == original.cell_type
        assert "".join(cell["source"]).replace("\r\n", "\n") == original.source
        assert original.metadata.items() <= cell["metadata"].items()


@by_editor
def test_same_notebook_gives_the_same_bytes(editor: str, notebook: NotebookNode) -> None:
    """A writer changes nothing in the notebook, and takes nothing from the clock or from chance."""
    before = deepcopy(notebook)
    first = WRITERS[editor](notebook)
    assert notebook == before
    assert WRITERS[editor](notebook) == first


@by_editor
@pytest.mark.filterwarnings("error")
def test_file_is_a_notebook_of_its_format(editor: str, notebook: NotebookNode) -> None:
    """nbformat accepts it without a warning; only clashing ids are against the format."""
    document = saved(editor, notebook)
    if editor == "clashing":
        with pytest.raises(DuplicateCellId):
            nbformat.validate(document)
    else:
        nbformat.validate(document)


@pytest.mark.parametrize("editor", [editor for editor in WRITERS if editor])
def test_executed_files_have_outputs_that_are_wrong_by_now(
    editor: str, notebook: NotebookNode
) -> None:
    """All code cells were run, and the grade cells show an error, a wrong result and a warning."""
    cells = code(saved(editor, notebook))
    graded = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]
    outputs = [output for cell in graded for output in cell["outputs"]]
    results = ["".join(o["data"]["text/plain"]) for o in outputs if "data" in o]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert {output["output_type"] for output in outputs} == {"error", "execute_result", "stream"}
    assert set(results) == {"999"}


# What is particular --------------------------------------------------------------------------


@pytest.mark.parametrize("editor", ["", "jupyterlab", "notebook7", "vscode", "windows", "clashing"])
def test_keys_are_sorted_and_indented_by_one(editor: str, notebook: NotebookNode) -> None:
    """Jupyter's server and VS Code write format 4.5 alike, with a line end after it."""
    text = WRITERS[editor](notebook)
    document = json.loads(text)
    plain = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert text.replace("\r\n", "\n") == plain
    assert document["nbformat_minor"] == 5


@pytest.mark.parametrize("editor", ["", "jupyterlab", "notebook7", "vscode", "pycharm", "windows"])
def test_ids_are_kept(editor: str, notebook: NotebookNode) -> None:
    """These editors keep a cell's id where format 4.5 has it."""
    ids = [cell["id"] for cell in saved(editor, notebook)["cells"]]
    assert ids == [cell.id for cell in notebook.cells]


def test_jupyterlab_keeps_cell_times_and_widgets(notebook: NotebookNode) -> None:
    """Its code cells say when they were run; the notebook has the full data of its kernel."""
    document = saved("jupyterlab", notebook)
    assert all(sorted(cell["metadata"]["execution"]) == TIMES for cell in code(document))
    assert list(document["metadata"]) == ["kernelspec", "language_info", "widgets"]
    assert document["metadata"]["kernelspec"]["display_name"] == "Python 3 (ipykernel)"
    assert document["metadata"]["language_info"]["version"]


def test_notebook7_adds_what_the_kernel_says_and_who_scrolls(notebook: NotebookNode) -> None:
    """Its cells have the metadata of the release, and `scrolled` where there is an output."""
    document = saved("notebook7", notebook)
    assert list(document["metadata"]) == ["kernelspec", "language_info"]
    assert document["metadata"]["kernelspec"]["display_name"] == "Python 3 (ipykernel)"
    for cell, original in zip(document["cells"], notebook.cells, strict=True):
        scrolled = {"scrolled": True} if cell.get("outputs") else {}
        assert cell["metadata"] == {**original.metadata, **scrolled}


def test_vscode_names_its_environment_and_attaches_nothing(notebook: NotebookNode) -> None:
    """The kernel is named after the virtual environment; every text has empty attachments."""
    document = saved("vscode", notebook)
    texts = [cell for cell in document["cells"] if cell["cell_type"] == "markdown"]
    assert document["metadata"]["kernelspec"]["display_name"] == ".venv"
    assert len(document["metadata"]["vscode"]["interpreter"]["hash"]) == 64
    assert all(cell["attachments"] == {} for cell in texts)


def test_pycharm_moves_what_it_rewrites_to_the_end(notebook: NotebookNode) -> None:
    """Source, outputs and count end a cell; a single line is a string, several are a list."""
    text = WRITERS["pycharm"](notebook)
    document = json.loads(text)
    kinds = {type(cell["source"]) for cell in document["cells"]}
    assert text == json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    assert list(document) == ["cells", "metadata", "nbformat", "nbformat_minor"]
    assert (document["metadata"], document["nbformat_minor"]) == (notebook.metadata, 5)
    assert kinds == {str, list}
    for cell in document["cells"]:
        run = ["outputs", "execution_count"] if cell["cell_type"] == "code" else []
        assert list(cell) == ["cell_type", "id", "metadata", "source", *run]
        assert isinstance(cell["source"], str) or len(cell["source"]) != 1
    for cell in code(document):
        times = cell["metadata"]["ExecuteTime"]
        assert list(times) == ["end_time", "start_time"]
        assert times["start_time"] < times["end_time"]


def test_kaggle_writes_one_line_without_ids(notebook: NotebookNode) -> None:
    """Format 4.4, its metadata first; sources are strings, and outputs have keys in its order."""
    text = WRITERS["kaggle"](notebook)
    document = json.loads(text)
    outputs = {o["output_type"]: list(o) for cell in code(document) for o in cell["outputs"]}
    assert text == json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    assert list(document) == ["metadata", "nbformat_minor", "nbformat", "cells"]
    assert document["nbformat_minor"] == 4
    assert list(document["metadata"]) == ["kernelspec", "language_info", "kaggle"]
    for cell in document["cells"]:
        run = ["outputs", "execution_count"] if cell["cell_type"] == "code" else []
        assert list(cell) == ["cell_type", "source", "metadata", *run]
        assert isinstance(cell["source"], str)
    for cell in code(document):
        assert cell["metadata"]["trusted"]
        assert sorted(cell["metadata"]["execution"]) == TIMES
        assert cell["metadata"].get("_kg_hide-output", False) == bool(cell["outputs"])
    assert outputs == {
        "stream": ["name", "text", "output_type"],
        "error": ["traceback", "ename", "evalue", "output_type"],
        "execute_result": ["execution_count", "output_type", "data", "metadata"],
    }


@pytest.mark.parametrize("editor", ["colab", "drive"])
def test_colab_moves_ids_to_the_metadata(editor: str, notebook: NotebookNode) -> None:
    """Format 4.0 without cell ids; the file on Drive is one line, and says who ran a cell."""
    text = WRITERS[editor](notebook)
    document = json.loads(text)
    cells = document["cells"]
    shown = [cell["metadata"] for cell in code(document) if cell["outputs"]]
    assert document["nbformat_minor"] == 0
    assert document["metadata"]["colab"]["provenance"] == []
    assert [cell["metadata"]["id"] for cell in cells] == [cell.id for cell in notebook.cells]
    assert all("id" not in cell for cell in cells)
    assert all("outputId" in metadata for metadata in shown)
    assert all(("executionInfo" in metadata) == (editor == "drive") for metadata in shown)
    assert (len(text.splitlines()) == 1) == (editor == "drive")


def test_windows_ends_all_lines_in_cr_lf(notebook: NotebookNode) -> None:
    """No line of the file or of a source has another end; otherwise it is JupyterLab's file."""
    text = WRITERS["windows"](notebook)
    sources = [cell["source"] for cell in json.loads(text)["cells"]]
    assert text.count("\n") == text.count("\r\n") > 1000
    assert all(line.endswith("\r\n") for source in sources for line in source[:-1])
    assert any(source[-1:] == ["    return y - p\r\n"] for source in sources)
    unix = text.replace("\r\n", "\n").replace(r"\r\n", r"\n")
    assert unix == WRITERS["jupyterlab"](notebook)


def test_clashing_cells_have_one_id(notebook: NotebookNode) -> None:
    """All cells have the first one's; otherwise it is JupyterLab's file."""
    document = saved("clashing", notebook)
    assert {cell["id"] for cell in document["cells"]} == {notebook.cells[0].id}
    for cell, original in zip(document["cells"], notebook.cells, strict=True):
        cell["id"] = original.id
    assert document == saved("jupyterlab", notebook)
