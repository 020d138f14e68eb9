"""What a release must not hold is found in any text of any of its files."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

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


def of_short(folder: Path, hidden: str, *cells: NotebookNode) -> list[str]:
    """What leaks of a function whose text has these hidden lines."""
    short = Skeleton(
        "one",
        released(),
        new_notebook(cells=[new_code_cell(f"def f(x):\n{indent(hidden, '    ')}")]),
        (Place("code", "a", "f", {}, "def f(x):\n    ...", True, frozenset({"f"})),),
    )
    nbformat.write(released(*cells), folder / "one.ipynb")
    return [*leaks([short], folder)]


@pytest.mark.parametrize(
    "line",
    ["return losses", "return x.sum()", "total = 0", "import math\nimport numpy as np"],
)
def test_a_line_that_says_nothing_is_no_leak(line: str, tmp_path: Path) -> None:
    """Other people's lines are as plain, in the place of all that is hidden in a cell."""
    cell = new_code_cell(f"def example(x):\n{indent(line, '    ')}")
    assert of_short(tmp_path, line, cell) == []


def test_a_part_of_a_short_solution_is_no_leak(tmp_path: Path) -> None:
    """Nor its lines in another order."""
    hidden = "y = 2 * x\nreturn y / 3"
    for given in ("y = 2 * x", "return y / 3\ny = 2 * x"):
        assert of_short(tmp_path, hidden, new_code_cell(given)) == []


SHORT = {
    "one-line": ("return x * x * x", "def g(x):\n    return x * x * x"),
    "spaced": ("return x * x * x", "return x*x*x"),
    "comment": ("# The cube.\nreturn x * x * x", "# return x * x * x"),
    "prompt": ("return x * x * x", ">>> return x * x * x"),
    "list": ("return x * x * x", "To do:\n\n- `return x*x*x`"),
    "two-lines": ("y = 2\nreturn y", "# y = 2\n#\n# return y"),
    "test": ("assert f(2) == 8", "#assert f(2)==8"),
    "long": (SOLUTION, "\n".join(f"# {line}" for line in SOLUTION.replace(" ", "  ").splitlines())),
}


@pytest.mark.parametrize(("hidden", "given"), SHORT.values(), ids=SHORT)
def test_a_short_leak_is_found(hidden: str, given: str, tmp_path: Path) -> None:
    """All of it in its order, however it is spaced and marked."""
    (leak,) = of_short(tmp_path, hidden, new_markdown_cell(given))
    assert leak.startswith("one.ipynb shows what f hides: ")


def test_half_of_a_long_solution_is_a_leak(tmp_path: Path) -> None:
    """Without the rest, and in another order."""
    first, *rest = SOLUTION.splitlines()
    assert found(tmp_path, released(new_code_cell(rest[0]))) != []
    assert found(tmp_path, released(new_code_cell("\n".join([*rest[::-1], first])))) != []


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


@pytest.mark.parametrize(
    "marker",
    [
        *("### BEGIN HIDDEN TEST", "### begin hidden tests", "# Begin-Solution", "##BEGIN HIDDEN"),
        *("=== BEGIN MARKS ===", "=== end mark scheme ===", "### END  HIDDEN TESTS"),
    ],
)
def test_a_marker_that_nbgrader_does_not_know_is_found(marker: str, tmp_path: Path) -> None:
    """What stands below it is released."""
    (leak,) = found(tmp_path, released(new_code_cell(f"{marker}\nassert mean([1])")))
    assert leak == f"one.ipynb has a marker in it that nbgrader does not know: {marker}"


def test_a_heading_is_no_marker(tmp_path: Path) -> None:
    """Though it begins like one."""
    headings = "### End of the first part\n\n# Solutions begin here\n\nIn the end, mark x."
    assert found(tmp_path, released(new_markdown_cell(headings))) == []
