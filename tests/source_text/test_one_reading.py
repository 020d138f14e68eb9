"""Matching, examining and the by-hand rule read a text in one way: as a notebook runs it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from autograder.examiner.effects import is_unsure, statements
from autograder.examiner.review import of_cell
from autograder.grading.intake import definitions
from autograder.source_text import bound, may_use, read_cell, rebound, used


class Said(NamedTuple):
    """A text, and what a notebook makes of it.

    Args:
        text: a cell.
        binds: the names that have a value when it has run.
        uses: the names that it takes from elsewhere, IPython's own apart.
        deletes: the names that have none any more.
    """

    text: str
    binds: set[str]
    uses: set[str]
    deletes: set[str] = frozenset()  # type: ignore[assignment]


CELLS = {
    # IPython's own syntax
    "prompts": Said(">>> def f(x):\n...     return g(x)", {"f"}, {"g"}),
    "numbered-prompt": Said("In [1]: x = f(y)", {"x"}, {"f", "y"}),
    "indented": Said("    x = f(y)\n    z = x", {"x", "z"}, {"f", "y"}),
    "line": Said("%pwd\nx = f(y)", {"x"}, {"f", "y"}),
    "line-in-a-block": Said("if f:\n    %pwd\nelse:\n    !ls", set(), {"f"}),
    "kept-line": Said("x = %pwd\ny, z = !ls", {"x", "y", "z"}, set()),
    "command-over-lines": Said("!pip install \\\n    thing\nx = f(y)", {"x"}, {"f", "y"}),
    "question": Said("f?\nf.g[0]??\nx = f(y)", {"x"}, {"f", "y"}),
    "called-by-a-sign": Said("x = y\n/f x\n,g a b", {"x"}, {"f", "g", "y"}),
    "timed-line": Said("%time x = f(y)", {"x"}, {"f", "y"}),
    "timed-often": Said("%timeit -n 1 -r 1 x = f(y)", set(), {"f", "y"}),
    "profiled-line": Said("%prun -q f(y)", set(), {"f", "y"}),
    "timed-cell": Said("%%time\nx = f(y)", {"x"}, {"f", "y"}),
    "timed-cell-below-space": Said("\n\n%%time\nx = f(y)", {"x"}, {"f", "y"}),
    "set-up-and-timed": Said("%%timeit -n 1 x = f(y)\ng(x)", {"x"}, {"f", "g", "y"}),
    "captured-cell": Said("%%capture --no-stderr x\nf(y)", {"x"}, {"f", "y"}),
    "magic-in-a-magic": Said("%%capture x\n%%time\nz = f(y)", {"x", "z"}, {"f", "y"}),
    "written-file": Said("%%writefile made.py\nx = f(y)", set(), set()),
    "appended-file": Said("%%file -a made.py\nx = f(y)", set(), set()),
    "another-language": Said("%%bash\nx=1", set(), {"exec"}),
    "saved-as-a-script": Said(
        "get_ipython().run_cell_magic('time', '', 'x = f(y)')", {"x"}, {"f", "y"}
    ),
    # What runs, and what doesn't
    "await": Said("x = await f(y)", {"x"}, {"f", "y"}),
    "return": Said("x = 1\nreturn x", set(), set()),
    "syntax-error": Said("f(:\nx = 1", set(), set()),
    # Scopes
    "walrus-in-a-comprehension": Said("[x := f(n) for n in y]\nx", {"x"}, {"f", "y"}),
    "walrus-in-a-default": Said("def f(a=(x := y)): pass", {"f", "x"}, {"y"}),
    "pattern": Said("match y:\n    case [x, *z] | {'a': x, **z}: pass", {"x", "z"}, {"y"}),
    "annotation-alone": Said("x: f", set(), {"f"}),
    "global": Said("def f():\n    global x\n    x = y", {"f", "x"}, {"y"}),
    "global-that-is-read": Said("def f():\n    global x\n    return x", {"f"}, {"x"}),
    "method-named-as-what-it-calls": Said(
        "class A:\n    def f(self):\n        return f(self)", {"A"}, {"f"}
    ),
    "exception": Said("try: f()\nexcept E as x: y(x)", set(), {"f", "E", "y"}, {"x"}),
    "deleted": Said("x = f\ndel x, y", {"x"}, {"f", "y"}, {"x", "y"}),
}


@pytest.fixture(params=CELLS.values(), ids=list(CELLS))
def cell(request: pytest.FixtureRequest) -> Said:
    """A cell, and what a notebook makes of it."""
    said: Said = request.param
    return said


def test_matching_knows_what_a_cell_binds(cell: Said) -> None:
    """What runs is Python; what doesn't is looked through line by line."""
    found = definitions.read(cell.text)
    assert found.runs == read_cell(cell.text).runs
    if found.runs:
        assert found.bound == cell.binds


def test_examining_knows_what_a_cell_binds_and_uses(cell: Said) -> None:
    """Asked of the cell, and of its statements one by one."""
    assert bound([cell.text]) == cell.binds
    assert rebound([cell.text]) == cell.binds | cell.deletes
    found = [each for each in statements(cell.text) if each.nodes]
    assert set().union(*(each.binds for each in found)) == cell.binds | cell.deletes
    for uses in (used(cell.text), may_use(cell.text)):
        assert uses - {"get_ipython", "__name__"} == cell.uses
    if read_cell(cell.text).runs:
        assert cell.uses <= set().union(*(each.uses for each in found))


def test_the_by_hand_rule_reads_what_a_notebook_runs(cell: Said) -> None:
    """The same syntax, to the node; of a cell that writes a file, the file's."""
    reading, text = read_cell(cell.text), of_cell("cell", cell.text)
    if reading.magic and reading.magic.path:
        assert text
        assert text.module == "made"
    else:
        assert (text and text.tree) is reading.tree


@pytest.mark.parametrize("text", ["return 1", "%%bash\nls", "%%writefile a.py\nx = 1", "f(:"])
def test_a_cell_that_runs_otherwise_than_it_reads_may_do_anything(text: str) -> None:
    """Nobody passes over it for what its names tell."""
    assert list(map(is_unsure, statements(text))) == [True]


def test_what_timing_is_given_is_known_with_its_options() -> None:
    """It is no text that nobody can read."""
    assert not any(map(is_unsure, statements("%timeit -n 1 f(y)")))
    assert any(map(is_unsure, statements("%timeit -n 1 f(:")))
    assert any(map(is_unsure, statements("%timeit open('a.txt', 'w')")))


def test_an_answer_that_is_written_to_a_file_is_seen_and_does_not_run() -> None:
    """The name stands at the left edge; the notebook has no such function."""
    found = definitions.read("%%writefile answer.py\ndef f(x):\n    return x")
    assert (found.functions, found.runs) == ({"f"}, False)
