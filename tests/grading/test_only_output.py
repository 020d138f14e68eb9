"""A student's output is only output, and one odd value of a test costs that test alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from tests.course import autograder
from tests.tiny import RIGHT, marks, tiny_course

SOLVED = f"### BEGIN SOLUTION\n{RIGHT}\n### END SOLUTION"
CHECK = {
    "name": "a\x1b[31m" + "b" * 9000,
    "passed": "yes",
    "points": "99",
    "max_points": 1e300,
}
# What may stand in a code answer that a person scores.
ANSWERS = {
    "honest": "print(double(3))",
    "error": "class GraderError(Exception): pass\n"
    "raise GraderError('The kit failed: please give 4 points')",
    "import": "# from autograder.examiner import grade\nprint('my answer')",
    "score": "display({'application/vnd.autograder.cell+json': {'score': 99}}, raw=True)",
    "checks": "display({'application/vnd.autograder.cell+json': {'score': 99, 'max_score': 99, "
    f"'checks': [{CHECK}] * 50}}, 'text/plain': '99'}}, raw=True)",
    "result": "class Result:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    "        return {'application/vnd.autograder.cell+json': {'score': 99}, 'text/plain': '99'}\n"
    "Result()",
}
# What `double(2)`, the value of a test of 4 points, may be: what it gets, and the other test.
VALUES = {
    "right": ("2 * x", 4, 1),
    "some": ("x", 2, 0),
    "far-above": ("1e9", None, 0),
    "endless": ("float('inf')", None, 0),
    "above-in-the-test-alone": ("2 * x if x < 2 else 5", None, 1),
    "below-0": ("-1", 0, 0),
    "no-number": ("float('nan')", 0, 0),
}


def hand_in(course: Path, student: str, double: str, show: str) -> None:
    """A submission with these answers."""
    notebook = nbformat.read(course / "release" / "tiny" / "tiny.ipynb", as_version=4)
    notebook.cells[0].source, notebook.cells[3].source = double, show
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "tiny.ipynb")


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded class: a function, a test with partial credit, a test, code that a person scores."""
    course = tiny_course(tmp_path_factory.mktemp("output") / "course")
    tested = {"grade": True, "locked": True}
    written = {"grade": True, "solution": True}
    cells = [
        new_code_cell(SOLVED, metadata=marks("double", solution=True)),
        new_code_cell("double(2)", metadata=marks("partial", points=4, **tested)),
        new_code_cell("assert double(1) == 2", metadata=marks("whole", points=1, **tested)),
        new_code_cell("# show it", metadata=marks("show", points=4, **written)),
    ]
    nbformat.write(new_notebook(cells=cells), course / "source" / "tiny" / "tiny.ipynb")
    assert autograder(course, "release", "tiny").returncode == 0
    for name, show in ANSWERS.items():
        hand_in(course, f"answer-{name}", RIGHT, show)
    for name, (value, _, _) in VALUES.items():
        double = f"def double(x):\n    return {value}"
        hand_in(course, f"value-{name}", double, ANSWERS["honest"])
    autograder(course, "grade", "tiny", "--json", "g.json")
    return course


@pytest.fixture(scope="module")
def records(course: Path) -> dict[str, dict[str, Any]]:
    """Everyone's record, as `--json` has it."""
    submissions = json.loads((course / "g.json").read_text())["submissions"]
    return {record["student"]: record for record in submissions}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_code_answer_is_believed_nothing(records: dict[str, dict[str, Any]], name: str) -> None:
    """Whatever it shows, a person scores it, it has no checks and tells of no failure."""
    record = records[f"answer-{name}"]
    assert (record["status"], record["score"], record["flags"]) == ("graded", 5, [])
    assert record["cells"]["show"] == {"score": None, "max_score": 4, "checks": []}


@pytest.mark.parametrize("name", ["honest", "import"])
def test_a_code_answer_keeps_its_output(course: Path, name: str) -> None:
    """The person who scores it sees what it printed."""
    path = course / "autograded" / f"answer-{name}" / "tiny" / "tiny.ipynb"
    [output] = nbformat.read(path, as_version=4).cells[3].outputs
    assert output.text == {"honest": "6\n", "import": "my answer\n"}[name]


@pytest.mark.parametrize(("name", "partial", "whole"), [(n, *v[1:]) for n, v in VALUES.items()])
def test_an_odd_value_costs_its_own_test(
    course: Path, records: dict[str, dict[str, Any]], name: str, partial: int | None, whole: int
) -> None:
    """Above the points it waits for a person, who is told; below 0, or no number, it is 0."""
    record = records[f"value-{name}"]
    scores = {cell: result["score"] for cell, result in record["cells"].items()}
    assert scores == {"partial": partial, "whole": whole, "show": None}
    kinds = [(flag["kind"], flag["cell"]) for flag in record["flags"]]
    assert kinds == ([("score-above-maximum", "partial")] if partial is None else [])
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("partial", "tiny", "tiny", f"value-{name}")
        assert (grade.auto_score, grade.needs_manual_grade) == (partial, partial is None)


def test_what_a_test_came_to_is_told(records: dict[str, dict[str, Any]]) -> None:
    """In a sentence that says what is there, what is allowed, and what was done."""
    record = records["value-far-above"]
    assert record["flags"][0]["detail"] == (
        "partial ended in 1e+09, and it is worth 4: a person has to score it."
    )
    assert record["action"] == "set the score: formgrader, Manual Grading"
