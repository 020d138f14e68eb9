"""What the class misunderstood: why checks failed, by how many students each reason is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from autograder.results import CellResult, CheckResult

MOST = 60  # reasons that are told
MOST_EXAMPLES = 3  # students named beside each


class Source(Enum):
    """From where a reason is known, the surest first."""

    CAUSE = "cause"  # the wrong formula reproduces what the student's function gives
    HINT = "hint"  # what to think about, where no cause is known
    NONE = "none"


@dataclass
class Reason:
    """One reason of failed checks.

    Args:
        text: the sentence that students are told; "" where none is known.
        source: from where it is known.
        cells: grade_ids of the tests that failed for it, with the checks' names.
        students: whose did.
    """

    text: str
    source: Source
    cells: dict[str, dict[str, None]] = field(default_factory=dict)
    students: dict[str, None] = field(default_factory=dict)


class Reasons:
    """Counts reasons, student by student."""

    def __init__(self) -> None:
        self._found: dict[tuple[Source, str], Reason] = {}

    def add(self, student: str, cells: Mapping[str, CellResult]) -> None:
        """Counts those of a submission's failed checks."""
        for name, cell in cells.items():
            for check in cell.checks:
                if not check.passed:
                    self._add(student, name, check)

    def _add(self, student: str, cell: str, check: CheckResult) -> None:
        text = check.cause or check.hint
        source = Source.CAUSE if check.cause else Source.HINT if check.hint else Source.NONE
        # Without a word of why, what the failed checks have in common is their test.
        reason = self._found.setdefault((source, text or cell), Reason(text, source))
        reason.cells.setdefault(cell, {})[check.name] = None
        reason.students[student] = None

    def told(self) -> tuple[list[Reason], int]:
        """Those of most students first, what is not explained last; and how many are left out."""
        unexplained = [each for each in self._found.values() if each.source is Source.NONE]
        explained = [each for each in self._found.values() if each.source is not Source.NONE]
        for reasons in (unexplained, explained):
            reasons.sort(key=lambda reason: -len(reason.students))
        return (explained[:MOST] + unexplained[:MOST]), max(0, len(explained) - MOST)
