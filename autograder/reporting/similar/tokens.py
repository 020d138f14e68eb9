"""Code in tokens, by Python's own tokenizer, even where it is no Python."""

from __future__ import annotations

import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, zip_longest

# What is left of a text after a place where Python's tokenizer stops.
REST = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<sign>[^\s\w])"
)
LAYOUT = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
KINDS = {tokenize.NAME: "name", tokenize.NUMBER: "number", tokenize.COMMENT: "comment"}
# Python 3.12 has tokens for the parts of an f-string, 3.11 none.
STRINGS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
RESERVED = {*keyword.kwlist, *dir(builtins)}
OPENING, CLOSING = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a text.

    Args:
        kind: "name" of the author's choice, "comment", "string", or "other".
        text: as it stands there.
        start: the place of its first letter in the text.
    """

    kind: str
    text: str
    start: int

    @property
    def stop(self) -> int:
        """The place after its last letter."""
        return self.start + len(self.text)


def read(text: str, known: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of code, without its layout.

    Args:
        text: of a cell.
        known: names that its author has not chosen: of modules, and of what was asked for.
    """
    tokens = list(_split(text))
    made, depth, before = list[Token](), 0, ""
    for token, following in zip_longest(tokens, (token.text for token in tokens[1:])):
        depth += (token.text in OPENING) - (token.text in CLOSING) if len(token.text) == 1 else 0
        kind = token.kind
        if kind == "name":
            argument = depth > 0 and following == "="
            given = token.text in RESERVED or token.text in known
            kind = "other" if given or argument or before == "." else "name"
        kind = kind if kind in ("name", "comment", "string") else "other"
        made.append(Token(kind, token.text, token.start))
        before = token.text
    return made


def imported(text: str) -> Iterator[str]:
    """The names in the import statements of code."""
    for line in text.splitlines():
        if line.lstrip().startswith(("import ", "from ")):
            words = re.findall(r"[^\W\d]\w*", line.partition("#")[0])
            yield from (word for word in words if word not in RESERVED)


def _split(text: str) -> Iterator[Token]:
    """The tokens; from where Python's tokenizer stops on, by a simple pattern."""
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    stop = 0
    try:
        for each in tokenize.generate_tokens(io.StringIO(text).readline):
            if each.type in LAYOUT or not each.string.strip():
                continue
            start = starts[each.start[0] - 1] + each.start[1]
            stop = start + len(each.string)
            kind = "string" if each.type in STRINGS else KINDS.get(each.type, "sign")
            yield Token(kind, each.string, start)
    except (tokenize.TokenError, SyntaxError):
        for found in REST.finditer(text, stop):
            yield Token(str(found.lastgroup), found[0], found.start())
