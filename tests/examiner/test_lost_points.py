"""Nobody gets a silent 0: what costs points, and is no check that failed, is told in a flag."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.examiner.notebooks import DOUBLE, SHORT, Examine, asked, given, graded

TEST = "assert f(2) == 4"
SMALL = replace(SHORT, memory_bytes=256 << 20, scratch_bytes=1 << 20)
TWO = "def f(x):\n    return two * x"


@dataclass(frozen=True)
class Loss:
    """A notebook that is right but for what costs it its points.

    Args:
        kind: of the flag that tells it.
        answer: the student's cell.
        before: an own cell before it.
    """

    kind: str
    answer: str = DOUBLE
    before: str = "one = 1"


TRIED = "try:\n    import not_here\n    two = 2\nexcept ImportError:\n    two = None"
CACHED = """
known = {}
def f(x):
    if "m" not in known:
        try:
            import not_here
            known["m"] = not_here
        except ImportError:
            known["m"] = None
    return known["m"].two * x
"""
LOSSES = {
    "cell-over-time": Loss("timeout", f"while True: pass\n{DOUBLE}"),
    "cell-above-over-time": Loss("timeout", TWO, "while True: pass\ntwo = 2"),
    "call-over-time": Loss("timeout", "def f(x):\n    while True: pass"),
    "cell-ends-the-kernel": Loss("kernel-died", f"import os\nos._exit(1)\n{DOUBLE}"),
    "call-ends-the-kernel": Loss("kernel-died", "import os\ndef f(x):\n    os._exit(1)"),
    "fetch-ends-the-kernel": Loss(
        "kernel-died",
        "import os\nclass Twice:\n    def __call__(self, x):\n        return 2 * x\n"
        "    __signature__ = property(lambda self: os._exit(1))\nf = Twice()",
    ),
    "memory-in-a-cell": Loss("memory-limit", TWO, "import torch\ntorch.ones(1 << 28)\ntwo = 2"),
    "memory-in-a-call": Loss(
        "memory-limit", "import torch\ndef f(x):\n    return torch.ones(1 << 28)"
    ),
    "disk": Loss(
        "disk-limit",
        TWO,
        "import time\nfor n in range(9):\n    open(f'{n}', 'wb').write(bytes(1 << 18))\n"
        "time.sleep(1)\ntwo = 2",
    ),
    "module-in-a-cell": Loss("missing-package", f"import not_here\n{DOUBLE}"),
    "module-in-a-cell-above": Loss("missing-package", TWO, "import not_here\ntwo = 2"),
    "module-in-a-call": Loss("missing-package", "def f(x):\n    import not_here"),
    "refused-process": Loss("sandbox-violation", f"import os\nos.fork()\n{DOUBLE}"),
    "refused-file": Loss("sandbox-violation", TWO, "open('/etc/passwd').read()\ntwo = 2"),
    "cannot-cross": Loss("cannot-cross", "def f(x):\n    return (n for n in [2 * x])"),
    "shell-line": Loss("not-available", "def f(x):\n    return int(two[0]) * x", "two = !echo 2"),
    "network": Loss(
        "not-available",
        TWO,
        "import urllib.request\ntwo = int(urllib.request.urlopen('http://example.org/two').read())",
    ),
    "module-that-is-tried": Loss(
        "missing-package",
        TWO,
        "try:\n    import not_here\n    two = 2\nexcept ImportError:\n    pass",
    ),
    "module-of-a-library": Loss(
        "missing-package", TWO, "from importlib import import_module\nimport_module('not_here')"
    ),
    "command": Loss("not-available", TWO, "!make data\ntwo = int(open('data').read())"),
    "question": Loss("not-available", TWO, "two = int(input())"),
    "question-in-a-call": Loss("not-available", "def f(x):\n    return int(input()) * x"),
    "pool": Loss(
        "not-available",
        "from multiprocessing import Pool\ndef f(x):\n    with Pool(2) as pool:\n"
        "        return pool.map(abs, [2 * x])[0]",
    ),
    "loader": Loss(
        "not-available",
        "from torch.utils.data import DataLoader\ndef f(x):\n"
        "    return 2 * sum(DataLoader([x], num_workers=2)).item()",
    ),
    "module-that-an-answer-uses": Loss(
        "missing-package", f"{TRIED}\ndef f(x):\n    return two and two * x"
    ),
    "module-that-an-answer-uses-above": Loss(
        "missing-package", "def f(x):\n    return two and two * x", TRIED
    ),
    "module-that-a-call-tries": Loss(
        "missing-package",
        "def f(x):\n    try:\n        import not_here\n        return 2 * x\n"
        "    except ImportError:\n        return None",
    ),
    "module-that-the-first-call-tries": Loss("missing-package", CACHED),
    "module-that-is-said-to-be-needed": Loss(
        "missing-package", f"{TRIED}\ndef f(x):\n    raise NotImplementedError('needs not_here')"
    ),
    "output-of-a-command": Loss(
        "not-available", "def f(x):\n    return 2 * x if cores else None", "cores = !nproc"
    ),
    "large-file": Loss("not-available", f"open('x', 'wb').truncate(1 << 40)\n{DOUBLE}"),
    "many-files": Loss(
        "not-available", f"fs = [open(f'{{n}}', 'w') for n in range(999)]\n{DOUBLE}"
    ),
    "threads": Loss(
        "not-available",
        "from threading import Thread\nimport time\ndef f(x):\n    for n in range(999):\n"
        "        Thread(target=time.sleep, args=(1,), daemon=True).start()\n    return 2 * x",
    ),
    "file-beside": Loss("not-available", TWO, "two = int(open('two.txt').read())"),
    "given-cell": Loss("given-failed", "def f(x):\n    return scale * x", "math = None"),
}
# An own cell that takes most of the notebook's time.
SLOW_CELL = (
    "import time\nend = time.process_time() + 1.9\nwhile time.process_time() < end: pass\ntwo = 2"
)


# Of each kind its first loss is tried before a hidden test every day, and before a visible one what
# waits for no limit; all in CI.
FIRST = {loss.kind: loss for loss in reversed(LOSSES.values())}
CASES = [
    *(
        pytest.param(
            loss,
            None,
            id=f"{name}-visible",
            marks=pytest.mark.slow if "over-time" in name else (),
        )
        for name, loss in LOSSES.items()
    ),
    *(
        pytest.param(
            loss,
            "pass",
            id=f"{name}-hidden",
            marks=() if loss is FIRST[loss.kind] else pytest.mark.slow,
        )
        for name, loss in LOSSES.items()
    ),
]


@pytest.mark.parametrize(("loss", "released"), CASES)
def test_what_costs_points_is_flagged(examine: Examine, loss: Loss, released: str | None) -> None:
    """A stop, a refusal, a missing module, a value that can't cross, a given cell that broke."""
    source = [
        given("import math"),
        asked("f"),
        given("scale = math.sqrt(4.0)"),
        graded("test", TEST, released),
    ]
    outcome = examine(source, {"f": loss.answer}, before={"f": loss.before}, limits=SMALL)
    assert outcome.error("test")
    assert loss.kind in {kind for kind, _ in outcome.flags}


def test_slow_cells_of_ones_own_take_no_time_from_the_hidden_tests(examine: Examine) -> None:
    """They are run once."""
    limits = replace(SHORT, notebook_seconds=3.0, wall_factor=20.0)
    source = [given("import math"), asked("f"), graded("test", TEST, "pass")]
    outcome = examine(source, {"f": TWO}, before={"f": SLOW_CELL}, limits=limits)
    assert (outcome.error("test"), outcome.flags) == ("", [])


def test_what_is_lost_in_a_replay_is_flagged(examine: Examine) -> None:
    """Where a later cell changes what the answer uses, cells are run again, and that may fail."""
    limits = replace(SHORT, notebook_seconds=3.0, wall_factor=20.0)
    source = [given("import math"), asked("f"), graded("test", TEST, "pass")]
    answers, before, after = {"f": TWO}, {"f": SLOW_CELL}, {"test": "two = 3"}
    outcome = examine(source, answers, before=before, after=after, limits=limits)
    assert outcome.error("test")
    assert "timeout" in {kind for kind, _ in outcome.flags}


SLOW = "import time\ndef f(x):\n    end = time.thread_time() + 1.5\n"
CALLED = {
    "slow": Loss(
        "timeout", f"{SLOW}    while time.thread_time() < end: pass\n    return [x, 2 * x]"
    ),
    "cannot-cross": Loss("cannot-cross", "def f(x):\n    yield x\n    yield 2 * x"),
    "module": Loss("missing-package", f"{TRIED}\ndef f(x):\n    return [x, two * x]"),
}


@pytest.mark.parametrize("released", [None, "pass"], ids=["visible", "hidden"])
@pytest.mark.parametrize("loss", CALLED.values(), ids=list(CALLED))
def test_what_fails_in_a_given_cell_that_calls_the_answer_is_flagged(
    examine: Examine, loss: Loss, released: str | None
) -> None:
    """A cell of the instructor's may call the student's function for the tests after it."""
    source = [
        asked("f"),
        given("result = list(f(2))"),
        graded("test", "assert result[1] == 4", released),
    ]
    outcome = examine(source, {"f": loss.answer}, limits=SMALL)
    assert outcome.error("test")
    assert loss.kind in {kind for kind, _ in outcome.flags}


def test_a_given_cell_that_breaks_is_told_where_no_cell_stands_above(examine: Examine) -> None:
    """Or where the first cells leave a file, so that each kernel runs them itself."""
    cell = given("import math\nvalues = sorted([2, math.floor(1.5)])")
    answer = f"sorted = None\n{TWO.replace('two', 'values[1]')}"
    for first in ([], [given("open('x', 'w').close()")]):
        outcome = examine([*first, asked("f"), cell, graded("test", TEST)], {"f": answer})
        assert outcome.error("test")
        assert [kind for kind, _ in outcome.flags] == ["given-failed"]


HARMLESS = {
    "library": "try:\n    import google.colab\nexcept ImportError:\n    pass",
    "shell-line": "!echo 2",
    "module": "import not_here",
    "given-cell": "math = None",
}


@pytest.mark.parametrize("before", HARMLESS.values(), ids=list(HARMLESS))
def test_what_costs_no_points_is_not_flagged(examine: Examine, before: str) -> None:
    """A scratch cell that fails accuses nobody, where every test is passed."""
    source = [
        given("import math"),
        asked("f"),
        given("scale = math.sqrt(4.0)"),
        graded("test", TEST),
        graded("hidden", TEST, "pass"),
    ]
    outcome = examine(source, {"f": DOUBLE}, before={"f": before})
    assert (outcome.error("test"), outcome.error("hidden"), outcome.flags) == ("", "", [])


@pytest.mark.parametrize("cell", ["given", "test"])
def test_what_the_instructors_cells_try_accuses_nobody(examine: Examine, cell: str) -> None:
    """A file that a given or a test's cell may not read is no violation of the student's."""
    tries = "try:\n    open('/etc/passwd')\nexcept OSError:\n    pass\nopen('/etc/shadow')"
    source = [given("import math"), asked("f"), given(tries), graded("test", TEST)]
    if cell == "test":
        source = [given("import math"), asked("f"), graded("test", f"{TEST}\n{tries}")]
    outcome = examine(source, {"f": DOUBLE})
    assert outcome.flags == []


ASKS = {
    "nothing": "",
    "shell-line": "!pip install -q torch\n",
    "library": "try:\n    import google.colab\nexcept ImportError:\n    pass\n",
}
UNRIGHT = {
    "wrong": "def f(x):\n    return x",
    "empty": "pass",
    "untouched": "raise NotImplementedError",
}


@pytest.mark.parametrize("released", [None, "pass"], ids=["visible", "hidden"])
@pytest.mark.parametrize("asks", ASKS.values(), ids=list(ASKS))
@pytest.mark.parametrize("answer", UNRIGHT.values(), ids=list(UNRIGHT))
def test_a_wrong_answer_is_no_setback(
    examine: Examine, answer: str, asks: str, released: str | None
) -> None:
    """A check that ran on the answer and failed is the ordinary way to lose a point.

    Whatever the course's own cells or the student's have asked for, and got on without.
    """
    first = f"{asks}import math"
    source = [given(first), asked("f"), given(f"{asks}1"), graded("test", TEST, released)]
    outcome = examine(source, {"f": answer}, before={"f": f"{asks}one = 1"})
    assert outcome.error("test")
    assert outcome.flags == []


def test_a_shell_line_in_what_students_are_given_is_nobodys(examine: Examine) -> None:
    """An untouched answer, with a line of the course's in it that starts nothing."""
    blank = asked("f") | {"released": "!pip install -q torch\nraise NotImplementedError"}
    outcome = examine([given("import math"), blank, graded("test", TEST)], {})
    assert outcome.error("test")
    assert outcome.flags == []
