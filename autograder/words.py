"""Texts and names of files, cells and students as a sentence shows them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

MOST_NAMED = 5
MOST_CHARACTERS = 500  # of a line that is shown
MOST_LINES = 5
PASSWORD = re.compile(r"(://[^:/@\s]*):.*@|(\b(?:password|passwd|pwd)=)[^&\s]+", re.IGNORECASE)


def printable(name: str) -> str:
    """A name as a terminal may show it."""
    return "".join(c if c.isprintable() else "?" for c in name)


def line(text: str, most: int = MOST_CHARACTERS) -> str:
    """A text from outside as one line that anything may show: no control character, cut with "…".

    Args:
        text: any text; one from a student's side may be long, or move a terminal's cursor.
        most: letters that are kept, the "…" among them.
    """
    start = text[: 4 * most]
    shown = printable(" ".join(start.split()))
    cut = len(shown) > most or len(text) > len(start)
    return f"{shown[: most - 1]}…" if cut else shown


def utf8(name: str) -> str:
    """A name as any file and database can hold it: bytes that are no UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def few(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(printable, names[:most])) + more


def few_lines(text: str) -> str:
    """A text of anybody's as a few such lines."""
    lines = text[: 4 * MOST_LINES * MOST_CHARACTERS].splitlines()
    shown = [line(each) for each in lines[:MOST_LINES]]
    return "\n".join([*shown, "…"] if len(lines) > MOST_LINES else shown)


def without_password(text: str) -> str:
    """A text in which the address of a database tells no password."""
    return PASSWORD.sub(lambda found: f"{found[1]}:***@" if found[1] else f"{found[2]}***", text)
