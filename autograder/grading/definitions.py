"""What a student's text defines for the cells after it, even where it is no Python."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import cached_property

MOST_CHARACTERS = 20_000  # of a text that is parsed: Python 3.11 is slow at long f-strings
# IPython's own: lines that begin with a magic, ask for help, or keep what a magic gives.
MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\?{1,2}[ \t]*)$", re.MULTILINE)
CAPTURED = re.compile(r"^([ \t]*[\w.*][\w.,* \t]*=[ \t]*)[%!].*$", re.MULTILINE)
DEFINITION = re.compile(
    r"^(?:(?:async +)?def|class) +(\w+)|^(\w+) *(?::[^=\n]+)?=(?!=)", re.MULTILINE
)
SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Definitions:
    """Names that a text binds at its top level, inside `if` and the like too.

    Args:
        functions: and classes.
        variables: whatever else gets a value.
        imports: names that come from another module.
        runs: False where it is no Python; what is not parsed is taken for some.
        tree: the text as Python, its magics aside; None where it is none, or not parsed.
    """

    functions: frozenset[str]
    variables: frozenset[str]
    imports: frozenset[str]
    runs: bool
    tree: ast.Module | None

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
        return _of(tree)
    found = list(DEFINITION.finditer(text))
    functions = frozenset(match[1] for match in found if match[1])
    variables = frozenset(match[2] for match in found if match[2])
    return Definitions(functions, variables, frozenset(), long, None)


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings(action="ignore"):  # of "\sum", from Python 3.12 on
            return ast.parse(text)
    except Exception:  # a student's text may bring any reader to its end
        return None


def _without_magics(text: str) -> str:
    return CAPTURED.sub(r"\1None", MAGIC.sub(r"\1pass", text))


def _of(tree: ast.Module) -> Definitions:
    functions, variables, imports = set[str](), set[str](), set[str]()
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            functions.add(node.name)
            inside = (part for part in ast.walk(node) if isinstance(part, ast.Global))
            variables.update(name for part in inside for name in part.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                variables.add(node.id)
        elif not isinstance(node, SCOPES):
            nodes += ast.iter_child_nodes(node)
    return Definitions(frozenset(functions), frozenset(variables), frozenset(imports), True, tree)
