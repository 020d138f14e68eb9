"""What a student's text defines for the cells after it, even where it is no Python."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

MOST_CHARACTERS = 100_000  # of a text that is parsed
# IPython's own: lines that begin with a magic, ask for help, or keep what a magic gives.
MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\?{1,2}[ \t]*)$", re.MULTILINE)
CAPTURED = re.compile(r"^([ \t]*[\w.,* \t]+=[ \t]*)[%!].*$", re.MULTILINE)
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
        runs: False where it is no Python; what is too long to be parsed is taken for some.
        tree: the text as Python, its magics aside; None where there is none.
    """

    functions: frozenset[str]
    variables: frozenset[str]
    imports: frozenset[str]
    runs: bool
    tree: ast.Module | None

    @property
    def names(self) -> frozenset[str]:
        """What is defined here."""
        return self.functions | self.variables

    @property
    def bound(self) -> frozenset[str]:
        """What is defined here or comes from elsewhere."""
        return self.names | self.imports


def read(text: str) -> Definitions:
    """What a text defines; where it is no Python, in lines that begin at its left edge."""
    long = len(text) > MOST_CHARACTERS
    tree = None if long else _parsed(text)
    if tree is not None:
        return _of(tree)
    found = list(DEFINITION.finditer(text))
    functions = frozenset(match[1] for match in found if match[1])
    variables = frozenset(match[2] for match in found if match[2])
    return Definitions(functions, variables, frozenset(), long, None)


def _parsed(text: str) -> ast.Module | None:
    for version in (text, CAPTURED.sub(r"\1None", MAGIC.sub(r"\1pass", text))):
        try:
            return ast.parse(version)
        except Exception:  # a student's text may bring any reader to its end
            continue
    return None


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
