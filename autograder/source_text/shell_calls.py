"""Calls of IPython's shell, as its own syntax becomes, and the code that magics are given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

TIMING = ("timeit", "time", "prun")  # lines whose text is code
BINDING = "time"  # of these, what runs it among the notebook's own names
CODE_MAGICS = (*TIMING, "capture")  # under which the rest of a cell is code
WRITING = ("writefile", "file")  # under which it is a file's
OPTIONS = re.compile(r"\A(?:\s*-\w+(?:\s*=?\s*\d+)?\s+)+")
KEPT = re.compile(r"(?:--?[\w-]+\s+)*([^\W\d]\w*)(?:\s+--?[\w-]+)*\s*")
PATH = re.compile(r"(?:-a\s+)?(\S+)")


class CellMagic(NamedTuple):
    """A cell under a magic.

    Args:
        name: the magic's.
        line: what follows it in the first line.
        body: the rest of the cell.
    """

    name: str
    line: str
    body: str

    @property
    def has_code(self) -> bool:
        """Whether the rest of the cell is run as a cell is."""
        return self.name in CODE_MAGICS

    @property
    def path(self) -> str:
        """The file that the rest of the cell is written to; "" where it isn't."""
        found = PATH.match(self.line.strip()) if self.name in WRITING else None
        return found[1] if found else ""

    @property
    def first_line(self) -> str:
        """What the first line does, as Python: `%%capture out` binds a name, `%%timeit` sets up."""
        if self.name in TIMING:
            return without_options(f"{self.line} ").strip()
        kept = KEPT.fullmatch(self.line.strip()) if self.name == "capture" else None
        return f"{kept[1]} = None" if kept else ""


def without_options(source: str) -> str:
    """What is run of a magic's line: "f(x)" of "-n 10 f(x)"."""
    return OPTIONS.sub("", source)


def is_ipythons(call: ast.Call) -> bool:
    """Whether it is a call of IPython's shell, as its own syntax becomes."""
    function = call.func
    shell = function.value if isinstance(function, ast.Attribute) else None
    return (
        isinstance(shell, ast.Call)
        and isinstance(shell.func, ast.Name)
        and shell.func.id == "get_ipython"
    )


def words_of(call: ast.Call) -> list[str]:
    """The texts that a call is given."""
    return [str(part.value) for part in call.args if isinstance(part, ast.Constant)]


def cell_magic(tree: ast.Module | None) -> CellMagic | None:
    """The magic of a cell that is one call of it, and nothing else."""
    call = getattr(tree.body[0], "value", None) if tree and len(tree.body) == 1 else None
    if not isinstance(call, ast.Call) or not is_ipythons(call):
        return None
    words, name = words_of(call), getattr(call.func, "attr", "")
    return CellMagic(*words) if name == "run_cell_magic" and len(words) == 3 else None


def timed(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """The code that %time and the like are given, each with the magic's name."""
    for node in nodes:
        if isinstance(node, ast.Call) and is_ipythons(node):
            magic, *texts = words_of(node) or [""]
            for text in texts if magic in TIMING else ():
                yield magic, without_options(text)
