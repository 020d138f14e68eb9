"""A course of two assignments that both ask for `softmax`, each its own, by modules of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tests.course import ROOT
from tests.tiny import marks

MARKER = "only the instructor reads this"
MODULE = '''
"""Softmax, {what}."""

from torch import Tensor, nn

from autograder.checks import ByHand, Draw, Exercise, Mistake, kinds


def softmax({parameters}) -> Tensor:
    """{marker}"""
    return nn.functional.softmax({argument}, dim=-1)


def _case(draw: Draw) -> tuple[Tensor, ...]:
    drawn = draw.normal((3, 4)), draw.uniform((), 0.5, 2.0)
    return drawn[:{count}]


SOFTMAX = Exercise(
    name="softmax",
    reference=softmax,
    checks=(
        kinds.values("values", {points}, _case, "Divide by the sum of each row."),
        kinds.inputs_unchanged(0.5, _case),
    ),
    mistakes=(Mistake(lambda {parameters}: z.exp(), "Only exp so far."),),
    by_hand=ByHand({{"aten.*softmax*": "softmax"}}, hint="Write it from exp and sum."),
)

EXERCISES = (SOFTMAX,)
'''.lstrip()

# Of each assignment: what fills the module, and the body of a right answer.
WHAT = {
    "hw-1": (
        {"what": "plain", "parameters": "z", "argument": "z", "count": 1, "points": 1.5},
        "def softmax(z):\n    return z.exp() / z.exp().sum(-1, keepdim=True)",
    ),
    "hw-2": (
        {"what": "at a temperature", "parameters": "z, t", "argument": "z / t"}
        | {"count": 2, "points": 2.5},
        "def softmax(z, t):\n    return (z / t).exp() / (z / t).exp().sum(-1, keepdim=True)",
    ),
}
WRONG = {
    "hw-1": "def softmax(z):\n    return z.exp()",
    "hw-2": "def softmax(z, t):\n    return (z / t).softmax(-1)",
}
POINTS = {"hw-1": 2.0, "hw-2": 3.0}
HIDDEN = """### BEGIN HIDDEN TESTS
from autograder.examiner import grade
grade("softmax", softmax)
### END HIDDEN TESTS"""


def module(assignment: str) -> str:
    """The text of an assignment's module."""
    return MODULE.format(**WHAT[assignment][0], marker=MARKER)


def source(assignment: str) -> NotebookNode:
    """The notebook of an assignment."""
    right = f"### BEGIN SOLUTION\n{WHAT[assignment][1]}\n### END SOLUTION"
    test = marks("softmax_hidden", grade=True, locked=True, points=POINTS[assignment])
    return new_notebook(
        cells=[
            new_code_cell("import torch", id="given"),
            new_code_cell(right, id="softmax", metadata=marks("softmax", solution=True)),
            new_code_cell(HIDDEN, id="hidden", metadata=test),
        ]
    )


def own_course(course: Path) -> Path:
    """The course, with nobody in it and nothing released."""
    (course / "exercises").mkdir(parents=True)
    for assignment in WHAT:
        folder = course / "source" / assignment
        folder.mkdir(parents=True)
        nbformat.write(source(assignment), folder / "one.ipynb")
        (course / "exercises" / f"{assignment}.py").write_text(module(assignment))
    config = (ROOT / "course_config.py").read_text()
    (course / "course_config.py").write_text(f"{config}\nc.Course.due = {{}}\n")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    return course


def hand_in(course: Path, student: str, assignment: str, answer: str) -> None:
    """A student's answer, in the released notebook."""
    notebook = nbformat.read(course / "release" / assignment / "one.ipynb", as_version=4)
    notebook.cells[1].source = answer
    folder = course / "submitted" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / "one.ipynb")
