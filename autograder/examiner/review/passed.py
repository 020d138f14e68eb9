"""What the calls in a program give the parameters of its functions."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from autograder.examiner.review.atoms import UNREAD, Applied, Argument, Atom, Box, Own
from autograder.examiner.review.scopes import Binding, Function, Scope

if TYPE_CHECKING:
    from autograder.examiner.review.standing import Standing


CALLED = ("__init__", "__call__")  # other methods of Python's own names it calls by itself


class _Call(NamedTuple):
    """A call that gives a function arguments.

    Args:
        node: the call: of the function, or of something that it is handed to.
        scope: where it stands.
        before: how many arguments come before the function's own; below 0 where some were given
            before, None where the function is handed on to something.
    """

    node: ast.Call
    scope: Scope
    before: int | None


class Passed:
    """The calls of a program's functions."""

    def __init__(self) -> None:
        self._calls: dict[ast.AST, list[_Call]] = defaultdict(list)

    def note(self, standing: Standing, call: ast.Call, scope: Scope) -> None:
        """Notes whose function a call runs, or is handed."""
        for atom in standing.of(call.func, scope):
            if isinstance(atom, Own):
                for function in _run_by(standing, atom):
                    self._calls[function].append(_Call(call, scope, 0))
            elif isinstance(atom, Applied):
                first = standing.of(atom.node.args[0], atom.scope)
                for own in (each for each in first if isinstance(each, Own)):
                    given = len(atom.node.args) - 1
                    self._calls[own.node].append(_Call(atom.node, atom.scope, 1))
                    self._calls[own.node].append(_Call(call, scope, -given))
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        for value in values:  # map(f, texts), Thread(target=f, args=...)
            if isinstance(value, ast.Name | ast.Lambda):
                for atom in standing.of(value, scope):
                    if isinstance(atom, Own) and isinstance(atom.node, Function):
                        self._calls[atom.node].append(_Call(call, scope, None))

    def given(self, standing: Standing, binding: Binding) -> Iterator[Atom]:
        """What a parameter may be: its default, and what calls give it."""
        function, name = binding.node, binding.name
        places = [part.arg for part in (*function.args.posonlyargs, *function.args.args)]
        method = standing.program.method_of.get(function)
        if method and places[:1] == [name]:
            yield Own(method.node, method.scope)
            return
        for default in _defaults(function, name):
            yield from standing.of(default, binding.scope)
        place = places.index(name) - bool(method) if name in places else None
        calls = self._calls.get(function, ())
        for call in calls:
            yield from _rest(call, name, function, len(places) - bool(method))
            yield from _argument(standing, call, name, place)
        own = getattr(function, "name", "")
        if method and own[:2] == "__" and own not in CALLED:
            yield from UNREAD
        elif not calls:
            yield Argument()


def _run_by(standing: Standing, own: Own) -> list[Any]:
    """The functions that a call runs: of a class or its objects `__init__` or `__call__`."""
    inside = standing.program.within[own.node]
    if inside.kind != "class":
        return [own.node]
    bound = [*inside.binds.get("__init__", ()), *inside.binds.get("__call__", ())]
    return [each.node for each in bound if each.how == "own"]


def _defaults(function: Function, name: str) -> Iterator[ast.expr]:
    given = function.args
    places = [part.arg for part in (*given.posonlyargs, *given.args)]
    pairs = [*zip(reversed(places), reversed(given.defaults), strict=False)]
    named = (part.arg for part in given.kwonlyargs)
    for part, default in (*pairs, *zip(named, given.kw_defaults, strict=True)):
        if part == name and default:
            yield default


def _rest(call: _Call, name: str, function: Function, count: int) -> Iterator[Atom]:
    """What `*arguments` and `**options` are in a call, after so many arguments."""
    if function.args.vararg and function.args.vararg.arg == name:
        yield Box(ast.List(call.node.args[max(count + (call.before or 0), 0) :]), call.scope)
    elif function.args.kwarg and function.args.kwarg.arg == name:
        keys: list[ast.expr | None] = [ast.Constant(k.arg) for k in call.node.keywords if k.arg]
        values = [keyword.value for keyword in call.node.keywords if keyword.arg]
        yield Box(ast.Dict(keys, values), call.scope)


def _argument(standing: Standing, call: _Call, name: str, place: int | None) -> Iterator[Atom]:
    """What a call gives a parameter.

    Args:
        standing: what expressions stand for.
        call: one that gives it something.
        name: the parameter's.
        place: its, among those that have one.
    """
    arguments = call.node.args
    for keyword in call.node.keywords:
        if keyword.arg == name:
            yield from standing.of(keyword.value, call.scope)
        elif keyword.arg is None:
            yield from standing.parts(standing.of(keyword.value, call.scope), (name,))
    starred = any(isinstance(argument, ast.Starred) for argument in arguments)
    if call.before is not None and place is not None and not starred:
        if 0 <= place + call.before < len(arguments):
            yield from standing.of(arguments[place + call.before], call.scope)
        return
    others = [] if call.before is not None else [k.value for k in call.node.keywords]
    for argument in (*arguments, *others):  # any of them, or what is in it
        atoms = standing.of(argument, call.scope)
        yield from atoms
        yield from standing.parts(atoms, (None,))
