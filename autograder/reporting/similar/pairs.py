"""How much each two students share: what is rare in the class counts, what is common does not.

A feature counts log(n / m) where m of n students have it, and nothing where over a quarter has it:
short formulas that everyone writes alike are no evidence. One that two share in several answers, a
habit, counts once. It is shared only where both have it in the same place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.reporting.similar import features, tokens
from autograder.reporting.similar.features import Feature
from autograder.reporting.similar.writers import Given, Place, Writer

COMMON = 4
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


class Base:
    """What of an answer is the release's, and what is the student's.

    Args:
        given: the release's text.
    """

    def __init__(self, given: Given) -> None:
        self._modules = frozenset(name for text in given.code for name in tokens.imported(text))
        code = (features.of_code(text, self._modules) for text in given.code)
        words = (features.of_words(text) for text in given.words)
        self._keys = {feature.key for found in (*code, *words) for feature in found}

    def features(self, writer: Writer) -> dict[Place, list[Feature]]:
        """What others may share with a student, by the place where it stands."""
        code = (text for place, text in writer.texts.items() if place.code)
        known = self._modules.union(name for text in code for name in tokens.imported(text))
        return {
            place: [
                feature
                for feature in (
                    features.of_code(text, known) if place.code else features.of_words(text)
                )
                if feature.key not in self._keys
            ]
            for place, text in writer.texts.items()
        }


@dataclass(frozen=True)
class Shared:
    """A feature that several students have.

    Args:
        weight: what it counts.
        writers: the numbers of those who have it, by place.
    """

    weight: float
    writers: tuple[Numbers, ...]

    def both(self) -> tuple[Numbers, NDArray[np.bool_]]:
        """Everyone who has it, and which two of them have it in the same place."""
        everyone = np.unique(np.concatenate(self.writers))
        there = np.array([np.isin(everyone, each) for each in self.writers])
        return everyone, np.any(there[:, :, None] & there[:, None, :], axis=0)


@dataclass(frozen=True)
class Index:
    """Of a class, what more than one of it has.

    Args:
        count: of students.
        shared: by the feature's key.
    """

    count: int
    shared: Mapping[int, Shared]

    def scores(self) -> Scores:
        """How much each two share; the diagonal is of no use."""
        scores = np.zeros((self.count, self.count), dtype=np.float32)
        for each in self.shared.values():
            if len(each.writers) == 1:
                scores[np.ix_(each.writers[0], each.writers[0])] += each.weight
            else:
                everyone, both = each.both()
                scores[np.ix_(everyone, everyone)] += np.float32(each.weight) * both
        return scores


def index(base: Base, writers: Sequence[Writer]) -> Index:
    """What more than one of a class has, and at most a quarter."""
    places = {place: n for n, place in enumerate(sorted({p for w in writers for p in w.texts}))}
    rows = [
        np.array([(key, places[place], number) for place, key in _keys(base, writer)], np.int64)
        for number, writer in enumerate(writers)
    ]
    table = np.concatenate([np.empty((0, 3), np.int64), *(row for row in rows if row.size)])
    table = table[np.lexsort(table.T[::-1])]
    starts = np.flatnonzero(np.diff(table[:, 0], prepend=np.nan))
    shared = dict[int, Shared]()
    for start, stop in zip(starts, [*starts[1:], len(table)], strict=True):
        if stop - start < 2:
            continue
        owners = len(np.unique(table[start:stop, 2]))
        if 2 <= owners <= max(2, len(writers) // COMMON):
            by_place = np.split(
                table[start:stop, 2], np.flatnonzero(np.diff(table[start:stop, 1])) + 1
            )
            weight = float(np.log(len(writers) / owners))
            shared[int(table[start, 0])] = Shared(weight, tuple(by_place))
    return Index(len(writers), shared)


def _keys(base: Base, writer: Writer) -> Iterator[tuple[Place, int]]:
    for place, found in base.features(writer).items():
        for key in {feature.key for feature in found}:
            yield place, key
