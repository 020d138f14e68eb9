"""The things that an expression may stand for, as far as a reader can tell them apart."""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

from autograder.examiner.review.literals import HOLE
from autograder.examiner.review.scopes import Scope

MOST_PARTS = 12  # of a dotted name
# Modules that stand in others, as `F.torch` does, and are still themselves.
INSIDE = frozenset(
    (
        *("torch", "sys", "builtins", "__builtins__", "gc", "ctypes", "inspect", "importlib", "os"),
        *("_thread", "threading", "weakref", "atexit", "marshal", "_ctypes"),
        *("json", "contextlib", "functools"),
    )
)


class Name(NamedTuple):
    """A module, or what is got at by its dotted name."""

    dotted: str


class Literal(NamedTuple):
    """A text, bytes, a number or a tuple of them; a text may have holes."""

    value: Any


class Box(NamedTuple):
    """A list, tuple, dict or comprehension that stands in the program, or a call that makes one."""

    node: Any
    scope: Scope


class Stored(NamedTuple):
    """What is put into a container of this name."""

    key: str


class Own(NamedTuple):
    """A function or a class of the program's, or an object of the class."""

    node: Any
    scope: Scope


class Space(NamedTuple):
    """The names in a module or class as a dict; "" of the program's own."""

    dotted: str


class Getter(NamedTuple):
    """What gets this attribute: `operator.attrgetter`."""

    text: str


class Applied(NamedTuple):
    """A function with its first arguments given: `functools.partial`."""

    node: ast.Call
    scope: Scope


class Argument(NamedTuple):
    """What comes from outside: a parameter that no call in the program gives."""


Atom = Name | Literal | Box | Stored | Own | Space | Getter | Applied | Argument
Atoms = tuple[Atom, ...]
UNREAD: Atoms = (Literal(HOLE),)
CLASS = Name("type(…)")  # one that an object or another class led to


def literal(value: Any) -> Literal:
    """A value that can be told, as an atom."""
    if isinstance(value, list):
        value = tuple(value) if all(isinstance(v, str | bytes | int) for v in value) else HOLE
    return Literal(value if isinstance(value, str | bytes | int | tuple) else HOLE)


def text_of(atom: Atom) -> str | None:
    """The text that an atom is, bytes decoded; None of what is none."""
    value = atom.value if isinstance(atom, Literal) else None
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str) else None


def joined(dotted: str, name: str) -> str:
    """The dotted name of an attribute: from the last module on that is itself wherever it is."""
    if name in INSIDE or not name.isidentifier() or dotted.count(".") > MOST_PARTS:
        return name
    return f"{dotted}.{name}"
