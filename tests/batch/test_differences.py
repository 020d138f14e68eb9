"""What a grading changed of what was on record, from results alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.batch.differences import Comparison
from autograder.results import (
    LATENESS,
    CellResult,
    Change,
    CheckResult,
    Differences,
    Lateness,
    SubmissionResult,
)


def graded(student: str, status: str = "graded", **cells: CellResult) -> SubmissionResult:
    """A result with these cells."""
    score = sum(cell.score or 0.0 for cell in cells.values())
    return SubmissionResult(student, status, score, 9.0, 1.0, cells)


def cell(score: float | None, **checks: float) -> CellResult:
    """A cell whose checks gave these points."""
    found = tuple(CheckResult(name, points > 0, points, 1.0) for name, points in checks.items())
    return CellResult(score, 9.0, found)


def differences(*pairs: tuple[SubmissionResult | None, SubmissionResult]) -> Differences:
    """What is said of submissions, each with its former result."""
    comparison = Comparison()
    for former, now in pairs:
        comparison.add(former, now)
    return comparison.differences()


def test_nothing_changed_where_all_is_the_same() -> None:
    """A status is no difference, and the mean is told all the same."""
    before, now = graded("a", t=cell(2.0, x=1)), graded("a", "unchanged", t=cell(2.0, x=1))
    assert differences((before, now)) == Differences(1, 2.0, 2.0)


def test_each_check_is_told_and_else_the_cell() -> None:
    """With what it gave before and gives now; one that came or went has no points there."""
    before = graded("a", named=cell(2.0, same=1, lost=1, gone=1), plain=cell(3.0), why=cell(None))
    now = graded("a", named=cell(1.0, same=1, lost=0, new=1), plain=cell(4.0), why=cell(2.0))
    assert differences((before, now)).changes == (
        Change("a", "named", "lost", 1.0, 0.0),
        Change("a", "named", "gone", 1.0, None),
        Change("a", "named", "new", None, 1.0),
        Change("a", "plain", "", 3.0, 4.0),
        Change("a", "why", "", None, 2.0),
    )


def test_a_cell_that_came_or_went_has_no_points_there() -> None:
    """And one that nobody has scored yet is no news."""
    before, now = graded("a", gone=cell(1.0)), graded("a", new=cell(0.0), why=cell(None))
    assert differences((before, now)).changes == (
        Change("a", "gone", "", 1.0, None),
        Change("a", "new", "", None, 0.0),
    )


def test_points_that_differ_in_the_last_digit_are_the_same() -> None:
    """A sum of thirds may come out either way."""
    assert not differences((graded("a", t=cell(0.1 + 0.2)), graded("a", t=cell(0.3)))).changes


def test_of_checks_without_points_a_changed_cell_is_told() -> None:
    """What a person gave a cell is no check's doing."""
    before, now = graded("a", t=cell(1.0, x=1)), graded("a", t=cell(2.0, x=1))
    assert differences((before, now)).changes == (Change("a", "t", "", 1.0, 2.0),)


def test_who_could_not_be_graded_is_told_as_a_whole() -> None:
    """Before or now; and is in no mean."""
    failed, now = graded("a", "failed"), graded("a", t=cell(2.0))
    assert differences((failed, now)) == Differences(changes=(Change("a", "", "", "failed", 2.0),))
    assert differences((now, failed)).changes == (Change("a", "", "", 2.0, "failed"),)
    assert differences((failed, failed)) == Differences()


def test_the_order_is_the_students_and_a_new_one_is_in_none_of_it() -> None:
    """Submissions come in as they end."""
    pairs = [(graded(name, t=cell(1.0)), graded(name, t=cell(3.0))) for name in ("c", "a")]
    found = differences(pairs[0], (None, graded("b", t=cell(9.0))), pairs[1])
    assert [change.student for change in found.changes] == ["a", "c"]
    assert (found.compared, found.before, found.after) == (2, pytest.approx(1), pytest.approx(3))


def test_what_lateness_takes_off_is_told_where_that_changed() -> None:
    """Below 0, beside the cells; how late it was is no difference, and the mean is before it."""
    before, now = (
        replace(graded("a", t=cell(2.0)), lateness=Lateness(seconds, penalty=penalty))
        for seconds, penalty in ((60.0, 0.0), (90.0, 0.5))
    )
    change = Change("a", "", LATENESS, 0.0, -0.5)
    assert differences((before, now)) == Differences(1, 2.0, 2.0, (change,))
    assert str(change.before) == "0.0"
    assert differences((now, replace(now, lateness=Lateness(3.0, penalty=0.5)))).changes == ()
