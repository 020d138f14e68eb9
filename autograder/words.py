"""Names of files, cells and students as a sentence shows them."""

from __future__ import annotations

import os
from collections.abc import Sequence

MOST_NAMED = 5
MOST_LETTERS = 80  # of one name among others: the end of a path says most


def printable(name: str) -> str:
    """A name as a terminal may show it."""
    return "".join(c if c.isprintable() else "?" for c in name)


def utf8(name: str) -> str:
    """A name as any file and database can hold it: bytes that are no UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def few(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(short, names[:most])) + more


def short(name: str, most: int = MOST_LETTERS) -> str:
    """A name as a sentence may show it: of a long one its end."""
    shown = printable(name)
    return shown if len(shown) <= most else f"…{shown[1 - most :]}"
