"""What a cell defines is known without running it, and where it is no Python."""

from __future__ import annotations

import pytest

from autograder.grading.intake.definitions import MOST_CHARACTERS, read

DEFINED = {
    "function": ("def f(x):\n    y = 1", {"f"}, set(), set()),
    "class-and-async": ("class A: pass\nasync def f(): pass", {"A", "f"}, set(), set()),
    "tuple": ("a, (b, *c) = 1, (2, 3)", set(), {"a", "b", "c"}, set()),
    "in-if": ("if True:\n    def f(): pass\nelse:\n    g = 1", {"f"}, {"g"}, set()),
    "for-with-walrus": (
        "for a in (b := 'x'):\n    with o() as c: pass",
        set(),
        {"a", "b", "c"},
        set(),
    ),
    "imports": (
        "import a.b, c as d\nfrom e import f, g as h",
        set(),
        set(),
        {"a", "d", "f", "h"},
    ),
    "global": ("def f():\n    global g\n    g = 1", {"f"}, {"g"}, set()),
    "own-scopes": ("[a for a in b]\n(lambda c: c)(1)\nx.y = z[0] = 1", set(), set(), set()),
    "magics": ("%matplotlib inline\nf?\n!ls\nx = %pwd\ny = !ls\n?f", set(), {"x", "y"}, set()),
}


@pytest.mark.parametrize(
    ("text", "functions", "variables", "imports"), DEFINED.values(), ids=DEFINED
)
def test_what_python_defines(
    text: str, functions: set[str], variables: set[str], imports: set[str]
) -> None:
    """Functions, variables and imports at the top level, and nothing that is another scope's."""
    found = read(text)
    assert (found.functions, found.variables, found.imports) == (functions, variables, imports)
    assert found.runs


@pytest.mark.parametrize(
    "text", ["def f(x)\n    return x\ny = 2\n z = 3", "def f(x):\n    return (x\ny: int = 2"]
)
def test_what_is_no_python(text: str) -> None:
    """Lines that begin at the left edge still say what they would define."""
    found = read(text)
    assert (found.functions, found.variables) == ({"f"}, {"y"})
    assert not found.runs


def test_what_is_too_long_is_not_parsed() -> None:
    """It counts as code all the same."""
    found = read("def f(): pass\n" + "[" * 100 * MOST_CHARACTERS)
    assert (found.functions, found.runs, found.tree) == ({"f"}, True, None)
