"""The pairs of a class that are more similar than chance makes them, the most similar first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.config import Settings
from autograder.grading import roster
from autograder.grading.intake import inbox
from autograder.reporting.similar import writers
from autograder.reporting.similar.chance import FEWEST, chance
from autograder.reporting.similar.pairs import Base, Scores, index
from autograder.reporting.similar.sides import Sides, sides
from autograder.reporting.similar.writers import Given, Writer

MOST_PAIRS = 100  # that are shown
MOST_EXPECTED = 1.0  # in an honest class: a pair of which there would be more is not shown


@dataclass(frozen=True)
class Pair:
    """Two who have written similar things.

    Args:
        one: a student.
        other: the other.
        expected: how many pairs of an honest class of this size share as much.
        sides: what they wrote, where they share anything.
    """

    one: Writer
    other: Writer
    expected: float
    sides: tuple[Sides, ...]


@dataclass(frozen=True)
class Ranking:
    """The pairs of a class.

    Args:
        assignment: its name.
        students: how many were compared; a group that has handed in the same counts once.
        compared: how many pairs.
        within: how many pairs were left out, as they are of one group.
        pairs: those shown.
        more: how many more are as rare, and are not shown.
        ungraded: who has handed in and is not graded, and so was not compared.
        names: of everyone on the roster.
    """

    assignment: str
    students: int
    compared: int
    within: int = 0
    pairs: tuple[Pair, ...] = ()
    more: int = 0
    ungraded: tuple[str, ...] = ()
    names: dict[str, str] | None = None

    @property
    def too_small(self) -> bool:
        """Whether there are too few students to say what is rare."""
        return self.students < FEWEST


def read(settings: Settings, assignment: str) -> Ranking:
    """The pairs of an assignment's class.

    Raises:
        CourseError: a graded copy, the release or the roster can't be read.
    """
    there = writers.read(settings, assignment)
    names = {each.student_id: each.name for each in roster.read(settings.roster_path).values()}
    graded = {student for writer in there for student in writer.students}
    ungraded = sorted({*inbox.students(settings, assignment)} - graded)
    return rank(assignment, writers.given(settings, assignment), there, names, tuple(ungraded))


def rank(
    assignment: str,
    given: Given,
    there: Sequence[Writer],
    names: dict[str, str] | None = None,
    ungraded: tuple[str, ...] = (),
) -> Ranking:
    """The pairs of those who are there.

    Args:
        assignment: its name.
        given: the release's own text.
        there: everyone.
        names: by id.
        ungraded: who was not compared.
    """
    base = Base(given)
    found = index(base, there)
    rows, columns = np.triu_indices(len(there), 1)
    apart = _apart(there)[rows, columns]
    within = int((~apart).sum())
    rows, columns = rows[apart], columns[apart]
    broad, deep = (scores[rows, columns] for scores in found.scores())
    expected = _expected(len(there), broad, deep)
    order = np.lexsort((-broad, expected))
    rare = order[: int((expected <= MOST_EXPECTED).sum())]
    pairs = []
    for number in rare[:MOST_PAIRS]:
        one, other = there[rows[number]], there[columns[number]]
        both = tuple(sides(base, found.shared, one, other))
        pairs.append(Pair(one, other, float(expected[number]), both))
    return Ranking(
        assignment,
        len(there),
        len(rows),
        within,
        tuple(pairs),
        len(rare) - len(pairs),
        ungraded,
        names,
    )


def _expected(students: int, *scores: Scores) -> NDArray[np.float64]:
    """How many pairs of an honest class are as similar as each, by whichever score says most.

    By either of two scores there are up to twice as many as by one (Bonferroni).
    """
    least = np.full(len(scores[0]), np.inf)
    for each in scores:
        if fall := chance(each, students):
            least = np.minimum(least, len(scores) * fall.expected(each))
    return least


def _apart(there: Sequence[Writer]) -> NDArray[np.bool_]:
    """Which two are not of one group."""
    numbers = {group: n for n, group in enumerate(sorted({w.group for w in there}))}
    groups = np.array([numbers[writer.group] for writer in there], np.int64)
    same = groups[:, None] == groups[None, :]
    alone = np.array([not writer.group for writer in there], np.bool_)
    return np.asarray(~same | alone[:, None], np.bool_)
