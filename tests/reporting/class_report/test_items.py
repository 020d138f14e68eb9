"""Each check over the class: against the standard library's correlation, and what is marked."""

from __future__ import annotations

import random
import statistics

import pytest

from autograder.reporting.class_report.items import FEWEST, Item, Oddity, Outcomes
from autograder.results import CellResult, CheckResult


def cell(**passed: bool) -> CellResult:
    """A cell with such checks, of one point each."""
    checks = tuple(CheckResult(name, ok, float(ok), 1.0) for name, ok in passed.items())
    return CellResult(sum(check.points for check in checks), len(checks), checks)


def items(class_: list[CellResult]) -> dict[str, Item]:
    """The items of a class in which everyone has one cell, by check."""
    outcomes = Outcomes()
    for each in class_:
        outcomes.add({"f": each}, {"f": each.score})
    return {item.check: item for item in outcomes.items(frozenset())}


def test_it_is_the_correlation_with_the_rest_of_the_points() -> None:
    """The standard library has it of each check's 0 and 1 and the points without that check."""
    chance = random.Random(1)
    class_ = []
    for _ in range(40):
        skill = chance.random()
        class_.append(cell(**{name: chance.random() < skill for name in "abcde"}))
    found = items(class_)
    for place, name in enumerate("abcde"):
        passed = [float(each.checks[place].passed) for each in class_]
        rest = [each.score - each.checks[place].points for each in class_]
        expected = statistics.correlation(passed, rest)
        assert found[name].discrimination == pytest.approx(expected, abs=1e-12)
        assert found[name].pass_rate == pytest.approx(statistics.fmean(passed))
        assert found[name].difficulty == pytest.approx(1 - statistics.fmean(passed))


def test_its_own_points_are_left_out() -> None:
    """Of one that all others have nothing to do with, they would make a correlation."""
    class_ = [cell(own=own, other=other) for own in (True, False) for other in (True, False)] * 5
    assert items(class_)["own"].discrimination == pytest.approx(0)


def test_checks_that_tell_nothing_or_the_wrong_thing_are_marked() -> None:
    """Nobody or everybody passes, or those who know less do."""
    good = [
        cell(a=True, b=True, c=True, wrong=False, nobody=False, everybody=True) for _ in range(8)
    ]
    weak = [
        cell(a=False, b=False, c=False, wrong=True, nobody=False, everybody=True) for _ in range(8)
    ]
    found = items(good + weak)
    assert {name: item.oddity for name, item in found.items() if item.oddity} == {
        "wrong": Oddity.NEGATIVE,
        "nobody": Oddity.NOBODY,
        "everybody": Oddity.EVERYBODY,
    }
    assert found["wrong"].discrimination == pytest.approx(-1)
    assert found["nobody"].discrimination is None
    assert found["nobody"].difficulty == 1


def test_of_few_submissions_no_correlation_is_told() -> None:
    """It would be chance; the pass rate is told all the same."""
    few = [cell(a=n % 2 == 0, b=n % 2 == 0) for n in range(FEWEST - 1)]
    assert items(few)["a"].discrimination is None
    assert items([*few, cell(a=False, b=False)])["a"].discrimination == pytest.approx(1)
    assert items(few)["a"].passed == 5


def test_a_cell_without_checks_is_an_item_and_an_answer_in_words_is_none() -> None:
    """A visible test passes or fails as a whole; points by a person count nowhere here."""
    outcomes = Outcomes()
    for score in (1.0, 0.0, 0.5):
        cells = {"visible": CellResult(score, 1.0), "why": CellResult(2.0, 2.0)}
        outcomes.add({**cells, "empty": CellResult(0.0, 2.0)}, {"visible": score, "empty": 0.0})
    (item,) = outcomes.items(frozenset({"empty"}))
    assert (item.cell, item.check, item.count, item.passed) == ("visible", "", 3, 1)
    assert item.difficulty == pytest.approx(0.5)


def test_whose_notebook_is_missing_fails_no_check() -> None:
    """Its checks did not run: they are not one more item, which nobody passes."""
    outcomes = Outcomes()
    outcomes.add({"f": cell(a=True)}, {"f": 1.0})
    outcomes.add({"f": CellResult(0.0, 1.0)}, {"f": 0.0})
    assert [(item.check, item.count) for item in outcomes.items(frozenset())] == [("a", 1)]


def test_a_class_without_submissions_has_no_items() -> None:
    """And no error."""
    assert [*Outcomes().items(frozenset())] == []
