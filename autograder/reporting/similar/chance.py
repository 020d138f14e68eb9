"""How many pairs as similar as one there are in a class in which everyone has worked alone.

Told from the class itself: nearly all of its pairs have not worked together, and what these share
falls off as scores of chance likenesses do (Karlin and Altschul, "Methods for assessing the
statistical significance of molecular sequence features", 1990): each further point makes a pair
rarer by the same factor. That factor is taken from the upper part of the class's pairs but for the
highest, which may have worked together, and the line is drawn on from there. Habits that people
have in all their answers are in those pairs too, which a class made by shuffling answers between
students would have lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.reporting.similar.pairs import Scores

FEWEST = 10  # students: among fewer nobody knows what is rare
UPPER = 20  # the part of all pairs, one in so many, by which the factor is found
LEAST_MEAN = 1.0  # where hardly anyone shares anything: about the root of one thing's weight
LEAST_UPPER = 3  # pairs for each student, where that would be fewer


@dataclass(frozen=True)
class Chance:
    """How the scores of a class's pairs fall off.

    Args:
        count: of pairs whose score is above `start`.
        start: the score from which on they are counted.
        mean: of how far a pair's score is above it.
    """

    count: int
    start: float
    mean: float

    def expected(self, scores: Scores) -> NDArray[np.float64]:
        """How many pairs of an honest class have each of these scores or a higher one.

        Of those with nothing in common there is no end.
        """
        above = scores.astype(np.float64) - self.start
        return np.where(scores > 0, self.count * np.exp(-above / self.mean), np.inf)


def chance(scores: Scores, students: int) -> Chance | None:
    """How the scores of a class's pairs fall off; None for a class that is too small to tell.

    Args:
        scores: of all pairs.
        students: how many there are.
    """
    if students < FEWEST or len(scores) <= LEAST_UPPER * students:
        return None
    ordered = np.sort(scores.astype(np.float64))[::-1]
    highest = students  # pairs, of which no score is believed
    count = max(len(scores) // UPPER, LEAST_UPPER * students)
    above = ordered[:count] - ordered[count]
    # Of the highest it is only known that they are at least so high (censored data).
    mean = (above[highest:].sum() + highest * above[highest]) / (count - highest)
    sharing = min(count, int((ordered > 0).sum()))
    return Chance(sharing, float(ordered[count]), max(float(mean), LEAST_MEAN))
