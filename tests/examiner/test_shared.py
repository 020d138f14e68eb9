"""The instructor's cells that no student's code has a part in are run once for a class."""

from __future__ import annotations

import pytest

from tests.daily import daily
from tests.examiner.notebooks import DOUBLE, Cell, Examine, asked, given, graded

WHEN = "import time\nprint(time.time_ns())"  # tells whether it was run again
COUNTING = {
    "counting.py": b"seen = []\n\ndef count(x):\n    seen.append(x)\n    return len(seen)\n"
}
VISIBLE = graded("visible", "assert f(1) == 2")


def ran_again(
    examine: Examine, cell: str, own: str = "own = 1", first: str = "numbers = [1]"
) -> bool:
    """Whether a given cell is run again for each of two notebooks.

    Args:
        examine: examines a notebook.
        cell: the cell's text.
        own: a cell of the student's own below it.
        first: the notebook's first cell.
    """
    text = f"{WHEN}\n{cell}"
    source = [given(first), asked("f"), given(text), VISIBLE]
    after = {"visible": own}
    outcomes = [examine(source, {"f": DOUBLE}, after=after, files=COUNTING) for _ in range(2)]
    assert [outcome.error("visible") for outcome in outcomes] == ["", ""]
    times = [outcome.text(2).split()[0] for outcome in outcomes]
    return times[0] != times[1]


PASSED_OVER = {
    "alone": ("squares = [n * n for n in numbers]", "own = 1"),
    "below-a-magic": ("squares = [n * n for n in numbers]", "%matplotlib inline\n!pip install x"),
    "a-name-that-is-bound-before-it-is-used": ("for n in numbers:\n    pass", "n = 2\nprint(n)"),
    "a-local": ("step = 2", "def g():\n    step = 3\n    return step\ng()"),
    "pictures": (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot(numbers)\nplt.show()",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([2])\nplt.show()",
    ),
}


@pytest.mark.parametrize(("cell", "own"), PASSED_OVER.values(), ids=list(PASSED_OVER))
def test_a_cell_that_nothing_depends_on_is_run_once(examine: Examine, cell: str, own: str) -> None:
    """And shown in every notebook."""
    assert not ran_again(examine, cell, own)


RUN = {
    "its-name-is-used": ("squares = [n * n for n in numbers]", "print(squares)"),
    "its-name-is-used-in-a-function": ("step = 2", "def g():\n    return step\ng()"),
    "by-a-name-for-it": ("numbers.append(2)", "print(numbers)"),
    "by-another-name": ("numbers.append(2)", "print(alias)"),
    "by-a-function-of-the-course": ("two = 2", "print(twice(3))"),
    "what-it-uses-is-bound": ("print(other)", "other = 2"),
    "it-calls-an-answer": ("print(f(2))", "own = 1"),
    "it-draws-random-numbers": ("import random\nrandom.random()", "own = 1"),
    "it-seeds": ("import random\nrandom.seed(0)", "own = 1"),
    "it-captures": ("%%capture out\nprint(1)", "print(out)"),
    "it-adds-a-colormap": (
        "import matplotlib as mpl\nmpl.colormaps.register(mpl.colormaps['gray'], name='own')",
        "own = 1",
    ),
    "it-writes-a-file-by-a-method": ("import numpy as np\nnp.ones(2).tofile('a')", "own = 1"),
    "its-name-is-used-after-a-loop": ("best = 1", "for n in ():\n    best = n\nprint(best)"),
    "its-name-is-in-a-text": ("limit = 1", "text = 'price < @limit'"),
    "it-shows-what-lies-in-another": ("print(numbers)", "pair[0].append(2)"),
    "the-state-of-a-module": ("counting.count(1);", "import counting as c\nprint(c.seen)"),
    "it-sets-a-mode": ("import torch\ntorch.set_grad_enabled(False)", "own = 1"),
    "it-sets-how-pictures-look": (
        "import matplotlib.pyplot as plt\nplt.style.use('dark_background')",
        "own = 1",
    ),
    "it-writes-a-file": (
        "file = open('a.txt', 'w')\nfile.write('1')\nfile.close()",
        "import numpy as np\nnp.loadtxt('a.txt')",
    ),
    "it-sets-the-environment": ("import os\nos.environ['A'] = '1'", "own = 1"),
    "it-can-be-shown-otherwise": (
        "from IPython.display import display\ndisplay(1, display_id='it')",
        "from IPython.display import update_display\nupdate_display(2, display_id='it')",
    ),
    "it-asks-for-a-program": ("!ls", "own = 1"),
    "it-has-a-value": ("numbers", "print(_)"),
    "any-name-is-seen": ("squares = 1", "print(len(globals()) > 1)"),
    "names-are-listed": ("squares = 1", "%whos"),
    "what-was-run-is-seen": ("squares = 1", "print(In[-2])"),
    "what-was-run-is-seen-by-its-number": ("squares = 1", "print(_i3)"),
    "text-is-run": ("squares = 1", "eval('squares')"),
    "numbers-are-shown-otherwise": ("1", "import torch\ntorch.set_printoptions(precision=8)"),
    "a-mode-is-set": ("1", "import torch\ntorch.set_default_dtype(torch.float64)"),
    "a-name-of-Python's-is-bound": ("1", "print = print"),
    "a-module's-name-is-bound": ("print(math.pi)", "math = 3\nimport math"),
    "a-module's-name-is-deleted": ("print(math.pi)", "del math\nimport math"),
    "a-module-is-patched": ("1", "import math\nmath.pi = 3"),
}


# One of each way in which something may depend on a cell.
RUN_DAILY = (
    "its-name-is-used",
    "by-another-name",
    "by-a-function-of-the-course",
    "what-it-uses-is-bound",
    "it-calls-an-answer",
    "it-seeds",
    "its-name-is-in-a-text",
    "the-state-of-a-module",
    "it-sets-a-mode",
    "it-writes-a-file",
    "it-asks-for-a-program",
    "it-has-a-value",
    "names-are-listed",
    "text-is-run",
    "a-module-is-patched",
)


@pytest.mark.parametrize(("cell", "own"), daily(RUN, *RUN_DAILY))
def test_a_cell_is_run_in_every_notebook_where_something_may_depend_on_it(
    examine: Examine, cell: str, own: str
) -> None:
    """Something of the student's, or of the instructor's that calls it."""
    first = (
        "import counting\nimport math\nnumbers, other, two = [1], 1, 1\nalias = numbers\n"
        "pair = (numbers, 0)\ndef twice(x):\n    return two * x"
    )
    assert ran_again(examine, cell, own, first)


def test_a_cell_that_stands_in_a_notebook_twice_is_run_where_it_stands(examine: Examine) -> None:
    """What it shows may be another thing the second time."""
    look = given(f"print(numbers)\n{WHEN}")
    source = [given("numbers = [1]"), asked("f"), look, given("numbers = [2]"), look, VISIBLE]
    outcome = examine(source, {"f": DOUBLE})
    assert [outcome.text(place).split("\n")[0] for place in (2, 4)] == ["[1]", "[2]"]


def test_a_cell_that_is_timed_finds_what_it_uses(examine: Examine) -> None:
    """The text of a magic is code."""
    timed = given("%time print(f(squares[0]))")
    source = [given("numbers = [1]"), asked("f"), given("squares = [4]"), timed, VISIBLE]
    assert examine(source, {"f": DOUBLE}).text(3).startswith("8\n")


def test_a_cell_below_one_that_is_missing_shows_what_comes_of_it(examine: Examine) -> None:
    """The student has changed the other's text: its name is not bound."""
    missing = {"role": "given", "grade_id": "g", "text": "two = 2", "released": "two = 2"}
    source = [given("numbers = [1]"), asked("f"), missing, given("print(two)"), VISIBLE]
    assert examine(source, {"f": DOUBLE}).text(3) == "2\n"
    [error] = examine(source, {"f": DOUBLE, "g": "pass"}).cells[3]
    assert error["ename"] == "NameError"


def test_a_cell_below_one_that_a_student_has_changed_is_run_once(examine: Examine) -> None:
    """Where it has nothing to do with it."""
    guess = {"role": "given", "grade_id": "g", "text": "guess = None", "released": "guess = None"}
    source = [given("numbers = [1]"), asked("f"), guess, given(WHEN), VISIBLE]
    answers = [{"f": DOUBLE, "g": f"guess = {n}"} for n in range(2)]
    times = {examine(source, answer).text(3) for answer in answers}
    assert len(times) == 1


def test_a_first_cell_below_one_that_a_student_has_changed_is_run_once(examine: Examine) -> None:
    """Its kernel has run none of the first cells."""
    guess = {"role": "given", "grade_id": "g", "text": "guess = None", "released": "guess = None"}
    source = [given("numbers = [1]"), guess, given(WHEN), asked("f"), VISIBLE]
    answers = [{"f": DOUBLE, "g": f"guess = {n}"} for n in range(2)]
    times = {examine(source, answer).text(2) for answer in answers}
    assert len(times) == 1


def test_a_cell_that_a_student_has_moved_is_run_where_it_stands(examine: Examine) -> None:
    """So are those that use what it binds."""
    one = {"role": "given", "grade_id": "a", "text": "two = 2", "released": "two = 2"}
    other = {"role": "given", "grade_id": "b", "text": "print(two)", "released": "print(two)"}
    source = [given("numbers = [1]"), asked("f"), one, other, VISIBLE]
    [error] = examine(source, {"f": DOUBLE, "a": "print(two)", "b": "two = 2"}).cells[2]
    assert error["ename"] == "NameError"


def test_a_given_cell_sees_the_names_of_those_above_it(examine: Examine) -> None:
    """One that is run in every notebook, since it calls the student's function."""
    look = given("print(f(1), 'squares' in dir())")
    source = [given("numbers = [1]"), asked("f"), given("squares = 1"), look, VISIBLE]
    assert examine(source, {"f": DOUBLE}).text(3) == "2 True\n"


def test_what_a_cell_uses_that_has_to_be_run_is_run_too(examine: Examine) -> None:
    """Of two cells the student uses what the second makes of the first's."""
    source = [
        given("numbers = [1]"),
        asked("f"),
        given("two = 2"),
        given("four = 2 * two"),
        VISIBLE,
    ]
    outcome = examine(source, {"f": DOUBLE}, after={"visible": "print(four)"})
    assert outcome.text(5) == "4\n"


def test_pictures_are_not_drawn_again_where_their_names_are_used(examine: Examine) -> None:
    """The cell is run for its names alone; what it shows is what it has shown without a student."""
    cell = (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot(numbers)\nplt.show()\n"
        f"{WHEN}"
    )
    source = [given("numbers = [1]"), asked("f"), given(cell), VISIBLE]
    own = {"visible": "print(ax.get_title(), len(ax.lines))"}
    outcomes = [examine(source, {"f": DOUBLE}, after=own) for _ in range(2)]
    assert [outcome.text(4) for outcome in outcomes] == [" 1\n", " 1\n"]
    assert outcomes[0].cells[2] == outcomes[1].cells[2]
    assert any("image/png" in output.get("data", {}) for output in outcomes[0].cells[2])


def test_a_kernel_that_is_started_again_passes_over_the_same_cells(examine: Examine) -> None:
    """After a cell that has ended the first."""
    source: list[Cell] = [
        given("numbers = [1]"),
        asked("f"),
        given("squares = [n * n for n in numbers]\nprint(squares)"),
        VISIBLE,
        graded("hidden", "assert f(2) == 4", "pass"),
    ]
    outcome = examine(source, {"f": DOUBLE}, after={"f": "import os\nos._exit(3)"})
    assert (outcome.error("visible"), outcome.error("hidden")) == ("", "")
    assert outcome.text(3) == "[1]\n"
