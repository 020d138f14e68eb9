"""What two students share counts by how rare it is, and the release's text counts nothing."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest

from autograder.reporting.similar.pairs import Base, index
from autograder.reporting.similar.writers import Given, Place, Writer

FIRST, SECOND = Place("tiny", "double", True), Place("tiny", "triple", True)
WORDS = Place("tiny", "why", False)
ODD = "x = 1  # absolutely gorgeous rhubarb"
GIVEN = Given(("import torch\n# YOUR CODE HERE\ngiven = 1",), ("Why does it double so well?",))


def scores(*texts: dict[Place, str]) -> np.ndarray:
    """How much each two of a class share."""
    writers = [Writer((str(n),), "", text) for n, text in enumerate(texts)]
    return index(Base(GIVEN), writers).scores()[0]


def test_deeply_alike_is_the_place_with_the_most() -> None:
    """What is shared there counts, and nothing of another place."""
    more = {FIRST: f"{ODD}\ny = 2  # utterly silly custard", SECOND: ODD}
    writers = [Writer((str(n),), "", text) for n, text in enumerate([more, more, *others(8)])]
    deep = index(Base(GIVEN), writers).scores()[1]
    assert deep[0, 1] == pytest.approx(sqrt(2 * log(10 / 2)))


def others(count: int) -> list[dict[Place, str]]:
    """Students who share nothing."""
    return [{FIRST: f"unlike{n}{n} = {n}"} for n in range(count)]


def test_what_two_of_ten_share_counts_by_how_rare_it_is() -> None:
    """The less of the class has it the more; and it is nobody else's."""
    found = scores({FIRST: ODD}, {FIRST: ODD}, *others(8))
    assert found[0, 1] == found[1, 0] == pytest.approx(sqrt(log(10 / 2)))
    assert found[0, 2:].max() == found[2:, 2:].max() == 0


def test_what_over_a_quarter_shares_counts_nothing() -> None:
    """Four of twenty are few, six are many."""
    assert scores(*[{FIRST: ODD}] * 4, *others(16))[0, 1] == pytest.approx(sqrt(log(20 / 4)))
    assert scores(*[{FIRST: ODD}] * 6, *others(14))[0, 1] == 0


def test_two_places_say_more_than_one_that_is_long() -> None:
    """Of a place counts the root of what is shared there."""
    one, other = ODD, "y = 2  # utterly silly custard"
    apart, together = {FIRST: one, SECOND: other}, {FIRST: f"{one}\n{other}"}
    found = scores(apart, apart, together, together, *others(12))
    assert found[0, 1] == pytest.approx(2 * sqrt(log(16 / 4)))
    assert found[2, 3] == pytest.approx(sqrt(2 * log(16 / 4)))


def test_only_the_same_place_counts() -> None:
    """What one has in an answer and the other elsewhere is not shared; nor with a third."""
    found = scores({FIRST: ODD, SECOND: ODD}, {FIRST: ODD}, {SECOND: ODD}, *others(9))
    assert found[0, 1] == found[0, 2] == pytest.approx(sqrt(log(12 / 3)))
    assert found[1, 2] == 0


def test_the_release_is_nobodys() -> None:
    """Its comments, names and sentences are no evidence, wherever they stand."""
    text = {FIRST: "given = 2  # YOUR CODE HERE", WORDS: "Why does it double so well?"}
    assert scores(text, text, *others(8))[0, 1] == 0


def test_nobody_and_nothing_is_no_error() -> None:
    """A class without answers shares nothing."""
    assert scores().shape == (0, 0)
    assert scores({}, {FIRST: ""}).max() == 0
