"""A known mistake is named only where its formula is behind the wrong answer."""

from dataclasses import replace

import pytest
import torch

from autograder.checks import Mistake, judge, kinds

ADDED = Mistake(lambda z, k, reduction="none": z + k, "This adds k.")
TOTAL = Mistake(lambda z, k, reduction="none": (z + k).sum(), "This adds k, and all of them up.")
IGNORED = Mistake(lambda z, k, reduction="none": z * k, "The reduction argument is ignored.")
AVERAGED = Mistake(lambda z, k, reduction="none": (z * k).mean(), "This is always the mean.")
OWN = "Multiply."


@pytest.fixture
def hints(exercise):
    """The hint of each failed check of weigh, by name."""

    def shown(function, *mistakes, checks=exercise.checks):
        known = replace(exercise, checks=checks, mistakes=mistakes)
        return {check.name: check.hint for check in judge(known, function).checks if check.hint}

    return shown


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        pytest.param(lambda z, k: z + k, "This adds k.", id="equal"),
        pytest.param(lambda z, k: (z + k).numpy(), "This adds k.", id="array"),
        pytest.param(lambda z, k: z + k + 1e-6, "This adds k.", id="rounding"),
        pytest.param(lambda z, k: (z + k).sum(), "This adds k, and all of them up.", id="second"),
        pytest.param(lambda z, k: z + k + 0.01, OWN, id="near"),
        pytest.param(lambda z, k: (z + k)[None], OWN, id="shape"),
        pytest.param(lambda z, k: (z + k).long(), OWN, id="dtype"),
        pytest.param(lambda z, k: [z + k], OWN, id="kind"),
        pytest.param(lambda z, k: z - k, OWN, id="other"),
        pytest.param(lambda z, k: z * torch.nan, OWN, id="nan"),
        pytest.param(None, OWN, id="no-function"),
    ],
)
def test_a_cause_is_named_only_where_it_reproduces_the_answer(hints, function, expected):
    """The mistake's formula gives just what the function gave, or is not spoken of."""
    assert hints(function, ADDED, TOTAL) == {"values": expected}


def test_the_first_of_equal_mistakes_is_named(hints):
    """Mistakes are tried in order."""
    again = Mistake(ADDED.formula, "Never said.")
    assert hints(ADDED.formula, ADDED, again) == {"values": "This adds k."}


def test_a_cause_explains_the_right_answers_too(hints, case):
    """A formula that gives the last answer, but not the ones before it, is no cause."""
    checks = (kinds.reductions(1.0, case),)
    assert hints(IGNORED.formula, ADDED, IGNORED, checks=checks) == {
        "reductions": "The reduction argument is ignored."
    }

    def added_mean(z, k, reduction):
        return z * k if reduction == "none" else z + k

    assert hints(added_mean, ADDED, checks=checks) == {"reductions": checks[0].hint}


def test_a_formula_that_is_right_here_is_no_cause(hints, case):
    """Where the values are right, the dtype alone fails, and no formula is to blame."""
    checks = (kinds.same_dtype(1.0, case, draws=2),)
    checks = (replace(checks[0], needs=""),)
    own = {"dtype": checks[0].hint}
    assert hints(lambda z, k: (z * k).float(), IGNORED, checks=checks) == own
    assert hints(lambda z, k: (z * k).numpy(), IGNORED, checks=checks) == {"dtype": kinds.CUT}
    assert hints(lambda z, k: (z + k).float(), ADDED, checks=checks) == {"dtype": "This adds k."}


def test_a_formula_that_is_wrong_where_the_function_was_right_is_no_cause(hints, exercise):
    """Of one number mean and squeeze give the same; right answers on many rule out the mean."""
    one = kinds.values(
        "edges", 1.0, lambda draw: (draw.normal((1,)), draw.integers((1,), 9)), "One."
    )
    checks = (*exercise.checks, one)
    squeezed = hints(lambda z, k: (z * k).squeeze(), AVERAGED, checks=checks)
    assert squeezed == {"edges": "One."}
    averaged = hints(AVERAGED.formula, AVERAGED, checks=checks)
    assert averaged == dict.fromkeys(("values", "edges"), "This is always the mean.")


def test_two_mistakes_are_named_where_each_shows(hints, exercise, case):
    """One mistake hides no other: each failed check is explained on its own."""

    def twice_wrong(z, k, reduction=None):
        return z * k if reduction else z + k

    checks = (*exercise.checks, kinds.reductions(1.0, case))
    assert hints(twice_wrong, ADDED, IGNORED, checks=checks) == {
        "values": "This adds k.",
        "reductions": "The reduction argument is ignored.",
    }


@pytest.mark.parametrize("value", [torch.inf, -torch.inf], ids=["overflows", "underflows"])
def test_a_formula_that_overflows_reproduces_no_number(hints, value):
    """inf is reproduced by inf, and by no number."""
    overflow = Mistake(lambda z, k: torch.full_like(z, value), "exp overflows.")
    assert hints(lambda z, k: z - k, overflow) == {"values": OWN}
    assert hints(lambda z, k: z.abs() * value, overflow) == {"values": "exp overflows."}


@pytest.mark.parametrize(
    "formula",
    [
        pytest.param(lambda z, k: z.sum(dim=2), id="index-error"),
        pytest.param(lambda z, k: z @ z[:2], id="runtime-error"),
    ],
)
def test_a_formula_that_does_not_fit_is_no_cause(hints, formula):
    """A wrong formula may raise where the function did not."""
    assert hints(lambda z, k: z + k, Mistake(formula, "Never said."), ADDED) == {
        "values": "This adds k."
    }


def test_a_cause_is_looked_for_in_copies(hints):
    """A formula that changes its arguments spoils no other's."""
    spoiler = Mistake(lambda z, k: z.zero_() + k.zero_(), "This zeroes.")
    assert hints(lambda z, k: z + k, spoiler, ADDED) == {"values": "This adds k."}
