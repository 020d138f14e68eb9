"""What a statement at a cell's top level has to do with names, read from its text alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType

from autograder.source_text.bindings import DEFINITIONS, Bindings, declared
from autograder.source_text.uses import EVERYTHING, looked_up

CONTAINERS = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp | ast.Call
CODE_HOLDERS = DEFINITIONS | ast.Lambda
PLAIN = ast.Constant | ast.UnaryOp | ast.BinOp | ast.operator | ast.unaryop
MENTIONED = re.compile(r"@([^\W\d]\w*)")  # in a text, as pandas' `query` takes names: "a > @limit"


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement at a cell's top level, with the code that IPython's lines in it are given.

    Args:
        binds: names that get another value or none, by functions that say `global` too.
        uses: names that it takes from elsewhere, now or when a function that it defines is called.
        stores: names whose attributes or items it sets or deletes.
        calls: names whose methods it calls: they may keep what it uses.
        cloned: names of which it uses nothing but a copy: `y` of `f(y[:2].clone())`.
        parts: the attributes that it takes of names: ("torch", "save") of `torch.save(...)`.
        imports: what the names that it imports stand for, in its functions too.
        imported: those that it binds in no other way: they have nothing to do with what it uses.
        fixed: whether nobody changes what it binds by using it: a function, a number, a text.
        defines: whether it holds a function or class, whose code is run by whoever uses it.
        inside: names that this code binds or deletes, or sets something of.
        nodes: its syntax, part by part.
        timed: the statements of the code that IPython's lines in it run.
        readable: whether all of that code can be read.
    """

    binds: frozenset[str]
    uses: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    cloned: frozenset[str] = frozenset()
    parts: frozenset[tuple[str, str]] = frozenset()
    imports: Mapping[str, str] = field(default_factory=dict)
    imported: frozenset[str] = frozenset()
    fixed: bool = False
    defines: bool = False
    inside: frozenset[str] = frozenset()
    nodes: Sequence[ast.AST] = ()
    timed: Sequence[Statement] = ()
    readable: bool = True


UNREADABLE = Statement(frozenset(), readable=False)  # it may do anything


def statement(
    node: ast.stmt,
    code: CodeType,
    bindings: Bindings,
    timed: Sequence[Statement],
    readable: bool,
) -> Statement:
    """What a statement has to do with names.

    Args:
        node: its syntax.
        code: what Python would run.
        bindings: what it binds and deletes.
        timed: the statements of the code that IPython's lines in it run.
        readable: whether all of that code can be read.
    """
    nodes = list(ast.walk(node))
    imports = dict(_imported(nodes))
    definitions = [each for each in nodes if isinstance(each, CODE_HOLDERS)]
    run = frozenset[str]().union(*(each.uses for each in timed))
    return Statement(
        binds=bindings.rebinds - {"*"},
        uses=frozenset(looked_up(code)) | mentioned(nodes) | run,
        stores=frozenset(_stored(nodes)).union(*(each.stores for each in timed)),
        calls=frozenset(_called(nodes)).union(*(each.calls for each in timed)),
        cloned=frozenset(_cloned(nodes)) - run,
        parts=frozenset(_parts(nodes)).union(*(each.parts for each in timed)),
        imports=imports,
        imported=frozenset(imports) - _bound_otherwise(nodes) - {*_stored(nodes)},
        fixed=_is_fixed(node),
        defines=bool(definitions),
        inside=frozenset(_changed_inside(definitions)),
        nodes=nodes,
        timed=timed,
        readable=readable,
    )


def mentioned(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that texts in these parts mention as pandas and `timeit` take them."""
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    seeing = {EVERYTHING} if any("from __main__ import" in text for text in texts) else set[str]()
    return seeing.union(*map(MENTIONED.findall, texts))


def _changed_inside(definitions: Iterable[ast.AST]) -> Iterator[str]:
    """The names that functions bind, delete or set something of; the outer ones come first."""
    seen = set[ast.AST]()
    for definition in definitions:
        if definition not in seen:
            inside = list(ast.walk(definition))
            seen.update(inside)
            yield from declared(definition)
            yield from _stored(inside)


def _bound_otherwise(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are bound anywhere in these parts by anything but an import."""
    found = set[str]()
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif not isinstance(node, ast.alias):
            name = getattr(node, "name", None)  # a function, a class, an exception, a pattern
            found.update([name] if isinstance(name, str) else ())
    return found


def _stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names at the root of what is set or deleted: `model` of `model.layer[0].bias = 1`."""
    for node in nodes:
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield _root(node)


def _called(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names at the root of methods that are called: `kept` of `kept[0].append(weights)`."""
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            held = node.func.value
            while isinstance(held, ast.Attribute | ast.Subscript):
                held = held.value
            if isinstance(held, ast.Name):
                yield held.id


def _cloned(nodes: Sequence[ast.AST]) -> set[str]:
    """The names of which nothing is taken but copies by `clone`, as tensors have it."""
    copied = set[ast.AST]()
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            held = node.func.value
            while isinstance(held, ast.Subscript):
                held = held.value
            if isinstance(held, ast.Name) and node.func.attr == "clone":
                copied.add(held)
    names = [node for node in nodes if isinstance(node, ast.Name)]
    return {node.id for node in names} - {node.id for node in names if node not in copied}


def _parts(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield _root(node), node.attr


def _root(node: ast.expr) -> str:
    """The name that attributes and items are taken of in the end; "" of another expression."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _imported(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Names that are imported, and what they stand for: "F" is "torch.nn.functional"."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{'.' * node.level}{node.module or ''}.{alias.name}"
                yield alias.asname or alias.name, whole


def _is_fixed(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return not node.decorator_list and _keeps_nothing(node.args)
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    value = node.value
    if isinstance(value, ast.Lambda):
        return _keeps_nothing(value.args)
    return all(isinstance(n, PLAIN) for n in ast.walk(value))


def _keeps_nothing(arguments: ast.arguments) -> bool:
    """Whether no default of a function is an object that its calls may change."""
    return not any(isinstance(node, CONTAINERS) for node in ast.walk(arguments))
