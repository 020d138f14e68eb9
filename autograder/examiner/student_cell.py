"""A code cell of a submission."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StudentCell:
    """A code cell of the submission.

    Args:
        index: its place among all cells.
        grade_id: as far as it is the source's.
        text: its source.
    """

    index: int
    grade_id: str
    text: str

    @property
    def name(self) -> str:
        """What a person knows it by."""
        return self.grade_id or f"cell {self.index + 1}"
