"""Pairs by how alike they are: as many in an honest class as is said, and copies first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.reporting.similar import page
from autograder.reporting.similar.chance import FEWEST, chance
from autograder.reporting.similar.ranking import MOST_PAIRS, Ranking, rank
from autograder.reporting.similar.writers import Given, Place, Writer
from tests.reporting.similar.classes import bundled, copied, given, honest

GIVEN = given()


def ranked(writers: list[Writer]) -> Ranking:
    """The pairs of a class."""
    return rank("losses", GIVEN, writers)


def names(ranking: Ranking) -> list[tuple[str, str]]:
    """Who the pairs are."""
    return [(pair.one.students[0], pair.other.students[0]) for pair in ranking.pairs]


@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 1], ids=["even-ways", "odd-ways"])
def test_an_honest_class_has_as_many_pairs_as_is_said(half: int) -> None:
    """On average one pair or fewer is shown, and a tenth of one has a tenth beside it.

    Each half of the ways to write an answer is a set that the other has no part in.
    """
    classes = [ranked(honest(30, seed, half)) for seed in range(40)]
    shown = [[pair.expected for pair in found.pairs] for found in classes]
    assert np.mean([len(each) for each in shown]) < 1.3
    assert np.mean([sum(e <= 0.1 for e in each) for each in shown]) < 0.2


@pytest.mark.slow
def test_copies_come_first() -> None:
    """Other names, other comments and moved lines hide nothing."""
    firsts, shown = 0, 0
    for seed in range(8):
        writers = honest(40, 400 + seed)
        writers[30] = copied(writers[5], writers[30].students[0], seed)
        found = names(ranked(writers))
        firsts += found[:1] == [("student0005", "student0030")]
        shown += ("student0005", "student0030") in found
    assert firsts >= 6
    assert shown >= 6


def test_one_cell_with_its_remarks_is_enough() -> None:
    """A copied cell that nobody else would write stands out where all else is one's own."""
    writers = bundled()
    place = Place("binary", "", code=True)
    odd = (
        "def teh_losses(pp, qq):  # my grandmother's formula, do not touch\n"
        "    gnu = [pp[n] ** 3 - qq[n] // 7 for n in range(len(qq)) if qq[n] > 0.125]\n"
        "    while gnu and gnu[-1] < 2:  # stop when the gnus are gone\n"
        "        gnu.pop()\n"
        "    return sorted(gnu)[len(gnu) // 2]\n"
    )
    for number in (3, 8):
        writers[number] = replace(writers[number], texts={**writers[number].texts, place: odd})
    found = ranked(writers)
    first = found.pairs[0]
    assert (first.one, first.other) == (writers[3], writers[8])
    assert first.expected < 0.3
    assert first.sides[0].place == place


def test_the_bundled_class_has_no_more_pairs_than_chance_makes() -> None:
    """Nobody in it has copied."""
    assert len(ranked(bundled()).pairs) <= 2


@pytest.mark.parametrize("number", range(0, 28, 4))
def test_a_copy_in_the_bundled_class_comes_first(number: int) -> None:
    """Whoever it is that was copied from, of those who answered."""
    writers = bundled()
    found = ranked([*writers, copied(writers[number], "copy", number)])
    assert names(found)[0] == (writers[number].students[0], "copy")
    assert found.pairs[0].expected < 0.1


def test_a_group_is_no_pair() -> None:
    """Members of one group are left out and counted; others are compared with each of them."""
    writers = honest(40, 5)
    same = writers[7].texts
    members = [Writer((f"member{n}",), "A", {**same}) for n in range(2)]
    outside = Writer(("outside",), "B", {**same})
    found = ranked([*writers[:7], *writers[8:], *members, outside])
    assert {("member0", "outside"), ("member1", "outside")} <= {*names(found)}
    assert ("member0", "member1") not in names(found)
    assert found.within == 1


def test_few_students_tell_nothing_of_what_is_rare() -> None:
    """Copies among nine are not shown, and the page says why."""
    few = honest(FEWEST - 2, 1)
    found = ranked([*few, copied(few[0], "copy", 1)])
    assert found.too_small
    assert found.pairs == ()
    assert "too few to say" in page.html(found)


def test_a_class_that_is_all_different_has_no_pairs() -> None:
    """Where nobody shares anything, nobody stands out."""
    place = Place("tiny", "why", False)
    writers = [Writer((f"s{n}",), "", {place: f"word{n} thing{n} say{n}"}) for n in range(30)]
    assert ranked(writers).pairs == ()


def test_many_pairs_are_cut() -> None:
    """The first hundred are shown, and the others counted."""
    place = Place("tiny", "own", True)
    texts = [f"zeta{n} = alpha{n}(beta{n} + {n}) * gamma{n}" for n in range(400)]
    made = [
        Writer((f"s{n:03}",), "", {place: "\n".join(texts[n // 2 * 2 : n // 2 * 2 + 2])})
        for n in range(300)
    ]
    found = rank("tiny", Given((), ()), made)
    assert len(found.pairs) == MOST_PAIRS
    assert found.more == 50
    assert "150 pairs are" in " ".join(page.html(found).split())


def test_a_known_fall_is_found_and_the_highest_are_not_believed() -> None:
    """Of scores that fall off by a known factor; copies among the highest change little."""
    honest_scores = np.random.default_rng(1).exponential(20, 44_850).astype(np.float32)
    fall = chance(honest_scores, 300)
    assert fall is not None
    assert fall.mean == pytest.approx(20, rel=0.1)
    assert fall.expected(np.float32([200]))[0] == pytest.approx(44_850 * np.exp(-10), rel=0.6)
    copies = honest_scores.copy()
    copies[:150] = 1_000
    among = chance(copies, 300)
    assert among is not None
    assert among.mean == pytest.approx(fall.mean, rel=0.25)
    assert among.expected(np.float32([1_000]))[0] < 1e-9
