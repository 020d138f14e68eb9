"""Where names are bound, and to what."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from autograder.examiner.review.texts import Text
from autograder.source_text import parse_expression

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Path = tuple[int | str | None, ...]  # of a part in a value; None is any item


SILENT = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.alias)
OUTSIDE = ("decorator_list", "returns", "bases", "keywords", "type_params")


class Binding(NamedTuple):
    """What gives a name its value.

    Args:
        how: "value" of an expression; a "module"; "own", a function or class of the program's; a
            "parameter"; "unknown".
        node: the expression, the definition, or the parameter's function.
        scope: where the node stands.
        path: which part of the value.
        name: the module's dotted name, or the parameter's name.
    """

    how: Literal["value", "module", "own", "parameter", "unknown"]
    node: Any
    scope: Scope
    path: Path = ()
    name: str = ""


class Scope:
    """Where names are bound: a module, a function, a class or a comprehension."""

    def __init__(self, kind: str, above: Scope | None = None) -> None:
        self.kind, self.above = kind, above
        self.binds: dict[str, list[Binding]] = {}
        self.elsewhere: dict[str, bool] = {}  # declared `global` (True) or `nonlocal`
        self.top: Scope = above.top if above else self
        self.log: list[str] = []  # the names in the order in which they were bound
        self.owner: Any = None  # the function or class that makes it

    def bind(self, name: str, binding: Binding) -> None:
        scope = self
        if name in self.elsewhere:
            scope = self.top if self.elsewhere[name] else self.above or self
        scope.binds.setdefault(name, []).append(binding)
        scope.log.append(name)

    def lookup(self, name: str) -> list[Binding] | None:
        """What a name is bound to from here; None where nothing binds it."""
        scope: Scope | None = self
        inside = False
        while scope:
            hidden = scope.kind == "class" and inside
            if name in scope.binds and not hidden:
                return scope.binds[name]
            inside = inside or scope.kind == "function"
            scope = scope.above
        return None

    def local(self, name: str) -> bool:
        """Whether a name is a function's own here."""
        scope: Scope | None = self
        while scope and scope.above:
            if name in scope.binds:
                return True
            scope = scope.above
        return False


@dataclass(eq=False)
class Unit:
    """A statement at the top of a text; of a block, as an `if`, only what stands before its body.

    Args:
        text: the text that it is in.
        nodes: its syntax in order, each with its scope, and whether it is only shown to people.
        binds: names that it gives a value at the top.
        puts: names of what it puts things into, and where they stand.
    """

    text: Text
    nodes: list[tuple[ast.AST, Scope, bool]] = field(default_factory=list)
    binds: set[str] = field(default_factory=set)
    puts: list[tuple[str, Scope]] = field(default_factory=list)


def parts_of(node: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """The parts of a node, and whether they stand inside the scope that it makes."""
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.arguments):
            named = [*value.posonlyargs, *value.args, *value.kwonlyargs, value.vararg, value.kwarg]
            notes = [_read(part.annotation) for part in named if part]
            for part in (*value.defaults, *value.kw_defaults, *notes):
                if part:
                    yield part, False
        elif isinstance(value, ast.AST):
            if name in ("returns", "annotation"):
                value = _read(value)
            if not isinstance(value, SILENT):
                yield value, name not in OUTSIDE
        elif isinstance(value, list):
            for part in value:
                if isinstance(part, ast.AST) and not isinstance(part, SILENT):
                    yield part, name not in OUTSIDE


def _read(note: Any) -> Any:
    """An annotation; one in a text as what it says, as who asks for its value reads it."""
    if isinstance(note, ast.Constant) and isinstance(note.value, str):
        return parse_expression(note.value) or note
    return note


def parameters(function: Function) -> list[str]:
    """The names of a function's parameters, in order; *args and **kwargs last."""
    given = function.args
    parts = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return [part.arg for part in parts if part]


def container(node: ast.AST) -> str:
    """What a container goes by: "x", or ".x" of an attribute; "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    return f".{node.attr}" if isinstance(node, ast.Attribute) else ""


def last_of(function: ast.AST) -> str:
    """The last part of a dotted name."""
    name = container(function)
    return name.removeprefix(".")


def starred(parts: Sequence[ast.AST]) -> bool:
    """Whether one of them stands for several."""
    return any(isinstance(part, ast.Starred) for part in parts)
