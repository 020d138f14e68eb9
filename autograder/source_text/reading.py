"""A text that was read: what it binds, uses and imports, whoever asks."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from types import CodeType
from typing import Literal

from autograder.source_text.bindings import Bindings, bindings_of, together
from autograder.source_text.parsing import Parsed, compiled, parse, parse_cell
from autograder.source_text.shell_calls import CellMagic, cell_magic, timed
from autograder.source_text.statements import UNREADABLE, Statement, mentioned, statement
from autograder.source_text.uses import EVERYTHING, may_take, taken, taken_in_calls

MOST_MAGICS = 3  # of a cell, one under the other
MOST_CHARACTERS = 500_000  # of the texts that are kept, read
ENTRY_CHARACTERS = 200  # that a text counts at least: a reading takes room, too

Kind = Literal["cell", "timed", "file"]


@dataclass(frozen=True, eq=False)
class Reading:
    """A text as it was read. What it says is worked out when it is asked for, once.

    Args:
        parsed: its syntax; of a cell under %%time and the like, that of the code that is run.
        magic: the cell magic under which it stands, if any.
        inside: whether it is code that a line of IPython's is given. Such lines in it are not read.
    """

    parsed: Parsed
    magic: CellMagic | None = None
    inside: bool = False

    @property
    def tree(self) -> ast.Module | None:
        """The syntax of what is run among a notebook's names; None of what is no Python."""
        return self.parsed.tree

    @property
    def python(self) -> str:
        """That as Python: IPython's own syntax has become calls."""
        return self.parsed.python

    @property
    def too_deep(self) -> bool:
        """Whether it is no Python here only because it has parts in parts in parts."""
        return self.parsed.too_deep

    @property
    def in_place(self) -> bool:
        """Whether its lines have the numbers that they have in the text."""
        return self.parsed.in_place

    @cached_property
    def runs(self) -> bool:
        """Whether any of it runs: it is Python, and Python would compile it."""
        return self._code is not None

    @cached_property
    def bindings(self) -> Bindings:
        """What it binds and deletes at its top level; nothing where nothing runs."""
        return together(self.bindings_by_statement)

    @cached_property
    def bindings_by_statement(self) -> Sequence[Bindings]:
        """That by each of its statements."""
        return [bindings_of([node], self._of_timed) for node in self._body]

    @cached_property
    def statements(self) -> Sequence[Statement]:
        """What each of its statements has to do with names; `UNREADABLE` where nobody can tell."""
        if not self.runs:
            return [UNREADABLE]
        try:
            return list(map(self._statement, self._body, self.bindings_by_statement))
        except RecursionError:  # it has parts in parts in parts
            return [UNREADABLE]

    def _statement(self, node: ast.stmt, bindings: Bindings) -> Statement:
        code, run = self._codes[node], self._timed(node)
        if code is None:
            return UNREADABLE
        parts = [part for each in run for part in each.statements]
        return statement(node, code, bindings, parts, all(each.runs for each in run))

    @cached_property
    def uses(self) -> frozenset[str]:
        """The names that it takes from elsewhere: it reads them, and has not bound them before.

        Those that IPython's timing is given are among them. Where nobody can tell, as under a magic
        that is not known, `EVERYTHING` is one of them.
        """
        own = _names(taken(self._code)) if self._code else set()
        run = [each.uses if each.runs else {EVERYTHING} for each in self._all_timed]
        return frozenset(own).union({EVERYTHING} if self._unknown else (), *run)

    @cached_property
    def may_use(self) -> frozenset[str]:
        """The names that it may take from elsewhere: those that it need not have bound before.

        What a branch, a loop or a block binds counts only in it: it may not come to that. So do the
        names that stand in a text for pandas, and all under a magic that is not known.
        """
        own = _names(may_take(self._body, code_of=self._codes.get))
        texts = mentioned(part for node in self._body for part in ast.walk(node))
        rest = Reading(parse(self._unknown)).may_use if self._unknown else ()
        return self.uses.union(own, texts, rest, *(each.may_use for each in self._all_timed))

    @cached_property
    def used_in_calls(self) -> frozenset[str]:
        """The names that its functions take from elsewhere when they are called."""
        return frozenset(_names(taken_in_calls(self._code))) if self._code else frozenset()

    @cached_property
    def import_lines(self) -> str:
        """Its import statements alone, those at its top level."""
        found = [node for node in self._body if isinstance(node, ast.Import | ast.ImportFrom)]
        return "\n".join(map(ast.unparse, found))

    # ---------------------------------------------------------------------------------------

    @property
    def _unknown(self) -> str:
        """What stands under a magic that may make anything of it."""
        return self.magic.body if self.magic and not self.magic.path else ""

    @property
    def _body(self) -> Sequence[ast.stmt]:
        return self.tree.body if self.tree and self.runs else ()

    @cached_property
    def _code(self) -> CodeType | None:
        return compiled(self.tree) if self.tree else None

    @cached_property
    def _codes(self) -> dict[ast.stmt, CodeType | None]:
        """What Python would run of each statement."""
        if len(self._body) == 1:
            return {self._body[0]: self._code}
        return {node: compiled(ast.Module([node], [])) for node in self._body}

    def _timed(self, node: ast.stmt) -> list[Reading]:
        """The code that IPython's lines in a statement run."""
        if "get_ipython" not in self.python:
            return []
        texts = [text for _, text in timed(ast.walk(node))]
        return [_NOTHING if self.inside else _read(text, "timed") for text in texts]

    @cached_property
    def _all_timed(self) -> list[Reading]:
        return [each for node in self._body for each in self._timed(node)]

    def _of_timed(self, text: str) -> Bindings:
        return Bindings() if self.inside else _read(text, "timed").bindings


def _names(found: Iterator[str]) -> set[str]:
    """The names that were found; of what has parts in parts in parts, `EVERYTHING`."""
    try:
        return set(found)
    except RecursionError:
        return {EVERYTHING}


_NOTHING = Reading(Parsed(None, ""))


def read_cell(text: str) -> Reading:
    """A cell as IPython reads it."""
    return _read(text, "cell")


def read_file(text: str) -> Reading:
    """A module's text, or that of a file that IPython runs."""
    return _read(text, "file")


def _read(text: str, kind: Kind) -> Reading:
    """The reading of a text; what was read last is kept."""
    if found := _KEPT.get((kind, text)):
        return found
    parsed = parse(text) if kind == "file" else Parsed(None, text)
    reading = Reading(parsed) if parsed.tree else replace(_of_cell(text), inside=kind == "timed")
    _KEPT.keep((kind, text), reading)
    return reading


def _of_cell(text: str) -> Reading:
    """A cell; one under a magic that runs the rest of it is read as what is run."""
    parsed, above = parse_cell(text), list[Parsed]()
    magic = cell_magic(parsed.tree)
    while magic and magic.has_code and len(above) < MOST_MAGICS:
        line = parsed.tree.body[0].lineno if parsed.tree else 1
        above.append(parse_cell("\n" * (line - 1) + magic.first_line))
        parsed = parse_cell("\n" * line + magic.body)
        magic = cell_magic(parsed.tree)
    if magic:
        return Reading(Parsed(None, parsed.python), magic)
    if not above or not parsed.tree:
        return Reading(parsed)
    first = [node for each in above if each.tree for node in each.tree.body]
    return Reading(parsed._replace(tree=ast.Module([*first, *parsed.tree.body], [])))


class _Kept:
    """The readings that were asked for last, as many as fit."""

    def __init__(self) -> None:
        self._readings = OrderedDict[tuple[Kind, str], Reading]()
        self._characters = 0
        self._lock = Lock()

    def get(self, key: tuple[Kind, str]) -> Reading | None:
        with self._lock:
            if found := self._readings.get(key):
                self._readings.move_to_end(key)
            return found

    def keep(self, key: tuple[Kind, str], reading: Reading) -> None:
        with self._lock:
            if key not in self._readings:
                self._characters += _room(key)
            self._readings[key] = reading
            while self._characters > MOST_CHARACTERS:
                oldest, _ = self._readings.popitem(last=False)
                self._characters -= _room(oldest)


def _room(key: tuple[Kind, str]) -> int:
    return len(key[1]) + ENTRY_CHARACTERS


_KEPT = _Kept()
