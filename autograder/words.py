"""Names of files, cells and students as a sentence shows them."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 5


def printable(name: str) -> str:
    """A name as a terminal may show it."""
    return "".join(c if c.isprintable() else "?" for c in name)


def few(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(printable, names[:most])) + more
