"""The by-hand rule: what a function may not call, and what is said where it did.

Operators that ran are judged here; gathering them is `isolation.watch`'s business. A reading of
the source finds what never reaches an operator, or silences the watch: that alone costs nothing,
and is for a person to look at.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher, get_close_matches
from fnmatch import filter as filter_names
from fnmatch import fnmatchcase
from functools import cache
from types import MappingProxyType

import torch
from torch.overrides import _get_overridable_functions

from autograder.results import CellResult, CheckResult
from autograder.words import a_thing, few

NOTHING: Mapping[str, str] = MappingProxyType({})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
BUILDERS = ("exec", "eval", "compile", "__import__")
RUNNERS = ("run_cell", "run_cell_async", "run_code", "run_ast_nodes", "ex", "ev")  # IPython's
# Ways into another's frames and modules, and under a watch's feet.
WAYS_IN = (
    *("_C", "_getframe", "_current_frames", "f_locals", "f_back", "f_globals", "__globals__"),
    *("__torch_dispatch__", "__torch_function__", "_python_dispatch", "_disable_current_modes"),
)
LIBRARIES = ("aten::", "quantized::")  # whose operators a rule may name
MOST_CLOSE = 3  # names that are shown where a pattern has none
OWN = (
    "Write it from exponentials, logarithms, sums and comparisons. Calling it elsewhere, to check "
    "your function, is fine."
)


@dataclass(frozen=True)
class ByHand:
    """What has to be written and not called.

    Args:
        operators: patterns of the names of operators and functions, and what each computes.
        internals: dotted names that no notebook needs: torch's own inside, and ways to switch a
            watch off.
        libraries: dotted names that no function of the exercise needs.

    Raises:
        TypeError: the operators are no dict.
        ValueError: a pattern fits no name of torch's, and would forbid nothing.
    """

    operators: Mapping[str, str] = field(hash=False)  # a dict has none
    internals: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.operators, Mapping):
            what = a_thing(self.operators)
            raise TypeError(f"operators of a ByHand is {what}, not a dict: what does each compute?")
        for pattern in self.operators:
            if pattern not in _torch_names() and not filter_names(_torch_names(), pattern):
                close = few(_close_to(pattern), MOST_CLOSE)
                also = f"; close to it: {close}" if close else ""
                raise ValueError(
                    f"no operator or function of torch is called {pattern!r}, so a ByHand with it "
                    f"would forbid nothing{also}"
                )

    def broken(self, function: str, ran: Iterable[str]) -> str:
        """What is said of a function in whose calls these operators ran; "" where none counts."""
        for operator in sorted(ran, key=lambda name: ("backward" in name, name)):
            for pattern, computes in self.operators.items():
                if fnmatchcase(operator, pattern):
                    return (
                        f"{function} calls torch's own {computes} ({operator}), and the by-hand "
                        "rule forbids that."
                    )
        return ""

    def suspects(
        self, source: str, *, solution: bool, imported: Mapping[str, str] = NOTHING
    ) -> list[str]:
        """The dotted names in a cell that a person should look at, in order.

        Args:
            source: Python, without IPython's magics.
            solution: whether the cell holds an answer; elsewhere only what is inside a function
                counts as one.
            imported: what names stand for that other cells import.
        """
        tree = ast.parse(source)
        origins = {**imported, **imports(source)}
        inside = [tree] if solution else _functions(tree)
        found = [name for name in _names(tree, origins) if _starts(name, self.internals)]
        found += [
            name
            for part in inside
            for name in _names(part, origins)
            if _starts(name, self.libraries)
        ]
        found += _runs_text(tree)
        texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        found += [text for text in texts if isinstance(text, str) and _starts(text, self.internals)]
        return list(dict.fromkeys(found))


@cache
def _torch_names() -> frozenset[str]:
    """The names that a watch may report: of torch's operators, and of its functions."""
    names = torch._C._dispatch_get_all_op_names()  # "aten::huber_loss.out" is a variant of one
    operators = {name.partition(".")[0] for name in names if name.startswith(LIBRARIES)}
    _, functions = _get_overridable_functions()  # what resolve_name looks a name up in
    return frozenset(name.replace("::", ".") for name in operators) | {*functions.values()}


def _close_to(pattern: str) -> list[str]:
    """Names that may have been meant by a pattern, the likeliest first."""
    last = pattern.rpartition(".")[2].lower()
    there = {name.rpartition(".")[2] for name in _torch_names()}
    close = get_close_matches(last, sorted(there), cutoff=0.5)

    def unlikeness(name: str) -> tuple[int, float, str]:
        whole = SequenceMatcher(None, name, pattern, autojunk=False).ratio()
        return close.index(name.rpartition(".")[2]), -whole, name

    meant = [name for name in _torch_names() if name.rpartition(".")[2] in close]
    return sorted(meant, key=unlikeness)[:MOST_CLOSE]


def forbidden(result: CellResult, message: str) -> CellResult:
    """The result of a function that broke the rule: no check pays, and each says why."""
    checks = tuple(
        CheckResult(check.name, False, 0.0, check.max_points, message, OWN)
        for check in result.checks
    )
    return replace(result, score=0.0, checks=checks)


def imports(source: str) -> dict[str, str]:
    """What the names that a cell imports stand for: "F" for "torch.nn.functional"."""
    return dict(_imports(ast.parse(source)))


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The functions in the tree that are in no other."""
    nodes = deque([tree])
    while nodes:
        node = nodes.popleft()
        if isinstance(node, FUNCTIONS):
            yield node
        else:
            nodes += ast.iter_child_nodes(node)


def _names(tree: ast.AST, origins: Mapping[str, str]) -> Iterator[str]:
    """The dotted names in the tree, written out: "torch._C._nn"; imports count as a use."""
    nodes = list(ast.walk(tree))
    shorter = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in shorter:
            parts: list[str] = []
            part: ast.expr = node
            while isinstance(part, ast.Attribute):
                parts.append(part.attr)
                part = part.value
            if isinstance(part, ast.Name):
                yield ".".join([origins.get(part.id, part.id), *reversed(parts)])
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _starts(name: str, prefixes: Iterable[str]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def _runs_text(tree: ast.AST) -> Iterator[str]:
    """The names by which a cell may run code that is in no cell, whatever they are bound to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in BUILDERS:
            yield node.id
        elif isinstance(node, ast.Attribute) and node.attr in RUNNERS + WAYS_IN:
            yield node.attr
        elif isinstance(node, ast.FunctionDef) and node.name in WAYS_IN:
            yield node.name
        elif isinstance(node, ast.Constant) and node.value in WAYS_IN:
            yield node.value
