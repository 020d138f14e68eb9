"""The texts, numbers and lists of them that an expression gives, as far as they can be told."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from autograder.examiner.review import literals
from autograder.examiner.review.atoms import Atom, Box, Literal
from autograder.examiner.review.literals import HOLE
from autograder.examiner.review.scopes import Scope
from autograder.examiner.review.standing import Standing

MOST_COMBINED = 12
MOST_ITEMS = 64  # of a list that is read
MOST_LISTS = 3  # in one another


def combined(*choices: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """One of each, in every way; not more than anyone would write."""
    return itertools.islice(itertools.product(*choices), MOST_COMBINED)


def plain(standing: Standing, atoms: Iterable[Atom], depth: int = 0) -> list[Any]:
    """The values that atoms are; a hole for one that can't be told, or where there is none."""
    found: list[Any] = []
    for atom in atoms:
        if isinstance(atom, Literal):
            found.append(list(atom.value) if isinstance(atom.value, tuple) else atom.value)
        elif isinstance(atom, Box) and depth < MOST_LISTS:
            found += _lists(standing, atom.node, atom.scope, depth + 1)
        else:
            found.append(HOLE)
    return found[:MOST_COMBINED] or [HOLE]


def _lists(standing: Standing, node: ast.AST, scope: Scope, depth: int) -> list[Any]:
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        return _computed(standing, node, depth)
    if not isinstance(node, ast.List | ast.Tuple | ast.Set) or len(node.elts) > MOST_ITEMS:
        return [HOLE]
    items = []
    for part in node.elts:
        values = plain(standing, standing.of(part, scope), depth)
        starred = isinstance(part, ast.Starred)
        items.append(values if starred else [[value] for value in values])
    parts = [each for each in combined(*items) if all(isinstance(p, list) for p in each)]
    return [[*itertools.chain(*each)] for each in parts] or [HOLE]


def _computed(
    standing: Standing, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, depth: int
) -> list[Any]:
    """The lists that a comprehension makes of one readable list; what it leaves out is in them."""
    inside, loop = standing.program.within[node], node.generators[0]
    if len(node.generators) > 1 or not isinstance(loop.target, ast.Name):
        return [HOLE]
    found: list[Any] = []
    for values in plain(standing, standing.of(loop.iter, inside), depth)[:2]:
        readable = isinstance(values, list | str | bytes) and values != HOLE
        if not readable or len(values) > MOST_ITEMS:
            return [HOLE]
        each = (standing.with_value(loop.target.id, value, node.elt, inside) for value in values)
        found.append([plain(standing, atoms, depth)[0] for atoms in each])
    return found


def computed(name: str, values: Sequence[Any]) -> Any:
    """What a function of Python's gives of plain values; `map` of one too."""
    if name == "range" and all(type(v) is int and abs(v) <= MOST_ITEMS for v in values):
        return literals.function("list", [range(*values)]) if values else HOLE
    return literals.function(name, values)
