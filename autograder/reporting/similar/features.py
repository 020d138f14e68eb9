"""What two answers may share: fingerprints of their code, and the words in which they are put.

Code is compared without its layout, comments and strings. A name that its author has chosen stands
there as the distance to where it was last used (Baker, "A theory of parameterized pattern
matching", 1993), so that renamed code stays the same. Of all sequences of eight tokens those are
taken that winnowing chooses (Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for
document fingerprinting", 2003, which MOSS is built on): eleven equal tokens in a row always share
one. Comments, strings and answers in words are compared as sequences of three words, and names by
themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from zlib import crc32

from autograder.reporting.similar import tokens
from autograder.reporting.similar.tokens import Token

TOKENS = 8  # of a fingerprint
WINDOW = 4  # fingerprints in a row, of which the least is taken
WORDS = 3  # in a row
SHORTEST_NAME = 3  # letters: shorter ones are everyone's
WORD = re.compile(r"\\?[^\W_]+")  # LaTeX's commands are words too
CODE, IN_WORDS, NAME = "code", "words", "name"
NEW_NAME = 1  # odd, as what stands for a name is


@dataclass(frozen=True, slots=True)
class Feature:
    """Something of an answer that another may have too.

    Args:
        key: the same for what counts as the same.
        kind: CODE, IN_WORDS or NAME.
        start: its place in the text.
        stop: the place after it.
    """

    key: int
    kind: str
    start: int
    stop: int


def of_code(text: str, known: frozenset[str]) -> list[Feature]:
    """The features of a cell of code.

    Args:
        text: of the cell.
        known: names that its author has not chosen.
    """
    parts = tokens.read(text, known)
    code = [part for part in parts if part.kind in ("name", "other", "string")]
    found = [*_fingerprints(code)]
    for part in parts:
        if part.kind in ("comment", "string"):
            found += _words(part.text, part.start)
        elif part.kind == "name" and len(part.text) >= SHORTEST_NAME:
            found.append(Feature(_hash(NAME, part.text), NAME, part.start, part.stop))
    return found


def of_words(text: str) -> list[Feature]:
    """The features of an answer in words."""
    return list(_words(text, 0))


def _words(text: str, start: int) -> Iterator[Feature]:
    """Sequences of words; of a text with fewer, all of it."""
    words = [(found[0].casefold(), *found.span()) for found in WORD.finditer(text)]
    if len(words) == 1 and len(words[0][0]) < SHORTEST_NAME:
        return
    for number in range(max(1, len(words) - WORDS + 1) if words else 0):
        some = words[number : number + WORDS]
        key = _hash(IN_WORDS, *(word for word, _, _ in some))
        yield Feature(key, IN_WORDS, start + some[0][1], start + some[-1][2])


def _fingerprints(parts: Sequence[Token]) -> Iterator[Feature]:
    """The fingerprints of code that winnowing chooses."""
    if len(parts) < TOKENS:
        return
    signs, distances = _normalised(parts)
    hashes = []
    for first in range(len(parts) - TOKENS + 1):
        near = range(first, first + TOKENS)
        # A name's first use in the sequence is the same, wherever it was used before.
        hashes.append(
            hash(tuple(signs[n] if distances[n] <= n - first else NEW_NAME for n in near))
        )
    for first in _least(hashes):
        stop = parts[first + TOKENS - 1].stop
        yield Feature(hashes[first], CODE, parts[first].start, stop)


def _normalised(parts: Sequence[Token]) -> tuple[list[int], list[int]]:
    """What stands for each token, and how far back the same name stands: 0 for what is no name.

    An even number stands for what a token says, an odd one for a distance.
    """
    signs, distances, last = list[int](), list[int](), dict[str, int]()
    for number, part in enumerate(parts):
        if part.kind == "name":
            distance = number - last.get(part.text, -len(parts))
            last[part.text] = number
            signs.append(2 * distance + 1)
        else:
            distance = 0
            signs.append(2 * crc32(part.text.encode() if part.kind == "other" else b""))
        distances.append(distance)
    return signs, distances


def _least(hashes: Sequence[int]) -> Iterable[int]:
    """The places of the least hash in each window, the last of equal ones."""
    chosen = dict[int, None]()
    for first in range(max(1, len(hashes) - WINDOW + 1)):
        window = range(first, min(first + WINDOW, len(hashes)))
        chosen[min(window, key=lambda n: (hashes[n], -n))] = None
    return chosen


def _hash(*words: str) -> int:
    """A number of 64 bits, the same in every process."""
    digest = blake2b("\0".join(words).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
