"""Which cells of a notebook are run, and have a number."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.grading.assignment import is_run
from tests.tiny import marks

SKIPPED = {"tags": ["skip-execution"]}


def test_a_cell_with_code_is_run() -> None:
    """Whatever else its tags say."""
    assert is_run(new_code_cell("x"))
    assert is_run(new_code_cell("x", metadata={"tags": ["slow"]}))


def test_what_jupyter_does_not_run_is_not_run() -> None:
    """Words, an empty cell, and one that is tagged `skip-execution`."""
    assert not is_run(new_markdown_cell("x"))
    assert not is_run(new_code_cell(" \n"))
    assert not is_run(new_code_cell("x", metadata=SKIPPED))
    assert not is_run(new_code_cell("x", metadata={**marks("f", solution=True), **SKIPPED}))


def test_a_test_is_always_run() -> None:
    """One that is empty as released has its hidden tests, and no tag takes them away."""
    assert is_run(new_code_cell("", metadata=marks("t", grade=True)))
    assert is_run(new_code_cell("x", metadata={**marks("t", grade=True), **SKIPPED}))
