"""What a call stands for: what it gets of a module, makes of texts, or gives back."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograder.examiner.review import literals
from autograder.examiner.review.atoms import (
    CLASS,
    UNREAD,
    Applied,
    Argument,
    Atom,
    Atoms,
    Box,
    Getter,
    Literal,
    Name,
    Own,
    Space,
    Stored,
    literal,
)
from autograder.examiner.review.literals import FUNCTIONS, HOLE
from autograder.examiner.review.plain import combined, computed, plain
from autograder.examiner.review.scopes import Scope
from autograder.examiner.review.standing import Standing

SHELL = "get_ipython()"
SHELLS = ("get_ipython", "InteractiveShell.instance", "get_ipython.getipython")
IMPORTING = ("import_module", "__import__", "locate", "resolve_name", "reload", "find_spec")
GETTING = ("getattr", "__getattribute__", "__getattr__", "getattr_static")
TAKING = ("get", "pop", "setdefault", "__getitem__")
ITEMS = frozenset(
    (
        *("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "dict"),
        *("collections.deque", "copy.copy", "copy.deepcopy", "super", "staticmethod"),
        *("classmethod", "property", "contextlib.nullcontext", "functools.cache"),
        *("functools.lru_cache", "filter", "max", "min", "types.MappingProxyType", "weakref.ref"),
        *("weakref.proxy", "itertools.cycle", "next", "typing.cast", "operator.itemgetter"),
        *("itertools.chain.from_iterable", "queue.Queue"),
    )
)
ROWS = ("zip", "enumerate", "itertools.chain", "itertools.product", "dict", "itertools.repeat")
NAMESPACES = ("globals", "locals", "vars", "dir")


def called(standing: Standing, node: ast.Call, scope: Scope) -> Iterator[Atom]:
    """All that a call may stand for."""
    known = False
    if isinstance(node.func, ast.Attribute):
        owner = standing.of(node.func.value, scope)
        for atom in _of_method(standing, owner, node, scope):
            known = True
            yield atom
    for atom in standing.of(node.func, scope):
        if not isinstance(atom, Literal):
            known = True
            yield from _of_function(standing, atom, node, scope)
    if not known:
        yield from UNREAD


def _of_function(standing: Standing, atom: Atom, node: ast.Call, scope: Scope) -> Iterable[Atom]:
    """What a call gives of what is called."""
    if isinstance(atom, Name):
        return _of_name(standing, atom.dotted, node, scope)
    if isinstance(atom, Own):
        return _of_own(standing, atom)
    if isinstance(atom, Getter):
        owners = [standing.of(argument, scope) for argument in node.args]
        return [got for owner in owners for got in _got(standing, owner, atom.text)]
    if isinstance(atom, Applied):
        arguments = [*atom.node.args[1:], *node.args]
        keywords = [*atom.node.keywords, *node.keywords]
        return standing.of(ast.Call(atom.node.args[0], arguments, keywords), scope)
    return (atom,) if isinstance(atom, Argument) else UNREAD


def arguments_of(standing: Standing, node: ast.Call, scope: Scope) -> list[Atoms]:
    """What a call's arguments stand for; of `*arguments` what is in them, where that is told."""
    found: list[Atoms] = []
    for argument in node.args:
        atoms = standing.of(argument, scope)
        if not isinstance(argument, ast.Starred):
            found.append(atoms)
            continue
        lengths = [
            len(a.node.elts) for a in atoms if isinstance(a, Box) and hasattr(a.node, "elts")
        ]
        places: list[int | None] = [*range(max(lengths))] if lengths else [None, None]
        found += [standing.parts(atoms, (place,)) for place in places]
    return found


def _of_own(standing: Standing, own: Own) -> Iterator[Atom]:
    """What a function of the program's returns; of a class an object, or what calling that does."""
    functions = [own.node]
    inside = standing.program.within[own.node]
    if inside.kind == "class":
        yield own
        bound = inside.binds.get("__call__", ())
        functions = [each.node for each in bound if each.how == "own"]
    for function in functions:
        for binding in standing.program.returned.get(function, ()):
            yield from standing.bound(binding)


def _of_method(standing: Standing, owner: Atoms, node: ast.Call, scope: Scope) -> Iterator[Atom]:
    """What a method of a text or container gives."""
    name = node.func.attr  # type: ignore[attr-defined]
    arguments = arguments_of(standing, node, scope)
    values = [plain(standing, atoms) for atoms in arguments]
    for atom in owner:
        if isinstance(atom, Literal) and atom.value != HOLE and name in literals.METHODS:
            named = {k.arg: plain(standing, standing.of(k.value, scope))[0] for k in node.keywords}
            for each in combined(*values):
                yield literal(literals.method(atom.value, name, each, named))
        elif name in TAKING and isinstance(atom, Box | Stored | Space) and values:
            yield from _entries(standing, atom, values[0])
            yield from itertools.chain(*arguments[1:])
        elif name in ("pop", "popleft", "popitem", "get", "get_nowait", "__next__"):
            yield from standing.items(atom, None) if isinstance(atom, Box | Stored | Space) else ()
        elif name in ("values", "items", "keys", "copy") and isinstance(atom, Box | Stored | Space):
            yield from _listed(atom, name)


def _listed(atom: Box | Stored | Space, name: str) -> Iterable[Atom]:
    if isinstance(atom, Space) and name != "copy":
        return UNREAD
    if isinstance(atom, Box) and isinstance(atom.node, ast.Dict) and None not in atom.node.keys:
        keys = [key for key in atom.node.keys if key]
        values = atom.node.values
        rows: list[ast.expr] = [ast.Tuple([k, v]) for k, v in zip(keys, values, strict=True)]
        parts = {"keys": keys, "values": values, "items": rows}
        return (Box(ast.List(parts[name]), atom.scope),) if name in parts else (atom,)
    return (atom,)


def _entries(standing: Standing, atom: Atom, keys: Iterable[Any]) -> Iterator[Atom]:
    for key in keys:
        exact = isinstance(key, str | int) and HOLE not in str(key)
        yield from standing.items(atom, key if exact else None)


def _of_name(standing: Standing, dotted: str, node: ast.Call, scope: Scope) -> Iterable[Atom]:
    """What a call of something with a dotted name gives."""
    dotted = dotted.removeprefix("builtins.").removeprefix("__builtins__.")
    owner, _, last = dotted.rpartition(".")
    arguments = arguments_of(standing, node, scope)
    if last in GETTING:
        if len(arguments) == 1 and owner:
            arguments = [(Name(owner),), *arguments]
        return _getattr(standing, arguments)
    if dotted.endswith(SHELLS):
        return (Name(SHELL),)
    if last in IMPORTING:
        return _modules(standing, last, arguments)
    if dotted in NAMESPACES:
        return _spaces(arguments) if dotted != "dir" else UNREAD
    if dotted == "sys.modules.get" and arguments:
        return _modules(standing, last, arguments)
    if dotted in SPECIAL and arguments:
        return SPECIAL[dotted](standing, arguments, node, scope)
    if dotted in FUNCTIONS and arguments:
        return _computed(standing, dotted, arguments)
    if dotted in (f"{CLASS.dotted}.mro", "inspect.getmro"):
        return (CLASS,)
    if dotted == "type" and len(arguments) == 1:
        known = [atom for atom in arguments[0] if isinstance(atom, Own | Name)]
        return known or (CLASS,)
    if dotted in ITEMS:
        return _through(standing, dotted, arguments) if arguments else (Box(node, scope),)
    if dotted in ROWS or (dotted == "types.SimpleNamespace"):
        return (Box(node, scope),)
    return UNREAD


def _getattr(standing: Standing, arguments: list[Atoms]) -> Iterator[Atom]:
    owner, names, *default = arguments if len(arguments) > 1 else [(), ()]
    for text in plain(standing, names):
        if isinstance(text, str) and HOLE not in text:
            yield from standing.attribute(owner, text)
        elif names != (Argument(),):
            yield from UNREAD
    yield from itertools.chain(*default)


def _got(standing: Standing, owner: Atoms, dotted: str) -> Atoms:
    """What stands under a dotted text in something."""
    for part in dotted.split("."):
        owner = tuple(standing.attribute(owner, part))
    return owner


def _modules(standing: Standing, last: str, arguments: list[Atoms]) -> Iterator[Atom]:
    if last == "reload":
        yield from itertools.chain(*arguments)
        return
    for text in plain(standing, arguments[0]) if arguments else [HOLE]:
        if isinstance(text, str) and HOLE not in text:
            yield Name(f"{text}.__spec__" if last == "find_spec" else text.replace(":", "."))
        else:
            yield from UNREAD


def _spaces(arguments: list[Atoms]) -> Iterable[Atom]:
    if not arguments:
        return (Space(""),)
    return [Space(atom.dotted) for atom in arguments[0] if isinstance(atom, Name)]


def _computed(standing: Standing, dotted: str, arguments: list[Atoms]) -> Iterator[Atom]:
    if all(atoms == (Argument(),) for atoms in arguments):
        yield Argument()
        return
    for values in combined(*(plain(standing, atoms) for atoms in arguments)):
        yield literal(computed(dotted, values))
    if dotted in ITEMS:
        yield from _through(standing, dotted, arguments)


def _through(standing: Standing, dotted: str, arguments: list[Atoms]) -> Iterator[Atom]:
    """What a function hands on of what it is given: it, or an item of it."""
    for atom in itertools.chain(*arguments):
        if dotted in ("next", "max", "min"):
            yield from standing.items(atom, None)
        elif not (isinstance(atom, Literal) and dotted in FUNCTIONS):
            yield atom


Arguments = list[Atoms]


def _attrgetter(s: Standing, arguments: Arguments, node: ast.Call, scope: Scope) -> Iterator[Atom]:
    for text in plain(s, arguments[0]):
        yield Getter(text) if isinstance(text, str) and HOLE not in text else UNREAD[0]


def _reduce(s: Standing, arguments: Arguments, node: ast.Call, scope: Scope) -> Iterator[Atom]:
    """`reduce(getattr, ["_C", "_nn"], torch)`."""
    getting = any(isinstance(a, Name) and a.dotted.endswith(GETTING) for a in arguments[0])
    if not getting or len(arguments) < 2:
        yield from UNREAD
        return
    owners = arguments[2] if len(arguments) > 2 else s.parts(arguments[1], (0,))
    for texts in plain(s, arguments[1]):
        if isinstance(texts, list) and HOLE not in texts:
            parts = texts if len(arguments) > 2 else texts[1:]
            yield from _got(s, owners, ".".join(map(str, parts)))
        else:
            yield from UNREAD


def _map(s: Standing, arguments: Arguments, node: ast.Call, scope: Scope) -> Iterator[Atom]:
    for atom in arguments[0]:
        if isinstance(atom, Name) and atom.dotted in FUNCTIONS and len(arguments) == 2:
            for values in plain(s, arguments[1]):
                readable = isinstance(values, list | str | bytes) and values != HOLE
                made = [computed(atom.dotted, [value]) for value in values] if readable else HOLE
                yield literal(made)
        else:
            of_each: list[ast.expr] = [ast.Subscript(a, ast.Constant(HOLE)) for a in node.args[1:]]
            yield Box(ast.List([ast.Call(node.args[0], of_each, [])]), scope)


def _partial(s: Standing, arguments: Arguments, node: ast.Call, scope: Scope) -> Iterator[Atom]:
    yield Applied(node, scope)


def _call(s: Standing, arguments: Arguments, node: ast.Call, scope: Scope) -> Iterable[Atom]:
    return s.of(ast.Call(node.args[0], node.args[1:], node.keywords), scope)


def _item(s: Standing, arguments: Arguments, node: ast.Call, scope: Scope) -> Iterator[Atom]:
    for atom in arguments[0]:
        if len(arguments) > 1:
            yield from _entries(s, atom, plain(s, arguments[1]))


SPECIAL: dict[str, Callable[..., Iterable[Atom]]] = {
    "operator.attrgetter": _attrgetter,
    "functools.reduce": _reduce,
    "functools.partial": _partial,
    "operator.call": _call,
    "operator.getitem": _item,
    "map": _map,
}
