"""Where the names of a grade cell come from: the cell, the instructor's cells, or the student's.

In this order, and a name that the instructor binds anywhere never comes from the student: who
rebinds `torch` or `expected` gains nothing. There are two exceptions. A name that only a solution
imports is there for a test if the student has imported the same; what the test uses is the
instructor's. And an object that the solution changes in place is the student's from then on.
"""

from __future__ import annotations

import ast
import builtins
import dis
import itertools
import re
from collections.abc import Iterable, Iterator, KeysView
from contextlib import contextmanager, suppress
from copy import copy
from functools import cache
from types import CodeType
from typing import Any, Protocol, TypeVar

from IPython.core.inputtransformer2 import TransformerManager

from autograder.isolation.errors import CannotCrossError, Stopped
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.values import CROSSES, PLAIN, Opaque, origin

# What may be read of a student's code, as `effort` counts: no person writes so much.
MOST_EFFORT = 100_000
# Whatever IPython may have to make Python of: a magic, a program, a question, behind a prompt too.
OWN_SYNTAX = re.compile(r"[%?]|!(?!=)|(?:^|\]:)[^\w\n]*[,;/]", re.MULTILINE)
CAPTURE = re.compile(r"%%capture(?:\s+--?[\w-]+)*\s+([^\W\d]\w*)(?:\s+--?[\w-]+)*\s*")
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
FROM_OUTSIDE = ("getoutput", "run_line_magic", "run_cell_magic")  # IPython's, for `x = !command`
AT_ONCE = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # code in a cell that is no call
BLOCKS = ("body", "orelse", "finalbody")  # ast
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
TIMING = ("timeit", "time")  # IPython's lines whose text is code
MENTIONED = re.compile(r"@([^\W\d]\w*)")  # in a text, as pandas' `query` takes names: "a > @limit"
TAKING = ("LOAD_NAME", "LOAD_GLOBAL", "DELETE_NAME")  # dis


class Names(dict[str, Any]):
    """The namespace in which the examiner runs cells.

    Args:
        kernel: the student's, to ask for names; None before there is a student.
        asked: names that the student has to bind. One that a given cell binds too is the
            instructor's until the solution is reached, and the student's from there on.
        taken: names that the instructor binds, and that are never asked for.
        solution_imports: names that only solutions import.
        read_in_calls: names that the solutions' functions look for when they are called: where a
            test binds one of these to something else, the student's functions find that.

    `testing` is whether a grade cell is being run; `fetched` has the functions that it asked for,
    `lacking` the names that only a solution imports and this student has not, each with whether it
    is bound to something of their own.
    """

    def __init__(
        self,
        kernel: StudentKernel | None,
        asked: set[str],
        taken: set[str],
        solution_imports: frozenset[str] = frozenset(),
        read_in_calls: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(__autograder_cell__=True)
        self.kernel = kernel
        self.asked = asked
        self.taken = taken - asked
        self.solution_imports = solution_imports
        self.read_in_calls = read_in_calls
        self.testing = False
        self.fetched: list[RemoteFunction] = []
        self.lacking: dict[str, bool] = {}
        self._theirs: set[str] = asked - taken
        self._got = set[str]()  # names that a test has asked the student for

    @contextmanager
    def as_test(self, text: str) -> Iterator[None]:
        """Runs a grade cell in the block: names may come from the student, and go to them.

        Args:
            text: the cell's source.
        """
        self.lacking.clear()
        wanted = sorted(self.solution_imports & used(text))
        lacking = [name for name in wanted if not self._has_imported(name)]
        kept = {name: self.pop(name) for name in lacking if dict.__contains__(self, name)}
        self.testing = True
        try:
            yield
        finally:
            self.testing = False
            for name, value in kept.items():
                self.setdefault(name, value)

    def hand_over(self, names: Iterable[str]) -> None:
        """From here on these names are the student's: a solution binds or changes them."""
        for name in names:
            self.pop(name, None)
            self.taken.discard(name)
            self._theirs.add(name)

    def _has_imported(self, name: str) -> bool:
        """Whether the student has bound a name to what the instructor's solution imports by it.

        Of a module, a class or a function that is what has its dotted name; of a value, as
        `from math import pi` binds, one that is the same.
        """
        if self.kernel is None or not dict.__contains__(self, name):
            return False
        own, there, same = self[name], "", False
        with suppress(KeyError, Stopped):  # a stop is kept by the kernel, and told
            there = self.kernel.origin(name)
            same = there == origin(own)
            if same and type(own) in PLAIN:
                same = self.kernel.get(name, lambda tree: None) == own
        if not same:
            self.lacking[name] = bool(there)
        return same

    def _fetchable(self, name: str) -> bool:
        """Whether a name that is not here may come from the student."""
        private = name.startswith("_") or hasattr(builtins, name)
        return name not in self.taken and (not private or name in self.asked)

    def _students(self) -> list[str]:
        """The names that a grade cell could ask the student for now."""
        names = self.kernel.names() if self.testing and self.kernel else []
        return [name for name in names if self._fetchable(name)]

    def __contains__(self, name: object) -> bool:
        """Whether a cell would find a name: `"f" in globals()`."""
        if super().__contains__(name):
            return True
        asks = self.testing and isinstance(name, str) and self._fetchable(name)
        return asks and name in self._students()

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        """The names that a cell would find, as `dir()` lists them."""
        return dict.fromkeys([*super().keys(), *self._students()]).keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def get(self, name: str, default: Any = None) -> Any:
        """What a cell would find: `globals().get("f")`."""
        try:
            return self[name]
        except KeyError:
            return default

    def __missing__(self, name: str) -> Any:
        kernel = self.kernel
        if kernel is None or not self._fetchable(name):
            raise KeyError(name)
        value = kernel.get(name, lambda tree: RemoteFunction(kernel, name, tree))
        self._theirs.add(name)
        self._got.add(name)
        if isinstance(value, Opaque):
            raise CannotCrossError(f"{name} is {value}, which can't cross: {CROSSES}.")
        if isinstance(value, RemoteFunction):
            self.fetched.append(value)
        return value

    def _acts_there(self, name: str) -> bool:
        """Whether a test that binds or deletes a name means the student's, and not one of its own.

        It has asked for it before, or the student's functions look for it.
        """
        return name in self.read_in_calls or name in self._got

    def __setitem__(self, name: str, value: Any) -> None:
        """Binds a name for the cells here.

        What a test binds is its own, and expected values are told to nobody: but for what it puts
        in a student's place, which is a function, what it has asked for before, or what the
        student's functions look for.
        """
        if name not in self._theirs:
            super().__setitem__(name, value)
        elif self.testing and self.kernel:
            super().__setitem__(name, value)
            if callable(value) or self._acts_there(name):
                self.kernel.set(name, value, RemoteFunction.place_in(self.kernel))

    def __delitem__(self, name: str) -> None:
        here = super().__contains__(name)
        if here:
            super().__delitem__(name)
        theirs = not here or self._acts_there(name)
        if theirs and name in self._theirs and self.kernel:
            self.kernel.delete(name)
        elif not here:
            raise KeyError(name)


@cache
def python(cell: str) -> str:
    """A cell's source as Python, without IPython's own syntax; under %%time, what is timed.

    `%%capture out` binds its name.
    """
    first, _, rest = cell.partition("\n")
    if first[:2] == "%%":
        kept = CAPTURE.fullmatch(first)
        cell = f"{kept[1]} = None\n{rest}" if kept else f"\n{rest}"
    return str(TransformerManager().transform_cell(cell))


def effort(cell: str) -> int:
    """What it takes to read a cell, in characters.

    IPython looks through all of it again for each place with its own syntax; that is about a
    twentieth of the whole reading.
    """
    return len(cell) * (20 + len(OWN_SYNTAX.findall(cell))) // 20


class HasText(Protocol):
    """A cell or a file, whose source is its text."""

    @property
    def text(self) -> str: ...


Piece = TypeVar("Piece", bound=HasText)


def too_long(pieces: Iterable[Piece]) -> set[Piece]:
    """The longest of these cells or files, where to read all of them would take long."""
    efforts = {piece: effort(piece.text) for piece in pieces}
    rising = sorted(efforts, key=efforts.__getitem__)
    sums = itertools.accumulate(efforts[piece] for piece in rising)
    return {piece for piece, total in zip(rising, sums, strict=True) if total > MOST_EFFORT}


@cache
def parsed(cell: str) -> ast.Module | None:
    """A cell's syntax tree; None of one that is no Python, whatever was handed in.

    Kept: an examiner asks often, and has those of the instructor's cells from before its fork.
    """
    try:
        return ast.parse(python(cell))
    except Exception:  # a student's text may bring any reader to its end
        return None


def bound(cells: Iterable[str]) -> set[str]:
    """The names that cells bind at their top level."""
    return set[str]().union(*map(_bound_by, cells))


@cache
def imports_of(cell: str) -> str:
    """A cell's import statements alone, those of its top level."""
    tree = parsed(cell)
    found = [n for n in (tree.body if tree else ()) if isinstance(n, ast.Import | ast.ImportFrom)]
    return "\n".join(map(ast.unparse, found))


@cache
def depends_on_outside(cell: str) -> frozenset[str]:
    """The names that a cell binds as it finds the world: in a `try`, or by a line of IPython's."""
    tree = parsed(cell)
    statements = [node for node in (tree.body if tree else ()) if _looks_outside(node)]
    return frozenset(_bound(statements))


def _looks_outside(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Try | ast.TryStar)
        or (isinstance(node, ast.Attribute) and node.attr in FROM_OUTSIDE)
        for node in ast.walk(statement)
    )


@cache
def used(cell: str) -> frozenset[str]:
    """The names that a cell takes from elsewhere: it reads them, and has not bound them before."""
    return frozenset(_used(code)) if (code := _compiled(cell)) else frozenset()


@cache
def read_in_calls(cell: str) -> frozenset[str]:
    """The names that a cell's functions take from elsewhere when they are called."""
    return frozenset(_read_in_calls(code)) if (code := _compiled(cell)) else frozenset()


@cache
def may_use(cell: str) -> frozenset[str]:
    """The names that a cell may take from elsewhere: those that it need not have bound before.

    What a branch, a loop or a block binds counts only in it: it may not come to that. So do the
    names that IPython's timing is given, and those that stand in a text for pandas.
    """
    tree = parsed(cell)
    if tree is None or not _compiled(cell):
        return frozenset()
    nodes = list(ast.walk(tree))
    lines = (used(text) if parsed(text) else {"exec"} for text in timed(nodes))
    return frozenset(_may_use(tree.body, frozenset())).union(mentioned(nodes), *lines)


def _may_use(body: Iterable[ast.stmt], known: frozenset[str]) -> Iterator[str]:
    """The names that a block may take from elsewhere, where some are known to be bound."""
    for node in body:
        if isinstance(node, ast.Break | ast.Continue):
            continue
        blocks = [] if isinstance(node, DEFINITIONS) else list(_blocks(node))
        head = _head(node) if blocks else node
        yield from _used(_code_of(ast.Module([head], [])), known)
        inside = known.union(_bound([head]))
        for block in blocks:
            yield from _may_use(block, inside)
        known = known if blocks else inside


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of a statement: of an `if` what is done, and what is done else."""
    for name in BLOCKS:
        if block := getattr(node, name, None):
            yield block
    for part in _parts(node):
        yield from _blocks(part)


def _parts(node: ast.AST) -> list[ast.AST]:
    """The handlers of a `try`, or the cases of a `match`."""
    return [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]


def _head(node: Any) -> Any:
    """A statement with nothing in its blocks."""
    head = copy(node)
    for name in BLOCKS:
        if getattr(node, name, None):
            setattr(head, name, [ast.Pass()])
    for name in ("handlers", "cases"):
        if hasattr(node, name):
            setattr(head, name, [_head(part) for part in getattr(node, name)])
    return head


def timed(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The code that %time and %timeit are given."""
    for node in nodes:
        if isinstance(node, ast.Call) and is_ipythons(node) and words_of(node)[:1] != []:
            magic, *texts = words_of(node)
            yield from (texts if magic in TIMING else ())


def is_ipythons(call: ast.Call) -> bool:
    """Whether it is a call of IPython's shell, as its own syntax becomes."""
    function = call.func
    shell = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(shell, ast.Call) and ast.unparse(shell.func) == "get_ipython"


def words_of(call: ast.Call) -> list[str]:
    """The texts that a call is given."""
    return [str(part.value) for part in call.args if isinstance(part, ast.Constant)]


def mentioned(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that texts in these parts mention as pandas and `timeit` take them."""
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    seeing = {"exec"} if any("from __main__ import" in text for text in texts) else set[str]()
    return seeing.union(*map(MENTIONED.findall, texts))


def _compiled(cell: str) -> CodeType | None:
    """A cell's code; None of what is no Python, as a return outside a function."""
    if (tree := parsed(cell)) is None:
        return None
    try:
        return _code_of(tree)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _code_of(tree: ast.Module) -> CodeType:
    code: CodeType = compile(
        ast.fix_missing_locations(tree), "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    )
    return code


@cache
def _bound_by(cell: str) -> frozenset[str]:
    tree = parsed(cell)
    return frozenset(_bound(tree.body) if tree else ())


def _bound(body: Iterable[ast.AST]) -> Iterator[str]:
    nodes = list(body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Lambda | COMPREHENSIONS):  # what these bind is their own
            inside = ast.walk(node) if isinstance(node, COMPREHENSIONS) else ()
            yield from (part.target.id for part in inside if isinstance(part, ast.NamedExpr))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        else:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            nodes += ast.iter_child_nodes(node)


def _used(code: CodeType, known: frozenset[str] = frozenset()) -> Iterator[str]:
    bound = set(known)
    for step in dis.get_instructions(code):
        if step.opname == "STORE_NAME":
            bound.add(step.argval)
        elif step.opname in TAKING and step.argval not in bound:
            yield step.argval
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _used(inner, frozenset(bound))


def _read_in_calls(code: CodeType) -> Iterator[str]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_name in AT_ONCE:
                yield from _read_in_calls(inner)
            else:
                yield from _used(inner)
