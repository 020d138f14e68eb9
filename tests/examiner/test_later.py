"""Hidden tests are asked when the last cell has run, and see things as they were at their place."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from autograder.config import Sandbox, load
from autograder.examiner.effects import statements
from autograder.examiner.later import run_here, seen, texts_of, waiting
from autograder.examiner.needed import needless
from autograder.examiner.source_cells import SourceCell
from autograder.grading.assignment import read
from tests.course import ROOT
from tests.examiner.notebooks import Cell, Examine, asked, given, graded

HELPER = b"import torch\n\nnames = {}\n\ndef look(*things):\n    print(names, *things)\n"
COUNT = b"seen = []\n\ndef count(x):\n    seen.append(x)\n    return len(seen)\n"
MODES = b"import torch\n\ndef half():\n    torch.set_default_dtype(torch.float16)\n"
FILES = {"helper.py": HELPER, "modes.py": MODES, "counting.py": COUNT}
FIRST = (
    "import math\nimport numpy as np\nimport torch\nimport torch.nn.functional as F\n"
    "from helper import look\nimport modes\nnumbers = [1, 2]"
)
ANSWER = (
    "half = 0.5\ncache = {}\ncalls = 0\n"
    "def twice(x):\n    return 2 * x\n"
    "def f(x):\n    cache['last'] = x\n    return twice(x) + 0 * torch.exp(x)\n"
    "def count(x):\n    global calls\n    calls += 1\n    count.last = x\n    return x\n"
    "kept = []\nkept.append(cache)\n"
    "def plain(x):\n    return twice(x) * half"
)
CHANGING = {
    "rebinds-what-it-calls": "twice = abs",
    "defines-it-again": "def twice(x):\n    return x",
    "a-loop-variable": "for twice in range(3):\n    pass",
    "with-as": "with open('a') as twice:\n    pass",
    "walrus": "print([twice := n for n in range(3)])",
    "an-import": "from math import sqrt as twice",
    "a-global-in-a-function": "def change():\n    global twice\n    twice = abs",
    "all-of-a-module": "from math import *",
    "all-of-torch's-functions": "try:\n    from torch.nn.functional import *\nfinally:\n    pass",
    "deletes": "del twice",
    "item": "cache['a'] = 1",
    "method": "cache.clear()",
    "by-another-name": "other = cache\nother.clear()",
    "by-what-has-kept-it": "for each in kept:\n    each.clear()",
    "as-an-argument": "sorted(cache)",
    "in-a-given-function": "look(cache)",
    "by-a-function": "f(torch.ones(1))",
    "timed": "%timeit f(torch.ones(1))",
    "attribute": "twice.count = 1",
    "a-module's-attribute": "torch.exp = abs",
    "a-module's-attribute-by-another-name": "import torch as t\nt.Tensor.exp = abs",
    "a-mode": "torch.set_default_dtype(torch.float64)",
    "a-mode-imported": "from torch import set_grad_enabled\nset_grad_enabled(False)",
    "a-mode-inside-torch": "torch._C._set_grad_enabled(False)",
    "a-mode-entered": "torch.no_grad().__enter__()",
    "a-mode-of-numpy": "np.seterr(all='raise')",
    "a-mode-in-a-module": "modes.half()",
    "a-module-that-sets": "from modes import half as other",
    "warnings": "import warnings\nwarnings.simplefilter('error')",
    "exec": "exec('twice = abs')",
    "globals": "globals()['twice'] = abs",
    "setattr": "setattr(torch, 'exp', abs)",
    "a-file": "open('numbers.txt', 'w')",
    "a-path": "from pathlib import Path\nPath('numbers.txt').write_text('1')",
    "a-path-opened": "from pathlib import Path\nPath('numbers.txt').open('w')",
    "a-saved-file": "torch.save(1, 'a.pt')",
    "a-thread": "import threading\nthreading.Thread(target=print).start()",
    "a-magic": "%run other.py",
    "a-file-by-a-magic": "%%writefile numbers.txt\n1",
    "the-shell's-names": "get_ipython().user_ns['twice'] = abs",
    "the-shell-by-another-name": "shell = get_ipython()\nshell.ex('twice = abs')",
    "the-shell-in-its-module": "import IPython\nIPython.get_ipython().user_ns.clear()",
    "shell-variable": "twice = !ls",
    "no-python": "twice = (",
}
LEAVING = {
    "looks": "look(plain(torch.ones(2)))",
    "calls-what-is-plain": "print(plain(torch.ones(3)), twice(4))",
    "imports-again": "import torch\nimport torch.nn.functional as F\nimport numpy as np",
    "own-names": "z = torch.randn(5)\nfor i in range(3):\n    z += i\nz[0] = 1\ndel z",
    "trains": "m = torch.nn.Linear(2, 1)\no = torch.optim.SGD(m.parameters())\n"
    "for step in range(2):\n    o.zero_grad()\n    m(torch.ones(2)).sum().backward()\n    o.step()",
    "differentiates": "q = torch.ones(2).requires_grad_()\nplain(q.exp()).sum().backward()\nq.grad",
    "draws-what-it-gives": "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
    "ax.plot([plain(torch.tensor(p)).item() for p in (0.1, 0.5)])\nax.legend()",
    "no-grad": "with torch.no_grad():\n    torch.ones(1)",
    "draws": "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 50\nfig, ax = "
    "plt.subplots()\nax.set_title('a')\nplt.plot([1])\nplt.show()",
    "seeds": "torch.manual_seed(0)\nnp.random.seed(0)",
    "prints-otherwise": "torch.set_printoptions(precision=3)",
    "magics": "%matplotlib inline\n!pip install x\n%pip install y",
    "times": "%timeit plain(torch.ones(1))",
    "times-a-cell": "%%time\nprint(plain(torch.ones(1)))",
    "a-class": "class Model(torch.nn.Module):\n    def __init__(self):\n"
    "        super().__init__()\n        self.layer = torch.nn.Linear(1, 1)\n"
    "    def forward(self, x):\n        return plain(x)",
    "a-local-of-the-same-name": "def g(twice):\n    half = twice\n    return half\ng(3)",
    "reads-a-file": "from pathlib import Path\ntext = Path('a').read_text()",
    "reads-a-constant": "print(half)",
    "raises": "raise ValueError",
    "asks": "help(torch.exp)\ntype(twice).__name__\n?twice",
}


def waits(later: str, test: str = "assert f(1) == 2", answer: str = ANSWER) -> bool:
    """Whether a hidden test of `f` waits for a kernel of its own, with this cell below it."""
    source = [
        SourceCell("given", "", FIRST, FIRST),
        SourceCell("solution", "f", "def f(x):\n    return 2 * x", ""),
        SourceCell("test", "test", test, ""),
    ]
    cells = [("", FIRST), ("f", answer), ("test", ""), ("", later)]
    theirs = texts_of((text for _, text in cells), FILES)
    return bool(waiting(seen(source, set(), FILES), cells, theirs))


@pytest.mark.parametrize("later", CHANGING.values(), ids=list(CHANGING))
def test_a_test_waits_where_a_later_cell_may_change_what_it_sees(later: str) -> None:
    """By binding, changing in place, setting a mode, or what the text does not tell."""
    assert waits(later)


@pytest.mark.parametrize("later", LEAVING.values(), ids=list(LEAVING))
def test_a_test_does_not_wait_for_cells_that_leave_all_as_it_is(later: str) -> None:
    """What students write below their answers, for the most part."""
    assert not waits(later, "assert plain(1) == 1")


def test_a_test_waits_where_a_later_cell_calls_what_remembers_its_calls() -> None:
    """By a global name, or by an attribute of its own."""
    assert waits("count(3)", "assert calls == 0")
    assert waits("count(3)", "assert count(1) == 1")
    assert not waits("count(3)", "assert plain(1) == 1")


REMEMBERING = {
    "a-default": "def g(x, seen=[]):\n    seen.append(x)\n    return len(seen)",
    "a-lambda's-default": "g = lambda x, seen=[]: seen.append(x) or len(seen)",
    "a-decorator": "from functools import lru_cache\n@lru_cache\ndef g(x):\n    return [x]",
    "a-module-beside": "from counting import count as g",
}


@pytest.mark.parametrize("binding", REMEMBERING.values(), ids=list(REMEMBERING))
def test_a_test_waits_where_a_later_cell_calls_what_has_a_memory_of_its_own(binding: str) -> None:
    """No name tells what is remembered. A test that does not use it need not wait."""
    answer = f"{binding}\ndef f(x):\n    return g(x)"
    assert waits("g(3)", answer=answer)
    assert waits("print(f(3))", answer=answer)
    assert not waits("g(3)", answer=f"{binding}\ndef f(x):\n    return 2 * x")


def test_reading_what_later_cells_change_is_linear_in_their_length() -> None:
    """Where each of many names is made from the one before, and then used."""

    def steps(length: int) -> int:
        made = "\n".join(f"a{i + 1} = [a{i}]" for i in range(length))
        used = "\n".join(f"print(a{i})" for i in range(length))
        statements(made), statements(used)  # kept: what is counted is the rest
        count = 0

        def counting(frame: object, event: str, argument: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(counting)
        try:
            assert not waits(used, answer=made)
        finally:
            sys.setprofile(None)
        return count

    assert steps(400) < 2.5 * steps(200)


def test_a_test_that_may_see_any_name_waits() -> None:
    """What it asks for is not in its text."""
    assert waits("z = 3", "assert globals()['f'](1) == 2")
    assert not waits("z = 3")


GIVEN = {
    "rebinds": "numbers = [5]",
    "changes": "numbers.append(5)",
    "changes-by-a-function": "def grow(items):\n    items.append(5)\ngrow(numbers)",
    "by-another-name": "same = numbers\nsame += [5]",
}


@pytest.mark.parametrize("later", GIVEN.values(), ids=list(GIVEN))
def test_the_instructors_side_is_as_it_was_at_the_tests_place(examine: Examine, later: str) -> None:
    """A given cell below a hidden test, run for a visible one, changes what the first has used."""
    source = [
        given("numbers = [1, 2]"),
        asked("f"),
        graded("hidden", "assert f(2) == 4\nassert numbers == [1, 2], 'not as they were'", "pass"),
        given(later),
        graded("visible", "assert numbers[-1] == 5"),
    ]
    outcome = examine(source, {"f": "def f(x):\n    return 2 * x"})
    assert (outcome.error("hidden"), outcome.error("visible"), outcome.flags) == ("", "", [])


TEST = "y = f(1)\nassert (y.tolist(), y.dtype) == ([2.0, 2.0], torch.float32), y"
DOUBLE = "two = [2]\ndef f(x):\n    return torch.full_like(torch.tensor([0.0, 0.0]), two[0])"
REAL = {
    "rebinds": "two = [3]",
    "changes": "two[0] = 3",
    "deletes": "del two, f",
    "another-function": "def f(x):\n    return x",
    "patches": "torch.full_like = None",
    "mode": "torch.set_default_dtype(torch.float64)",
    "exit": "two = None\nimport os\nos._exit(1)",
    "fails-in-the-middle": "two[0] = 3\n1 / 0\ntwo[0] = 2",
}


@pytest.mark.parametrize("later", REAL.values(), ids=list(REAL))
def test_a_hidden_test_gets_what_was_there_at_its_place(examine: Examine, later: str) -> None:
    """Whatever the student's later cells do to it."""
    source = [given("import torch"), asked("f"), graded("hidden", TEST, "pass")]
    outcome = examine(source, {"f": DOUBLE}, after={"hidden": later})
    assert outcome.error("hidden") == ""


def test_memory_that_a_later_cell_holds_is_not_lacking_before(examine: Examine) -> None:
    """The test is asked again where it does not."""
    source = [given("import torch"), asked("f"), graded("hidden", "assert f(1) == 2", "pass")]
    answers = {"f": "def f(x):\n    return 2 * x * torch.ones(60_000_000)[0].item()"}
    limits = replace(Sandbox().limits(), memory_bytes=800 << 20)
    outcome = examine(
        source, answers, after={"hidden": "held = bytearray(700 << 20)"}, limits=limits
    )
    assert (outcome.error("hidden"), outcome.flags) == ("", [])


def test_tests_that_use_one_anothers_names_are_asked_again_together(examine: Examine) -> None:
    """Where memory is lacking for one of them."""
    source = [
        given("import torch"),
        asked("f"),
        graded("first", "got = [1]", "pass"),
        graded("second", "assert f(got[0]) == 2\ngot[0] = 3", "pass"),
        graded("third", "assert got == [3]", "pass"),
    ]
    answers = {"f": "def f(x):\n    return 2 * x * torch.ones(60_000_000)[0].item()"}
    limits = replace(Sandbox().limits(), memory_bytes=800 << 20)
    outcome = examine(
        source, answers, after={"third": "held = bytearray(700 << 20)"}, limits=limits
    )
    assert [outcome.error(name) for name in ("first", "second", "third")] == ["", "", ""]
    assert outcome.flags == []


def test_cells_that_would_take_long_to_read_may_have_changed_all(examine: Examine) -> None:
    """To read them for it would take longer than to run those above once more."""
    source = [given("import torch"), asked("f"), graded("hidden", "assert f(2) == 4", "pass")]
    answers = {
        "f": "def f(x):\n    return 2 * x if torch.get_default_dtype() is torch.float32 else 0"
    }
    unread = "getattr(torch, 'set_default_' + 'dtype')(torch.float64)\n" + "x = 1\n" * 17_000
    assert examine(source, answers, after={"hidden": unread}).error("hidden") == ""


def test_hidden_tests_keep_their_order(examine: Examine) -> None:
    """One that uses what another has bound, and what it has deleted of the student's."""
    source: list[Cell] = [
        asked("f"),
        asked("g"),
        graded("first", "got = f(2)\ndel f", "pass"),
        graded(
            "second",
            "assert got == 4\ntry:\n    g(2)\n    got = 0\nexcept NameError:\n    pass\nassert got",
            "pass",
        ),
    ]
    answers = {"f": "def f(x):\n    return 2 * x", "g": "def g(x):\n    return f(x)"}
    outcome = examine(source, answers, after={"second": "f = None\ngot = None"})
    assert (outcome.error("first"), outcome.error("second")) == ("", "")


SPEAKS = (
    "from IPython.display import display\nimport threading\n"
    "handle = display('nothing', display_id='it')\n"
    "def f(x):\n"
    "    print('seen', x)\n"
    "    handle.update(f'seen {x}')\n"
    "    display(f'seen {x}', display_id='it')\n"
    "    threading.Timer(0.01, lambda: handle.update('seen late')).start()\n"
    "    return 2 * x"
)


@pytest.mark.parametrize("later", ["print('later')", "two = 2", "del f", "f(0)"])
def test_nothing_that_a_cell_shows_comes_from_after_the_first_hidden_argument(
    examine: Examine, later: str
) -> None:
    """A call that shows what it was called with reaches no output, in the first kernel or another.

    The student's own call, in a later cell, is all that may be seen.
    """
    source = [asked("f"), graded("hidden", "assert f(12345) == 24690", "pass")]
    outcome = examine(source, {"f": SPEAKS}, after={"hidden": later})
    assert outcome.error("hidden") == ""
    assert "12345" not in repr(outcome.cells)
    assert "nothing" in repr(outcome.cells[0]) or later == "f(0)"


@pytest.mark.parametrize("name", ["binary", "multiclass"])
def test_this_course_is_asked_in_one_pass(name: str) -> None:
    """No hidden test waits for a kernel of its own, and pictures are drawn for students alone."""
    source = read(load(ROOT), "losses").notebooks[name]
    cells = [SourceCell(**cell) for cell in source.cells]
    ours = texts_of(map(run_here, cells), source.files)
    leaves = [["z", "y"] if cell.role == "given" else None for cell in cells]
    passed = needless(cells, set(), leaves, ours)
    run = [(cell.grade_id, cell.released if cell.role == "test" else cell.text) for cell in cells]
    theirs = texts_of((text for _, text in run), source.files)
    assert waiting(seen(cells, set(), source.files, passed), run, theirs) == set()
    drawing = {place for place, cell in enumerate(cells) if cell.text.startswith("plot_")}
    assert drawing
    assert drawing <= passed
