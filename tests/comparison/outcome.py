"""What grading one submission ended in."""

from __future__ import annotations

from dataclasses import dataclass

from tests.comparison.assignment import POINTS


@dataclass(frozen=True)
class Outcome:
    """What a tool says of one submission.

    Args:
        score: its points; None where it has no grade.
        said: what else the tool says of it: flags, or what ended it. "" for nothing.
    """

    score: float | None
    said: str = ""

    def text(self) -> str:
        """It as a cell of the table."""
        points = "no grade" if self.score is None else f"{self.score:g} of {POINTS}"
        return "; ".join([points, *filter(None, [self.said])])
