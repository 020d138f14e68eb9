"""Whether the page of similar submissions says how likely a pair is: measured on made classes.

    python -m tests.similar_classes

prints how many pairs it shows in classes in which everyone has worked alone, and where pairs come
that have copied from one another. The classes are those of `tests/reporting/similar/classes.py`.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from autograder.reporting.similar.ranking import rank
from tests.reporting.similar.classes import copied, given, honest

SIZES = {30: 100, 100: 30, 300: 8}  # students, and how many classes of so many
HALVES = {None: "all ways", 0: "even ways", 1: "odd ways"}


def of_honest(size: int, classes: int, half: int | None) -> str:
    """What is shown of classes in which nobody has copied.

    Args:
        size: of a class.
        classes: how many.
        half: of the ways to write an answer; None for all.
    """
    found = [rank("losses", given(), honest(size, 9_000 + n, half)) for n in range(classes)]
    shown = [pair.expected for each in found for pair in each.pairs]
    rare = sum(expected <= 0.1 for expected in shown)
    return (
        f"{size} students, {HALVES[half]}: of {classes} honest classes each has "
        f"{len(shown) / classes:.2f} pairs below 1, and {rare / classes:.2f} below 0.1"
    )


def of_copies(size: int, classes: int, share: float) -> str:
    """Where a pair comes of whom one has copied from the other.

    Args:
        size: of a class.
        classes: how many, with one such pair each.
        share: of the answers that are copied.
    """
    ranks, expected = list[int](), list[float]()
    for seed in range(classes):
        writers = honest(size, 7_000 + seed)
        source, copy = writers[1], writers[-1]
        answers = copied(source, "", seed, share).texts
        writers[-1] = replace(copy, texts={**copy.texts, **answers})
        for number, pair in enumerate(rank("losses", given(), writers).pairs, start=1):
            if pair.one == source and pair.other == writers[-1]:
                ranks.append(number)
                expected.append(pair.expected)
    return (
        f"{size} students, {share:.0%} copied and hidden: of {classes} such pairs {len(ranks)} are "
        f"shown, {ranks.count(1)} as the first, {sum(e <= 0.1 for e in expected)} below 0.1"
    )


def main() -> int:
    """The exit code: 0."""
    for size, classes in SIZES.items():
        for half in HALVES:
            print(of_honest(size, classes, half), flush=True)
        for share in (1.0, 0.5):
            print(of_copies(size, classes, share), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
