"""Copies of a sound course, each with one thing wrong, and the words in which that is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from autograder import new_course
from autograder.config import load
from autograder.grading.release import release
from tests.course import shared_examiners
from tests.tiny import marks

MODULE = "exercises/hw1.py"
NOTEBOOK = "source/hw1/mse.ipynb"
SQUARED = "    squared = (y_hat - y) * (y_hat - y)\n"
RETURNED = '    return {"none": squared, "mean": squared.mean(), "sum": squared.sum()}[reduction]'
CASE = "    return draw.normal(size), draw.normal(size)\n"
HINT = '"This is the absolute error: square the difference.",\n        ),\n'

COUNTING = """    CALLS.append(1)
    return (draw.normal(size) + len(CALLS),) * 2


CALLS = []
"""
SECOND = """

def rmse(y_hat: Tensor, y: Tensor) -> Tensor:
    return nn.functional.mse_loss(y_hat, y).sqrt()


RMSE = Exercise("rmse", rmse, (kinds.values("values", 1.0, _pairs, "By hand."),))
EXERCISES = (MSE, RMSE)
"""
EVALUATED = "import torch\nassert eval('mse')(torch.ones(1), torch.zeros(1)) == 1"
TODAY = """    import datetime
    return (draw.normal(size) + datetime.date.today().day,) * 2
"""
HOUR = """    import time
    return (draw.normal(size) + time.gmtime().tm_hour,) * 2
"""
DATAGRAM = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))"

Change = Callable[[Path], None]


@dataclass(frozen=True)
class Sabotage:
    """One thing that is wrong.

    Args:
        name: a test's id.
        change: does it to a course.
        subject: whose finding is red.
        words: what has to be said of it.
    """

    name: str
    change: Change
    subject: str
    words: str


def sound(course: Path) -> Path:
    """The course that `autograder new` makes."""
    new_course.make(course)
    return course


def in_module(old: str, new: str) -> Change:
    """A change of the exercises' text."""

    def change(course: Path) -> None:
        text = (course / MODULE).read_text(encoding="utf-8")
        assert old in text
        (course / MODULE).write_text(text.replace(old, new), encoding="utf-8")

    return change


def at_import(imports: str, *lines: str) -> Change:
    """Lines that the exercises' module runs when it is imported, whatever they raise."""
    tried = "\n".join(f"    {line}" for line in lines)
    text = f"{imports}\n\ntry:\n{tried}\nexcept OSError:\n    pass\n\n\n"
    return in_module("def _pairs", f"{text}def _pairs")


def in_cell(grade_id: str, old: str, new: str) -> Change:
    """A change of a cell's text."""

    def change(course: Path) -> None:
        notebook = nbformat.read(course / NOTEBOOK, as_version=4)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
                assert old in cell.source
                cell.source = cell.source.replace(old, new)
        nbformat.write(notebook, course / NOTEBOOK)

    return change


def worth(points: float) -> Change:
    """The hidden cell has other points."""

    def change(course: Path) -> None:
        notebook = nbformat.read(course / NOTEBOOK, as_version=4)
        notebook.cells[-1].metadata.nbgrader.points = points
        nbformat.write(notebook, course / NOTEBOOK)

    return change


def with_cell(text: str, **metadata: object) -> Change:
    """One more cell in the end."""

    def change(course: Path) -> None:
        notebook = nbformat.read(course / NOTEBOOK, as_version=4)
        notebook.cells.append(new_code_cell(text, metadata=metadata))
        nbformat.write(notebook, course / NOTEBOOK)

    return change


def no_solution(course: Path) -> None:
    """What students are given stands where the solution should."""
    notebook = nbformat.read(course / NOTEBOOK, as_version=4)
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution"))
    cell.source = "# YOUR CODE HERE\nraise NotImplementedError()"
    nbformat.write(notebook, course / NOTEBOOK)


def released_before(course: Path) -> None:
    """The release is of another source."""
    release(load(course), "hw1", shared_examiners())
    with_cell("print('a new example')")(course)


def unblamed(course: Path) -> None:
    """A function that calls another, of which the reference has no text to take its place."""
    in_module("reference=mse,", "reference=partial(nn.functional.mse_loss),")(course)
    in_module("from torch import", "from functools import partial\n\nfrom torch import")(course)
    in_module("EXERCISES = (MSE,)", SECOND)(course)
    solution = "### BEGIN SOLUTION\ndef rmse(y_hat, y):\n    return mse(y_hat, y, 'mean').sqrt()\n"
    with_cell(f"{solution}### END SOLUTION", **marks("rmse", solution=True))(course)
    hidden = "from autograder.examiner import grade\ngrade('rmse', rmse)"
    test = marks("rmse_hidden", grade=True, locked=True, points=1)
    with_cell(f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS", **test)(course)


FREE = marks("free", grade=True, locked=True, points=1)

SABOTAGED = (
    Sabotage(
        "wrong-solution",
        in_cell("mse", '"mean": squared.mean()', '"mean": squared.sum()'),
        "solutions",
        "mse.ipynb: mse_hidden is not passed by its own solution here: reductions: mse is wrong",
    ),
    Sabotage(
        "no-solution",
        no_solution,
        "solutions",
        "mse.ipynb: mse_hidden asks for what has no solution in the source: write it",
    ),
    Sabotage(
        "clock",
        in_cell("mse", "squared.mean()", "squared.mean() * (1 + __import__('time').time() % 1)"),
        "solutions",
        "mse.ipynb: mse_hidden is not passed by its own solution here: reductions: mse",
    ),
    Sabotage(
        "points",
        worth(3),
        "solutions",
        "mse.ipynb, mse_hidden: the cell is worth 3 points, and its checks add up to 2",
    ),
    Sabotage(
        "free-points",
        with_cell("assert True", **FREE),
        "blank notebook",
        "mse.ipynb: free gives points to who has written nothing",
    ),
    Sabotage(
        "use-that-is-not-seen",
        with_cell(EVALUATED, **marks("evaluated", grade=True, locked=True, points=1)),
        "one function blank",
        "mse.ipynb, mse left blank: evaluated loses points and does not use it",
    ),
    Sabotage(
        "no-blame",
        unblamed,
        "one function blank",
        "mse.ipynb, mse left blank: rmse_hidden is not told that it fails for mse alone",
    ),
    Sabotage(
        "network-in-a-cell",
        with_cell("import socket\nsocket.create_connection(('127.0.0.1', 9))"),
        "solutions",
        "mse.ipynb: cell 6 fails here: ",
    ),
    Sabotage(
        "hidden-test-in-view",
        in_cell("mse_hidden", "HIDDEN TESTS", "TESTS"),
        "release",
        "mse.ipynb shows a hidden test, which imports autograder.examiner: put it between",
    ),
    Sabotage(
        "solution-in-view",
        with_cell(f"def example(y_hat, y, reduction):\n{SQUARED}{RETURNED}"),
        "release",
        "mse.ipynb shows what mse hides: squared = (y_hat - y) * (y_hat - y)",
    ),
    Sabotage(
        "older-release",
        released_before,
        "release/",
        "mse.ipynb is not what the source gives: release it again",
    ),
    Sabotage(
        "module",
        in_module("def mse(", "def mse)"),
        "exercises",
        "exercises/hw1.py does not import: SyntaxError in ",
    ),
    Sabotage(
        "harmless-mistake",
        in_module(HINT, HINT + '        Mistake(mse, "The sign of nothing is flipped."),\n'),
        "mse, mistakes",
        "mistake 2, “The sign of nothing is flipped.” loses no point",
    ),
    Sabotage(
        "unnamed-mistake",
        in_module(
            HINT,
            HINT + "        Mistake(lambda y_hat, y, reduction='none': (y - y_hat).abs(), "
            '"Another hint."),\n',
        ),
        "mse, mistakes",
        "mistake 2, “Another hint.”: who makes it is told “This is the absolute error: square",
    ),
    Sabotage(
        "style",
        in_module(
            "    by_hand=",
            "    styles=(lambda y_hat, y, reduction='none': mse(y_hat, y, reduction).detach(),),\n"
            "    by_hand=",
        ),
        "mse, styles",
        "style 1 (line 32) loses gradient: mse returns a value that gradients can't flow through.",
    ),
)

# Of exercises alone.
CARELESS = (
    Sabotage(
        "exit-in-a-case",
        in_module(CASE, "    raise SystemExit(0)\n"),
        "mse",
        "SystemExit: 0: it asks Python to end",
    ),
    Sabotage(
        "end-of-the-process",
        in_module(CASE, "    import os\n    os._exit(0)\n"),
        "exercises",
        "the process in which the exercises were tried ended and left no report: let them",
    ),
    Sabotage(
        "style-of-torch",
        in_module("    by_hand=", "    styles=(mse,),\n    by_hand="),
        "mse, styles",
        "style 1 (line 8) breaks the by-hand rule: mse calls torch's own squared error",
    ),
    Sabotage(
        "own-numbers",
        in_module(CASE, "    import torch\n    return torch.randn(size), draw.normal(size)\n"),
        "mse, order",
        "values is not the same in two processes: let its case use nothing but its draw",
    ),
    Sabotage(
        "seed",
        in_module(
            CASE, "    import torch\n    return (draw.normal(size) + torch.initial_seed(),) * 2\n"
        ),
        "mse, order",
        "values is not the same in two processes",
    ),
    Sabotage(
        "day",
        in_module(CASE, TODAY),
        "mse, order",
        "values is not the same on two days: it reads the clock; let it use its draw alone",
    ),
    Sabotage(
        "hour",
        in_module(CASE, HOUR),
        "mse, order",
        "values is not the same on two days: it reads the clock",
    ),
    Sabotage(
        "from-call-to-call",
        in_module(CASE, COUNTING),
        "mse, order",
        "values is not the same in two processes",
    ),
    Sabotage(
        "order-of-a-set",
        in_module("((7,), (4, 3), (1,))", "[(ord(c) - 90,) for c in {*'abcdefgh'}]"),
        "mse, order",
        "reductions is not the same in two processes",
    ),
    Sabotage(
        "network",
        at_import("import socket", "socket.create_connection(('127.0.0.1', 9))"),
        "network",
        "socket.getaddrinfo('127.0.0.1', 9)",
    ),
    Sabotage(
        "name-in-the-network",
        at_import("import socket", "socket.gethostbyname('localhost')"),
        "network",
        "socket.gethostbyname('localhost',)",
    ),
    Sabotage(
        "datagram",
        at_import("import socket", DATAGRAM),
        "network",
        "socket.sendto(('127.0.0.1', 9),)",
    ),
    Sabotage(
        "program",
        at_import("import subprocess", "subprocess.run(['true'])"),
        "network",
        "subprocess.Popen('true', ['true'])",
    ),
    Sabotage(
        "shell",
        at_import("import os", "os.system('true')"),
        "network",
        "os.system(b'true',)",
    ),
)
