"""Which names code binds and deletes at its top level, and by what."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from autograder.source_text.shell_calls import BINDING, timed

DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class Bindings:
    """The names that code binds at its top level, inside `if` and the like too.

    Args:
        functions: and classes.
        variables: whatever else gets a value, from functions that say `global` too.
        imports: names that come from another module.
        modules: from which anything is imported.
        deletes: names that have no value any more, as that of an `except` behind it.
    """

    functions: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    deletes: frozenset[str] = frozenset()

    @cached_property
    def binds(self) -> frozenset[str]:
        """The names that get a value."""
        return self.functions | self.variables | self.imports

    @cached_property
    def rebinds(self) -> frozenset[str]:
        """The names that get another value, or none."""
        return self.binds | self.deletes


KINDS = ("functions", "variables", "imports", "modules", "deletes")
Kind = Literal["functions", "variables", "imports", "modules", "deletes"]


def together(parts: Sequence[Bindings]) -> Bindings:
    """What several statements bind and delete."""
    if len(parts) == 1:
        return parts[0]
    return Bindings(*(frozenset().union(*(getattr(p, kind) for p in parts)) for kind in KINDS))


def bindings_of(body: Iterable[ast.AST], of_timed: Callable[[str], Bindings]) -> Bindings:
    """What statements bind and delete, and what the code does that %time runs for them.

    Args:
        body: the statements.
        of_timed: what that code binds.
    """
    found: dict[Kind, set[str]] = defaultdict(set)
    nodes = list(body)
    while nodes:
        node = nodes.pop()
        for kind, name in _by(node):
            found[kind].add(name)
        for magic, text in timed([node]):
            inner = of_timed(text) if magic == BINDING else Bindings()
            found["variables"] |= inner.binds
            found["deletes"] |= inner.deletes
        nodes += _inside(node)
    return Bindings(**{kind: frozenset(names) for kind, names in found.items()})


def _by(node: ast.AST) -> Iterator[tuple[Kind, str]]:
    """What a part of a statement does with names at the top level."""
    yield from _where_it_stands(node)
    if isinstance(node, DEFINITIONS):
        for name in declared(node):
            yield "variables", name


def _where_it_stands(node: ast.AST) -> Iterator[tuple[Kind, str]]:
    """What a part of any code does itself with names where it stands."""
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Load):
            yield "variables" if isinstance(node.ctx, ast.Store) else "deletes", node.id
    elif isinstance(node, DEFINITIONS):
        yield "functions", node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imported(node)
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield "deletes", node.name
    elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
        yield "variables", node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield "variables", node.rest


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[Kind, str]]:
    source = node.module if isinstance(node, ast.ImportFrom) else None
    for alias in node.names:
        first = alias.name.partition(".")[0]
        yield "imports", alias.asname or first
        yield "modules", source.partition(".")[0] if source else first


def _inside(node: ast.AST) -> Iterable[ast.AST]:
    """The parts of a node that are run at the top level, and bind names there."""
    if isinstance(node, ast.Lambda):
        return _defaults(node.args)
    if isinstance(node, DEFINITIONS):
        given = _defaults(node.args) if not isinstance(node, ast.ClassDef) else node.bases
        keywords = node.keywords if isinstance(node, ast.ClassDef) else []
        return [*node.decorator_list, *given, *keywords]
    if isinstance(node, COMPREHENSIONS):  # what they bind is their own, but for `:=`
        inside = (part for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
        return [part.target for part in inside]
    if isinstance(node, ast.AnnAssign) and node.value is None and isinstance(node.target, ast.Name):
        return [node.annotation]  # `x: int` binds nothing
    return ast.iter_child_nodes(node)


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *filter(None, arguments.kw_defaults)]


def declared(definition: ast.AST) -> set[str]:
    """The names outside it that a function or class binds or deletes, as `global` says."""
    nodes = list(ast.walk(definition))
    named = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    if not named:
        return named
    others = (node for node in nodes if node is not definition)
    return named & {
        name for node in others for kind, name in _where_it_stands(node) if kind != "modules"
    }
