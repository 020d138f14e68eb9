"""What running a cell may change of what others use, read from its text alone.

Where the text does not tell, the answer is that it may: that costs time, and no points.
"""

from __future__ import annotations

import ast
import dis
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import CodeType

from autograder.examiner.names import parsed

# Packages whose functions change their arguments alone, where their names say nothing else.
LIBRARIES = (
    *("torch", "numpy", "math", "cmath", "random", "time", "timeit", "statistics", "fractions"),
    *("itertools", "functools", "operator", "collections", "string", "textwrap", "typing", "json"),
    *("dataclasses", "IPython", "matplotlib", "seaborn", "pandas", "sklearn", "scipy", "tqdm"),
    *("asyncio", "copy", "datetime", "decimal", "enum", "pathlib", "re", "heapq", "bisect"),
)
PICTURES = ("matplotlib", "seaborn")  # what is set there is seen in pictures, and nowhere else
# Whatever they are called of: torch's modes and numpy's, warnings, files.
MODES = re.compile(
    r"set_(default|grad|flush|float|num|detect|deterministic|multithreading|warn)|"
    r"use_deterministic|seterr|filterwarnings|simplefilter|write|unlink|open|touch|mkdir|rename|to_(csv|pickle|json)"
)
SETTING = re.compile(r"set|use_|enable|disable|register|install|patch|\w*(save\w*|dump)$")
HARMLESS = ("set_printoptions", "set_option", "set_rng_state", "set_state")
DUNDERS = re.compile(
    r"__(enter|exit|(set|del)(attr|item)|dict|globals|builtins|code|(kw)?defaults|closure|import|"
    r"subclasses|bases|mro|i[a-z]+(?<!init))__$"
)
BUILTINS = (
    *("exec", "eval", "compile", "globals", "locals", "vars", "setattr", "delattr", "open"),
    *("__import__", "__builtins__", "breakpoint"),
)
# IPython's lines that leave a notebook as it is; the text of the timed ones is code.
LINES = (
    "matplotlib",
    "pip",
    "conda",
    "pwd",
    "ls",
    "who",
    "whos",
    "lsmagic",
    "history",
    "precision",
)
TIMED = ("timeit", "time")
COMMANDS = ("system", "getoutput", "getlines")  # no program runs here
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
STORES = ("STORE_NAME", "DELETE_NAME")  # dis
GLOBAL_STORES = ("STORE_GLOBAL", "DELETE_GLOBAL")
LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL")


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement at a cell's top level.

    Args:
        binds: names that get another value or none, by functions that say `global` too.
        uses: names that it takes from elsewhere, now or when a function that it defines is called.
        stores: names whose attributes or items it sets or deletes.
        parts: the attributes that it takes of names: ("torch", "save") of `torch.save(...)`.
        imports: what the names that it imports stand for.
        fixed: whether nobody changes what it binds by using it: a function, a number, a text.
        defines: whether it holds a function or class, whose code is run by whoever uses it.
        inside: names that this code binds or deletes, or sets something of.
        unsure: whether it may change what no name tells: a mode, a file, anything at all.
    """

    binds: frozenset[str]
    uses: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    parts: frozenset[tuple[str, str]] = frozenset()
    imports: Mapping[str, str] = field(default_factory=dict)
    fixed: bool = False
    defines: bool = False
    inside: frozenset[str] = frozenset()
    unsure: bool = False


@cache
def statements(cell: str) -> Sequence[Statement]:
    """The statements of a cell; of one that can't be read, one that may do anything."""
    tree = parsed(cell)
    try:
        return [_statement(node) for node in tree.body] if tree else [_UNREADABLE]
    except (SyntaxError, ValueError, RecursionError):  # a return outside a function: nothing runs
        return [_UNREADABLE]


def bindings(cells: Iterable[str]) -> set[str]:
    """The names that cells bind or delete."""
    return {name for cell in cells for each in statements(cell) for name in each.binds}


_UNREADABLE = Statement(frozenset(), unsure=True)


def _statement(node: ast.stmt) -> Statement:
    nodes = list(ast.walk(node))
    module = ast.Module([node], [])
    code: CodeType = compile(module, "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    inner = [each for text in _timed(nodes) for each in statements(text)]
    definitions = [each for each in nodes if isinstance(each, DEFINITIONS)]
    return Statement(
        binds=frozenset(_bound(code)).union(*(each.binds for each in inner)),
        uses=frozenset(_loaded(code)).union(*(each.uses for each in inner)),
        stores=frozenset(_stored(nodes)).union(*(each.stores for each in inner)),
        parts=frozenset(_parts(nodes)).union(*(each.parts for each in inner)),
        imports=dict(_imported(nodes)),
        fixed=_is_fixed(node),
        defines=bool(definitions),
        inside=frozenset(_globals(code))
        | {name for d in definitions for name in _stored(ast.walk(d))},
        unsure=any(map(_is_unsure, nodes)) or any(each.unsure for each in inner),
    )


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code object, and those of the functions and classes in it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _bound(code: CodeType) -> Iterator[str]:
    """The notebook's names that code binds or deletes; what a class body binds is the class's."""
    yield from (s.argval for s in dis.get_instructions(code) if s.opname in STORES)
    yield from _globals(code)


def _globals(code: CodeType) -> Iterator[str]:
    """Those that are declared to be global."""
    for each in _codes(code):
        yield from (s.argval for s in dis.get_instructions(each) if s.opname in GLOBAL_STORES)


def _loaded(code: CodeType) -> Iterator[str]:
    for each in _codes(code):
        yield from (s.argval for s in dis.get_instructions(each) if s.opname in LOADS)


def _stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names at the root of what is set or deleted: `model` of `model.layer[0].bias = 1`."""
    for node in nodes:
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield _root(node)


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
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Import | ast.ImportFrom):
        return True
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    plain = ast.Constant | ast.UnaryOp | ast.BinOp | ast.operator | ast.unaryop
    value = node.value
    return isinstance(value, ast.Lambda) or all(isinstance(n, plain) for n in ast.walk(value))


def _is_unsure(node: ast.AST) -> bool:
    """Whether a part of a statement may do what no name tells."""
    if isinstance(node, ast.Attribute):
        modes = MODES.match(node.attr) and node.attr not in HARMLESS
        return bool(modes or DUNDERS.match(node.attr))
    if isinstance(node, ast.Name):
        return node.id in BUILTINS
    return isinstance(node, ast.Call) and _is_ipythons(node) and not _is_known_line(node)


def _is_ipythons(call: ast.Call) -> bool:
    """Whether it is a call of IPython's shell, as its own syntax becomes."""
    function = call.func
    shell = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(shell, ast.Call) and ast.unparse(shell.func) == "get_ipython"


def _is_known_line(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith(COMMANDS) or _words(call)[:1] in (
        [name] for name in LINES + TIMED
    )


def _words(call: ast.Call) -> list[str]:
    """The texts that a call is given."""
    return [str(part.value) for part in call.args if isinstance(part, ast.Constant)]


def _timed(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The code that %time and %timeit are given."""
    for node in nodes:
        if isinstance(node, ast.Call) and _is_ipythons(node) and _words(node)[:1] != []:
            magic, *texts = _words(node)
            yield from (texts if magic in TIMED else ())


class Texts:
    """Cells that share names, to be asked what some of them may change of what others use.

    Args:
        cells: their sources, in any order.
        modules: what lies beside the notebook, by the name under which it is imported.
    """

    def __init__(self, cells: Iterable[str], modules: Mapping[str, str]) -> None:
        self.modules = modules
        self._binding: dict[str, list[Statement]] = {}
        self._origins: dict[str, set[str]] = {}
        for cell in cells:
            for statement in statements(cell):
                for name in statement.binds | statement.stores:
                    self._binding.setdefault(name, []).append(statement)
                for name, origin in statement.imports.items():
                    self._origins.setdefault(name, set()).add(origin)

    def reach(self, names: Iterable[str]) -> set[str]:
        """These names, and those that what they are bound to may use."""
        found, left = set(names), list(names)
        while left:
            for statement in self._binding.get(left.pop(), ()):
                new = statement.uses - found
                found |= new
                left += new
        return found

    def may_change(self, cells: Iterable[str], needed: set[str]) -> bool:
        """Whether these cells may change what these names, and all that they reach, stand for."""
        return any(
            self._changes(statement, needed) for cell in cells for statement in statements(cell)
        )

    def _changes(self, statement: Statement, needed: set[str]) -> bool:
        if statement.unsure or self._outside(statement):
            return True
        rebound = {name for name in statement.binds if not self._is_again(statement, name)}
        if (rebound | statement.stores) & needed:
            return True
        reached = self.reach(statement.uses)
        run = [each for name in reached for each in self._binding.get(name, ()) if each.defines]
        if any(each.unsure or self._outside(each) or each.inside & needed for each in run):
            return True
        return any(name in needed and not self._is_fixed(name) for name in reached)

    def _is_again(self, statement: Statement, name: str) -> bool:
        """Whether a name is imported once more, and is nothing else anywhere."""
        everywhere = self._binding.get(name, ())
        return name in statement.imports and all(
            each.imports.get(name) == statement.imports[name] for each in everywhere
        )

    def _is_fixed(self, name: str) -> bool:
        """Whether nobody changes what a name is bound to by using it."""
        return all(each.fixed or name in each.imports for each in self._binding.get(name, ()))

    def _outside(self, statement: Statement) -> bool:
        """Whether a statement changes a module, or uses one that may change anything."""
        origins = self._origins
        if any(name in origins and not self._is_picture(name) for name in statement.stores):
            return True
        used = {(name, "") for name in statement.uses | statement.imports.keys()} | statement.parts
        return any(
            self._is_unsure(f"{origin}.{part}" if part else origin)
            for name, part in used
            for origin in origins.get(name, ())
        )

    def _is_picture(self, name: str) -> bool:
        return all(origin.partition(".")[0] in PICTURES for origin in self._origins[name])

    def _is_unsure(self, origin: str) -> bool:
        """Whether what has this dotted name may change anything when it is imported or used."""
        package = origin.lstrip(".").partition(".")[0]
        if package in self.modules:
            return _is_unsure_module(package, tuple(self.modules.items()))
        last = origin.rpartition(".")[2]
        sets = bool(SETTING.match(last)) and last not in HARMLESS and package not in PICTURES
        return package not in LIBRARIES or sets


@cache
def _is_unsure_module(name: str, modules: tuple[tuple[str, str], ...]) -> bool:
    """Whether a module beside the notebook may change anything when it is imported or used."""
    text = dict(modules)[name]
    others = {other: theirs for other, theirs in modules if other != name}
    return Texts([text], others).may_change([text], set())
