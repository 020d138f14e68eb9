"""What a student's text defines for the cells after it, even where it is no Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from autograder.source_text import MOST_EFFORT, Reading, effort, read_cell

MOST_CHARACTERS = 20_000  # of a text that is parsed: Python 3.11 is slow at long f-strings
# What a text defines is kept, as most cells of a class are the course's: of so many, so long.
MOST_KEPT = 200
MOST_OF_KEPT = 4_000  # characters
DEFINITION = re.compile(
    r"^(?:(?:async +)?def|class) +(\w+)|^(\w+) *(?::[^=\n]+)?=(?!=)", re.MULTILINE
)
BLOCKS = ast.stmt | ast.ExceptHandler | ast.match_case  # where statements stand
WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Definitions:
    """Names that a text binds at its top level, inside `if` and the like too.

    Args:
        runs: False where it is no Python; what is not parsed is taken for some.
        reading: the text as Python; None where it is none, or not read.
        functions: and classes.
        variables: whatever else gets a value.
        imports: names that come from another module.
        modules: from which anything is imported.
        hollow: functions in which nothing is done yet: they pass, or raise an exception.
    """

    runs: bool
    reading: Reading | None = None
    functions: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    hollow: frozenset[str] = frozenset()

    @property
    def tree(self) -> ast.Module | None:
        """The text's syntax, as far as it is Python."""
        return self.reading.tree if self.reading else None

    def binding(self, names: frozenset[str]) -> list[ast.stmt]:
        """Its statements that bind any of these names."""
        if not self.reading or not self.reading.tree:
            return []
        parts = zip(self.reading.tree.body, self.reading.bindings_by_statement, strict=True)
        return [statement for statement, found in parts if found.binds & names]

    @cached_property
    def names(self) -> frozenset[str]:
        """What is defined here."""
        return self.functions | self.variables

    @cached_property
    def sets_attributes(self) -> bool:
        """Whether it gives an attribute of anything a value, or takes it away."""
        nodes = ast.walk(self.tree) if self.tree else ()
        return any(isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load) for n in nodes)

    @cached_property
    def bound(self) -> frozenset[str]:
        """What is defined here or comes from elsewhere."""
        return self.names | self.imports


def read(text: str, parse: bool = True) -> Definitions:
    """What a text defines; where it is not parsed, in lines that begin at its left edge."""
    short = parse and len(text) <= MOST_CHARACTERS and effort(text) <= MOST_EFFORT
    reading = read_cell(text) if short else None
    if reading and reading.runs:
        return _kept(reading) if len(text) <= MOST_OF_KEPT else _of(reading)
    found = list(DEFINITION.finditer(text))
    functions = frozenset(match[1] for match in found if match[1])
    variables = frozenset(match[2] for match in found if match[2])
    return Definitions(reading is None, functions=functions, variables=variables)


def words(text: str) -> frozenset[str]:
    """The words of a text; of one that nobody wrote by hand none."""
    return frozenset(WORD.findall(text) if len(text) <= MOST_CHARACTERS else ())


def spelled(statement: ast.stmt) -> Hashable:
    """What a statement says, whatever its place, its comments and the space in it.

    Flat, for `ast.dump` goes as deep as a student's code does.
    """
    return tuple(
        (type(node), *(_leaves(value) for _, value in ast.iter_fields(node)))
        for node in ast.walk(statement)
    )


def _leaves(value: object) -> Hashable:
    if isinstance(value, list):
        return tuple(map(_leaves, value))
    return None if isinstance(value, ast.AST) else (type(value), value)


@lru_cache(MOST_KEPT)
def _kept(reading: Reading) -> Definitions:
    return _of(reading)


def _of(reading: Reading) -> Definitions:
    """What a text defines that runs."""
    found, body = reading.bindings, reading.tree.body if reading.tree else []
    hollow = frozenset(node.name for node in _definitions(body) if _is_hollow(node))
    return Definitions(
        True, reading, found.functions, found.variables, found.imports, found.modules, hollow
    )


def _definitions(body: Iterable[ast.AST]) -> Iterator[ast.FunctionDef]:
    """The functions that are defined at the top level, inside `if` and the like too."""
    nodes = list(body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.FunctionDef):
            yield node
        elif not isinstance(node, ast.AsyncFunctionDef | ast.ClassDef):
            nodes += [part for part in ast.iter_child_nodes(node) if isinstance(part, BLOCKS)]


def _is_hollow(node: ast.FunctionDef) -> bool:
    """Whether a function has nothing but its docstring, `pass`, `...` or an exception in it."""
    return all(
        isinstance(part, ast.Pass | ast.Raise)
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in node.body
    )
