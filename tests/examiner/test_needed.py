"""The examiner runs those of the instructor's cells that tests need, and passes over the others."""

from __future__ import annotations

from collections.abc import Set

import pytest

from autograder.examiner.later import run_here, texts_of
from autograder.examiner.needed import needless
from autograder.examiner.source_cells import SourceCell
from autograder.source_text import rebound
from tests.examiner.notebooks import DOUBLE, Examine, asked, given, graded

COUNT = (
    b"seen = []\n\ndef count(x):\n    seen.append(x)\n    return len(seen)\n"
    b"\ndef clone():\n    seen.append(0)\n"
)
# Of two functions of one module the second has nothing to do with what the first changes.
PAPER = (
    b"import base64, io, matplotlib.pyplot as plt\n\nused = set()\n"
    b"\ndef use(x):\n    used.add(x)\n    return len(used)\n"
    b"\ndef sheet(figure):\n    buffer = io.BytesIO()\n    figure.savefig(buffer)\n"
    b"    return base64.b64encode(buffer.getvalue())\n"
    b"\ndef draw(numbers):\n    print(sheet(plt.figure()))\n"
    b"\ndef count_and_draw(numbers):\n    print(use(1), sheet(plt.figure()))\n"
)
MODES = b"import torch\n\ndef half():\n    torch.set_default_dtype(torch.float16)\n"
FILES = {"counting.py": COUNT, "modes.py": MODES, "paper.py": PAPER}
FIRST = (
    "import matplotlib.pyplot as plt\nimport numpy as np\nimport torch\n"
    "import counting\nimport modes\nfrom counting import count\n"
    "from paper import count_and_draw, draw, use\nimport io\nfrom io import StringIO\n"
    "class Box:\n    content = 0\n    def read(self):\n        return unit\n"
    "box = Box()\nnumbers = [1, 2]\nunit = 1\nz = torch.zeros(2)"
)
PLAIN = ["numbers", "unit", "z"]  # as they are seen to be where a cell leaves them alone
NEEDLESS = {
    "prints": "print(numbers, z)",
    "draws": "fig, ax = plt.subplots()\nax.plot(z)\nplt.show()",
    "binds-what-no-test-uses": "other = [2 * n for n in numbers]",
    "looks-at-what-is-plain": "torch.log(z)\nnp.asarray(z).sum()",
    "calls-the-student's": "print(f(3))",
    "draws-by-a-function-of-the-course's": "draw(numbers)",
    "draws-into-memory": "def g():\n    b = io.BytesIO()\n    plt.gcf().savefig(b)\ng()",
    "writes-into-memory": "def g():\n    s = StringIO()\n    s.write('1')\ng()",
    "gives-the-student's-a-copy": "print(f(z.clone()), f(z[:1].clone()))",
}
NEEDED = {
    "binds": "unit = 2",
    "binds-for-a-function": "def g():\n    return 1\nunit = g()",
    "binds-if": "if numbers:\n    unit = 1",
    "deletes": "del numbers",
    "changes-an-object-that-is-not-plain": "box.content = 1",
    "gives-away-an-object-that-is-not-plain": "print(box)",
    "gives-the-student's-what-a-test-sees": "print(f(z))",
    "gives-the-student's-a-name-for-it": "same = z\nprint(f(same))",
    "calls-what-is-counted": "count(1)",
    "counts-by-a-function-that-draws": "count_and_draw(numbers)",
    "draws-into-what-may-be-a-file": (
        "def g():\n    b = io.BytesIO() if z else 'a'\n    plt.savefig(b)\ng()"
    ),
    "draws-into-what-is-another-thing-then": (
        "def g():\n    b = io.BytesIO()\n    b = 'a'\n    plt.savefig(b)\ng()"
    ),
    "calls-a-module's-own-clone": "counting.clone()",
    "sets-a-mode": "torch.set_default_dtype(torch.float64)",
    "sets-a-mode-in-a-module": "modes.half()",
    "changes-a-module": "torch.exp = abs",
    "writes-a-file": "open('a.txt', 'w').write('1')",
    "saves-a-table": "numbers.to_parquet('a.parquet')",
    "saves-itself": "numbers.save('a.bin')",
    "names-what-is-printed": "%%capture unit\nprint(1)",
    "times-what-it-binds": "%time unit = 2",
    "imports-for-the-first-time": "import math",
    "saves-a-picture": "plt.plot([1])\nplt.savefig('a.png')",
    "runs-text": "exec('unit = 2')",
    "by-a-magic": "%run other.py",
}
TEST = (
    "assert math.pi\nassert f(1) == unit\nassert numbers\nassert z.sum() == 0\nassert box.read()\n"
    "assert count(0)\nassert use(0)"
)


def passes_over(cell: str, test: str = TEST, changed: Set[str] = frozenset()) -> bool:
    """Whether the examiner passes over a given cell above a test.

    Args:
        cell: its text.
        test: the text of the test.
        changed: the names of plain data that it was seen to change, beside what it binds.
    """
    solution = SourceCell("solution", "f", "def f(x):\n    return x", "")
    source = [
        SourceCell("given", "", FIRST, FIRST),
        solution,
        SourceCell("given", "", cell, cell),
        SourceCell("test", "test", test, ""),
    ]
    left = [name for name in PLAIN if name not in changed | rebound([cell])]
    leaves = [None, None, left, None]
    return 2 in needless(source, set(), leaves, texts_of(map(run_here, source), FILES))


@pytest.mark.parametrize("cell", NEEDLESS.values(), ids=list(NEEDLESS))
def test_a_cell_is_passed_over_that_leaves_all_as_it_is(cell: str) -> None:
    """What it shows is shown where the student's kernel runs it."""
    assert passes_over(cell)


@pytest.mark.parametrize("cell", NEEDED.values(), ids=list(NEEDED))
def test_a_cell_is_run_that_may_change_what_a_test_sees(cell: str) -> None:
    """By binding, by changing in place, or by what no name tells."""
    assert not passes_over(cell)


def test_a_cell_is_run_that_was_seen_to_change_what_a_test_sees() -> None:
    """Its text does not tell it: another name for the same list."""
    assert not passes_over("print(numbers)", changed={"numbers"})
    assert passes_over("print(numbers)", "assert f(1) == unit", changed={"numbers"})


def test_a_cell_that_draws_random_numbers_is_run() -> None:
    """Those of the cells after it depend on it. So is one of which nothing is known."""
    source = [SourceCell("given", "", "1", "1"), SourceCell("test", "t", "assert f(1)", "")]
    assert needless(source, set(), [None, None], texts_of(map(run_here, source), {})) == set()
    assert needless(source, set(), [], texts_of(map(run_here, source), {})) == set()


def test_a_test_that_may_see_any_name_needs_all_cells() -> None:
    """Those above it."""
    assert not passes_over("other = 1", "assert globals()['f'](1) == 1")


def test_a_test_of_pictures_needs_what_draws() -> None:
    """What is drawn is no name's."""
    assert not passes_over("plt.plot([1])", "assert plt.gcf().axes")
    assert not passes_over("plt.plot([1])", "import matplotlib as mpl\nassert mpl.rcParams")
    assert passes_over("plt.plot([1])", "assert f(1)")


# Modules in which `log` changes what `last` reads, by whatever name.
LOGS = {
    "a-part-of-it": (
        "history = {'loss': []}\nlosses = history['loss']\n"
        "def log(x):\n    losses.append(x)\ndef last():\n    return history['loss'][-1]"
    ),
    "another-name": ("a = []\nb = a\ndef log(x):\n    b.append(x)\ndef last():\n    return a[-1]"),
    "an-object-that-has-it": (
        "class Log:\n    def __init__(self, box):\n        self.box = box\n"
        "    def add(self, x):\n        self.box.append(x)\nbox = []\nlogger = Log(box)\n"
        "def log(x):\n    logger.add(x)\ndef last():\n    return box[-1]"
    ),
    "an-optimizer": (
        "import torch\nmodel = torch.nn.Linear(1, 1)\n"
        "optimizer = torch.optim.SGD(model.parameters())\n"
        "def log(x):\n    optimizer.step()\ndef last():\n    return model(torch.ones(1))"
    ),
    "what-a-function-is-given": (
        "import heapq\nheap = []\ndef log(x):\n    heapq.heappush(heap, x)\n"
        "def last():\n    return heap[0]"
    ),
    "a-generator-of-chance": (
        "import torch\ng = torch.Generator()\ndef log(x):\n    torch.randn(1, generator=g)\n"
        "def last():\n    return torch.randn(1, generator=g)"
    ),
    "an-iterator": (
        "ids = iter(range(9))\ndef log(x):\n    next(ids)\ndef last():\n    return next(ids)"
    ),
    "another-function": (
        "state = []\ndef put(there, x):\n    there.append(x)\ndef log(x):\n    put(state, x)\n"
        "def last():\n    return state[-1]"
    ),
    "a-local-name": (
        "state = []\ndef log(x):\n    s = state\n    s.append(x)\ndef last():\n    return state"
    ),
    "a-default": (
        "def log(x, seen=[]):\n    seen.append(x)\n    return seen\ndef last():\n    return log(0)"
    ),
    "a-closure": (
        "def counter():\n    n = 0\n    def add(x):\n        nonlocal n\n        n += x\n"
        "        return n\n    return add\nlog = counter()\ndef last():\n    return log(0)"
    ),
    "a-global": ("n = 0\ndef log(x):\n    global n\n    n = x\ndef last():\n    return n"),
}


@pytest.mark.parametrize("module", LOGS.values(), ids=list(LOGS))
@pytest.mark.parametrize(
    "cell", ["log(1)", "import logs as other\nother.log(1)"], ids=["log", "module"]
)
def test_a_cell_is_run_that_changes_what_a_module_keeps(module: str, cell: str) -> None:
    """And what a test reads of it, by another function."""
    assert not _passes_over_with(module, cell, "assert last()")
    assert _passes_over_with(module, "print(1)", "assert last()")


def test_a_cell_is_run_that_changes_what_it_imports() -> None:
    """A list of a module's own."""
    module = "state = []\ndef last():\n    return state[-1]"
    assert not _passes_over_with(module, "state.append(1)", "assert last()", "last, state")


def test_a_cell_is_run_where_a_students_answer_decides_what_it_does() -> None:
    """The source's own number left all as it was."""
    cells = [FIRST, "p = f(3)", "if p > 3:\n    numbers.append(2)"]
    source = [SourceCell("given", "", cell, cell) for cell in cells]
    source.insert(1, SourceCell("solution", "f", "def f(x):\n    return x", ""))
    source.append(SourceCell("test", "t", "assert f(1) == len(numbers)", ""))
    leaves: list[list[str] | None] = [None, None, PLAIN, [*PLAIN, "p"], None]
    passed = needless(source, set(), leaves, texts_of(map(run_here, source), FILES))
    assert 3 not in passed


def _passes_over_with(module: str, cell: str, test: str, names: str = "last, log") -> bool:
    """Whether the examiner passes over a given cell, with a module beside the notebook."""
    first = f"from logs import {names}"
    source = [SourceCell("given", "", text, text) for text in (first, cell)]
    source.append(SourceCell("test", "t", test, ""))
    texts = texts_of(map(run_here, source), {"logs.py": module.encode()})
    return 1 in needless(source, set(), [None, [], None], texts)


def test_what_a_test_imports_itself_has_the_state_that_other_cells_gave_it() -> None:
    """Its own import is no new module."""
    assert not passes_over("counting.count(1)", "import counting\nassert counting.seen")
    assert passes_over("counting.count(1)", "import numpy\nassert numpy.pi")


@pytest.mark.parametrize(
    "test",
    [
        "for kind in ():\n    best = kind\nassert best",
        "try:\n    best = f(0)\nexcept ValueError:\n    pass\nassert best",
        "if f(0):\n    best = 1\nelse:\n    pass\nassert best",
        "while f(0):\n    if f(1):\n        best = 1\n    print(best)",
        "%timeit -n 1 f(best)",
        "assert table.query('price < @best')",
        "import timeit\ntimeit.timeit('best', 'from __main__ import best')",
    ],
)
def test_a_test_may_need_a_name_that_it_need_not_bind_itself(test: str) -> None:
    """In a loop, say, that comes to nothing; or in a text."""
    assert not passes_over("best = 2", test)
    assert passes_over("best = 2", "best = f(1)\nfor n in best:\n    print(best, n)")


def test_an_import_that_need_not_be_made_is_none() -> None:
    """The one below it is the first."""
    cells = ["if f:\n    import math", "import math", "import math"]
    source = [SourceCell("given", "", cell, cell) for cell in cells]
    source.append(SourceCell("test", "t", "assert math.pi", ""))
    leaves: list[list[str] | None] = [[], [], [], None]
    assert needless(source, set(), leaves, texts_of(map(run_here, source), {})) == {2}


def test_what_a_needed_cell_uses_is_needed() -> None:
    """A cell that a test needs, and what it takes from another cell."""
    cells = ["kind = torch.float64", "torch.set_default_dtype(kind)", "kind_of_answer = kind"]
    source = [SourceCell("given", "", cell, cell) for cell in cells]
    source.append(SourceCell("test", "t", "assert f(1)", ""))
    leaves: list[list[str] | None] = [[], [], [], None]
    assert needless(source, set(), leaves, texts_of(map(run_here, source), {})) == {2}


def test_what_is_passed_over_runs_in_the_students_kernel_alone(examine: Examine) -> None:
    """There it is shown; its call of the student's function is one, as in a notebook."""
    source = [
        asked("f"),
        given("numbers = [1]\nprint('seen', f(3))\nother = 2"),
        graded("hidden", "assert f(1) == 2", "pass"),
        graded("counts", "assert f(0) == 0\nassert calls[0] == 3, calls"),
    ]
    answer = "calls = [0]\ndef f(x):\n    calls[0] += 1\n    return 2 * x"
    outcome = examine(source, {"f": answer})
    assert outcome.text(1) == "seen 6\n"
    assert (outcome.error("hidden"), outcome.error("counts")) == ("", "")


@pytest.mark.parametrize(
    ("cell", "test"),
    [
        ("drawn = torch.rand(1)", "assert abs(torch.rand(1).item() - 0.2793) < 1e-3"),
        ("numbers.append(2)", "assert numbers == [1, 2]"),
        ("numbers.append(2)", "assert alias == [1, 2]"),
        ("same = numbers\nsame.append(f(1))", "assert numbers == [1, 2]"),
        ("step = iter(numbers)\nnext(step)", "assert list(step) == []"),
        ("next(step)", "assert next(step) == 5"),
        ("count = make()\ncount()", "assert count() == 2"),
        ("x = torch.ones(1, requires_grad=True)\n(2 * x).backward()", "assert x.grad == 2"),
        ("w.sum().backward()", "assert w.grad.sum() == 2"),
        ("torch.set_default_dtype(torch.float64)", "assert torch.ones(1).dtype == torch.float64"),
        (
            "torch.set_printoptions(precision=1)",
            "assert repr(torch.ones(1) / 3) == 'tensor([0.3])'",
        ),
        ("import math", "assert math.pi > 3"),
        (
            "alias = alias.copy()\nalias.append(2)\nalias.pop()",
            "alias.append(3)\nassert numbers == [1]",
        ),
        ("%%capture out\nprint(1)", "assert out.stdout == '1\\n'"),
        ("log = open('a.txt', 'w')\nlog.write('1')", "log.close()\nassert open('a.txt').read()"),
    ],
)
def test_a_test_sees_what_the_cells_above_it_have_made(
    examine: Examine, cell: str, test: str
) -> None:
    """As in a notebook in which all of them are run."""
    first = (
        "import torch\nnumbers, step = [1], (n for n in (4, 5))\nalias = numbers\n"
        "w = torch.ones(2, requires_grad=True)\n"
        "def make(n=0):\n    def count():\n        nonlocal n\n        n += 1\n        return n\n"
        "    return count"
    )
    source = [
        given(first),
        asked("f"),
        given("torch.manual_seed(1)"),
        given(cell),
        graded("test", f"assert f(1) == 2\n{test}"),
    ]
    assert examine(source, {"f": DOUBLE}).error("test") == ""
