"""What each kind of expression stands for, calls apart."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from autograder.examiner.review import literals
from autograder.examiner.review.atoms import (
    UNREAD,
    Argument,
    Atom,
    Atoms,
    Box,
    Literal,
    Name,
    Own,
    joined,
    literal,
    text_of,
)
from autograder.examiner.review.calls import called
from autograder.examiner.review.literals import HOLE
from autograder.examiner.review.plain import MOST_COMBINED, combined, plain
from autograder.examiner.review.scopes import Scope
from autograder.examiner.review.standing import Rule, Standing

MOST_CHOICES = 4  # of one part of a text


def _name(standing: Standing, node: ast.Name, scope: Scope) -> Iterator[Atom]:
    return standing.named(node.id, scope)


def _constant(standing: Standing, node: ast.Constant, scope: Scope) -> Iterator[Atom]:
    if type(node.value) in (str, bytes, int):
        yield Literal(node.value)


def _attribute(standing: Standing, node: ast.Attribute, scope: Scope) -> Iterator[Atom]:
    return standing.attribute(standing.of(node.value, scope), node.attr)


def _box(standing: Standing, node: ast.expr, scope: Scope) -> Iterator[Atom]:
    yield Box(node, scope)


def _lambda(standing: Standing, node: ast.Lambda, scope: Scope) -> Iterator[Atom]:
    yield Own(node, scope)


def _either(standing: Standing, node: ast.IfExp, scope: Scope) -> Iterable[Atom]:
    return (*standing.of(node.body, scope), *standing.of(node.orelse, scope))


def _any(standing: Standing, node: ast.BoolOp, scope: Scope) -> Iterable[Atom]:
    return [atom for value in node.values for atom in standing.of(value, scope)]


def _value(standing: Standing, node: Any, scope: Scope) -> Atoms:
    return standing.of(node.value, scope)


def _formatted(standing: Standing, node: ast.JoinedStr, scope: Scope) -> Iterator[Atom]:
    choices: list[list[str]] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            atoms = standing.of(part.value, scope)
            if len(node.values) == 1 and atoms == (Argument(),):
                yield Argument()
                return
            exact = part.conversion == -1 and part.format_spec is None
            texts = [text for atom in atoms if (text := text_of(atom)) is not None]
            choices.append(texts[:MOST_CHOICES] if texts and exact else [HOLE])
        elif isinstance(part, ast.Constant):
            choices.append([str(part.value)])
    for parts in itertools.islice(itertools.product(*choices), MOST_COMBINED):
        yield Literal("".join(parts)[: literals.MOST])


def _operation(standing: Standing, node: ast.BinOp, scope: Scope) -> Iterator[Atom]:
    left, right = standing.of(node.left, scope), standing.of(node.right, scope)
    atoms = (*left, *right)
    if any(isinstance(atom, Box) for atom in atoms) and isinstance(node.op, ast.Add):
        parts: list[ast.expr] = [ast.Starred(node.left), ast.Starred(node.right)]
        yield Box(ast.List(parts), scope)
    if any(isinstance(atom, Literal) for atom in atoms):
        kind = type(node.op).__name__
        for one, other in combined(plain(standing, left), plain(standing, right)):
            yield literal(literals.operation(kind, one, other))


def _signed(standing: Standing, node: ast.UnaryOp, scope: Scope) -> Iterator[Atom]:
    for atom in standing.of(node.operand, scope):
        if isinstance(node.op, ast.USub) and isinstance(atom, Literal) and type(atom.value) is int:
            yield Literal(-atom.value)


def _subscript(standing: Standing, node: ast.Subscript, scope: Scope) -> Iterable[Atom]:
    owner = standing.of(node.value, scope)
    if isinstance(node.slice, ast.Slice):
        return _sliced(standing, owner, node.slice, scope)
    return entries(standing, owner, plain(standing, standing.of(node.slice, scope)))


def entries(standing: Standing, owner: Atoms, keys: list[Any]) -> Iterator[Atom]:
    """What stands under any of these keys in a container."""
    for atom, key in itertools.product(owner, keys):
        if isinstance(atom, Name):
            yield from _of_table(atom.dotted, key)
        elif isinstance(key, str | int) and not (isinstance(key, str) and HOLE in key):
            yield from standing.items(atom, key)
        else:
            yield from standing.items(atom, None)


def _of_table(dotted: str, key: Any) -> Iterable[Atom]:
    """What a table of Python's own has: of `sys.modules` a module."""
    if not isinstance(key, str) or HOLE in key:
        return UNREAD
    if dotted == "sys.modules":
        return (Name(key),)
    return (Name(joined(dotted, key)),) if dotted == "__builtins__" else UNREAD


def _sliced(standing: Standing, owner: Atoms, part: ast.Slice, scope: Scope) -> Iterator[Atom]:
    bounds = [
        plain(standing, standing.of(bound, scope))[0] if bound else None
        for bound in (part.lower, part.upper, part.step)
    ]
    exact = all(bound is None or type(bound) is int for bound in bounds)
    for atom in owner:
        if isinstance(atom, Literal) and exact:
            yield literal(literals.item(atom.value, slice(*bounds)))
        elif isinstance(atom, Literal):
            yield from UNREAD
        else:
            yield atom


RULES: dict[type[ast.AST], Rule] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Lambda: _lambda,
    ast.IfExp: _either,
    ast.BoolOp: _any,
    ast.JoinedStr: _formatted,
    ast.BinOp: _operation,
    ast.UnaryOp: _signed,
    ast.Subscript: _subscript,
    ast.Call: called,
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set, ast.Dict), _box),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), _box),
    **dict.fromkeys((ast.NamedExpr, ast.Starred, ast.Await, ast.FormattedValue), _value),
    **dict.fromkeys((ast.YieldFrom,), _value),
}
