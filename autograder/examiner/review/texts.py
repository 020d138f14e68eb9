"""Which texts of a student's are read: cells, files, and what cells hand on to be run.

A text is Python by then: IPython's own syntax has become calls.
"""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass

from autograder.source_text import read_cell, read_file

ENCODINGS = ("utf-8", "ascii", "iso-8859-", "latin", "cp125")


@dataclass(frozen=True, eq=False)
class Text:
    """A text that is read.

    Args:
        place: the name of the cell or file that it is in.
        tree: its syntax.
        answer: whether the cell is one of answers.
        module: what an import finds it by; "" of cells, which share one namespace.
        given: whether it is the instructor's: it is asked what its names are, and not accused.
    """

    place: str
    tree: ast.Module
    answer: bool = False
    module: str = ""
    given: bool = False


def of_cell(place: str, source: str, *, answer: bool = False, given: bool = False) -> Text | None:
    """The text of a cell; of one that writes a file, the module that it writes.

    None of what is no Python.
    """
    reading = read_cell(source)
    if reading.magic and reading.magic.path:
        return of_file(place, reading.magic.path, reading.magic.body)
    return Text(place, reading.tree, answer, given=given) if reading.tree else None


def of_file(place: str, path: str, source: str) -> Text | None:
    """The text of a file that is or will be beside the notebook; None of what is no Python."""
    tree = read_file(source).tree
    return Text(place, tree, module=module_name(path)) if tree else None


def source_of(path: str, content: bytes) -> str | None:
    """A module's source as Python reads it; None of what is compiled, or spelled in another way.

    A first line may say that what looks like one program is to be decoded to another.
    """
    if not path.endswith(".py"):
        return None
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding) if encoding.startswith(ENCODINGS) else None
    except (SyntaxError, UnicodeDecodeError):  # Python does not import it either
        return ""


def module_name(path: str) -> str:
    """What an import calls a file: "tools.units" of "./tools/units.py"."""
    dotted = path.strip("'\"").removeprefix("./").removesuffix(".py").replace("/", ".")
    return dotted.removesuffix(".__init__") or "?"
