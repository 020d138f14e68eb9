"""Texts from outside, and names of files, cells and students, as a sentence shows them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

MOST_NAMED = 5
MOST_CHARACTERS = 500  # of a line that is shown
ENDS = str.maketrans(dict.fromkeys("\n\r\t\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))
# Of an address up to the last "@", whatever is before it; where there is none it may be forgotten:
# then up to the end, but for what is a port.
PASSWORD = re.compile(
    r"""(://[^:/\s\[]*):(?:.*@|(?!\d{1,5}(?:[/?\s'"),;]|\.?(?:\s|$)))\S.*)"""
    r"""|(\b\w*(?:password|passwd|pwd)=)(?:'[^']*'|[^&\s]+)""",
    re.IGNORECASE | re.DOTALL,
)
MOST_LETTERS = 80  # of one name among others: the end of a path says most


def printable(name: str) -> str:
    """A name as a terminal may show it."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else "?" for c in name)


def line(text: str, most: int = MOST_CHARACTERS) -> str:
    """A text from outside as one line that anything may show: no control character, cut with "…".

    Args:
        text: any text; one from a student's side may be long, or move a terminal's cursor.
        most: letters that are kept, the "…" among them.
    """
    if len(text) <= most and text.isprintable():
        return text
    shown = printable(text[: most + 1].replace("\r\n", "\n").translate(ENDS))
    return f"{shown[: most - 1]}…" if len(text) > most else shown


def lines(text: str, most: int = 2000, most_lines: int = 50) -> str:
    """A text from outside as such lines, its own where it has more than one; cut with "…".

    Args:
        text: any text.
        most: letters that are kept, the "…" apart.
        most_lines: so many lines at most.
    """
    if len(text) <= most and most_lines and text.isprintable():
        return text
    parts = text[:most].splitlines()
    cut = len(text) > most or len(parts) > most_lines
    return "\n".join(line(part, most) for part in parts[:most_lines]) + ("…" if cut else "")


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


def with_article(name: str) -> str:
    """A name of a kind of thing, as a sentence has it: "a dict", "an int"."""
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def a_thing(value: object) -> str:
    """What kind of thing a value is: "None", "a dict", "an Exercise"."""
    return "None" if value is None else with_article(type(value).__name__)


def without_password(text: str) -> str:
    """A text in which the address of a database tells no password."""

    def masked(found: re.Match[str]) -> str:
        if not found[1]:
            return f"{found[2]}***"
        return f"{found[1]}:***{'@' if found[0].endswith('@') else ''}"

    return PASSWORD.sub(masked, text)
