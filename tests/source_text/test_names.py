"""What a cell does with names is known from its text alone."""

from __future__ import annotations

import pytest

from autograder.source_text import bound, read_cell, used


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x = 1\ny, (z, *w) = f()", {"x", "y", "z", "w"}),
        ("import torch.nn as nn, numpy\nfrom a import b as c, d", {"nn", "numpy", "c", "d"}),
        ("import torch.nn.functional", {"torch"}),
        (
            "def f(a):\n    inside = 1\nclass C:\n    field = 1\nasync def g(): pass",
            {"f", "C", "g"},
        ),
        ("for i in x:\n    if i:\n        j = i\nwith a as k: pass", {"i", "j", "k"}),
        ("try:\n    m = 1\nexcept E:\n    n = 1\nfinally:\n    o = 1", {"m", "n", "o"}),
        ("if (p := 1): pass\nq: int = 1\nr += 1", {"p", "q", "r"}),
        ("x.y = 1\nx[0] = 1\nprint(x)\nlambda a: (b := 1)", set()),
        ("%matplotlib inline\n!ls\nx = 1\ny = !ls", {"x", "y"}),
        ("await f()\nx = await g()", {"x"}),
        ("[f(x) for x in (1, 2) if (y := x)]\nz = {a: b for a, b in c}", {"y", "z"}),
        ("def f(:", set()),
        ("x = 1\n\0", set()),
        ("(" * 10_000, set()),
    ],
    ids=[
        "assignments",
        "imports",
        "dotted-import",
        "definitions",
        "blocks",
        "try",
        "walrus",
        "no-names",
        "magics",
        "await",
        "comprehensions",
        "syntax-error",
        "null",
        "too-deep",
    ],
)
def test_bound_names_are_those_of_the_top_level(source: str, names: set[str]) -> None:
    """A cell binds what it assigns, imports and defines, and nothing that a function does."""
    assert bound([source]) == names


def test_bound_reads_all_cells() -> None:
    """A cell that is no Python takes no other's names away."""
    assert bound(["x = 1", "def f(:", "y = 2"]) == {"x", "y"}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("f(x.y)", {"f", "x"}),
        ("def g(a):\n    b = a\n    return h(b)", {"h"}),
        ("x = 1\nx + y", {"y"}),
        ("x = x + 1", {"x"}),
        ("x += 1", {"x"}),
        ("del x", {"x"}),
        ("for i in z:\n    i + k", {"z", "k"}),
        ("[k for k in m]", {"m"}),
        ("def f():\n    return n\nn = 3", set()),
        ("await f(x)", {"f", "x"}),
        ("def f(:", set()),
        ("return x", set()),
    ],
)
def test_used_names_come_from_elsewhere(source: str, names: set[str]) -> None:
    """A cell uses what it reads or changes and has not bound; a cell that is no Python nothing."""
    assert used(source) == names


def test_a_cells_magics_become_python() -> None:
    """IPython's own syntax is written out, so that Python can read the cell."""
    assert read_cell("%time x\ny").python == "get_ipython().run_line_magic('time', 'x')\ny\n"
    assert bound(["%%time\ndef f(x):\n    return x"]) == {"f"}
