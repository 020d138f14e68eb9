"""What an expression may stand for: a dotted name, a text, something of the program's own.

Assignments are followed from any text to any other, in whatever order they run: a name stands for
all that it is ever given. `expressions` and `calls` have the rules for each kind of expression.
"""

from __future__ import annotations

import ast
import builtins
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from autograder.examiner.review import literals
from autograder.examiner.review.atoms import (
    CLASS,
    UNREAD,
    Argument,
    Atom,
    Atoms,
    Box,
    Literal,
    Name,
    Own,
    Space,
    Stored,
    joined,
    literal,
    text_of,
)
from autograder.examiner.review.literals import HOLE
from autograder.examiner.review.passed import Passed
from autograder.examiner.review.program import Program
from autograder.examiner.review.scopes import Binding, Path, Scope, last_of

NAMING = ("torch.", "builtins.", "sys.")  # what they list may be names of theirs
PROPERTIES = ("property", "cached_property")
NAMES = ("__name__", "__qualname__", "__doc__")
LINEAGE = ("__class__", "__mro__", "__bases__", "__base__")  # these lead to classes
ENTERED = "__enter__"  # of a value what a `with` gives
MOST_ATOMS = 16  # that one expression stands for
MOST_DEPTH = 40  # of an expression in another
MOST_STEPS = 60_000  # for all texts together

Rule = Callable[["Standing", Any, Scope], Iterable[Atom]]


class TooLongError(Exception):
    """It would take long to tell what a program's expressions stand for: no person writes so."""


class Standing:
    """What the expressions of a program stand for.

    Args:
        program: the texts that run together.
        rules: what to do with each kind of expression.
    """

    def __init__(self, program: Program, rules: dict[type[ast.AST], Rule]) -> None:
        self.program, self.rules = program, rules
        self._steps = self._depth = self._cut = 0  # cut: what was being looked at already
        self._known: dict[Any, Atoms] = {}
        self._partly: dict[ast.AST, Atoms] = {}  # without what was being looked at; not for long
        self._active: set[Any] = set()  # what is being looked at, and is not again
        self._passed = Passed()

    def note_calls(self, calls: Iterable[tuple[ast.Call, Scope]]) -> None:
        """Learns from the program's calls what its functions' parameters are given."""
        for call, scope in calls:
            self._passed.note(self, call, scope)
        self._known.clear()

    def of(self, node: ast.AST, scope: Scope) -> Atoms:
        """All that an expression may stand for; nothing where nobody can tell."""
        # A name stands for the same wherever it is written in a scope.
        key = (node.id, scope) if isinstance(node, ast.Name) else node
        if key in self._known:
            return self._known[key]
        if node in self._partly:
            return self._partly[node]
        rule = self.rules.get(type(node))
        if rule is None or node in self._active:
            self._cut += rule is not None
            return ()
        if self._depth > MOST_DEPTH:
            return UNREAD
        self._step()
        self._depth += 1
        self._active.add(node)
        before = self._cut
        found = tuple(dict.fromkeys(rule(self, node, scope)))[:MOST_ATOMS]
        self._active.discard(node)
        self._depth -= 1
        if not self._depth:
            self._partly.clear()
        if self._cut == before or not self._depth:
            self._known[key] = found
        else:
            self._partly[node] = found
        return found

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooLongError

    def names(self, node: ast.AST, scope: Scope) -> list[str]:
        """The dotted names that an expression may stand for."""
        return [atom.dotted for atom in self.of(node, scope) if isinstance(atom, Name)]

    def texts(self, node: ast.AST, scope: Scope) -> list[str]:
        """The texts that an expression may stand for, those of bytes too."""
        return [text for atom in self.of(node, scope) if (text := text_of(atom)) is not None]

    def with_value(self, name: str, value: Any, node: ast.AST, scope: Scope) -> Atoms:
        """What an expression stands for where a name has this value alone."""
        before, known, partly = scope.binds[name], self._known, self._partly
        made = ast.Constant(HOLE if isinstance(value, list) else value)
        scope.binds[name], self._known, self._partly = [Binding("value", made, scope)], {}, {}
        found = self.of(node, scope)
        scope.binds[name], self._known, self._partly = before, known, partly
        return found

    # Names ---------------------------------------------------------------------------------

    def named(self, name: str, scope: Scope) -> Iterator[Atom]:
        """What a name stands for from here; a module of the program's own may be run here too."""
        bindings = scope.lookup(name)
        if bindings is None:
            others = [s for s in self.program.spaces.values() if s is not scope.top]
            bindings = [each for other in others for each in other.binds.get(name, ())]
            if not bindings:
                yield from self._unbound(name)
        for binding in bindings:
            yield from self.bound(binding)
        if name in self.program.stored:
            yield Stored(name)

    def _unbound(self, name: str) -> Iterator[Atom]:
        """What a name stands for that the program binds nowhere."""
        if name == "__name__":
            yield Literal("__main__")
        elif hasattr(builtins, name) or not self.program.stars:
            yield Name(name)
        else:
            for module in self.program.stars:
                yield from self._imported(f"{module}.{name}")

    def bound(self, binding: Binding) -> Iterator[Atom]:
        """What one binding gives its name."""
        self._step()
        if binding.how == "module":
            yield from self._imported(binding.name)
        elif binding.how == "own":
            yield Own(binding.node, binding.scope)
        elif binding.how == "unknown":
            yield from UNREAD
        elif id(binding) in self._active:
            self._cut += 1
        else:
            self._active.add(id(binding))
            if binding.how == "parameter":
                found: Atoms = tuple(self._passed.given(self, binding))
            else:
                found = self.parts(self.of(binding.node, binding.scope), binding.path)
            self._active.discard(id(binding))
            yield from found

    def _imported(self, dotted: str) -> Iterator[Atom]:
        """What an import gives: of a module of the program's own, what that binds."""
        module, _, name = dotted.rpartition(".")
        if module and module in self.program.spaces:
            yield from self.of_name(module, name)
        else:
            yield Name(dotted)

    # Parts ---------------------------------------------------------------------------------

    def parts(self, atoms: Iterable[Atom], path: Path) -> Atoms:
        """What a part of a value stands for."""
        found = tuple(atoms)
        for step in path:
            found = tuple(part for atom in found for part in self.items(atom, step))
        return found[:MOST_ATOMS]

    def items(self, atom: Atom, index: int | str | None) -> Atoms:
        """The item of a value with an index; all where that is None, but not its own again."""
        if atom in self._active:
            self._cut += 1
            return ()
        if self._depth > MOST_DEPTH:
            return UNREAD
        self._step()
        self._depth += 1
        self._active.add(atom)
        found = tuple(itertools.islice(self._items(atom, index), 2 * MOST_ATOMS))
        self._active.discard(atom)
        self._depth -= 1
        return found

    def _items(self, atom: Atom, index: int | str | None) -> Iterable[Atom]:
        if isinstance(atom, Stored) and index != ENTERED:
            return [part for each in self.program.stored[atom.key] for part in self.bound(each)]
        if isinstance(atom, Space) and index != ENTERED:
            return self.of_name(atom.dotted, index) if isinstance(index, str) else UNREAD
        if isinstance(atom, Literal) and index != ENTERED:
            value = atom.value
            if value == HOLE or isinstance(value, int):
                return UNREAD
            every = dict.fromkeys(value) if index is None else [literals.item(value, index)]
            return map(literal, every)
        if isinstance(atom, Argument) or index == ENTERED:
            within = self._boxed(atom, None) if isinstance(atom, Box) else ()
            return (atom, *within, *self._by(atom, ENTERED))
        if isinstance(atom, Own):
            return self._by(atom, "__iter__" if index is None else "__getitem__")
        if atom == CLASS:  # one of several
            return (atom,)
        if isinstance(atom, Name):
            return UNREAD if atom.dotted.startswith(NAMING) else ()
        return self._boxed(atom, index) if isinstance(atom, Box) else ()

    def _by(self, atom: Atom, name: str) -> Iterator[Atom]:
        """What a method of Python's own gives of an object of the program's."""
        for method in self.attribute((atom,), name) if isinstance(atom, Own) else ():
            for binding in self.program.returned[method.node] if isinstance(method, Own) else ():
                yield from self.bound(binding)

    def _boxed(self, box: Box, index: int | str | None) -> Iterator[Atom]:
        node, scope = box.node, box.scope
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is None:
                    yield from self.parts(self.of(value, scope), (None,))
                elif index is None:  # what a loop over it gives, or any of its values
                    yield from (*self.of(key, scope), *self.of(value, scope))
                elif not isinstance(key, ast.Constant) or key.value == index:
                    yield from self.of(value, scope)
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            exact = isinstance(index, int) and -len(node.elts) <= index < len(node.elts)
            starred = any(isinstance(part, ast.Starred) for part in node.elts)
            chosen = [node.elts[index]] if exact and not starred else node.elts  # type: ignore
            for part in chosen[: 2 * MOST_ATOMS]:
                atoms = self.of(part, scope)
                yield from self.parts(atoms, (None,)) if isinstance(part, ast.Starred) else atoms
        elif isinstance(node, ast.Call):  # zip, enumerate, dict(a=...): a row of it, or an item
            if index is None:
                yield box
            for value in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from self.parts(self.of(value, scope), (None,))
            yield from (a for k in node.keywords for a in self.of(k.value, scope))
        else:
            part = node.value if isinstance(node, ast.DictComp) else node.elt
            yield from self.of(part, self.program.within[node])

    def attribute(self, atoms: Sequence[Atom], name: str) -> Iterator[Atom]:
        """What an attribute of something stands for."""
        own = any(isinstance(atom, Own) for atom in atoms)
        if name in LINEAGE and not (own and name == "__class__"):
            yield CLASS
            return
        if name == "mro":
            yield Name(f"{CLASS.dotted}.mro")
            return
        for atom in atoms:
            if isinstance(atom, Name):
                yield from self.of_name(atom.dotted, name)
            elif isinstance(atom, Own):
                yield from self._of_own(atom, name)
            elif isinstance(atom, Argument):
                yield atom
            elif isinstance(atom, Literal):
                yield from UNREAD
        for binding in self.program.attributes.get(name, ()):
            yield from self.bound(binding)
        if f".{name}" in self.program.stored:
            yield Stored(f".{name}")

    def of_name(self, dotted: str, name: str) -> Iterator[Atom]:
        """What stands in a module; "" is the cells' own namespace."""
        space = "" if dotted in ("", "__main__") else dotted
        bindings = (
            self.program.spaces[space].binds.get(name) if space in self.program.spaces else ()
        )
        for binding in bindings or ():
            yield from self.bound(binding)
        if not bindings:
            if dotted == CLASS.dotted and name in NAMES:
                return
            whole = joined(dotted, name) if space else name
            yield Space(dotted) if name == "__dict__" else Name(whole)

    def _of_own(self, own: Own, name: str) -> Iterator[Atom]:
        inside = self.program.within[own.node]
        if name in ("__name__", "__qualname__") and not isinstance(own.node, ast.Lambda):
            yield Literal(own.node.name)
        elif name == "__doc__" and not isinstance(own.node, ast.Lambda):
            yield Literal(ast.get_docstring(own.node) or "")
        elif inside.kind == "class":
            for binding in inside.binds.get(name, ()):
                yield from self._got(binding)
            if own not in self._active:  # a class may be its own base's
                self._active.add(own)
                bases = [atom for base in own.node.bases for atom in self.of(base, own.scope)]
                owns = [base for base in bases if isinstance(base, Own)]
                above = [part for base in owns for part in self._of_own(base, name)]
                self._active.discard(own)
                yield from above

    def _got(self, binding: Binding) -> Iterator[Atom]:
        """What a binding of a class gives who asks an object: of a property what it returns."""
        decorators = getattr(binding.node, "decorator_list", ()) if binding.how == "own" else ()
        if any(last_of(decorator) in PROPERTIES for decorator in decorators):
            for returned in self.program.returned.get(binding.node, ()):
                yield from self.bound(returned)
        else:
            yield from self.bound(binding)
