"""What a student's text defines for the cells after it, even where it is no Python."""

from __future__ import annotations

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

MOST_CHARACTERS = 20_000  # of a text that is parsed: Python 3.11 is slow at long f-strings
# IPython's own: lines that begin with a magic, ask for help, or keep what a magic gives.
MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\?{1,2}[ \t]*)$", re.MULTILINE)
CAPTURED = re.compile(r"^([ \t]*[\w.*][\w.,* \t]*=[ \t]*)[%!].*$", re.MULTILINE)
DEFINITION = re.compile(
    r"^(?:(?:async +)?def|class) +(\w+)|^(\w+) *(?::[^=\n]+)?=(?!=)", re.MULTILINE
)
WORD = re.compile(r"[^\W\d]\w*")
SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Definitions:
    """Names that a text binds at its top level, inside `if` and the like too.

    Args:
        runs: False where it is no Python; what is not parsed is taken for some.
        tree: the text as Python, its magics aside; None where it is none, or not parsed.
        functions: and classes.
        variables: whatever else gets a value.
        imports: names that come from another module.
        modules: from which anything is imported.
        hollow: functions in which nothing is done yet: they pass, or raise an exception.
    """

    runs: bool
    tree: ast.Module | None = None
    functions: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    hollow: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> frozenset[str]:
        """What is defined here."""
        return self.functions | self.variables

    @cached_property
    def bound(self) -> frozenset[str]:
        """What is defined here or comes from elsewhere."""
        return self.names | self.imports


def read(text: str, parse: bool = True) -> Definitions:
    """What a text defines; where it is not parsed, in lines that begin at its left edge."""
    long = len(text) > MOST_CHARACTERS or not parse
    tree = None if long else _parsed(text) or _parsed(_without_magics(text))
    if tree is not None:
        return of(tree)
    found = list(DEFINITION.finditer(text))
    functions = frozenset(match[1] for match in found if match[1])
    variables = frozenset(match[2] for match in found if match[2])
    return Definitions(long, functions=functions, variables=variables)


def words(text: str) -> set[str]:
    """The words of a text; of one that nobody wrote by hand none."""
    return set(WORD.findall(text)) if len(text) <= MOST_CHARACTERS else set()


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


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings(action="ignore"):  # of "\sum", from Python 3.12 on
            return ast.parse(text)
    except Exception:  # a student's text may bring any reader to its end
        return None


def _without_magics(text: str) -> str:
    return CAPTURED.sub(r"\1None", MAGIC.sub(r"\1pass", text))


def of(tree: ast.Module) -> Definitions:
    """What a text defines, as Python reads it."""
    found: dict[str, set[str]] = defaultdict(set)
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found["functions"].add(node.name)
            found["hollow"] |= {node.name} if _is_hollow(node) else set()
            inside = (part for part in ast.walk(node) if isinstance(part, ast.Global))
            found["variables"].update(name for part in inside for name in part.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            first = [alias.name.partition(".")[0] for alias in node.names]
            names = zip(node.names, first, strict=True)
            found["imports"].update(alias.asname or name for alias, name in names)
            source = getattr(node, "module", None)
            found["modules"].update([source.partition(".")[0]] if source else first)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                found["variables"].add(node.id)
        elif not isinstance(node, SCOPES):
            nodes += ast.iter_child_nodes(node)
    return Definitions(True, tree, **{kind: frozenset(names) for kind, names in found.items()})


def _is_hollow(node: ast.AST) -> bool:
    """Whether a function has nothing but its docstring, `pass`, `...` or an exception in it."""
    return isinstance(node, ast.FunctionDef) and all(
        isinstance(part, ast.Pass | ast.Raise)
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in node.body
    )
