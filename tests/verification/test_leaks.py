"""What a release must not hold is found in any text of any of its files."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.grading.rebuild.skeleton import Place, Skeleton
from autograder.verification.leaks import leaks

SOLUTION = "def mean(x):\n    total = sum(number for number in x)\n    return total / len(x)"
MODEL = "The mean minimizes the sum of squares."
STUB = "def mean(x):\n    raise NotImplementedError()"


def released(*cells: NotebookNode) -> NotebookNode:
    """A release with these cells beside the blank answers."""
    return new_notebook(cells=[new_code_cell(STUB), new_markdown_cell("YOUR ANSWER HERE"), *cells])


def found(folder: Path, notebook: NotebookNode) -> list[str]:
    """What leaks of a source of one function and one written answer."""
    solved = new_notebook(cells=[new_code_cell(SOLUTION), new_markdown_cell(MODEL)])
    places = (
        Place("code", "a", "mean", {}, STUB, True, frozenset({"mean"})),
        Place("markdown", "b", "why", {}, "YOUR ANSWER HERE", True, frozenset()),
    )
    nbformat.write(notebook, folder / "one.ipynb")
    return [*leaks([Skeleton("one", released(), solved, places)], folder)]


def test_a_blank_notebook_leaks_nothing(tmp_path: Path) -> None:
    """A line that it shares with a solution by chance neither."""
    assert found(tmp_path, released(new_code_cell("x / len(x)\nmean(x)"))) == []


def test_a_short_solution_that_stands_elsewhere_is_no_leak(tmp_path: Path) -> None:
    """Other people's lines are short and plain, too."""
    short = Skeleton(
        "one",
        released(),
        new_notebook(cells=[new_code_cell("def f(x):\n    return x + x")]),
        (Place("code", "a", "f", {}, "def f(x):\n    ...", True, frozenset({"f"})),),
    )
    notebook = released(new_code_cell("def example(x):\n    return x + x"))
    nbformat.write(notebook, tmp_path / "one.ipynb")
    assert [*leaks([short], tmp_path)] == []


WHERE = {
    "cell": (new_code_cell(SOLUTION), "mean"),
    "indented": (new_code_cell(SOLUTION.replace("\n", "\n    ")), "mean"),
    "words": (new_markdown_cell(f"As we saw:\n\n{MODEL}"), "why"),
    "output": (new_code_cell("", outputs=[new_output("stream", text=SOLUTION)]), "mean"),
    "metadata": (new_code_cell("", metadata={"note": SOLUTION}), "mean"),
}


@pytest.mark.parametrize(("cell", "grade_id"), WHERE.values(), ids=WHERE)
def test_a_leak_is_found(cell: NotebookNode, grade_id: str, tmp_path: Path) -> None:
    """Wherever it stands, with the cell that hides it."""
    (leak,) = found(tmp_path, released(cell))
    assert leak.startswith(f"one.ipynb shows what {grade_id} hides: ")


def test_a_leak_in_a_file_beside_is_found(tmp_path: Path) -> None:
    """As a module of solutions is."""
    (tmp_path / "solutions.py").write_text(SOLUTION)
    (leak,) = found(tmp_path, released())
    assert leak.startswith("solutions.py shows what mean hides: ")


def test_a_marker_that_nbgrader_does_not_know_is_found(tmp_path: Path) -> None:
    """What stands below it is released."""
    (leak,) = found(tmp_path, released(new_code_cell("### BEGIN HIDDEN TEST\nassert mean([1])")))
    assert leak.startswith("one.ipynb has a marker in it that nbgrader does not know")
