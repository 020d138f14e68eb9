"""A text as Python's syntax: Python's parser, its compiler, and IPython for what is its own.

Nothing else in the kit calls them, so that no two rooms can read a text in two ways. Nothing is
run. A text that no parser can take is an answer too, and never an error.
"""

from __future__ import annotations

import ast
import itertools
import re
import warnings
from collections.abc import Iterable
from types import CodeType
from typing import NamedTuple, Protocol, TypeVar

# What may be read of a student's code, as `effort` counts: no person writes so much.
MOST_EFFORT = 100_000
# Whatever IPython may have to make Python of: a magic, a program, a question, behind a prompt too.
OWN_SYNTAX = re.compile(r"[%?]|!(?!=)|(?:^|\]:)[^\w\n]*[,;/]", re.MULTILINE)
# `In [1]: x = 2` and `...: y` are Python too, and IPython takes the prompt away.
PROMPT = re.compile(r"(?:.*\n)?[ \t]*(?:In \[\d+\]:|\.{3,}:)")


class HasText(Protocol):
    """A cell or a file, whose source is its text."""

    @property
    def text(self) -> str: ...


Piece = TypeVar("Piece", bound=HasText)


class Parsed(NamedTuple):
    """A text, as far as Python can read it.

    Args:
        tree: None of what is no Python.
        python: the text that was parsed: IPython's own syntax has become calls.
        too_deep: whether it is no Python here only because it has parts in parts in parts. Where a
            student lets Python go deeper, it runs.
        in_place: whether its lines have the numbers that they have in the text.
    """

    tree: ast.Module | None
    python: str
    too_deep: bool = False
    in_place: bool = True


def effort(text: str) -> int:
    """What it takes to read a text, in characters.

    IPython looks through all of it again for each place with its own syntax; that is about a
    twentieth of the whole reading.
    """
    return len(text) * (20 + len(OWN_SYNTAX.findall(text))) // 20


def too_long(pieces: Iterable[Piece]) -> set[Piece]:
    """The longest of these cells or files, where to read all of them would take long."""
    efforts = {piece: effort(piece.text) for piece in pieces}
    rising = sorted(efforts, key=efforts.__getitem__)
    sums = itertools.accumulate(efforts[piece] for piece in rising)
    return {piece for piece, total in zip(rising, sums, strict=True) if total > MOST_EFFORT}


def parse(text: str) -> Parsed:
    """A text as Python alone reads it: a module's."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of "\sum", from Python 3.12 on
            return Parsed(ast.parse(text), text)
    except (RecursionError, MemoryError):
        return Parsed(None, text, too_deep=True)
    except Exception as error:  # a student's text may bring any reader to its end
        return Parsed(None, text, too_deep="too many nested" in str(error))


def parse_cell(text: str) -> Parsed:
    """A cell as IPython reads it; lines keep their numbers.

    It leaves as it is what is Python already, but for prompts. It is not asked of what is too long.
    """
    plain = parse(text)
    prompt = ">>>" in text or PROMPT.match(text.lstrip())
    if plain.too_deep or (plain.tree and not prompt) or effort(text) > MOST_EFFORT:
        return plain
    try:
        python = _without_own_syntax(text)
    except Exception:  # IPython would give the cell back with an error
        return plain
    in_place = python.rstrip().count("\n") == text.rstrip().count("\n")
    return parse(python)._replace(in_place=in_place)


def parse_expression(text: str) -> ast.expr | None:
    """A text as one expression, an annotation perhaps; None of words for people."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text, mode="eval").body
    except Exception:  # a student's text may bring any reader to its end
        return None


def compiled(tree: ast.Module) -> CodeType | None:
    """What Python would run, `await` at its top level too; None of a `return` that stands there."""
    try:
        with warnings.catch_warnings(action="ignore"):
            code: CodeType = compile(
                ast.fix_missing_locations(tree),
                "",
                "exec",
                ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                dont_inherit=True,  # this module's own `from __future__`
            )
            return code
    except Exception:  # a student's text may bring any compiler to its end
        return None


def _without_own_syntax(text: str) -> str:
    """A cell after IPython's own transformer.

    That drops empty lines before the first; here they stay, for the numbers of the others.
    """
    # Imported late: the coordinator can do without IPython where no text has syntax of its own.
    from IPython.core.inputtransformer2 import TransformerManager

    dropped = text[: len(text) - len(text.lstrip())].count("\n") if text.strip() else 0
    with warnings.catch_warnings(action="ignore"):
        return "\n" * dropped + str(TransformerManager().transform_cell(text))
