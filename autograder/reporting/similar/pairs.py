"""How much each two students share: what is rare in the class counts, what is common does not.

A feature counts log(n / m) where m of n students have it, and nothing where over a quarter has it:
short formulas that everyone writes alike are no evidence. It is shared only where both have it in
the same place, and each place counts the square root of all that is shared there: parts of one text
come from one source. Two scores tell of a pair: how broadly it is alike, the sum of its places; and
how deeply, the place that has the most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
    """A feature that several students have in the same place.

    Args:
        weight: what it counts.
        writers: the numbers of those who have it.
    """

    weight: float
    writers: Numbers


@dataclass(frozen=True)
class Index:
    """Of a class, what more than one of it has.

    Args:
        count: of students.
        shared: by place and the feature's key.
    """

    count: int
    shared: Mapping[Place, Mapping[int, Shared]]

    def scores(self) -> tuple[Scores, Scores]:
        """How broadly and how deeply each two are alike; the diagonals are of no use."""
        broad = np.zeros((self.count, self.count), dtype=np.float32)
        deep = np.zeros_like(broad)
        for found in self.shared.values():
            here = np.zeros_like(broad)
            for each in found.values():
                here[np.ix_(each.writers, each.writers)] += each.weight
            root = np.sqrt(here, out=here)
            broad += root
            np.maximum(deep, root, out=deep)
        return broad, deep


def index(base: Base, writers: Sequence[Writer]) -> Index:
    """What more than one of a class has, and at most a quarter."""
    places = sorted({place for writer in writers for place in writer.texts})
    table = _table(base, writers, {place: n for n, place in enumerate(places)})
    shared: dict[Place, dict[int, Shared]] = {place: {} for place in places}
    for rows in _runs(table, 0):
        owners = len(np.unique(rows[:, 2]))
        if 2 <= owners <= max(2, len(writers) // COMMON):
            weight = float(np.log(len(writers) / owners))
            for there in _runs(rows, 1):
                key, place = int(there[0, 0]), places[there[0, 1]]
                shared[place][key] = Shared(weight, there[:, 2])
    return Index(len(writers), shared)


def _table(base: Base, writers: Sequence[Writer], places: Mapping[Place, int]) -> Numbers:
    """A row for each feature: its key, place and writer, in this order."""
    rows = [np.empty((0, 3), np.int64)]
    for number, writer in enumerate(writers):
        for place, found in base.features(writer).items():
            keys = np.unique(np.array([feature.key for feature in found], np.int64))
            here = np.full_like(keys, places[place])
            rows.append(np.stack([keys, here, np.full_like(keys, number)], axis=1))
    table = np.concatenate(rows)
    return table[np.lexsort(table.T[::-1])]


def _runs(table: Numbers, column: int) -> Iterator[Numbers]:
    """The rows that have the same number in a column, which are together; more than one row."""
    numbers = table[:, column]
    starts = np.flatnonzero(np.r_[len(table) > 0, numbers[1:] != numbers[:-1]])
    for start, stop in pairwise([*starts, len(table)]):
        if stop - start > 1:
            yield table[start:stop]
