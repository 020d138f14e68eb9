"""Which names code takes from elsewhere, now or when its functions are called.

Python's compiler says in which scope a name is; nothing is run.
"""

from __future__ import annotations

import ast
import dis
import inspect
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from types import CodeType
from typing import Any, NamedTuple

from autograder.source_text.bindings import DEFINITIONS
from autograder.source_text.parsing import compiled

LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL")  # dis
BINDS = ("STORE_NAME", "STORE_GLOBAL")
TAKING = ("LOAD_NAME", "LOAD_GLOBAL", "DELETE_NAME")
NAMING = frozenset((*LOADS, *BINDS))
AT_ONCE = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # code in a cell that is no call

EVERYTHING = "exec"  # stands for the names of a text that can't be read, and is run
BLOCKS = ("body", "orelse", "finalbody")  # ast
JUMPS = ast.Break | ast.Continue  # which compile in no block of their own

CodeOf = Callable[[ast.stmt], CodeType | None]


class Step(NamedTuple):
    """What code does with a name."""

    does: str
    name: str


def steps(code: CodeType) -> Iterator[Step]:
    """What code does with names, one step after the other; not that in it of functions."""
    for step in dis.get_instructions(code):
        if step.opname in NAMING:
            yield Step(step.opname, step.argval)
        elif step.opname == "SETUP_ANNOTATIONS":
            yield Step("STORE_NAME", "__annotations__")
        elif isinstance(step.argval, CodeType) and step.argval.co_name in AT_ONCE:
            for name in stored(step.argval):  # by `:=` in a comprehension
                yield Step("STORE_GLOBAL", name)


def within(code: CodeType) -> list[CodeType]:
    """The code of functions, classes and comprehensions in some code."""
    return [inner for inner in code.co_consts if isinstance(inner, CodeType)]


def looked_up(code: CodeType) -> set[str]:
    """All names that code looks for outside functions, whoever binds them, and so its functions."""
    found = {step.name for step in steps(code) if step.does in LOADS}
    return found.union(*map(looked_up, within(code)))


def stored(code: CodeType) -> set[str]:
    """The names that code binds where it stands."""
    return {step.name for step in steps(code) if step.does in BINDS}


def taken(code: CodeType, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names that code takes from elsewhere: those that it has not bound before.

    Its functions are called when all of it is bound.

    Args:
        code: a cell's, or a part of one's.
        known: names that are bound when it begins.
    """
    bound = set(known)
    for step in steps(code):
        if step.does in BINDS:
            bound.add(step.name)
        elif step.does in TAKING and step.name not in bound:
            yield step.name
    # A method does not find the names of its class.
    seen = known if _is_class(code) else frozenset(bound)
    for inner in within(code):
        yield from taken(inner, seen)


def taken_in_calls(code: CodeType) -> Iterator[str]:
    """The names that code's functions take from elsewhere when they are called."""
    for inner in within(code):
        yield from taken_in_calls(inner) if inner.co_name in AT_ONCE else taken(inner)


def _is_class(code: CodeType) -> bool:
    return code.co_name != "<module>" and not code.co_flags & inspect.CO_OPTIMIZED


def may_take(
    body: Iterable[ast.stmt], known: frozenset[str] = frozenset(), code_of: CodeOf | None = None
) -> Iterator[str]:
    """The names that a block may take from elsewhere.

    Args:
        body: its statements.
        known: names that are bound when it begins.
        code_of: what Python would run of a statement, where that is known.
    """
    for node in body:
        if isinstance(node, JUMPS):
            continue
        blocks = [] if isinstance(node, DEFINITIONS) else list(_blocks(node))
        code = code_of(node) if code_of and not blocks else _code(_head(node) if blocks else node)
        if code is None:
            yield EVERYTHING
            continue
        yield from taken(code, known)
        inside = known | stored(code)
        for block in blocks:
            yield from may_take(block, inside)
        known = known if blocks else inside


def _code(node: ast.stmt) -> CodeType | None:
    return compiled(ast.Module([node], []))


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of a statement: of an `if` what is done, and what is done else."""
    for name in BLOCKS:
        if block := getattr(node, name, None):
            yield block
    for part in _parts(node):
        yield from _blocks(part)


def _parts(node: ast.AST) -> list[ast.AST]:
    """The handlers of a `try`, or the cases of a `match`."""
    return [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]


def _head(node: Any) -> Any:
    """A statement with nothing in its blocks."""
    head = copy(node)
    for name in BLOCKS:
        if getattr(node, name, None):
            setattr(head, name, [ast.Pass()])
    for name in ("handlers", "cases"):
        if hasattr(node, name):
            setattr(head, name, [_head(part) for part in getattr(node, name)])
    return head
