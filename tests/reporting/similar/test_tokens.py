"""Code in tokens: which names are the student's own, and what becomes of what is no Python."""

from __future__ import annotations

import pytest

from autograder.reporting.similar import tokens


def kinds(text: str, known: frozenset[str] = frozenset()) -> dict[str, str]:
    """The kind of each token, by its text."""
    return {token.text: token.kind for token in tokens.read(text, known)}


def test_only_what_its_author_calls_something_is_a_name() -> None:
    """Not a module, a method, an argument's name, a builtin or a word of the language."""
    found = kinds("total = torch.sum(rows, dim=1).clamp(len(rows))", frozenset({"torch"}))
    assert {text for text, kind in found.items() if kind == "name"} == {"total", "rows"}


def test_each_token_is_where_it_says() -> None:
    """The text between its ends is the token's, on later lines and after any alphabet."""
    text = "č = 'ž'  # š\nif č:\n    δ = [č,\n         2]\n"
    assert [text[t.start : t.stop] for t in tokens.read(text)] == [
        t.text for t in tokens.read(text)
    ]
    assert "δ" in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "total = (1",
        "x = 'open\ntotal = 2",
        "  a\n b\ntotal",
        "%time f()\ntotal = $",
        "'''total",
        "\0total",
    ],
    ids=["bracket", "quote", "indent", "magic", "long-quote", "nul"],
)
def test_what_is_no_python_is_split_all_the_same(text: str) -> None:
    """Nothing after the place where Python's tokenizer stops is lost."""
    assert "total" in kinds(text)


def test_imported_names_are_found() -> None:
    """Those of both kinds of statement, and no comment's."""
    text = "import numpy as np  # for fun\nx = 1\nfrom math import (exp)"
    assert {*tokens.imported(text)} >= {"numpy", "np", "math", "exp"}
    assert {"fun", "x"}.isdisjoint(tokens.imported(text))
