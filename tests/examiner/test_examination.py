"""Notebooks examined whole: the student's cells in their kernel, the grade cells apart."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from autograder.config import load
from autograder.environment import GRADER_ERROR
from autograder.examiner.cell_error import SILENT
from autograder.grading.assignment import read
from autograder.isolation.remote_function import UNFIT
from tests.course import ROOT
from tests.daily import daily
from tests.examiner.notebooks import (
    DOUBLE,
    SHORT,
    Cell,
    Examine,
    Outcome,
    asked,
    given,
    graded,
)

# Whose a name is -------------------------------------------------------------------------------


def solved(solution: str) -> Cell:
    """A cell that the student writes, with this as the instructor's own."""
    return {"role": "solution", "grade_id": "f", "text": solution, "released": "pass"}


def test_what_a_solution_imports_is_the_instructors(examine: Examine) -> None:
    """Who rebinds an import of the solution's gains nothing; who keeps it loses nothing."""
    line = "from torch.testing import assert_close"
    source = [
        given(f"import torch\n{line}"),
        solved(f"{line}\n{DOUBLE}"),
        graded("test", "assert_close(f(torch.ones(2)), 2 * torch.ones(2))"),
    ]
    forged = examine(source, {"f": "def assert_close(*a): pass\ndef f(x): return 7 * x"})
    assert forged.error("test")
    assert examine(source, {"f": f"{line}\n{DOUBLE}"}).error("test") == ""


@pytest.mark.parametrize("test", ["", "import numpy as np\n"], ids=["solutions", "tests"])
def test_a_module_that_the_solution_imports_is_there_for_the_test(
    examine: Examine, test: str
) -> None:
    """A test may use what only the solution cell imports, and may import it again."""
    source = [
        given("import torch"),
        solved(f"import numpy as np\n{DOUBLE}"),
        graded("test", f"{test}assert np.allclose(f(np.ones(2)), 2)"),
    ]
    assert examine(source, {"f": f"import numpy as np\n{DOUBLE}"}).error("test") == ""


def test_a_test_asks_for_what_only_a_solution_imports(examine: Examine) -> None:
    """Who did not import it gets nothing for it; who did by another way gets all."""
    source = [
        given("import torch"),
        solved(f"import numpy as np\nfrom math import sqrt\n{DOUBLE}"),
        graded("module", "assert np.ones(2).sum() == 2"),
        graded("function", "assert sqrt(4) == 2", "pass"),
    ]
    nobody = examine(source, {"f": "pass"})
    assert "NameError: name 'np' is not defined" in nobody.error("module")
    assert nobody.error("function") == "NameError: name 'sqrt' is not defined"
    other = "import numpy, math\nnp, sqrt = numpy, math.sqrt"
    right = examine(source, {"f": other})
    assert (right.error("module"), right.error("function")) == ("", "")
    forged = examine(source, {"f": "import torch as np\ndef sqrt(x): return 2"})
    assert "NameError" in forged.error("module")
    assert "NameError" in forged.error("function")
    assert set(forged.flags) == {("not-available", "module"), ("not-available", "function")}


def test_an_import_that_an_answer_can_do_without_is_told(examine: Examine) -> None:
    """A right answer that imports something else is looked at; who wrote nothing is not."""
    source = [
        given("import torch"),
        solved(f"import numpy as np\n{DOUBLE}"),
        graded("test", "assert np.allclose(f(2), 4)", "pass"),
    ]
    right = examine(source, {"f": DOUBLE})
    assert right.flags == [("not-available", "test")]
    assert right.details == [
        "test uses np, which the source's solution imports, and this notebook does not."
    ]
    assert examine(source, {"f": "pass"}).flags == []


COLLISIONS = {
    "loop": (
        f"{DOUBLE}\nfor x, want in [(1, 2)]:\n    assert f(x) == want",
        "def f(x):\n    return want",
        "for x, want in [(5, 10), (7, 14)]:\n    assert f(x) == want",
    ),
    "expected": (
        f"{DOUBLE}\nexpected = f(1)",
        "class Zeros(dict):\n    def __setitem__(self, name, value):\n"
        "        super().__setitem__(name, [0] if name == 'expected' else value)\n"
        "get_ipython().user_ns = Zeros(get_ipython().user_ns)\ndef f(x):\n    return 0",
        "expected = [2 * n for n in (5,)]\nassert [f(n) for n in (5,)] == expected",
    ),
    "comprehension": (
        f"{DOUBLE}\nprint([f(factor) for factor in range(4)])",
        "factor = 0\ndef f(x):\n    return 0",
        "assert f(3) == 3 * factor",
    ),
}


@pytest.mark.parametrize(("solution", "answer", "test"), COLLISIONS.values(), ids=list(COLLISIONS))
def test_a_name_that_a_solution_and_a_test_bind_is_the_tests(
    examine: Examine, solution: str, answer: str, test: str
) -> None:
    """What a test expects is neither read from the student nor told to them."""
    source = [given("factor = 2"), solved(solution), graded("test", test, "pass")]
    assert examine(source, {"f": answer}).error("test")
    assert examine(source, {"f": DOUBLE}).error("test") == ""


@pytest.mark.parametrize(
    ("answer", "passes"),
    [("from math import pi", True), ("import math\npi = math.pi", True), ("pi = 3.0", False)],
)
def test_a_value_that_only_a_solution_imports_has_to_be_the_same(
    examine: Examine, answer: str, passes: bool
) -> None:
    """A student may bind the name by any way, and to no other value."""
    source = [given("1"), solved("from math import pi"), graded("test", "assert 3 < pi < 4")]
    assert (examine(source, {"f": answer}).error("test") == "") == passes


SHOWN = {"visible": None, "hidden": "pass"}  # what is released of a test; None for all of it
TOO_MUCH = {
    "time": ("timeout", "def f(x):\n    return 10 ** 13", "assert 2 ** f(3) == 64"),
    "memory": ("memory-limit", "def f(x):\n    return 10 ** 9", "assert [0] * f(3) == []"),
    "output": ("output-limit", "def f(x):\n    return 'a' * 3_000_000", "print(f(3))\n0"),
    "outputs": (
        "output-limit",
        "def f(x):\n    return [0] * 2000",
        "for each in f(3):\n    display(each)\n0",
    ),
}


@pytest.mark.parametrize("released", daily(SHOWN, "hidden"))
@pytest.mark.parametrize(("kind", "answer", "test"), TOO_MUCH.values(), ids=list(TOO_MUCH))
def test_what_an_answer_makes_of_a_test_costs_that_test_alone(
    examine: Examine, kind: str, answer: str, test: str, released: str | None
) -> None:
    """A number, or a text, that makes a test without an end is paid by nobody and told."""
    source = [given("1"), asked("f"), graded("test", test, released), graded("type", "f(1) * 0")]
    limits = replace(SHORT, memory_bytes=512 << 20)
    outcome = examine(source, {"f": answer}, limits=limits)
    assert outcome.error("test")
    assert outcome.flags == [(kind, "test")]
    assert outcome.error("type") == ""


def test_a_given_value_is_the_instructors_until_a_solution_binds_its_name(
    examine: Examine,
) -> None:
    """A given cell may name what the student fills in, and use it before."""
    source = [
        given("best = 1\nlimit = best + 3"),
        {"role": "solution", "grade_id": "f", "text": "best = 2", "released": "best = None"},
        graded("test", "assert best == 2 and limit == 4"),
    ]
    assert examine(source, {"f": "best = 2"}).error("test") == ""
    assert examine(source, {"f": "best = 1"}).error("test")


LISTING = {
    "dir": "assert 'f' in dir() and 'own' in dir() and 'nothing' not in dir()",
    "globals": "assert 'f' in globals() and 'own' in globals() and 'nothing' not in globals()",
    "locals": "assert 'f' in locals() and 'nothing' not in locals()",
    "list": "assert {'f', 'own'} <= set(globals()) and 'nothing' not in list(globals())",
    "get": "assert globals().get('own') == 1 and globals().get('nothing', 2) == 2",
}


@pytest.mark.parametrize("released", [None, "pass"], ids=["visible", "hidden"])
@pytest.mark.parametrize("test", LISTING.values(), ids=list(LISTING))
def test_a_test_sees_which_names_the_student_has_bound(
    examine: Examine, test: str, released: str | None
) -> None:
    """Listed as in one notebook; what nobody bound is not there."""
    source = [given("import torch"), asked("f"), graded("test", test, released)]
    assert examine(source, {"f": f"own = 1\n{DOUBLE}"}).error("test") == ""
    assert examine(source, {"f": "pass"}).error("test")


# What the instructor's cells leave behind --------------------------------------------------------

PLOT = "import matplotlib.pyplot as plt\nplt.plot(w)\nplt.show()"


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [None, "pass"], ids=["visible", "hidden"])
def test_a_cell_that_draws_may_change_something_too(examine: Examine, hidden: str | None) -> None:
    """What a cell does beside its picture is done in every process that needs it."""
    source = [
        given("import torch\nw = torch.ones(3)"),
        asked("f"),
        given(f"w.mul_(2)\n{PLOT}"),
        graded("test", "assert f(0) == 6 and w.sum() == 6", hidden),
    ]
    assert examine(source, {"f": "def f(x):\n    return w.sum()"}).error("test") == ""


SHOWS = "plt.plot([1, 2])\nplt.show()"
NEEDED = {
    "a-name": ("", "top = 6", "return top"),
    "a-name-by-text": ("", "top = 6", "return globals()['top']"),
    "data": ("w = [5]", "w[0] = 6", "return w[0]"),
    "a-function": ("w = []\ndef note(): w.append(6)", "note()", "return w[0]"),
    "an-object": ("class Box: pass\nbox = Box()", "box.n = 6", "return box.n"),
    "a-module": ("import box", "box.n = 6", "return box.n"),
    "a-file": ("", "plt.savefig('made.png')", "return 6 if open('made.png', 'rb').read() else 0"),
    "a-default": (
        "import torch",
        "torch.set_default_dtype(torch.float64)",
        "return 6 if torch.ones(1).dtype == torch.float64 else 0",
    ),
    "a-gradient": (
        "import torch\nw = torch.ones((), requires_grad=True)",
        "(6 * w).backward()",
        "return w.grad.item()",
    ),
    "random": (
        "import torch\ntorch.manual_seed(0)\nfirst = torch.rand(())\ntorch.manual_seed(0)",
        "torch.rand(())",
        "return 0 if torch.rand(()) == first else 6",
    ),
}


@pytest.mark.parametrize("hidden", daily(SHOWN, "visible"))
@pytest.mark.parametrize(("first", "done", "answer"), NEEDED.values(), ids=list(NEEDED))
def test_a_cell_that_draws_is_run_where_anything_depends_on_it(
    examine: Examine, first: str, done: str, answer: str, hidden: str | None
) -> None:
    """What a plot's cell binds, writes, draws by chance or sets is there for those after it."""
    start = given(f"import matplotlib.pyplot as plt\n{first}")
    test = graded("test", "assert f(0) == 6", hidden)
    source = [start, asked("f"), given(f"{done}\n{SHOWS}"), test]
    outcome = examine(source, {"f": f"def f(x):\n    {answer}"}, files={"box.py": b"n = 5"})
    assert (outcome.error("test"), outcome.flags) == ("", [])


@pytest.mark.parametrize("hidden", [None, "pass"], ids=["visible", "hidden"])
def test_a_test_has_what_a_cell_that_draws_has_bound(examine: Examine, hidden: str | None) -> None:
    """The examiner runs it too, where the instructor's own tests use what it binds."""
    start = given("import matplotlib.pyplot as plt")
    test = graded("test", "assert f(0) == top", hidden)
    source = [start, asked("f"), given(f"top = 6\n{SHOWS}"), test]
    assert examine(source, {"f": "def f(x):\n    return 6"}).error("test") == ""


def test_a_picture_is_drawn_again_where_not_all_code_is_read(examine: Examine) -> None:
    """Code that is too long to be read may have changed what is drawn."""
    start = given("import matplotlib.pyplot as plt\nline = [1, 2]")
    source = [start, asked("f"), given(f"{SHOWS}\nprint(len(line))"), graded("t", "f")]
    long = "line.append(3)\n" + "x = 1\n" * 17_000
    outcome = examine(source, {"f": DOUBLE}, after={"f": long})
    assert outcome.text(3) == "3\n"


@pytest.mark.parametrize("chance", ["", "torch.rand(())"], ids=["certain", "random"])
def test_a_picture_is_drawn_once_for_a_class(examine: Examine, chance: str) -> None:
    """Unless it is drawn by chance: then each student has their own."""
    source = [
        given("import matplotlib.pyplot as plt, time, torch"),
        asked("f"),
        given(f"{chance}\nprint(time.time_ns())\n{SHOWS}"),
        graded("test", "assert f(0) == 6"),
    ]
    first, second = (examine(source, {"f": "def f(x):\n    return 6"}) for _ in range(2))
    assert any("image/png" in output.get("data", {}) for output in first.cells[2])
    assert (first.text(2) == second.text(2)) == (chance == "")


@pytest.mark.parametrize("shows", ["", SHOWS], ids=["plain", "draws"])
def test_the_first_cells_are_run_once_for_a_class(examine: Examine, shows: str) -> None:
    """All kernels have what they left, a plot's fonts notwithstanding."""
    source = [
        given(f"import matplotlib.pyplot as plt, time\n{shows}\nstarted = time.time_ns()"),
        asked("f"),
        graded("test", "print(f(0))"),
    ]
    answer = {"f": "def f(x):\n    return started"}
    first, second = (examine(source, answer)["test"] for _ in range(2))
    assert first == second
    assert first[0]["text"].strip().isdigit()


CHAINS = {
    "through-a-cell": ("base = [1]", "wanted = 6 * base[0]", "assert f(0) == wanted"),
    "by-a-change": ("scores['a'] = f(0)", "", "assert scores['a'] == 6"),
    "through-a-function": ("base = 6", "def wanted():\n    return base", "assert f(0) == wanted()"),
}


@pytest.mark.parametrize(("shown", "between", "test"), CHAINS.values(), ids=list(CHAINS))
def test_a_hidden_test_has_what_a_visible_one_left(
    examine: Examine, shown: str, between: str, test: str
) -> None:
    """What it bound or changed, by whatever cells that comes to the hidden one."""
    source = [
        given("scores = {}"),
        asked("f"),
        graded("shown", shown),
        given(between),
        graded("test", test, "pass"),
    ]
    assert examine(source, {"f": "def f(x):\n    return 6"}).error("test") == ""
    assert examine(source, {"f": "def f(x):\n    return 5"}).error("test")


def test_a_visible_test_has_what_a_hidden_one_shows(examine: Examine) -> None:
    """What a cell binds above its hidden part is there for the visible cells after it."""
    mixed = graded("mixed", "case = 6\nassert f(0) == case", "case = 6")
    source = [given(""), asked("f"), mixed, graded("test", "assert f(1) == case")]
    outcome = examine(source, {"f": "def f(x):\n    return 6"})
    assert (outcome.error("mixed"), outcome.error("test")) == ("", "")
    assert examine(source, {"f": "def f(x):\n    return 5"}).error("test")


def test_no_output_of_a_solution_is_shown(examine: Examine) -> None:
    """A picture of what the student's cell filled is the student's own."""
    source = [
        given("w = [0]"),
        solved("w.extend([5, 4])\ndef f(x):\n    return x"),
        given(f"{PLOT}\nprint(len(w))"),
        graded("test", "assert f(1) == 1"),
    ]
    outcome = examine(source, {"f": "def f(x):\n    return x"})
    assert outcome.text(2) == "1\n"


LEFT = {
    "file": ("open('made.txt', 'w').write('6')", "return int(open('made.txt').read())"),
    "open-file": (
        "file = open('made.txt', 'w+'); _ = file.write('6'), file.flush()",
        "return int(open('made.txt').read()) if file.writable() and not file.seek(0) else 0",
    ),
    "thread": (
        "import threading\nstop = threading.Event()\n"
        "threading.Thread(target=stop.wait, daemon=True).start()",
        "return 6 if threading.active_count() > 1 else 0",
    ),
    "a-stream": (
        "import os\nquiet = open(os.devnull, 'w')",
        "print(6, file=quiet, flush=True)\n    return 6",
    ),
    "shared-memory": (
        "import mmap\nboard = mmap.mmap(-1, 4096)",
        "board[0] += 1\n    return 6 if board[0] <= 2 else 0",  # a visible test runs twice
    ),
    "torch-threads": (
        "import torch\ntorch.set_num_threads(2)\nm = torch.rand(900, 900)\nn = m @ m",
        "return 6 if (m @ m).shape == (900, 900) else 0",
    ),
}


@pytest.mark.parametrize(("first", "answer"), LEFT.values(), ids=list(LEFT))
def test_what_the_first_cells_leave_is_there(examine: Examine, first: str, answer: str) -> None:
    """Files, descriptors and threads are no fork's: then each kernel runs the first cells."""
    source = [given(first), asked("f"), graded("test", "assert f(0) == 6")]
    for _ in range(2):  # and no student's change of it is there for the next
        outcome = examine(source, {"f": f"def f(x):\n    {answer}"}, limits=SHORT)
        assert (outcome.error("test"), outcome.flags) == ("", [])


def test_files_that_the_course_ships_count_for_nobody(examine: Examine) -> None:
    """A folder of a thousand pictures leaves a student as much room as an empty one."""
    files = {f"images/{number}.txt": b"1" for number in range(1100)}
    source = [given("import torch"), asked("f"), graded("test", "assert f(2) == 4")]
    outcome = examine(source, {"f": DOUBLE}, files=files)
    assert (outcome.error("test"), outcome.flags) == ("", [])


POINTS = {"data.csv": b"1,2\n" * 1000}
SPOILS = "open('data.csv', 'w').write('spoiled'); open('mine.txt', 'w').write('spoiled')"
READS = """def f(x):
    mine, data = open('mine.txt').read(), open('data.csv', 'rb').read()
    return 2 * x if (mine, data) == ('mine', b'1,2\\n' * 1000) else (data, mine)"""


def test_what_a_kernel_writes_into_a_file_is_its_own(examine: Examine) -> None:
    """Neither the course's tests nor the next student's kernel find the data changed."""
    tests = "assert open('data.csv', 'rb').read() == b'1,2\\n' * 1000\nassert f(2) == 4"
    source = [given("import torch"), asked("f"), graded("test", tests, released="pass")]
    own = {"mine.txt": b"mine"}
    spoiled = examine(source, {"f": DOUBLE}, {"f": SPOILS}, files=POINTS, own_files=own)
    assert (spoiled.error("test"), spoiled.flags) == ("", [])
    after = examine(source, {"f": READS}, files=POINTS, own_files=own)
    assert (after.error("test"), after.flags) == ("", [])


def test_a_kernel_after_one_that_ended_has_the_files_as_they_were(examine: Examine) -> None:
    """A cell that changes them and ends its kernel is not run again, nor is what it did there."""
    source = [given("import torch"), asked("f"), graded("test", "assert f(2) == 4")]
    own = {"mine.txt": b"mine"}
    ends = {"f": f"{SPOILS}\nimport os\nos._exit(1)"}
    outcome = examine(source, {"f": READS}, before=ends, files=POINTS, own_files=own)
    assert outcome.error("test") == ""


def test_a_kernel_has_no_open_file_but_its_own(examine: Examine) -> None:
    """The files of a class are in open files of the examiners' that have no name."""
    look = """import os, stat
def f(x):
    found = []
    for number in range(3, 256):
        try:
            status = os.fstat(number)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            found.append((number, status.st_size, status.st_nlink))
    return found or 2 * x"""
    source = [given("import torch"), asked("f"), graded("test", "assert f(2) == 4")]
    outcome = examine(source, {"f": look}, files=POINTS, own_files={"mine.txt": b"mine"})
    assert (outcome.error("test"), outcome.flags) == ("", [])


# What is said ------------------------------------------------------------------------------------


@pytest.mark.parametrize("released", [None, "pass"], ids=["visible", "hidden"])
@pytest.mark.parametrize(
    ("answer", "test"),
    [
        ("def f(x):\n    return (i for i in x)", "assert list(f([1])) == [1]"),
        ("class f:\n    pass", "assert f()"),
        (DOUBLE, "assert f(torch.nn.Parameter(torch.ones(1))) == 2"),
    ],
    ids=["generator", "class", "argument"],
)
def test_what_cannot_cross_is_said_and_flagged(
    examine: Examine, answer: str, test: str, released: str | None
) -> None:
    """The right answer may be a value that can't cross: a person is asked to look."""
    source = [given("import torch"), asked("f"), graded("test", test, released)]
    outcome = examine(source, {"f": answer})
    assert "can't cross: what crosses" in outcome.error("test")
    assert outcome.flags == [("cannot-cross", "test")]


def test_nothing_that_a_hidden_test_prints_is_kept(examine: Examine) -> None:
    """Its output and its warnings hold its numbers, or the lines of its source."""
    test = "import warnings\nprint(31.4)\nwarnings.warn('31.4'); assert f(2) == 4"
    outcome = examine([given(""), asked("f"), graded("test", test, "pass")], {"f": DOUBLE})
    assert list(outcome["test"]) == []


def test_a_cell_too_long_to_be_sent_costs_itself_alone(examine: Examine) -> None:
    """A picture pasted as text, of five million characters, is no cell to be run."""
    source = [given(""), asked("f"), graded("test", "assert f(2) == 4")]
    outcome = examine(source, {"f": DOUBLE}, before={"f": f"x = '{'a' * 5_000_000}'"})
    assert "too long" in outcome.cells[1][0]["evalue"]
    assert outcome.error("test") == ""


@pytest.mark.slow
def test_the_outputs_of_a_notebook_have_a_limit(examine: Examine) -> None:
    """Each of many cells gives as much as it may: what is too much is dropped, and told."""
    limits = replace(SHORT, output_bytes=20_000)
    loud = [given(f"print('x' * 19_000, {n})") for n in range(29)]
    source, endless = [asked("f"), *loud, graded("t", "f")], {"t": "while True: pass"}
    outcome = examine(source, {"f": DOUBLE}, before=endless, limits=limits)
    kept = [len(outcome.text(place)) > 19_000 for place in range(1, 31)]
    assert kept == [True] * 16 + [False] * 14
    assert outcome.flags == [("output-limit", ""), ("timeout", "")]
    assert outcome.details[0].startswith("From cell 18 on, output was dropped")
    assert "ran for more than 2 s" in outcome.cells[30][0]["evalue"]


@pytest.mark.slow
def test_a_slow_cell_has_its_time_when_it_is_run_again(examine: Examine) -> None:
    """After another function hung, a cell that took long the first time is not cut short."""
    source = [
        given("import time"),
        asked("h"),
        asked("f"),
        graded("hangs", "h(1)"),
        graded("again", "h(2)"),
        graded("test", "assert f(2) == 4"),
    ]
    answers = {"h": "def h(x):\n    while True: pass", "f": f"time.sleep(1.4)\n{DOUBLE}"}
    outcome = examine(source, answers, limits=SHORT)
    assert outcome.error("test") == ""


# What is ours ----------------------------------------------------------------------------------

BREAKS = "import autograder.isolation.remote_function as module\nmodule.{} = None"
CATCHES = "try:\n    {}\nexcept BaseException:\n    pass\nassert False"
CHANGES = "def f(x):\n    x[0] = 5.0\n    return x"
FAULTS = {
    "call": ("brought", "f([1.0])", CHANGES),
    "backward": ("_Gradients", "f(torch.ones(2, requires_grad=True)).sum().backward()", DOUBLE),
}


@pytest.mark.parametrize("caught", [False, True], ids=["seen", "caught"])
@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_of_ours_is_not_the_students(examine: Examine, fault: str, caught: bool) -> None:
    """Where the kit fails in a call, a person grades the cell, whatever the test made of it."""
    broken, test, answer = FAULTS[fault]
    source = [
        given(f"import torch\n{BREAKS.format(broken)}"),
        asked("f"),
        graded("test", CATCHES.format(test) if caught else test),
    ]
    outcome = examine(source, {"f": answer})
    assert [output["ename"] for output in outcome["test"]] == [GRADER_ERROR]


def test_no_check_blames_a_student_for_an_error_of_ours(examine: Examine) -> None:
    """A hidden cell's judge takes what a call raises for the student's; not where it is ours."""
    source = [
        given(BREAKS.format("_Result")),
        asked("softmax"),
        graded("test", "from autograder.examiner import grade\ngrade('softmax', softmax)", ""),
    ]
    outcome = examine(source, {"softmax": "def softmax(z):\n    return z"})
    assert [output["ename"] for output in outcome["test"]] == [GRADER_ERROR]


# Grade cells as they are written for stock nbgrader --------------------------------------------

STYLES = {
    "assert": "assert f(2) == 4",
    "message": "assert f(2) == 4, 'Twice the number.'",
    "two-tensors": "assert torch.equal(f(torch.ones(3)), 2 * torch.ones(3))",
    "assert-close": "assert_close(f(torch.ones(3)), torch.full((3,), 2.0))",
    "keyword": "assert f(x=2) == 4",
    "in-place": "z = torch.ones(3)\nf(z)\nassert torch.equal(z, torch.ones(3))",
    "gradient": (
        "z = torch.ones(3, requires_grad=True)\nf(z).sum().backward()\n"
        "assert_close(z.grad, torch.full((3,), 2.0))"
    ),
    "numpy": "import numpy as np\nassert isinstance(f(np.ones(2)), np.ndarray)",
    "raises": (
        "try:\n    f()\nexcept TypeError:\n    pass\nelse:\n"
        "    raise AssertionError('did not raise')"
    ),
    "raises-in-a-context": (
        "import contextlib\nwith contextlib.suppress(TypeError):\n    f()\n"
        "    assert False, 'no error'"
    ),
    "pytest-raises": "import pytest\nwith pytest.raises(TypeError):\n    f()",
    "isinstance": "assert isinstance(f(2), int)\nassert isinstance(f(torch.ones(1)), torch.Tensor)",
    "closure": (
        "def check(n):\n    def inner(x):\n        return f(x) == n * x\n    return inner\n"
        "assert all(map(check(2), range(5)))"
    ),
    "comprehension": "assert [f(n) for n in range(3)] == [0, 2, 4]",
    "generator": "assert sum(f(n) for n in range(3)) == 6",
    "dictionary": "assert {n: f(n) for n in range(2)} == {0: 0, 1: 2}",
    "unittest": (
        "import unittest\nclass Test(unittest.TestCase):\n    def test_f(self):\n"
        "        self.assertEqual(f(2), 4)\n"
        "assert unittest.TextTestRunner(open('log', 'w')).run(Test('test_f')).wasSuccessful()"
    ),
    "passed-on": "assert list(map(f, [1, 2])) == [2, 4]",
    "partial": "import functools\nassert functools.partial(f, 3)() == 6",
    "signature": "import inspect\nassert list(inspect.signature(f).parameters) == ['x']",
    "callable": "assert callable(f)",
    "name-in-globals": "assert 'assert_close' in globals() and f.__name__ == 'f'",
    "await": "import asyncio\nawait asyncio.sleep(0)\nassert f(2) == 4",
    "magic": "%precision 3\nassert f(2) == 4",
    "cell-magic": "%%time\nassert f(2) == 4",
    "random": "torch.manual_seed(0)\nz = torch.randn(3)\nassert_close(f(z), z + z)",
    "no-grad": (
        "with torch.no_grad():\n    assert not f(torch.ones(1, requires_grad=True)).requires_grad"
    ),
    "given-function": "assert same(f(expected), 2 * expected)",
    "given-file": "import table\nassert f(table.NUMBER) == 2 * table.NUMBER",
    "given-data": "from pathlib import Path\nassert f(int(Path('data.txt').read_text())) == 8",
    "deletes": (
        "kept = f\ndel f\ntry:\n    f\nexcept NameError:\n    pass\nf = kept\nassert f(1) == 2"
    ),
}
GIVEN = given(
    "import torch\nfrom torch.testing import assert_close\n%matplotlib inline\n"
    "expected = torch.ones(2)\n"
    "def same(a, b):\n    return torch.equal(a, b)\nimport asyncio\nawait asyncio.sleep(0)"
)
FILES = {"table.py": b"NUMBER = 5\n", "data.txt": b"4"}
WRONG = {
    "returns-none": "def f(x):\n    x",
    "raises": "def f(x):\n    raise ValueError('no')",
    "exits": "import sys\ndef f(x):\n    sys.exit()",
    "is-none": "f = None",
    "missing": "pass",
    "does-not-parse": "def f(x:\n    return",
}


def test_plain_test_cells_pass_a_right_answer(examine: Examine) -> None:
    """Asserts, closures, classes, magics, await: a cell for stock nbgrader runs as it is."""
    cells = [GIVEN, asked("f"), *(graded(name, text) for name, text in STYLES.items())]
    outcome = examine(cells, {"f": DOUBLE}, files=FILES)
    assert {name: outcome.error(name) for name in STYLES if outcome.error(name)} == {}
    assert outcome.flags == []


@pytest.mark.parametrize("answer", WRONG.values(), ids=list(WRONG))
def test_plain_test_cells_fail_a_wrong_answer(examine: Examine, answer: str) -> None:
    """Whatever is wrong with the function, no cell that calls it passes, and no cell stops others.

    What an empty cell would pass is left out: it asks for no value.
    """
    lenient = {"raises", "raises-in-a-context", "pytest-raises", "in-place", "no-grad", "callable"}
    shallow = {"signature", "name-in-globals", "deletes"}
    cells = [GIVEN, asked("f"), *(graded(name, text) for name, text in STYLES.items())]
    outcome = examine(cells, {"f": answer}, files=FILES)
    passed = {name for name in STYLES if not outcome.error(name)}
    assert passed <= lenient | shallow


# Whose names they are --------------------------------------------------------------------------

TAKEN = {
    "torch": (
        "import types\ntorch = types.SimpleNamespace(equal=lambda *a: True, ones=lambda *a: 0)"
    ),
    "F": "class F:\n    relu = staticmethod(lambda z: 7)",
    "assert_close": "def assert_close(*args, **kwargs):\n    pass",
    "y_hat": "y_hat = 7",
    "look": "def look(*args):\n    return 7",
    "helper": "import sys, types\nhelper = sys.modules['helper'] = types.SimpleNamespace(number=7)",
    "number": "number = 7",
    "all-at-once": "globals().update(dict.fromkeys(list(globals()), 7))",
    "builtins": (
        "import builtins\nbuiltins.abs = builtins.len = builtins.isinstance = lambda *a: True"
    ),
    "modules": "import sys\nsys.modules.update(dict.fromkeys(['helper', 'torch.testing'], sys))",
    "the-tests-own": "checked = torch_equal = got = 7\nclass AssertionError(Exception):\n    pass",
}
LOSSES = given(
    "import torch\nimport torch.nn.functional as F\nfrom torch.testing import assert_close\n"
    "import helper\nfrom helper import look, number"
)
DATA = given("y_hat = torch.tensor([0.25, 0.5])")
STRICT = (
    "got = f(y_hat)\nassert isinstance(got, torch.Tensor)\n"
    "assert_close(got, F.relu(y_hat) + number())\n"
    "assert torch.equal(got, y_hat + helper.number()) and len(got) == 2 and abs(-1) == 1\n"
    "assert look(got) == 'seen'"
)
HELPER = {"helper.py": b"def number():\n    return 3\ndef look(x):\n    return 'seen'\n"}


@pytest.mark.parametrize("rebinding", TAKEN.values(), ids=list(TAKEN))
@pytest.mark.parametrize("where", ["before", "after"])
def test_who_rebinds_a_name_of_the_instructors_gains_nothing(
    examine: Examine, rebinding: str, where: str
) -> None:
    """A wrong answer stays wrong, whatever the instructor's names are bound to around it."""
    cells = [LOSSES, DATA, asked("f"), graded("strict", STRICT)]
    wrong = {"f": "def f(y_hat):\n    return 7"}
    outcome = examine(cells, wrong, files=HELPER, **{where: {"f": rebinding}})
    line = "assert isinstance(got, torch.Tensor)\nAssertionError: "
    if rebinding == TAKEN["all-at-once"] and where == "after":  # which takes the answer as well
        line = "got = f(y_hat)\nTypeError: 'int' object is not callable"
    assert outcome.error("strict").endswith(f" of the test:\n    {line}")


@pytest.mark.parametrize("name", sorted(TAKEN.keys() - {"torch", "all-at-once", "builtins"}))
def test_who_rebinds_a_name_of_the_instructors_loses_nothing(examine: Examine, name: str) -> None:
    """A right answer that has what it needs stays right: the tests' names are not the student's."""
    cells = [LOSSES, DATA, asked("f"), graded("strict", STRICT)]
    right = {"f": "def f(z, three=3):\n    return z + three"}
    outcome = examine(cells, right, files=HELPER, after={"f": TAKEN[name]})
    assert outcome.error("strict") == ""


def test_a_name_that_the_instructor_failed_to_bind_comes_from_nobody(examine: Examine) -> None:
    """Where the instructor's own cell breaks, the student's value does not take its place."""
    cells = [
        given("import torch"),
        asked("f"),
        given("limit = f(0) / 0"),
        graded("test", "assert f(1) < limit"),
    ]
    outcome = examine(cells, {"f": "limit = 99\ndef f(x):\n    return x"})
    assert "NameError: name 'limit' is not defined" in outcome.error("test")


def test_the_instructors_cells_run_from_the_source(examine: Examine) -> None:
    """A student who edits or removes the instructor's cell changes what later cells show alone."""
    cells = [given("expected = 4"), asked("f"), graded("test", "assert f(2) == expected")]
    before = {"": "expected = 7\nprint('edited')"}
    outcome = examine(cells, {"f": "def f(x):\n    return 7"}, before=before)
    assert "AssertionError" in outcome.error("test")
    outcome = examine(cells, {"f": DOUBLE, "": "expected = 7"})
    assert outcome.error("test") == ""


def test_the_tests_own_text_is_the_sources(examine: Examine) -> None:
    """What stands in the submission's grade cell is never run: the source's text is."""
    cells = [asked("f"), graded("test", "assert f(2) == 4")]
    outcome = examine(
        cells, {"f": "def f(x):\n    return 7", "test": "print('theirs')\nassert True"}
    )
    assert "AssertionError" in outcome.error("test")
    assert outcome.text(outcome.places["test"]) == ""


def test_a_second_cell_of_a_tests_name_runs_the_sources_test_too(examine: Examine) -> None:
    """A copied grade cell is graded as the first: it can't pass by standing later."""
    cells = [asked("f"), graded("test", "assert f(2) == 4")]
    outcome = examine(cells, {"f": "def f(x):\n    return 7"}, after={"test": "assert True"})
    assert "AssertionError" in outcome.error("test")


# What is hidden --------------------------------------------------------------------------------

HIDDEN = graded(
    "test",
    "x = 1\nassert f(x) == 2\nHIDDEN_NAME = 'HIDDEN text'\nassert f(12345) == 24690\n",
    "x = 1\nassert f(x) == 2\n",
)
SEEK = (
    "import gc\n"
    "texts = [t for t in gc.get_objects() if isinstance(t, str)]\n"
    "texts += [str(v) for h in (In, _ih, list(Out.values())) for v in h]\n"
    "texts += [str(v) for d in gc.get_objects() if type(d) is dict for v in d.values() "
    "if type(v) is str]\n"
    "mark = 'HID' + 'DEN'\n"
    "print(any(mark in t and t != mark for t in texts), mark + '_NAME' in globals(), x)"
)


def test_only_the_released_text_reaches_the_student(examine: Examine) -> None:
    """A later cell looks for the hidden test in its history and its memory, and finds nothing."""
    outcome = examine([asked("f"), HIDDEN], {"f": DOUBLE}, after={"test": SEEK})
    assert outcome.error("test") == ""
    assert outcome.text(outcome.places["test"] + 1) == "False False 1\n"


def test_what_a_hidden_call_was_given_is_in_no_output(examine: Examine) -> None:
    """A function that keeps its arguments has nothing to show them in: the outputs come before."""
    keeping = "seen = []\ndef f(x):\n    seen.append(x)\n    print('got', x)\n    return 2 * x"
    outcome = examine([asked("f"), HIDDEN], {"f": keeping}, after={"test": "print(seen)"})
    assert outcome.error("test") == ""
    assert "12345" not in json.dumps(outcome.cells)
    assert "24690" not in json.dumps(outcome.cells)


SPILLING = {
    "value-error": "def f(x):\n    raise ValueError(f'got {x}')",
    "name-error": "def f(x):\n    raise NameError(f'got {x}')",
    "assertion": "def f(x):\n    assert x == 1, f'got {x}'\n    return 2 * x",
    "own-error": "class E(Exception):\n    pass\ndef f(x):\n    raise E(f'got {x}')",
    "object": (
        "class Called:\n    def __call__(self, x):\n        if x != 1:\n"
        "            raise NameError(f'got {x}')\n        return 2\nf = Called()"
    ),
    "partial": (
        "import functools\ndef g(y, x):\n    if x != 1:\n        raise NameError(f'got {x}')\n"
        "    return 2\nf = functools.partial(g, 0)"
    ),
    "name-of-a-class": "def f(x):\n    raise type(f'E{x}', (Exception,), {})()",
    "exits": "def f(x):\n    raise SystemExit(f'got {x}')",
    "kills": "import os, sys\ndef f(x):\n    print(x, file=sys.__stderr__)\n    os._exit(x % 256)",
    "value": "def f(x):\n    return type(f'V{x}', (), {})() if x != 1 else 2",
    "loop": "def f(x):\n    while x != 1:\n        pass\n    return 2",
}


@pytest.mark.parametrize("answer", SPILLING.values(), ids=list(SPILLING))
def test_what_a_hidden_call_raises_tells_no_argument(examine: Examine, answer: str) -> None:
    """Its author reads the kind of the exception and the line, never the text, which may tell."""
    outcome = examine([asked("f"), HIDDEN], {"f": answer}, limits=SHORT)
    assert outcome.error("test")
    assert "12345" not in json.dumps(outcome.cells)
    assert "HIDDEN" not in json.dumps(outcome.cells)


def test_a_call_that_never_reaches_the_function_is_told_without_a_line(examine: Examine) -> None:
    """A parameter that is missing is named, and how the function is called: no line of the kit's.

    Of a hidden test that is plain Python, only that its call does not fit.
    """
    hidden = "from autograder.examiner import grade\ngrade('nll', nll)"
    source = [
        asked("nll"),
        graded("checks", hidden, ""),
        asked("f"),
        graded("plain", "assert f(2, twice=31) == 4", ""),
        graded("visible", "assert f(2, twice=31) == 4"),
    ]
    outcome = examine(source, {"nll": "def nll(log_probs, y): return y", "f": "def f(x): return x"})
    messages = [check["message"] for check in outcome.result("checks")["checks"]]
    assert "nll takes no argument `reduction`: it is called as nll(log_probs, y, reduction=" in str(
        messages
    )
    assert "in line" not in str(messages)
    assert outcome.error("plain") == f"TypeError: {UNFIT.format('f')}"
    assert outcome.error("visible").splitlines() == [
        "In line 1 of the test:",
        "    assert f(2, twice=31) == 4",
        "TypeError: f() got an unexpected keyword argument 'twice'",
    ]


@pytest.mark.parametrize(
    ("kind", "failed", "message"),
    [
        pytest.param("float64", ["inputs"], "changes its argument z in place.", id="double"),
        pytest.param(
            "complex64", None, "changes an argument in place, and leaves no", id="complex"
        ),
    ],
)
def test_an_argument_that_becomes_another_dtype_is_a_failure(
    examine: Examine, kind: str, failed: list[str] | None, message: str
) -> None:
    """However it is done, and whether or not it can cross: a failed check, no error of the kit."""
    hidden = "from autograder.examiner import grade\ngrade('softmax', softmax)"
    answer = f"""
import torch
def softmax(z):
    e = (z - z.amax(dim=-1, keepdim=True)).exp()
    if not z.requires_grad:
        z.data = z.data.to(torch.{kind})
    return e / e.sum(dim=-1, keepdim=True)
"""
    outcome = examine([asked("softmax"), graded("test", hidden, "")], {"softmax": answer})
    checks = outcome.result("test")["checks"]
    missed = [check for check in checks if not check["passed"]]
    assert failed is None or [check["name"] for check in missed] == failed
    assert message in next(check["message"] for check in missed if check["name"] == "inputs")


def test_a_hidden_error_shows_the_students_own_line(examine: Examine) -> None:
    """The line in the student's cell is theirs to read."""
    outcome = examine([asked("f"), HIDDEN], {"f": "def f(x):\n    return x / 0 if x > 1 else 2"})
    assert outcome.error("test").startswith(
        "ZeroDivisionError in line 2, `return x / 0 if x > 1 else 2`"
    )


def test_a_hidden_assertion_without_words_says_only_that(examine: Examine) -> None:
    """Of a plain hidden assert nothing is told but that a hidden test failed."""
    outcome = examine([asked("f"), HIDDEN], {"f": "def f(x):\n    return 2"})
    assert outcome.error("test") == f"AssertionError: {SILENT}"


# One bad function, one loss --------------------------------------------------------------------

DEADLY = {
    "exits": ("import os\ndef f(x):\n    os._exit(3)", "kernel-died"),
    "killed": (
        "import os, signal\ndef f(x):\n    os.kill(os.getpid(), signal.SIGKILL)",
        "kernel-died",
    ),
    "crashes": ("import ctypes\ndef f(x):\n    ctypes.string_at(0)", "kernel-died"),
    "hangs": ("def f(x):\n    while True:\n        pass", "timeout"),
    "hangs-on": (
        "def f(x):\n    while True:\n        try:\n            while True:\n                pass\n"
        "        except BaseException:\n            pass",
        "timeout",
    ),
}
THREE = [
    given("import torch"),
    asked("e"),
    graded("e_test", "assert e(1) == 1"),
    asked("f"),
    graded("f_test", "assert f(1) == 1"),
    graded("f_again", "assert f(2) == 2"),
    asked("g"),
    graded("g_test", "assert g(1) == 1"),
    graded("e_again", "assert e(2) == 2"),
]


@pytest.mark.parametrize(("answer", "reason"), daily(DEADLY, "exits", "crashes", "hangs"))
def test_the_death_of_a_kernel_costs_its_function_alone(
    examine: Examine, answer: str, reason: str
) -> None:
    """The functions before and after it, and those defined in the same kernel, are graded on."""
    answers = {"e": "def e(x):\n    return x", "f": answer, "g": "def g(x):\n    return e(x)"}
    outcome = examine(THREE, answers, limits=SHORT)
    failed = {name for name in outcome.places if outcome.error(name)}
    assert failed == {"f_test", "f_again"}
    assert set(outcome.flags) == {(reason, "f_test"), (reason, "f_again")}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("import os\nos._exit(0)", "kernel-died"),
        ("while True:\n    pass", "timeout"),
        ("print('x')\nx = 1 / 0", ""),
        ("exit()", ""),
    ],
    ids=["exits", "hangs", "raises", "leaves"],
)
def test_a_cell_of_the_students_own_costs_nothing(examine: Examine, cell: str, reason: str) -> None:
    """What a scratch cell does to the kernel takes no point from any function."""
    answers = {name: f"def {name}(x):\n    return x" for name in "efg"}
    outcome = examine(THREE, answers, before={"f": cell}, limits=SHORT)
    assert {name for name in outcome.places if outcome.error(name)} == set()
    assert list(outcome.flags) == ([(reason, "")] if reason else [])


@pytest.mark.slow
def test_calls_that_fail_again_and_again_end_soon(examine: Examine) -> None:
    """A test that goes on after each stop makes no more calls after a few."""
    patient = (
        "for n in range(1000):\n    try:\n        f(n)\n    except Exception:\n        pass\n"
        "assert f(1) == 1"
    )
    cells = [asked("f"), graded("test", patient)]
    outcome = examine(cells, {"f": "def f(x):\n    while True:\n        pass"}, limits=SHORT)
    assert outcome.error("test").startswith("f ran for more than ")
    assert {kind for kind, _ in outcome.flags} == {"timeout"}


# Hidden checks, and whose fault it is ----------------------------------------------------------


def checked(name: str) -> Cell:
    """A cell of hidden checks."""
    text = f"from autograder.examiner import grade\ngrade({name!r}, {name})"
    return graded(f"{name}_hidden", text, "pass")


MULTICLASS = [
    given("import torch\nfrom torch.nn.functional import one_hot"),
    *(cell(name) for name in ("log_softmax", "nll", "cross_entropy") for cell in (asked, checked)),
]
REDUCED = (
    "    if reduction == 'mean':\n        return losses.mean()\n"
    "    return losses.sum() if reduction == 'sum' else losses"
)
RIGHT = {
    "log_softmax": "def log_softmax(z):\n    return z - z.logsumexp(dim=-1, keepdim=True)",
    "nll": "def nll(log_probs, y, reduction='none'):\n"
    f"    losses = -log_probs[torch.arange(len(y)), y]\n{REDUCED}",
    "cross_entropy": "def cross_entropy(z, y, reduction='none'):\n"
    "    return nll(log_softmax(z), y, reduction)",
}
WRONG_NLL = RIGHT["nll"].replace("-log_probs", "log_probs")


BLAME = "cross_entropy calls nll: with a right nll in its place, cross_entropy passes every check."


def causes(outcome: Outcome, function: str) -> set[str]:
    """The causes of a function's failed checks."""
    checks = outcome.result(f"{function}_hidden")["checks"]
    return {check["cause"] for check in checks if not check["passed"]}


def test_right_answers_have_full_marks(examine: Examine) -> None:
    """The three functions pass every hidden check, and nothing is flagged."""
    outcome = examine(MULTICLASS, RIGHT)
    scores = [outcome.result(f"{name}_hidden") for name in RIGHT]
    assert [score["score"] for score in scores] == [score["max_score"] for score in scores]
    assert outcome.flags == []


def test_a_function_that_fails_because_of_another_names_it(examine: Examine) -> None:
    """cross_entropy is right but calls a wrong nll: its cause names nll."""
    outcome = examine(MULTICLASS, {**RIGHT, "nll": WRONG_NLL})
    assert outcome.result("log_softmax_hidden")["score"] == 3.0
    assert outcome.result("nll_hidden")["score"] < 3.0
    assert outcome.result("cross_entropy_hidden")["score"] < 5.0
    assert causes(outcome, "cross_entropy") == {f"{BLAME} Mend nll first."}
    assert not any("calls" in cause for cause in causes(outcome, "nll"))


@pytest.mark.parametrize(
    "cross_entropy",
    [
        RIGHT["cross_entropy"].replace("log_softmax(z)", "2 * log_softmax(z)"),
        "def cross_entropy(z, y, reduction='none'):\n"
        f"    losses = z[torch.arange(len(y)), y] - z.logsumexp(dim=-1)\n{REDUCED}",
    ],
    ids=["wrong-too", "does-not-call-it"],
)
def test_a_function_that_is_wrong_by_itself_names_no_other(
    examine: Examine, cross_entropy: str
) -> None:
    """Where it would fail with a right nll as well, nll is not to blame."""
    outcome = examine(MULTICLASS, {**RIGHT, "nll": WRONG_NLL, "cross_entropy": cross_entropy})
    assert outcome.result("cross_entropy_hidden")["score"] < 5.0
    assert not any(cause.startswith(BLAME) for cause in causes(outcome, "cross_entropy"))


def test_blame_reaches_through_a_function_of_ones_own(examine: Examine) -> None:
    """cross_entropy calls a helper, which calls the wrong nll."""
    helper = "def loss_of(z, y, r):\n    return nll(log_softmax(z), y, r)"
    answers = {
        **RIGHT,
        "nll": WRONG_NLL,
        "cross_entropy": "def cross_entropy(z, y, reduction='none'):\n"
        "    return loss_of(z, y, reduction)",
    }
    outcome = examine(MULTICLASS, answers, before={"cross_entropy": helper})
    assert causes(outcome, "cross_entropy") == {f"{BLAME} Mend nll first."}


# The by-hand rule ------------------------------------------------------------------------------


def test_a_forbidden_call_pays_nothing_and_is_flagged(examine: Examine) -> None:
    """The cell of the function whose call ran the operator, and that of whoever calls it."""
    answers = {
        **RIGHT,
        "nll": "from torch.nn.functional import nll_loss\n"
        "def nll(log_probs, y, reduction='none'):\n"
        "    return nll_loss(log_probs, y, reduction=reduction)",
    }
    outcome = examine(MULTICLASS, answers)
    assert outcome.result("nll_hidden")["score"] == 0.0
    assert outcome.result("log_softmax_hidden")["score"] == 3.0
    assert ("forbidden-call", "nll_hidden") in outcome.flags
    assert any(
        detail.startswith("nll calls torch's own negative log-likelihood (aten.nll_loss_forward)")
        for detail in outcome.details
    )


def test_checking_oneself_is_no_forbidden_call(examine: Examine) -> None:
    """torch's loss in a cell of one's own, and in an assert beside the answer, is fine."""
    check = (
        "import torch.nn.functional as F\nz = torch.randn(4, 3)\n"
        "torch.testing.assert_close(log_softmax(z), F.log_softmax(z, -1))"
    )
    outcome = examine(MULTICLASS, RIGHT, after={"log_softmax": check})
    assert outcome.flags == []
    assert outcome.result("log_softmax_hidden")["score"] == 3.0


@pytest.mark.parametrize(
    "library",
    ["from torch.distributions import Categorical", "import torch.distributions as D"],
    ids=["from-import", "import-as"],
)
def test_a_library_imported_in_another_cell_is_suspect(examine: Examine, library: str) -> None:
    """Imports stand in a cell of their own; the answer that uses them is flagged for a person."""
    call = "Categorical" if "Categorical" in library else "D.Categorical"
    answer = (
        "def nll(log_probs, y, reduction='none'):\n"
        f"    losses = -{call}(logits=log_probs).log_prob(y)\n{REDUCED}"
    )
    outcome = examine(MULTICLASS, {**RIGHT, "nll": answer}, before={"nll": library})
    assert ("suspect-code", "nll") in outcome.flags


LONG = {
    "characters": "x = 1\n" * 20_000,
    "magics": ("%time x = 1\n" + "y = 2\n" * 36) * 90,
    "questions": "x?\n" * 120 + "y = 1\n" * 3_000,
    "programs": "x = !true\n" * 450,
    "form-feeds": "x =\f!true\n" * 120 + "y = 1\n" * 3_000,
    "prompts": "In [1]: y = 1\n" + "In [2]: %time y\n" * 120 + "y = 1\n" * 3_000,
}


@pytest.mark.parametrize("long", daily(LONG, "characters", "magics"))
def test_code_that_nobody_wrote_by_hand_is_not_searched(examine: Examine, long: str) -> None:
    """It would take long; that it was not is told, and the other cells are searched."""
    source, answer = [asked("nll"), graded("t", "nll")], "import torch._C\nnll = abs"
    outcome = examine(source, {"nll": answer}, before={"nll": long}, limits=SHORT)
    long_one, nll = (d for d in outcome.details if "by-hand" in d)
    assert long_one.startswith("Too long to be searched")
    assert long_one.endswith(": cell 1.")
    assert nll.startswith("nll has torch._C: see")


@pytest.mark.slow
def test_the_shorter_of_two_long_cells_is_searched(examine: Examine) -> None:
    """What is searched has a limit together; no cell alone is over it here."""
    longer, shorter = ("x = 1\n" * count + "import torch._C" for count in (11_000, 10_000))
    source, own = [asked("nll"), graded("t", "nll")], {"before": {"nll": longer}}
    outcome = examine(source, {"nll": "nll = abs"}, after={"nll": shorter}, **own)
    too_long, found = (d for d in outcome.details if "by-hand" in d)
    assert too_long.endswith(": cell 1.")
    assert found.startswith("cell 3 has torch._C: see")


# This course -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["binary", pytest.param("multiclass", marks=pytest.mark.slow)])
def test_this_courses_notebook_has_full_marks(examine: Examine, name: str) -> None:
    """The source's own solutions pass every cell of it, and nothing is flagged."""
    source = read(load(ROOT), "losses").notebooks[name]
    answers = {
        cell["grade_id"]: cell["text"] for cell in source.cells if cell["role"] == "solution"
    }
    outcome = examine(list(source.cells), answers, files=source.files)
    assert {n: outcome.error(n) for n in outcome.places if outcome.error(n)} == {}
    results = [outcome.result(n) for n in outcome.places if n.endswith("_hidden")]
    assert results
    assert [r["score"] for r in results] == [r["max_score"] for r in results]
    assert outcome.flags == []
