"""Texts that a program puts together of others: joined, formatted, reversed, decoded.

A part that can't be read is a hole. Nothing is computed that could grow large.
"""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

HOLE = "\0"
MOST = 600  # characters of a text that is put together
BIG = 1 << 16
WIDE = re.compile(r"\d{3}")  # in a format: it would fill up
METHODS = frozenset(
    (
        *("join", "format", "lower", "upper", "strip", "lstrip", "rstrip", "replace", "title"),
        *("decode", "capitalize", "swapcase", "casefold", "removeprefix", "removesuffix"),
        *("encode", "split", "partition", "rpartition", "rsplit", "hex", "splitlines", "__add__"),
        *("format_map", "__getitem__", "__mod__", "__str__", "__format__", "expandtabs"),
    )
)
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "chr": chr,
    "ord": ord,
    "str": str,
    "int": int,
    "bytes": bytes,
    "bytearray": lambda *values: bytes(bytearray(*values)),
    "bytes.fromhex": bytes.fromhex,
    "bytearray.fromhex": bytes.fromhex,
    "ascii": lambda text: ascii(text)[1:-1],
    "reversed": lambda values: list(reversed(values)),
    "sorted": sorted,
    "list": list,
    "tuple": list,
    "sum": sum,
    "base64.b64decode": base64.b64decode,
    "base64.b16decode": base64.b16decode,
    "base64.b32decode": base64.b32decode,
    "base64.b85decode": base64.b85decode,
    "binascii.unhexlify": bytes.fromhex,
    "codecs.decode": codecs.decode,
    "codecs.encode": codecs.encode,
    "operator.add": lambda a, b: a + b,
    "operator.concat": lambda a, b: a + b,
    "sys.intern": str,
}


def method(owner: Any, name: str, values: Sequence[Any], named: Mapping[Any, Any]) -> Any:
    """What a method of a text gives; a hole where that can't be told."""
    if name not in METHODS or not isinstance(owner, str | bytes):
        return HOLE
    if name in ("format", "__mod__", "format_map") and WIDE.search(str(owner)):
        return HOLE
    return _tried(lambda: getattr(owner, name)(*values, **named))


def function(name: str, values: Sequence[Any]) -> Any:
    """What a function of Python's gives of texts; a hole where that can't be told."""
    if name not in FUNCTIONS or any(type(value) is int and abs(value) > BIG for value in values):
        return HOLE
    if HOLE in values and name not in ("str", "list", "tuple", "sys.intern"):
        return HOLE
    return _tried(lambda: FUNCTIONS[name](*values))


def operation(kind: str, left: Any, right: Any) -> Any:
    """What an operator gives of two texts or numbers; a hole where that can't be told."""
    if kind == "Mult" and _size(left) * _size(right) > BIG:
        return HOLE
    if kind == "Mod" and isinstance(left, str | bytes) and WIDE.search(str(left)):
        return HOLE
    computed: dict[str, Callable[[], Any]] = {
        "Add": lambda: left + right,
        "Sub": lambda: left - right,
        "Mult": lambda: left * right,
        "Mod": lambda: left % (tuple(right) if isinstance(right, list) else right),
        "BitXor": lambda: left ^ right,
    }
    return _tried(computed[kind]) if kind in computed else HOLE


def item(owner: Any, index: Any) -> Any:
    """An item of a text, or a part of it."""
    return _tried(lambda: owner[index])


def _size(value: Any) -> int:
    return abs(value) if isinstance(value, int) else len(value) if hasattr(value, "__len__") else 1


def _tried(compute: Callable[[], Any]) -> Any:
    """A small text, number or list of them; a hole where there is none."""
    with suppress(Exception):  # whatever the program would raise there
        value = compute()
        if isinstance(value, tuple | bytearray):
            value = list(value) if isinstance(value, tuple) else bytes(value)
        if isinstance(value, str | bytes | list | dict) and len(value) <= MOST:
            return value
        if isinstance(value, int) and abs(value) <= BIG:
            return value
    return HOLE


def fits(pattern: str, text: str) -> bool:
    """Whether a text with holes may be this one."""
    parts = [re.escape(part) for part in re.split(f"{HOLE}+", pattern)]
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None
