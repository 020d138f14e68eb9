"""Which texts of a student's are read: cells, files, and what cells hand on to be run.

A text is Python by then: IPython's own syntax has become calls.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from autograder.examiner.namespace import parsed

WRITES = re.compile(r"%%(?:writefile|file)\s+(?:-a\s+)?(?P<path>\S+)")
OPTIONS = re.compile(r"\A(?:\s*-\w+(?:\s*=?\s*\d+)?\s+)+")
TIMED = re.compile(r"%%(?:timeit|time|prun)[ \t]+(?:-\w+\s*\d*\s+)*(?P<line>.*)\n(?P<rest>[\s\S]*)")
ENCODINGS = ("utf-8", "ascii", "iso-8859-", "latin", "cp125")
OTHER_LANGUAGE = re.compile(r"%%(?!\w*time|prun|capture|writefile|file)\w+")


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
    if writes := WRITES.match(source):
        return of_file(place, writes["path"], source.partition("\n")[2])
    if OTHER_LANGUAGE.match(source):
        return None
    if (timed := TIMED.match(source)) and parsed(timed["line"]):  # that is run too
        source = f"{timed['line']}\n{timed['rest']}"
    tree = parsed(source)
    return Text(place, tree, answer, given=given) if tree else None


def without_options(source: str) -> str:
    """What is run of a magic's line: "f(x)" of "-n 10 f(x)"."""
    return OPTIONS.sub("", source)


def of_file(place: str, path: str, source: str) -> Text | None:
    """The text of a file that is or will be beside the notebook; None of what is no Python."""
    try:
        tree: ast.Module | None = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = parsed(source)  # IPython runs such a file too
    return Text(place, tree, module=module_name(path)) if tree else None


def too_deep(source: str) -> bool:
    """Whether a text is no Python here only because it has parts in parts in parts.

    Where a student lets Python go deeper, it runs.
    """
    try:
        ast.parse(source)
    except (RecursionError, MemoryError):
        return True
    except (SyntaxError, ValueError) as error:
        return "too many nested" in str(error)
    return False


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
