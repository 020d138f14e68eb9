"""What Canvas calls a student's files: `name[_LATE]_userid_attachmentid_file`.

A text or an address that was typed in has no attachment's number: `name_userid_text.html`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LATE = "LATE"
ANONYMOUS = re.compile(
    r"^(?:.*_)?anon_\w{5}_(?:(?P<attachment>\d+)_.+|(?:text|link)\.html)$", re.DOTALL
)
TEXTS = {"text.html": "a text typed into Canvas", "link.html": "an address (URL)"}
PREFIX = re.compile(r"(?:^|_)(?:(?P<user>[0-9]+)|anon_\w{5})_[0-9]+_$")
MOST_TRIES = 2  # numbers in a name that may be the user's: a group may be called 7


@dataclass(frozen=True)
class Name:
    """A file's name, read as one of Canvas's.

    Args:
        user: the number that may be the student's.
        prefix: all before the file's own name.
        file: the file's own name.
        attachment: its number; 0 for a text or an address.
        who: the name that it begins with.
        late: whether it says so.
    """

    user: str
    prefix: str
    file: str
    attachment: int
    who: str
    late: bool


def is_anonymous(name: str) -> bool:
    """Whether a file's name hides whose it is."""
    return ANONYMOUS.match(name) is not None


def readings(name: str) -> Iterator[Name]:
    """What a file's name may mean, the likeliest first; nothing where it is none of Canvas's."""
    parts = name.split("_")
    places = [n for n, part in enumerate(parts[:-1]) if part.isascii() and part.isdecimal()]
    tries = 0
    for place in places:
        before, rest = parts[:place], parts[place + 1 :]
        late = bool(before) and before[-1] == LATE
        who = "_".join(before[:-1] if late else before)
        text = len(rest) == 1 and rest[0] in TEXTS
        numbered = len(rest) > 1 and rest[0].isascii() and rest[0].isdecimal()
        if (text or numbered) and tries < MOST_TRIES:
            tries += 1
            file = rest[0] if text else "_".join(rest[1:])
            if file and len(parts[place]) < 20:
                number = 0 if text else int(rest[0][:18])
                prefix = name.removesuffix(file)
                yield Name(parts[place], prefix, file, number, who, late)


def user_of(prefix: str) -> str:
    """The number of whose file it is to Canvas, by what stands before the file's name; or ""."""
    found = PREFIX.search(prefix)
    return (found["user"] or "") if found else ""


def takes_back(name: str, user: str) -> bool:
    """Whether Canvas takes something back for a file: one that has an attachment's number.

    Args:
        name: of the file, as Canvas gave it.
        user: Canvas's number of the student; "" where it is not known.
    """
    if found := ANONYMOUS.match(name):
        return found["attachment"] is not None
    there = [*readings(name)]
    meant = next((each for each in there if each.user == user), there[0] if there else None)
    return meant is not None and meant.attachment > 0
