"""A program's statements one by one, and what its names are bound to.

That is read from the syntax trees alone. What an expression then stands for is `standing`'s
business.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from autograder.examiner.review.scopes import (
    Binding,
    Function,
    Path,
    Scope,
    Unit,
    container,
    last_of,
    parameters,
    parts_of,
    starred,
)
from autograder.examiner.review.texts import Text

INPLACE = re.compile(r"[a-z]\w*[a-z0-9]_")  # a method that changes its tensor
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar)
BODIES = ("body", "orelse", "finalbody", "handlers")
PUTTING = ("append", "add", "put", "put_nowait", "insert", "extend", "update", "setdefault", "send")
# What shows its arguments to people, by the last part of its name.
SHOWING = frozenset(
    (
        *("print", "display", "Markdown", "look", "warn", "help", "debug", "info", "warning"),
        *("error", "title", "set_title", "suptitle", "xlabel", "ylabel", "set_xlabel"),
        *("set_ylabel", "text"),
    )
)
LABELS = ("label", "title", "name", "description", "desc")  # arguments that it shows


class Program:
    """Texts that run together: cells, which share one namespace, and modules.

    `attributes` and `stored` are what is set as an attribute of anything of the program's own, by
    the attribute's name, and what is put into a container, by the container's.
    """

    def __init__(self) -> None:
        self.spaces: dict[str, Scope] = {"": Scope("module")}
        self.units: list[Unit] = []
        self.attributes: dict[str, list[Binding]] = defaultdict(list)
        self.stored: dict[str, list[Binding]] = defaultdict(list)
        self.returned: dict[ast.AST, list[Binding]] = defaultdict(list)
        self.within: dict[ast.AST, Scope] = {}  # of a function or class: what it binds inside
        self.stars: list[str] = []  # modules of which all names are imported
        self.method_of: dict[ast.AST, Binding] = {}  # the class of a method

    def add(self, text: Text) -> None:
        """Reads one more text."""
        top = self.spaces.setdefault(text.module, Scope("module"))
        left: list[ast.AST] = [*reversed(text.tree.body)]
        while left:
            node = left.pop()
            unit = Unit(text)
            before = len(top.log)
            if isinstance(node, (*BLOCKS, ast.ExceptHandler)):
                inner = [part for name in BODIES for part in getattr(node, name, ())]
                left += reversed(inner)
                self._walk(unit, node, top, set(inner))
            else:
                self._walk(unit, node, top, set())
            unit.binds.update(top.log[before:])
            self.units.append(unit)

    def _walk(self, unit: Unit, root: ast.AST, scope: Scope, apart: set[ast.AST]) -> None:
        """Notes what a statement has, all but some parts: not by calls, however deep it is."""
        stack: list[tuple[ast.AST, Scope, bool]] = [(root, scope, False)]
        while stack:
            node, scope, shown = stack.pop()
            unit.nodes.append((node, scope, shown))
            inside = scope
            if handler := HANDLERS.get(type(node)):
                inside = handler(self, unit, node, scope) or scope
            if isinstance(node, ast.Call | ast.Expr):
                shown = isinstance(node, ast.Expr) or last_of(node.func) in SHOWING
            elif isinstance(node, ast.keyword) and node.arg in LABELS:
                shown = True
            elif not isinstance(node, SHOWN_THROUGH):
                shown = False
            stack += [
                (part, inside if where else scope, shown)
                for part, where in reversed(list(parts_of(node)))
                if part not in apart
            ]

    # Binding -------------------------------------------------------------------------------

    def bind(self, target: ast.AST, value: ast.AST, scope: Scope, path: Path = ()) -> None:
        """Notes that a target of an assignment is given a value, or a part of one."""
        if isinstance(target, ast.Name):
            scope.bind(target.id, Binding("value", value, scope, path))
        elif isinstance(target, ast.Tuple | ast.List):
            items = value.elts if isinstance(value, ast.Tuple | ast.List) and not path else ()
            same = len(items) == len(target.elts) and not starred(items)
            loose = starred(target.elts)
            for place, part in enumerate(target.elts):
                if same and not loose:
                    self.bind(part, items[place], scope)
                else:
                    self.bind(part, value, scope, (*path, None if loose else place))
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value, scope, path[:-1])
        elif isinstance(target, ast.Attribute):
            self.attributes[target.attr].append(Binding("value", value, scope, path))
            if container(target.value) == "__main__":
                scope.top.bind(target.attr, Binding("value", value, scope, path))
        elif isinstance(target, ast.Subscript):
            if _is_namespace(target.value) and isinstance(target.slice, ast.Constant):
                scope.top.bind(str(target.slice.value), Binding("value", value, scope, path))
            self.stored[container(target.value)].append(Binding("value", value, scope, path))

    def _assign(self, unit: Unit, node: ast.Assign, scope: Scope) -> None:
        for target in node.targets:
            self.bind(target, node.value, scope)
            self._put(unit, target, scope)

    def _put(self, unit: Unit, target: ast.AST, scope: Scope) -> None:
        """Notes what an assignment reaches into: the name before the first dot or bracket."""
        if isinstance(target, ast.Attribute | ast.Subscript):
            while isinstance(target, ast.Attribute | ast.Subscript):
                target = target.value
            if isinstance(target, ast.Name):
                unit.puts.append((target.id, scope))

    def _annotated(self, unit: Unit, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value:
            self.bind(node.target, node.value, scope)
            self._put(unit, node.target, scope)

    def _augmented(self, unit: Unit, node: ast.AugAssign, scope: Scope) -> None:
        if isinstance(node.target, ast.Name):
            before = ast.Name(node.target.id, ast.Load())
            self.bind(node.target, ast.BinOp(before, node.op, node.value), scope)
        else:
            self.bind(node.target, node.value, scope, (None,))
        self._put(unit, node.target, scope)

    def _named(self, unit: Unit, node: ast.NamedExpr, scope: Scope) -> None:
        around = scope
        while around.kind == "comprehension" and around.above:
            around = around.above
        around.bind(node.target.id, Binding("value", node.value, scope))

    def _loop(self, unit: Unit, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        self.bind(node.target, node.iter, scope, (None,))

    def _with(self, unit: Unit, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            if item.optional_vars:
                self.bind(item.optional_vars, item.context_expr, scope, ("__enter__",))

    def _except(self, unit: Unit, node: ast.ExceptHandler, scope: Scope) -> None:
        if node.name:
            scope.bind(node.name, Binding("unknown", None, scope))

    def _match(self, unit: Unit, node: ast.Match, scope: Scope) -> None:
        left: list[tuple[ast.AST, ast.expr]] = [(case.pattern, node.subject) for case in node.cases]
        while left:
            part, value = left.pop()
            for name in (getattr(part, "name", None), getattr(part, "rest", None)):
                if isinstance(name, str):
                    scope.bind(name, Binding("value", value, scope))
            named = getattr(part, "kwd_patterns", ())  # of a class: of the attributes of its object
            for attribute, inner in zip(getattr(part, "kwd_attrs", ()), named, strict=True):
                left.append((inner, ast.Attribute(value, attribute, ast.Load())))
            left += [(inner, value) for inner in ast.iter_child_nodes(part) if inner not in named]

    def _import(self, unit: Unit, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            scope.bind(alias.asname or name, Binding("module", node, scope, (), name))

    def _import_from(self, unit: Unit, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(node.module or "")
            else:
                name = f"{node.module}.{alias.name}" if node.module else alias.name
                scope.bind(alias.asname or alias.name, Binding("module", node, scope, (), name))

    def _elsewhere(self, unit: Unit, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
        scope.elsewhere.update(dict.fromkeys(node.names, isinstance(node, ast.Global)))

    # Scopes --------------------------------------------------------------------------------

    def _function(self, unit: Unit, node: Function, scope: Scope) -> Scope:
        if not isinstance(node, ast.Lambda):
            scope.bind(node.name, Binding("own", node, scope))
        if scope.kind == "class" and scope.above:
            self.method_of[node] = Binding("own", scope.owner, scope.above)
        inside = self.within[node] = Scope("function", scope)
        for name in parameters(node):
            inside.bind(name, Binding("parameter", node, scope, (), name))
        if isinstance(node, ast.Lambda):
            self.returned[node].append(Binding("value", node.body, inside))
        inside.owner = node
        return inside

    def _class(self, unit: Unit, node: ast.ClassDef, scope: Scope) -> Scope:
        scope.bind(node.name, Binding("own", node, scope))
        inside = self.within[node] = Scope("class", scope)
        inside.owner = node
        return inside

    def _return(
        self, unit: Unit, node: ast.Return | ast.Yield | ast.YieldFrom, scope: Scope
    ) -> None:
        inner: Scope | None = scope
        while inner and inner.kind != "function":
            inner = inner.above
        if inner and node.value:
            value = ast.List([node.value]) if isinstance(node, ast.Yield) else node.value
            self.returned[inner.owner].append(Binding("value", value, scope))

    def _comprehension(self, unit: Unit, node: Any, scope: Scope) -> Scope:
        inside = self.within[node] = Scope("comprehension", scope)
        for part in node.generators:
            self.bind(part.target, part.iter, inside, (None,))
        return inside

    def _call(self, unit: Unit, node: ast.Call, scope: Scope) -> None:
        """Notes what a call puts into a container, or sets as an attribute."""
        for keyword in node.keywords if last_of(node.func)[:1].isupper() else ():
            if keyword.arg:  # SimpleNamespace(m=torch)
                self.attributes[keyword.arg].append(Binding("value", keyword.value, scope))
        function, values = node.func, node.args + [each.value for each in node.keywords]
        if isinstance(function, ast.Attribute) and function.attr in PUTTING:
            key = container(function.value)
            paths: list[Path] = [(), (None,)] if function.attr in ("extend", "update") else [()]
            self.stored[key] += [Binding("value", v, scope, path) for v in values for path in paths]
            self._put(unit, function, scope)
            for keyword in node.keywords if _is_namespace(function.value) else ():
                scope.top.bind(str(keyword.arg), Binding("value", keyword.value, scope))
        elif isinstance(function, ast.Attribute) and INPLACE.fullmatch(function.attr):
            self._put(unit, function, scope)
        if isinstance(function, ast.Name) and function.id == "setattr" and len(values) == 3:
            name = values[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                self.attributes[name.value].append(Binding("value", values[2], scope))
            self._put(unit, ast.Attribute(values[0], "", ast.Store()), scope)


Handler = Callable[..., Scope | None]
HANDLERS: dict[type[ast.AST], Handler] = {
    ast.Assign: Program._assign,
    ast.AnnAssign: Program._annotated,
    ast.AugAssign: Program._augmented,
    ast.NamedExpr: Program._named,
    ast.For: Program._loop,
    ast.AsyncFor: Program._loop,
    ast.With: Program._with,
    ast.AsyncWith: Program._with,
    ast.ExceptHandler: Program._except,
    ast.Match: Program._match,
    ast.Import: Program._import,
    ast.ImportFrom: Program._import_from,
    ast.Global: Program._elsewhere,
    ast.Nonlocal: Program._elsewhere,
    ast.FunctionDef: Program._function,
    ast.AsyncFunctionDef: Program._function,
    ast.Lambda: Program._function,
    ast.ClassDef: Program._class,
    ast.Return: Program._return,
    ast.Yield: Program._return,
    ast.YieldFrom: Program._return,
    ast.ListComp: Program._comprehension,
    ast.SetComp: Program._comprehension,
    ast.DictComp: Program._comprehension,
    ast.GeneratorExp: Program._comprehension,
    ast.Call: Program._call,
}
# Through these a text stays one that is only shown.
SHOWN_THROUGH = (ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.keyword, ast.Tuple, ast.List)


def _is_namespace(node: ast.AST) -> bool:
    """Whether something is `globals()` or its like."""
    return isinstance(node, ast.Call) and container(node.func) in ("globals", "vars", "locals")
