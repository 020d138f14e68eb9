"""Both notebooks run top to bottom in the kernel that JupyterLab starts."""

from __future__ import annotations

import html
import shutil
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.course import ROOT

pytestmark = pytest.mark.usefixtures("processes")

DAILY = ("binary", pytest.param("multiclass", marks=pytest.mark.slow))


def executed(folder: Path, name: str) -> NotebookNode:
    """The notebook after a run that goes on after errors."""
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    arguments = ["--IPKernelApp.log_level=ERROR"]
    client = NotebookClient(notebook, timeout=120, allow_errors=True, extra_arguments=arguments)
    return client.execute(cwd=str(folder))


@cache
def original(folder: str, name: str) -> NotebookNode:
    """The notebook of the source or the release as it is, after a run: only to be looked at."""
    return executed(ROOT / folder / "losses", name)


def executed_with(folder: Path, cell_id: str, text: str) -> NotebookNode:
    """The released binary notebook after a run, with another text in one of its cells."""
    shutil.copytree(ROOT / "release" / "losses", folder, dirs_exist_ok=True)
    notebook = nbformat.read(folder / "binary.ipynb", as_version=4)
    next(cell for cell in notebook.cells if cell.id == cell_id).source = text
    nbformat.write(notebook, folder / "binary.ipynb")
    return executed(folder, "binary")


def outputs(notebook: NotebookNode, kind: str) -> list[tuple[str, NotebookNode]]:
    """Each output of a kind, with its cell's id."""
    return [
        (cell.id, output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == kind
    ]


@pytest.mark.parametrize("name", DAILY)
def test_the_source_runs_without_an_error_or_a_warning(name: str) -> None:
    """With the model solutions every check passes, and nothing is written to stderr."""
    notebook = original("source", name)
    assert outputs(notebook, "error") == []
    assert [o for _, o in outputs(notebook, "stream") if o.name == "stderr"] == []
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("_hidden"):
            (result,) = cell.outputs
            assert float(result.data["text/plain"]) == cell.metadata.nbgrader.points


@pytest.mark.parametrize("name", DAILY)
def test_the_release_stops_only_at_what_is_unsolved(name: str) -> None:
    """A student who has written nothing yet sees NotImplementedError and no other failure."""
    notebook = original("release", name)
    errors = outputs(notebook, "error")
    assert {output.ename for _, output in errors} == {"NotImplementedError"}
    assert all(cell_id.endswith("-visible") for cell_id, _ in errors)
    for _, output in errors:
        assert "is not written yet" in "".join(output.traceback)
        assert len(output.traceback) == 1
    streams = [output.text for _, output in outputs(notebook, "stream")]
    assert sum("✗ Mend " in text for text in streams) == len(errors)


@pytest.mark.parametrize("name", DAILY)
def test_every_picture_is_described(name: str) -> None:
    """In words that a screen reader reads, and a terminal shows."""
    notebook = original("release", name)
    pictures = [o.data for _, o in outputs(notebook, "display_data") if "text/html" in o.data]
    assert len(pictures) >= 2
    for data in pictures:
        assert data["text/html"].startswith(f'<img alt="{html.escape(data["text/plain"])}" src="')
        assert len(data["text/plain"]) > 80


@pytest.mark.slow
def test_a_syntax_error_is_what_later_cells_speak_of(tmp_path: Path) -> None:
    """Not a NameError in each: a sentence that says which cell to mend."""
    notebook = executed_with(tmp_path, "bce", "def bce(y_hat, y, reduction='none')\n    return y")
    errors = dict(outputs(notebook, "error"))
    assert errors["bce"].ename == "SyntaxError"
    (line,) = errors["bce-visible"].traceback
    assert line.startswith("bce is not there yet: run the cell that defines it.")
    rest = next(
        output.text for cell_id, output in outputs(notebook, "stream") if cell_id == "bce-checks"
    )
    assert rest.count("\n") == 1


@pytest.mark.slow
def test_an_error_is_told_with_the_students_line_alone(tmp_path: Path) -> None:
    """No frame of helper.py, of torch or of the check."""
    text = (
        "def bce(y_hat, y, reduction='none'):\n    losses = y_hat.log() * y[:2]\n    return losses"
    )
    notebook = executed_with(tmp_path, "bce", text)
    error = dict(outputs(notebook, "error"))["bce-visible"]
    assert error.ename == "RuntimeError"
    (told,) = error.traceback
    first, second = told.splitlines()
    assert first.startswith("bce(y_hat, y) raises RuntimeError: The size of tensor a (5) must")
    assert second == "    in line 2 of bce: losses = y_hat.log() * y[:2]"


@pytest.mark.slow
def test_the_class_trains_with_what_the_student_wrote() -> None:
    """The loss starts at log 3 and falls; and who has written nothing is told so."""
    solved = original("source", "multiclass")
    text = "".join(o.text for cell_id, o in outputs(solved, "stream") if cell_id == "training-run")
    steps = [line.split() for line in text.splitlines() if line.startswith("step")]
    losses = [float(words[3].rstrip(",")) for words in steps]
    assert losses[0] == 1.099
    assert losses == sorted(losses, reverse=True)
    shown = [
        o.data
        for cell_id, o in outputs(solved, "display_data")
        if cell_id == "training-gradient-demo"
    ]
    yours, right = (data["text/markdown"].partition("$\\begin")[2] for data in shown)
    assert yours == right
    released = original("release", "multiclass")
    for cell in ("training-gradient-demo", "training-run"):
        (told,) = [o.text for cell_id, o in outputs(released, "stream") if cell_id == cell]
        assert told.startswith("cross_entropy doesn't run yet: write it")


def test_a_missing_helper_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Where helper.py was not uploaded, the first cell says what to do."""
    shutil.copy(ROOT / "release" / "losses" / "binary.ipynb", tmp_path)
    notebook = nbformat.read(tmp_path / "binary.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id == "setup"]
    nbformat.write(notebook, tmp_path / "binary.ipynb")
    ((_, error),) = outputs(executed(tmp_path, "binary"), "error")
    assert error.evalue == (
        "The helper.py of this notebook was not found: put it in the same folder (in Colab: open "
        "the Files panel on the left and upload it), then run this cell again (No module named "
        "'helper')."
    )
