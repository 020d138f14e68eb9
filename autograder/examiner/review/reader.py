"""What a person should look at in a statement: the names in it that go around the by-hand rule."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from autograder.examiner.review import ways
from autograder.examiner.review.atoms import Argument, Name, Space
from autograder.examiner.review.call_reader import CallReader
from autograder.examiner.review.literals import HOLE
from autograder.examiner.review.scopes import Scope, Unit
from autograder.examiner.review.uses import Use

HARMLESS = {("print",), ("round",), ("time.time",), ("time.perf_counter",), ("time.monotonic",)}


class Reader(CallReader):
    """Reads statements."""

    def uses(self, unit: Unit) -> Iterator[Use]:
        """The names in a statement that a person should look at, in order."""
        for node, scope, shown in unit.nodes:
            if rule := RULES.get(type(node)):
                yield from rule(self, node, scope, shown)

    def _names(self, node: ast.expr, scope: Scope, shown: bool) -> Iterator[Use]:
        """What an expression stands for; the shorter names in a dotted one are not told."""
        if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return
        found = self.standing.names(node, scope)
        if isinstance(node, ast.Attribute) and found:
            self.covered.add(node.value)
        if node in self.covered:
            return
        for name in found:
            yield from self.of_name(name)
            parts = name.split(".")
            of_file = parts[0] == "torch" and not shown and not ways.FILES_OF.isdisjoint(parts)
            if of_file or name == "sys.modules":
                yield Use(name, anywhere=True)

    def _attribute(self, node: ast.Attribute, scope: Scope, shown: bool) -> Iterator[Use]:
        if isinstance(node.ctx, ast.Load):
            yield from self._names(node, scope, shown)
            if self.standing.names(node, scope):
                return
            theirs = ways.nobodys(node.attr) or not self._own(node.attr)
            if node.attr in ways.ATTRIBUTES and theirs:
                yield Use(node.attr, anywhere=True)
            elif self.tells(node.attr) and theirs:
                yield Use(node.attr, anywhere=False)
        else:
            yield from self.of_patch(self.standing.of(node.value, scope), node.attr)
            if node.attr in ways.SET:
                yield Use(node.attr, anywhere=True)

    def _own(self, name: str) -> bool:
        """Whether a class or an object of the program's has something of this name."""
        program = self.standing.program
        within = program.within.values()
        return name in program.attributes or any(
            scope.kind == "class" and name in scope.binds for scope in within
        )

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
            yield from (use for use in self.of_name(name) if use.anywhere)

    def _definition(self, node: Any, scope: Scope, shown: bool) -> Iterator[Use]:
        if node.name in ways.DEFINED:
            yield Use(node.name, anywhere=True)
        elif node.name == "__del__" and not self._only_prints(node):
            yield Use(node.name, anywhere=any(map(_fills, ast.walk(node))))

    def _only_prints(self, node: ast.AST) -> bool:
        """Whether the calls in a function print, ask for the time, or round: nothing changes."""
        calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
        within = self.standing.program.within[node]
        names = {tuple(self.standing.names(call.func, within)) for call in calls}
        return names <= HARMLESS and not any(map(_fills, ast.walk(node)))

    def _subscript(self, node: ast.Subscript, scope: Scope, shown: bool) -> Iterator[Use]:
        owner = self.standing.of(node.value, scope)
        texts = self.standing.texts(node.slice, scope)
        table = Name("sys.modules") in owner
        if table and ((HOLE not in "".join(texts) and texts) or self._outside(node.slice, scope)):
            self.covered.add(node.value)
        if not isinstance(node.ctx, ast.Load):
            for text in texts:
                yield from self.of_patch([a for a in owner if isinstance(a, Space)], text)
                if table and text.partition(".")[0] in ways.OWNERS:
                    yield Use(f"sys.modules[{text!r}] = …", anywhere=True)
        elif table:
            yield from (u for text in texts if HOLE not in text for u in self.of_name(text))
        else:
            yield from self._names(node, scope, shown)
            yield from self.of_hidden(owner, self.standing.of(node.slice, scope))
        yield from self.of_texts(texts)

    def _outside(self, node: ast.AST, scope: Scope) -> bool:
        return self.standing.of(node, scope) in ((Argument(),), ())

    def _text(self, node: Any, scope: Scope, shown: bool) -> Iterator[Use]:
        """A text, or what puts one together: it counts where it is the name of a way."""
        if shown or (isinstance(node, ast.Constant) and not isinstance(node.value, str)):
            return
        for text in self.standing.texts(node, scope):
            whole = isinstance(node, ast.Constant) and "." in text  # that may be for people
            if not whole and ways.is_name(text):
                yield Use(text, anywhere=True)
            elif self.tells(text):
                yield Use(text, anywhere=False)

    def _compare(self, node: ast.Compare, scope: Scope, shown: bool) -> Iterator[Use]:
        if all(isinstance(each, ast.In | ast.NotIn) for each in node.ops):
            self.covered.update(node.comparators)
        return iter(())

    def _loop(self, node: Any, scope: Scope, shown: bool) -> Iterator[Use]:
        """A loop over `sys.modules` has names alone."""
        loops = node.generators if hasattr(node, "generators") else [node]
        self.covered.update(loop.iter for loop in loops)
        return iter(())

    def _call(self, node: ast.Call, scope: Scope, shown: bool) -> Iterator[Use]:
        yield from self._names(node, scope, shown)
        yield from self.of_call(node, scope)
        yield from self._text(node, scope, shown)


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
