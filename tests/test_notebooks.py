"""Both notebooks run top to bottom in the kernel that JupyterLab starts."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.course import ROOT

pytestmark = pytest.mark.usefixtures("processes")

NAMES = ("binary", "multiclass")


def executed(folder: Path, name: str) -> NotebookNode:
    """The notebook after a run that goes on after errors."""
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    arguments = ["--IPKernelApp.log_level=ERROR"]
    client = NotebookClient(notebook, timeout=120, allow_errors=True, extra_arguments=arguments)
    return client.execute(cwd=str(folder))


def outputs(notebook: NotebookNode, kind: str) -> list[tuple[str, NotebookNode]]:
    """Each output of a kind, with its cell's id."""
    return [
        (cell.id, output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == kind
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_source_runs_without_an_error_or_a_warning(name: str) -> None:
    """With the model solutions every check passes, and nothing is written to stderr."""
    notebook = executed(ROOT / "source" / "losses", name)
    assert outputs(notebook, "error") == []
    assert [o for _, o in outputs(notebook, "stream") if o.name == "stderr"] == []
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("_hidden"):
            (result,) = cell.outputs
            assert float(result.data["text/plain"]) == cell.metadata.nbgrader.points


@pytest.mark.parametrize("name", NAMES)
def test_the_release_stops_only_at_what_is_unsolved(name: str) -> None:
    """A student who has written nothing yet sees NotImplementedError and no other failure."""
    notebook = executed(ROOT / "release" / "losses", name)
    errors = outputs(notebook, "error")
    assert {output.ename for _, output in errors} == {"NotImplementedError"}
    checks = ("shape", "visible", "reductions", "stability", "gradient")
    assert all(cell_id.endswith(checks) for cell_id, _ in errors)
    plots = [o for _, o in outputs(notebook, "display_data") if "image/png" in o.data]
    assert len(plots) >= 2


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
