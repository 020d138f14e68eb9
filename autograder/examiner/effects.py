"""What running a statement may change, read from its text alone; `changes` asks it of cells."""

from __future__ import annotations

import ast
import dis
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import NamedTuple

from autograder.examiner.namespace import TIMING, is_ipythons, mentioned, parsed, timed, words_of

# Whatever they are called of: torch's modes and numpy's, warnings, files, IPython's shell.
MODES = re.compile(
    r"_*set_(default|grad|flush|float|num|detect|deterministic|multithreading|warn)|"
    r"use_deterministic|seterr|filterwarnings|simplefilter|write|unlink|open|touch|mkdir|rename|"
    r"to_(csv|pickle|json|excel|feather|parquet|hdf|html|latex|markdown|stata|sql|xml)|tofile|"
    r"(save|dump)$|extract(all)?$|savefig|imsave|get_ipython|user_(global_)?ns|run_cell"
)
HARMLESS = ("set_printoptions", "set_option", "set_rng_state", "set_state")
DUNDERS = re.compile(
    r"__(enter|exit|(set|del)(attr|item)|dict|globals|builtins|code|(kw)?defaults|closure|import|"
    r"subclasses|bases|mro|i[a-z]+(?<!init))__$"
)
BUILTINS = (
    *("exec", "eval", "compile", "globals", "locals", "vars", "setattr", "delattr", "open"),
    *("__import__", "__builtins__", "breakpoint", "get_ipython"),
)
# IPython's lines that leave a notebook as it is; the text of the timed ones is code.
LINES = (
    *("matplotlib", "pip", "conda", "pwd", "ls", "who", "whos", "lsmagic", "history", "precision"),
    *("pinfo", "pinfo2"),
)
CELL_MAGICS = ("timeit", "time", "capture", "prun")  # under which the rest of a cell is code
COMMANDS = ("system", "getoutput", "getlines")  # no program runs here
CONTAINERS = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp | ast.Call
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
STORES = ("STORE_NAME", "DELETE_NAME")  # dis
GLOBAL_STORES = ("STORE_GLOBAL", "DELETE_GLOBAL")
LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL")
NAMING = frozenset((*STORES, *GLOBAL_STORES, *LOADS))


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement at a cell's top level.

    Args:
        binds: names that get another value or none, by functions that say `global` too.
        uses: names that it takes from elsewhere, now or when a function that it defines is called.
        stores: names whose attributes or items it sets or deletes.
        calls: names whose methods it calls: they may keep what it uses.
        cloned: names of which it uses nothing but a copy: `y` of `f(y[:2].clone())`.
        parts: the attributes that it takes of names: ("torch", "save") of `torch.save(...)`.
        imports: what the names that it imports stand for.
        imported: those that it binds in no other way: they have nothing to do with what it uses.
        fixed: whether nobody changes what it binds by using it: a function, a number, a text.
        defines: whether it holds a function or class, whose code is run by whoever uses it.
        inside: names that this code binds or deletes, or sets something of.
        unsure: whether it may change what no name tells: a mode, a file, anything at all.
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
    unsure: bool = False


@cache
def statements(cell: str) -> Sequence[Statement]:
    """The statements of a cell; of one that can't be read, one that may do anything."""
    tree = None if _is_of_magic(cell) else parsed(cell)
    try:
        return [_statement(node) for node in tree.body] if tree else [_UNREADABLE]
    except (SyntaxError, ValueError, RecursionError):  # a return outside a function: nothing runs
        return [_UNREADABLE]


def bindings(cells: Iterable[str]) -> set[str]:
    """The names that cells bind or delete."""
    return {name for cell in cells for each in statements(cell) for name in each.binds}


@cache
def imported(cell: str) -> frozenset[str]:
    """The names that a cell imports, in its functions too."""
    return frozenset(name for each in statements(cell) for name in each.imports)


_UNREADABLE = Statement(frozenset(), unsure=True)


def _is_of_magic(cell: str) -> bool:
    """Whether a cell is given to a magic that makes something else of it, a file perhaps."""
    words = cell[2:].split(maxsplit=1)[:1]
    return cell.startswith("%%") and words not in ([name] for name in CELL_MAGICS)


def _statement(node: ast.stmt) -> Statement:
    nodes = list(ast.walk(node))
    module = ast.Module([node], [])
    code: CodeType = compile(module, "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    inner = [each for text in timed(nodes) for each in statements(text)]
    steps = list(_steps(code))
    declared = {step.name for step in steps if step.does in GLOBAL_STORES}  # to be global
    # What a class body binds is the class's.
    bound = {step.name for step in steps if step.does in STORES and not step.inside} | declared
    imports = dict(_imported(nodes))
    definitions = [each for each in nodes if isinstance(each, DEFINITIONS)]
    return Statement(
        binds=frozenset(bound).union(*(each.binds for each in inner)),
        uses=frozenset(step.name for step in steps if step.does in LOADS).union(
            mentioned(nodes), *(each.uses for each in inner)
        ),
        stores=frozenset(_stored(nodes)).union(*(each.stores for each in inner)),
        calls=frozenset(_called(nodes)).union(*(each.calls for each in inner)),
        cloned=frozenset(_cloned(nodes)) - set[str]().union(*(each.uses for each in inner)),
        parts=frozenset(_parts(nodes)).union(*(each.parts for each in inner)),
        imports=imports,
        imported=frozenset(imports) - _bound_otherwise(nodes) - {*_stored(nodes)},
        fixed=_is_fixed(node),
        defines=bool(definitions),
        inside=frozenset(declared) | {name for d in definitions for name in _stored(ast.walk(d))},
        unsure=_are_unsure(nodes) or any(each.unsure for each in inner),
    )


class _Step(NamedTuple):
    """What code does with a name, and whether it is code of a function or class in it."""

    does: str
    name: str
    inside: bool


def _steps(code: CodeType, *, inside: bool = False) -> Iterator[_Step]:
    """What code does with names, one step after the other."""
    for step in dis.get_instructions(code):
        if step.opname in NAMING:
            yield _Step(step.opname, step.argval, inside)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _steps(inner, inside=True)


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
    plain = ast.Constant | ast.UnaryOp | ast.BinOp | ast.operator | ast.unaryop
    value = node.value
    if isinstance(value, ast.Lambda):
        return _keeps_nothing(value.args)
    return all(isinstance(n, plain) for n in ast.walk(value))


def _keeps_nothing(arguments: ast.arguments) -> bool:
    """Whether no default of a function is an object that its calls may change."""
    return not any(isinstance(node, CONTAINERS) for node in ast.walk(arguments))


def _are_unsure(nodes: Sequence[ast.AST]) -> bool:
    """Whether a statement with these parts may do what no name tells."""
    lines = [n for n in nodes if isinstance(n, ast.Call) and is_ipythons(n) and _is_known_line(n)]
    known = {part for line in lines for part in ast.walk(line.func)}
    return any(_is_unsure(node) for node in nodes if node not in known)


def _is_unsure(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        modes = MODES.match(node.attr) and node.attr not in HARMLESS
        return bool(modes or DUNDERS.match(node.attr))
    if isinstance(node, ast.alias):
        return node.name == "*"  # binds whatever there is
    return isinstance(node, ast.Name) and node.id in BUILTINS


def _is_known_line(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith(COMMANDS) or words_of(call)[:1] in (
        [name] for name in LINES + TIMING
    )
