"""What a grading changed: whose points, in which cell, by which check, and the class's mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import fsum, isclose

from autograder.results import (
    LATENESS,
    CellResult,
    Change,
    CheckResult,
    Differences,
    SubmissionResult,
)

NOTHING = CellResult(None, 0.0)


class Comparison:
    """Compares submissions with what was on record, one after the other."""

    def __init__(self) -> None:
        self._changes: dict[str, list[Change]] = {}
        self._means: list[tuple[float, float]] = []

    def add(self, former: SubmissionResult | None, result: SubmissionResult) -> None:
        """Takes a submission; `former` is None where it has no record yet."""
        if former is None:
            return
        if changes := list(_changes(former, result)):
            self._changes[result.student] = changes
        if "failed" not in (former.status, result.status):
            self._means.append((former.score, result.score))

    def differences(self) -> Differences:
        """What came out otherwise."""
        changes = [change for student in sorted(self._changes) for change in self._changes[student]]
        if not (count := len(self._means)):
            return Differences(changes=tuple(changes))
        before, after = (fsum(scores) / count for scores in zip(*self._means, strict=True))
        return Differences(count, before, after, tuple(changes))


def _changes(former: SubmissionResult, result: SubmissionResult) -> Iterator[Change]:
    """What of a submission came out otherwise."""
    student = result.student
    if former.status == "failed" or result.status == "failed":
        if former.status != result.status:
            yield Change(student, "", "", _whole(former), _whole(result))
        return
    for name in dict.fromkeys((*former.cells, *result.cells)):
        old, new = former.cells.get(name, NOTHING), result.cells.get(name, NOTHING)
        if old is new:  # both are of one record
            continue
        checks = list(_changed_checks(student, name, old.checks, new.checks))
        yield from checks
        if not checks and not _same(old.score, new.score):
            yield Change(student, name, "", old.score, new.score)
    before, after = (each.lateness.penalty for each in (former, result))
    if not _same(before, after):
        yield Change(student, "", LATENESS, 0.0 - before, 0.0 - after)


def _changed_checks(
    student: str, cell: str, former: Sequence[CheckResult], now: Sequence[CheckResult]
) -> Iterator[Change]:
    old, new = ({check.name: check.points for check in checks} for checks in (former, now))
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if not _same(before, after):
            yield Change(student, cell, name, before, after)


def _whole(result: SubmissionResult) -> float | str:
    return "failed" if result.status == "failed" else result.score


def _same(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is after
    return isclose(before, after, abs_tol=1e-9)
