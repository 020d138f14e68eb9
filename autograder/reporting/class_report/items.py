"""Each check over the class: how many passed it, how hard it was, and whom it tells apart.

Discrimination is the point-biserial correlation of passing a check with the points that the machine
gave for all else: without the check's own points, or each would agree with itself (S. Henrysson,
Correction of item-total correlations in item analysis, Psychometrika 28, 1963). It is Pearson's
correlation, as numpy has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.results import CellResult

FEWEST = 10  # submissions, from which on a correlation says something
MOST_ITEMS = 500
Name = tuple[str, str]  # a cell's grade_id, and a check in it; "" for a cell without checks


class Oddity(Enum):
    """What a check's numbers may say against it."""

    NOBODY = "nobody passed"
    EVERYBODY = "everybody passed"
    NEGATIVE = "negative"


@dataclass(frozen=True)
class Item:
    """One check, or a graded cell without any, over the class.

    Args:
        cell: its grade_id.
        check: by name; "" for a cell without checks.
        points: that it is worth.
        count: of the submissions that it ran on.
        passed: how many of them.
        difficulty: the share of its points that was lost, 0 to 1.
        discrimination: −1 to 1; None where all did the same, or too few were graded.
    """

    cell: str
    check: str
    points: float
    count: int
    passed: int
    difficulty: float
    discrimination: float | None

    @property
    def pass_rate(self) -> float:
        """The share of the submissions that passed, 0 to 1."""
        return self.passed / self.count

    @property
    def chance(self) -> float:
        """How far from 0 chance alone takes the discrimination, in 19 classes of 20."""
        return 1.96 / float(np.sqrt(max(self.count - 1, 1)))

    @property
    def oddity(self) -> Oddity | None:
        """What may be wrong with it, by these numbers."""
        if self.count < 2:
            return None
        if self.passed == 0:
            return Oddity.NOBODY
        if self.passed == self.count:
            return Oddity.EVERYBODY
        if self.discrimination is not None and self.discrimination < 0:
            return Oddity.NEGATIVE
        return None


@dataclass
class Outcomes:
    """What came of each check, submission by submission.

    Args:
        totals: of each submission, the points that the machine gave.
        most: what each item is worth.
        found: by item: which submission, whether it passed, and its points.
    """

    totals: list[float] = field(default_factory=list)
    most: dict[Name, float] = field(default_factory=dict)
    found: dict[Name, list[tuple[int, bool, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, cells: Mapping[str, CellResult], machine: Mapping[str, float | None]) -> None:
        """Counts a submission.

        Args:
            cells: its graded cells.
            machine: what the machine gave for each; nothing is counted of one that a person scores.
        """
        place = len(self.totals)
        self.totals.append(sum(score for score in machine.values() if score is not None))
        for name, cell in cells.items():
            score = machine.get(name)
            if score is None:
                continue
            for check in cell.checks:
                self._add((name, check.name), place, check.passed, check.points, check.max_points)
            if not cell.checks and cell.max_score > 0:
                self._add((name, ""), place, score >= cell.max_score, score, cell.max_score)

    def _add(self, name: Name, place: int, passed: bool, points: float, most: float) -> None:
        self.most[name] = most
        self.found[name].append((place, passed, points))

    def items(self, written: frozenset[str]) -> Iterator[Item]:
        """Each check, in the order in which they were met.

        Args:
            written: grade_ids of answers that a person scores: one that is empty has the machine's
                0, which says nothing of a test. Nor does that of a test whose checks did not run.
        """
        totals = np.array(self.totals)
        checked = {cell for cell, check in self.found if check}
        names = [
            (cell, check)
            for cell, check in self.found
            if cell not in written and (check or cell not in checked)
        ]
        for name in names[:MOST_ITEMS]:
            places, passed, points = (
                np.array(each) for each in zip(*self.found[name], strict=True)
            )
            yield Item(
                *name,
                points=self.most[name],
                count=len(places),
                passed=int(passed.sum()),
                difficulty=_lost(points, self.most[name]),
                discrimination=_correlation(passed, totals[places] - points),
            )


def _lost(points: NDArray[Any], most: float) -> float:
    """The share of the points that was lost."""
    return float(np.clip(1 - points.mean() / most, 0, 1)) if most > 0 else 0.0


def _correlation(passed: NDArray[Any], rest: NDArray[Any]) -> float | None:
    """Of passing with the other points; None where one of the two is the same for all."""
    if len(passed) < FEWEST or np.ptp(passed.astype(float)) == 0 or np.ptp(rest) < 1e-9:
        return None
    return float(np.corrcoef(passed, rest)[0, 1])
