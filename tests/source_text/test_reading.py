"""Reading comes to an end, whatever the text; it runs nothing, and gives lines their numbers."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from time import process_time

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograder.examiner.effects import statements
from autograder.examiner.review import of_cell, of_file
from autograder.grading.intake import definitions
from autograder.source_text import (
    MOST_EFFORT,
    bound,
    effort,
    may_use,
    parse_expression,
    read_cell,
    read_file,
    used,
    used_in_calls,
)
from autograder.source_text.reading import MOST_CHARACTERS

DEEP = f"x = {'-' * 50_000}1"  # parts in parts in parts
UNREADABLE = {
    "null": "x = 1\n\0",
    "half-a-character": "x = '\ud800'",
    "brackets": "(" * 10_000,
    "signs": DEEP,
    "calls": f"x = f{'(f' * 5_000}{')' * 5_000}",
    "dots": f"x = f{'.f' * 50_000}",
    "strings": '"""' * 10_001,
    "magics": "%a\n" * 2_000,
    "magics-in-magics": f"{'%time ' * 3_000}x = 1",
    "cell-magics-in-cell-magics": "%%time\n" * 3_000,
    "unknown-magics": "%%unknown\n" * 3_000,
    "questions": "?" * 5_000,
    "elifs": "if x:\n    y = 1\n" + "elif x:\n    y = 1\n" * 900,
    "functions-in-functions": f"f = {'lambda: ' * 900}x",
    "lists-of-lists": f"{'[' * 90}x{' for y in z]' * 90}",
    "classes-in-classes": "".join(f"{' ' * n}class A:\n" for n in range(90)) + f"{' ' * 90}x = y",
    "globals-in-functions": "".join(f"{' ' * n}def f():\n{' ' * n} global x\n" for n in range(90)),
    "blocks": "".join(f"{' ' * n}if x:\n" for n in range(200)),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=list(UNREADABLE))
def test_no_text_brings_a_reader_to_its_end(text: str) -> None:
    """Each asker has an answer, in time."""
    began = process_time()
    for ask in (used, may_use, used_in_calls, statements, definitions.read):
        ask(text)
    bound([text])
    of_cell("cell", text)
    of_file("file", "a.py", text)
    parse_expression(text)
    assert process_time() - began < 20


@pytest.mark.parametrize("before", ["", "%pwd\n", "%%time\n", "\n\n!ls\n"])
def test_what_is_too_deep_is_told_from_what_is_no_python(before: str) -> None:
    """Below a line of IPython's own too: where a student lets Python go deeper, it runs."""
    assert read_cell(before + DEEP).too_deep
    assert not read_cell(f"{before}f(:").too_deep
    assert read_file(before + DEEP).too_deep


def test_a_text_is_read_once() -> None:
    """Whoever asks; of very many texts the last ones are kept."""
    first = read_cell("first = 1")
    assert read_cell("first = 1") is first
    for number in range(20):
        read_cell(f"x = {number}\n" + "#" * (MOST_CHARACTERS // 10))
    assert read_cell("first = 1") is not first


def test_lines_keep_their_numbers() -> None:
    """Below empty lines, a prompt or a magic; where IPython joins lines, that is told."""
    for text in ("\n\n%pwd\nx = 1", "\n\n%%capture out\nx = 1", ">>> f()\n... \n\n>>> x = 1"):
        reading = read_cell(text)
        assert reading.tree
        assert (reading.tree.body[-1].lineno, reading.in_place) == (4, True)
    assert not read_cell("!pip install \\\n    thing\nx = 1").in_place


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "'''\n%pwd\n?\n!ls\n'''",
        "x = y \\\n% z",
        "x = (y\n% z)",
        "print('a?', x != y, x / y, '%d' % x)  # why?",
        "if x:\n    pass\n\n\ny = '''\n>>> f()\n'''",
        "In [1]: x",
        "x = '''\nIn [1]: f()\n'''",
        "%matplotlib inline\nx = 1",
        "    %pwd\n    x = 1",
        ">>> x = 1\n1",
    ],
)
def test_what_is_python_already_is_what_ipython_makes_of_it(text: str) -> None:
    """The quick way and IPython's own come to the same syntax."""
    tree = read_cell(text).tree
    assert tree
    assert ast.dump(tree) == ast.dump(ast.parse(TransformerManager().transform_cell(text)))


def test_reading_says_nothing_to_anybody() -> None:
    """A warning of a student's text is nobody's to hear."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in ("'\\sum'", "assert (x, 'y')", "x is 1", "%pwd\nx is 1", "\x0bx\n?"):
            read_cell(f"{text}\n").statements  # noqa: B018 (it is worked out when asked for)


@pytest.mark.usefixtures("processes")
def test_plain_code_is_read_without_ipython() -> None:
    """The coordinator starts without it, and needs it only where a text has its syntax."""
    program = (
        "import sys, autograder.cli; from autograder.source_text import *; "
        "used('x = f(y)'); bound(['x = \"%d?\" % y']); assert 'IPython' not in sys.modules; "
        "assert bound(['x = %pwd']) == {'x'}; assert 'IPython' in sys.modules; "
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == 0


def test_a_cell_of_many_magics_takes_more_effort_than_one_of_none() -> None:
    """As IPython looks through all of it for each."""
    assert effort("x = 1\n" * 100) < effort("%pwd \n" * 100)
    assert effort("%pwd\n" * 1_000) > MOST_EFFORT
    assert definitions.read("%pwd\n" * 1_000 + "def f(): pass").functions == {"f"}
