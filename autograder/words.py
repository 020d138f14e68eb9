"""Names of files, cells and students as a sentence shows them."""

from __future__ import annotations

import os
from collections.abc import Sequence

MOST_NAMED = 5


def printable(name: str) -> str:
    """A name as a terminal may show it."""
    return "".join(c if c.isprintable() else "?" for c in name)


def line(text: str, most: int = 500) -> str:
    """A text as one printable line: spaces for line ends, cut with "…" where it is longer."""
    joined = printable(" ".join(text[: 4 * most].split()))
    return joined if len(joined) <= most else f"{joined[: most - 1]}…"


def utf8(name: str) -> str:
    """A name as any file and database can hold it: bytes that are no UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def few(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(printable, names[:most])) + more
