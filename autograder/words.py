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


def utf8(name: str) -> str:
    """A name as any file and database can hold it: bytes that are no UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def few(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(printable, names[:most])) + more


def one_line(text: str) -> str:
    """A text of anybody's as one line that a terminal may show, cut off where it is long."""
    line = printable(" ".join(text[: 4 * MOST_CHARACTERS].split()))
    cut = len(line) > MOST_CHARACTERS or len(text) > 4 * MOST_CHARACTERS
    return f"{line[: MOST_CHARACTERS - 1]}…" if cut else line


def few_lines(text: str) -> str:
    """A text of anybody's as a few such lines."""
    lines = text[: 4 * MOST_LINES * MOST_CHARACTERS].splitlines()
    shown = [one_line(line) for line in lines[:MOST_LINES]]
    return "\n".join([*shown, "…"] if len(lines) > MOST_LINES else shown)


def without_password(text: str) -> str:
    """A text in which the address of a database tells no password."""
    return PASSWORD.sub(lambda found: f"{found[1]}:***@" if found[1] else f"{found[2]}***", text)
