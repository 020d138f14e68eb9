"""Mutants of a notebook: its bytes, or its structure, changed at random."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

# What a reader of notebooks does not look forward to.
ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        1e308,
        float("nan"),
        float("inf"),
        10**30,
        "",
        "code",
        "raw",
        "\0",
        "\ud800",
    ),
    *(
        "__proto__",
        "../../etc/passwd",
        "=1+1",
        "a" * 5000,
        "\u202e\x1b[31m",
        [],
        [[]],
        {},
        {"": {}},
    ),
    *([None], ["a", 1, None], {"cells": []}, {"nbgrader": {"grade_id": ["x"]}}, "def double(x):"),
)
TOKENS = (
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\\u0000",
    b"\\ud83d",
    b"\xff",
    b"\0",
    b"\r\n",
    b"\\n",
    b"1e999",
)


def mutants(notebook: bytes, count: int, seed: int) -> Iterator[bytes]:
    """So many mutants, the same for the same seed; every second one is still JSON."""
    random = Random(seed)
    document = json.loads(notebook)
    for number in range(count):
        if number % 2:
            changed = deepcopy(document)
            for _ in range(random.randint(1, 4)):
                changed = _restructured(changed, random)
            yield json.dumps(changed).encode()
        else:
            text = bytearray(notebook)
            for _ in range(random.randint(1, 4)):
                random.choice(BYTES)(text, random)
            yield bytes(text)


def _cut(text: bytearray, random: Random) -> None:
    del text[random.randrange(len(text) + 1) :]


def _drop(text: bytearray, random: Random) -> None:
    start = random.randrange(len(text) + 1)
    del text[start : start + random.randint(1, 200)]


def _flip(text: bytearray, random: Random) -> None:
    if text:
        text[random.randrange(len(text))] ^= 1 << random.randrange(8)


def _insert(text: bytearray, random: Random) -> None:
    at = random.randrange(len(text) + 1)
    text[at:at] = random.choice(TOKENS) * random.choice((1, 1, 1, 2, 3000, 30_000))


def _repeat(text: bytearray, random: Random) -> None:
    start, at = random.randrange(len(text) + 1), random.randrange(len(text) + 1)
    text[at:at] = text[start : start + random.randint(1, 2000)]


BYTES: tuple[Callable[[bytearray, Random], None], ...] = (_cut, _drop, _flip, _insert, _repeat)


def _restructured(document: Any, random: Random) -> Any:
    """The document with one place of its tree changed."""
    places = list(_places(document))
    if not places:
        return random.choice(ODD)
    container, key = random.choice(places)
    change = random.randrange(6)
    if change == 0:
        del container[key]
    elif change == 1 and isinstance(container, list):
        container.insert(random.randrange(len(container) + 1), deepcopy(container[key]))
    elif change == 2 and isinstance(container, list):
        random.shuffle(container)
    elif change == 3 and isinstance(container, dict):
        container[random.choice(("cells", "source", "metadata", "x", ""))] = container.pop(key)
    elif change == 4:
        other, place = random.choice(places)
        container[key] = deepcopy(other[place])
    else:
        container[key] = random.choice(ODD)
    return document


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items if isinstance(node, dict | list) else ():
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)
