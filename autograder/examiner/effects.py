"""What running a statement may change that no name tells; `changes` asks it of cells."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from autograder.source_text import Statement, is_ipythons, read_cell, words_of

MOST_STATEMENTS = 10_000  # whose answers are kept
# Whatever they are called of: torch's modes and numpy's, warnings, files, IPython's shell.
MODES = re.compile(
    r"_*set_(default|grad|flush|float|num|detect|deterministic|multithreading|warn)|"
    r"use_deterministic|seterr|filterwarnings|simplefilter|write|unlink|open|touch|mkdir|rename|"
    r"to_(csv|pickle|json|excel|feather|parquet|hdf|html|latex|markdown|stata|sql|xml)|tofile|"
    r"(save|dump)$|extract(all)?$|savefig|imsave|get_ipython|user_(global_)?ns|run_cell"
)
HARMLESS = ("set_printoptions", "set_option", "set_rng_state", "set_state")
DUNDERS = re.compile(
    r"__(enter|exit|(set|del)(attr|item)|dict|globals|builtins|code|(kw)?defaults|closure|import|"
    r"subclasses|bases|mro|i[a-z]+(?<!init))__$"
)
BUILTINS = (
    *("exec", "eval", "compile", "globals", "locals", "vars", "setattr", "delattr", "open"),
    *("__import__", "__builtins__", "breakpoint", "get_ipython"),
)
# IPython's lines that leave a notebook as it is; the text of the timed ones is code.
LINES = (
    *("matplotlib", "pip", "conda", "pwd", "ls", "who", "whos", "lsmagic", "history", "precision"),
    *("pinfo", "pinfo2", "timeit", "time"),
)
BUFFERS = ("BytesIO", "StringIO")  # what is written into one is in no file
FROM_OUTSIDE = ("getoutput", "run_line_magic", "run_cell_magic")  # for `x = !command`
COMMANDS = ("system", "getoutput", "getlines")  # no program runs here


def statements(cell: str) -> Sequence[Statement]:
    """The statements of a cell; of one that can't be read, one that may do anything."""
    return read_cell(cell).statements


def imported(cell: str) -> frozenset[str]:
    """The names that a cell imports, in its functions too."""
    return frozenset(name for each in statements(cell) for name in each.imports)


def otherwise_bound(cell: str) -> set[str]:
    """The names that a cell binds as it finds the world: in a `try`, or by a line of IPython's."""
    reading = read_cell(cell)
    parts = zip(reading.statements, reading.bindings_by_statement, strict=False)
    return {name for each, found in parts if _looks_outside(each) for name in found.binds}


def _looks_outside(statement: Statement) -> bool:
    return any(
        isinstance(node, ast.Try | ast.TryStar)
        or (isinstance(node, ast.Attribute) and node.attr in FROM_OUTSIDE)
        for node in statement.nodes
    )


@lru_cache(MOST_STATEMENTS)
def is_unsure(statement: Statement) -> bool:
    """Whether a statement may change what no name tells: a mode, a file, anything at all."""
    nodes = statement.nodes
    lines = [n for n in nodes if isinstance(n, ast.Call) and is_ipythons(n) and _is_known_line(n)]
    known = {part for line in lines for part in ast.walk(line.func)} | _into_buffers(nodes)
    return (
        not statement.readable
        or any(_is_unsure(node) for node in nodes if node not in known)
        or any(map(is_unsure, statement.timed))
    )


def _is_unsure(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        modes = MODES.match(node.attr) and node.attr not in HARMLESS
        return bool(modes or DUNDERS.match(node.attr))
    if isinstance(node, ast.alias):
        return node.name == "*"  # binds whatever there is
    return isinstance(node, ast.Name) and node.id in BUILTINS


def _into_buffers(nodes: Sequence[ast.AST]) -> set[ast.AST]:
    """What is called to write into a buffer in memory: `figure.savefig` of `…savefig(buffer)`."""
    buffers = _buffers(nodes)
    calls = [node for node in nodes if buffers and isinstance(node, ast.Call)]
    return {
        call.func
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and any(isinstance(n, ast.Name) and n.id in buffers for n in (call.func.value, *call.args))
    }


def _buffers(nodes: Sequence[ast.AST]) -> set[str]:
    """The names that these parts bind to new buffers, and to nothing else."""
    stored = Counter(
        n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )
    made = Counter(
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_buffer(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    )
    return {name for name, count in made.items() if count == stored[name]}


def _is_buffer(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    made = value.func
    return (made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")) in BUFFERS


def _is_known_line(call: ast.Call) -> bool:
    does = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return does in COMMANDS or words_of(call)[:1] in ([name] for name in LINES)
