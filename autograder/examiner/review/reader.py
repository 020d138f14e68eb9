"""What a person should look at in a statement: the names in it that go around the by-hand rule."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.examiner.review import ways
from autograder.examiner.review.atoms import Argument, Atom, Atoms, Literal, Name, Space
from autograder.examiner.review.calls import GETTING, IMPORTING
from autograder.examiner.review.literals import HOLE
from autograder.examiner.review.program import SHOWING, Unit
from autograder.examiner.review.scopes import Scope, last_of
from autograder.examiner.review.standing import Standing

# Methods that only look at a text.
LOOKING = frozenset(("startswith", "endswith", "find", "index", "count", "split", "replace"))
COUNTING = frozenset(("len", "list", "sorted", "set", "print", "tuple"))  # only the keys of a dict
FILLING = ("update", "setdefault", "__setitem__", "pop")


@dataclass(frozen=True)
class Use:
    """A name that a person should look at.

    Args:
        name: as it is told.
        anywhere: whether it counts wherever it stands, or only where an answer reaches it.
    """

    name: str
    anywhere: bool


@dataclass
class Reader:
    """Reads statements.

    Args:
        standing: what expressions stand for.
        internals: dotted names that no notebook needs.
        libraries: dotted names that no function of the exercise needs.
    """

    standing: Standing
    internals: Sequence[str]
    libraries: Sequence[str]
    _covered: set[ast.AST] = field(default_factory=set)  # parts of what has been told

    def uses(self, unit: Unit) -> Iterator[Use]:
        """The names in a statement that a person should look at, in order."""
        for node, scope, shown in unit.nodes:
            if rule := RULES.get(type(node)):
                yield from rule(self, node, scope, shown)

    def _use(self, name: str) -> Iterator[Use]:
        if ways.starts(name, self.internals) or ways.anywhere(name):
            yield Use(name, anywhere=True)
        elif ways.starts(name, self.libraries) or ways.starts(name, ways.REACHED):
            yield Use(name, anywhere=False)

    def _names(self, node: ast.expr, scope: Scope, shown: bool) -> Iterator[Use]:
        """What an expression stands for; the shorter names in a dotted one are not told."""
        found = self.standing.names(node, scope)
        if isinstance(node, ast.Attribute) and found:
            self._covered.add(node.value)
        if node in self._covered or isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return
        for name in found:
            yield from self._use(name)
            parts = name.split(".")
            of_file = parts[0] == "torch" and not shown and not ways.FILES_OF.isdisjoint(parts)
            if of_file or name == "sys.modules":
                yield Use(name, anywhere=True)

    def _attribute(self, node: ast.Attribute, scope: Scope, shown: bool) -> Iterator[Use]:
        if isinstance(node.ctx, ast.Load):
            yield from self._names(node, scope, shown)
            way = node.attr in ways.ATTRIBUTES and not self.standing.names(node, scope)
            if way and (ways.nobodys(node.attr) or not self._own(node.attr)):
                yield Use(node.attr, anywhere=True)
        else:
            yield from self._patch(self.standing.of(node.value, scope), node.attr)
            if node.attr in ways.SET:
                yield Use(node.attr, anywhere=True)

    def _own(self, name: str) -> bool:
        """Whether a class or an object of the program's has something of this name."""
        program = self.standing.program
        within = program.within.values()
        return name in program.attributes or any(
            scope.kind == "class" and name in scope.binds for scope in within
        )

    def _patch(self, owner: Sequence[Atom], name: str) -> Iterator[Use]:
        for atom in owner:
            dotted = atom.dotted if isinstance(atom, Name | Space) else ""
            if ways.starts(dotted, ("torch",)) and not ways.starts(dotted, ways.SETTINGS):
                yield Use(f"{dotted}.{name} = …", anywhere=True)

    def _import(self, node: ast.Import, scope: Scope, shown: bool) -> Iterator[Use]:
        for alias in node.names:
            yield from self._imported(alias.name)

    def _import_from(self, node: ast.ImportFrom, scope: Scope, shown: bool) -> Iterator[Use]:
        for alias in node.names if node.module and not node.level else ():
            yield from self._imported(f"{node.module}.{alias.name}".removesuffix(".*"))

    def _imported(self, name: str) -> Iterator[Use]:
        """An import of what nobody needs counts as a use; of a library only what is done with it.

        So does one of a module that is a way as a whole; from others, names are told where used.
        """
        if name.partition(".")[0] not in self.standing.program.spaces:
            yield from (use for use in self._use(name) if use.anywhere)

    def _definition(self, node: Any, scope: Scope, shown: bool) -> Iterator[Use]:
        if node.name in ways.DEFINED:
            yield Use(node.name, anywhere=True)
        elif node.name == "__del__":
            yield Use(node.name, anywhere=any(map(_fills, ast.walk(node))))

    def _subscript(self, node: ast.Subscript, scope: Scope, shown: bool) -> Iterator[Use]:
        owner = self.standing.of(node.value, scope)
        texts = self.standing.texts(node.slice, scope)
        table = Name("sys.modules") in owner
        if table and ((HOLE not in "".join(texts) and texts) or self._outside(node.slice, scope)):
            self._covered.add(node.value)
        if not isinstance(node.ctx, ast.Load):
            for text in texts:
                yield from self._patch([a for a in owner if isinstance(a, Space)], text)
                if table and text.partition(".")[0] in ways.OWNERS:
                    yield Use(f"sys.modules[{text!r}] = …", anywhere=True)
        elif table:
            yield from (u for text in texts if HOLE not in text for u in self._use(text))
        else:
            yield from self._names(node, scope, shown)
            yield from self._hidden(owner, self.standing.of(node.slice, scope))
        yield from self._texts(texts)

    def _outside(self, node: ast.AST, scope: Scope) -> bool:
        return self.standing.of(node, scope) in ((Argument(),), ())

    def _texts(self, texts: Sequence[str]) -> Iterator[Use]:
        """Texts that are names of ways, or of what no notebook needs."""
        for text in texts:
            dotted = "." in text and all(part.isidentifier() for part in text.split("."))
            if ways.is_name(text) or (dotted and ways.starts(text, self.internals)):
                yield Use(text, anywhere=True)

    def _text(self, node: Any, scope: Scope, shown: bool) -> Iterator[Use]:
        """A text, or what puts one together: it counts where it is the name of a way."""
        if shown or (isinstance(node, ast.Constant) and not isinstance(node.value, str)):
            return
        for text in self.standing.texts(node, scope):
            whole = isinstance(node, ast.Constant) and "." in text  # that may be for people
            if not whole and ways.is_name(text):
                yield Use(text, anywhere=True)

    def _hidden(self, owner: Atoms, names: Atoms) -> Iterator[Use]:
        """A name that can't be read, of a module that has ways in it."""
        texts = [atom.value for atom in names if isinstance(atom, Literal)]
        if any(isinstance(text, str) and ways.hides(text) for text in texts):
            for atom in owner:
                if isinstance(atom, Name | Space):
                    first = atom.dotted.partition(".")[0]
                    if first in ways.OWNERS or first == "":
                        of = atom.dotted or "globals()"
                        yield Use(f"a name of {of} that can't be read", anywhere=True)

    def _compare(self, node: ast.Compare, scope: Scope, shown: bool) -> Iterator[Use]:
        if all(isinstance(each, ast.In | ast.NotIn) for each in node.ops):
            self._covered.update(node.comparators)
        return iter(())

    def _loop(self, node: Any, scope: Scope, shown: bool) -> Iterator[Use]:
        """A loop over `sys.modules` has names alone."""
        loops = node.generators if hasattr(node, "generators") else [node]
        self._covered.update(loop.iter for loop in loops)
        return iter(())

    # Calls ---------------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: Scope, shown: bool) -> Iterator[Use]:
        last = last_of(node.func)
        if last in COUNTING or last in ("get", "keys"):
            self._covered.update(a for a in node.args if isinstance(a, ast.Attribute | ast.Name))
        yield from self._names(node, scope, shown)
        arguments = [self.standing.of(each, scope) for each in node.args]
        for name in self.standing.names(node.func, scope):
            yield from self._of_name(name, arguments)
        if isinstance(node.func, ast.Attribute) and node.func.attr in (*FILLING, "get"):
            yield from self._of_table(node, node.func, scope, arguments)
        if last not in SHOWING | LOOKING:
            yield from self._texts(
                [t for each in node.args for t in self.standing.texts(each, scope)]
            )
        yield from self._text(node, scope, shown)

    def _of_name(self, name: str, arguments: Sequence[Atoms]) -> Iterator[Use]:
        """A call of something with a dotted name."""
        owner, _, last = name.rpartition(".")
        if last in GETTING and arguments:
            whole = [(Name(owner),), *arguments] if len(arguments) == 1 else arguments
            yield from self._hidden(*whole[:2])
        elif (
            last in IMPORTING and arguments and ways.starts(name, ("importlib", "pydoc", "pkgutil"))
        ):
            if any(isinstance(a, Literal) and HOLE in str(a.value) for a in arguments[0]):
                yield Use(name, anywhere=True)
            if last == "reload" and any(
                isinstance(a, Name) and a.dotted[:5] == "torch" for a in arguments[0]
            ):
                yield Use(name, anywhere=True)
        elif last in ("setattr", "delattr", "__setattr__", "__delattr__") and arguments:
            whole = (
                [(Name(owner),), *arguments]
                if last[:2] == "__" and len(arguments) < 3
                else arguments
            )
            for atom in whole[1] if len(whole) > 1 else ():
                text = str(atom.value) if isinstance(atom, Literal) else HOLE
                yield from self._patch(whole[0], text.replace(HOLE, "?"))
        elif last in ("attrgetter", "reduce", "map", "accumulate", "partial"):
            yield from self._handed(name, arguments)

    def _handed(self, name: str, arguments: Sequence[Atoms]) -> Iterator[Use]:
        """`getattr` handed on with modules and names, as to `map` or `partial`; `attrgetter`."""
        atoms = [atom for each in arguments for atom in each]
        atoms += self.standing.parts(atoms, (None,))
        names = tuple(atom for atom in atoms if isinstance(atom, Literal))
        owners = tuple(atom for atom in atoms if isinstance(atom, Name | Space))
        if name.endswith("attrgetter"):
            if any(HOLE in str(atom.value) for atom in names):
                yield Use(name, anywhere=True)
        elif any(isinstance(atom, Name) and atom.dotted in GETTING for atom in owners):
            yield from self._hidden(owners, names)
            for text in (atom.value for atom in names):
                if isinstance(text, str) and HOLE not in text:
                    for got in self.standing.attribute(owners, text):
                        yield from self._use(got.dotted) if isinstance(got, Name) else ()

    def _of_table(
        self, node: ast.Call, method: ast.Attribute, scope: Scope, arguments: Sequence[Atoms]
    ) -> Iterator[Use]:
        """A method of a module's dict: what it gets or sets."""
        owner = self.standing.of(method.value, scope)
        if method.attr == "get":
            if arguments:
                yield from self._hidden(owner, arguments[0])
            if Name("sys.modules") in owner and arguments:
                self._covered.add(method.value)
        else:
            spaces = [atom for atom in owner if isinstance(atom, Space)]
            yield from self._patch(spaces, "?")


RULES: dict[type[ast.AST], Callable[..., Iterator[Use]]] = {
    ast.Attribute: Reader._attribute,
    ast.Name: Reader._names,
    ast.Call: Reader._call,
    ast.Subscript: Reader._subscript,
    ast.Import: Reader._import,
    ast.ImportFrom: Reader._import_from,
    ast.FunctionDef: Reader._definition,
    ast.AsyncFunctionDef: Reader._definition,
    ast.Compare: Reader._compare,
    **dict.fromkeys((ast.For, ast.AsyncFor, ast.ListComp, ast.SetComp), Reader._loop),
    **dict.fromkeys((ast.DictComp, ast.GeneratorExp), Reader._loop),
    **dict.fromkeys((ast.Constant, ast.JoinedStr, ast.BinOp), Reader._text),
}


def _fills(node: ast.AST) -> bool:
    """Whether something is changed in place: an item, an attribute, or by a method like `fill_`."""
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
        return True
    method = (
        node.func.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        else ""
    )
    return method[-1:] == "_" and method[-2:] != "__"
