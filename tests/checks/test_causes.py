"""A cause is named only where it is behind all that was seen, and once."""

from dataclasses import replace

import pytest
import torch

from autograder.checks import Mistake, judge, kinds
from autograder.checks.causes import STATE
from autograder.checks.comparison import NO_RETURN
from autograder.checks.mistakes import FACTORS, OVER_ENTRIES, REDUCTIONS, SIGN, reduce

ADDED = Mistake(lambda z, k, reduction="none": z + k, "This adds k.")
TOTAL = Mistake(lambda z, k, reduction="none": (z + k).sum(), "This adds k, and all of them up.")
AVERAGED = Mistake(lambda z, k, reduction="none": (z * k).mean(), "This is always the mean.")
OWN = "Multiply."


@pytest.fixture
def told(exercise):
    """What is said of each failed check of weigh, by name: its cause, or its own hint."""

    def shown(function, *mistakes, checks=exercise.checks):
        known = replace(exercise, checks=checks, mistakes=mistakes)
        failed = [check for check in judge(known, function).checks if not check.passed]
        assert [check for check in failed if check.cause and check.hint] == []
        return {check.name: check.cause or check.hint for check in failed}

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
        pytest.param(None, OWN, id="no-function"),
        pytest.param(lambda z, k: print(end=""), NO_RETURN, id="none"),
    ],
)
def test_a_cause_is_named_only_where_it_reproduces_the_answers(told, function, expected):
    """The mistake's formula gives just what the function gave, or is not spoken of."""
    assert told(function, ADDED, TOTAL) == {"values": expected}


def test_the_first_of_equal_mistakes_is_named(told):
    """Mistakes are tried in order."""
    again = Mistake(ADDED.formula, "Never said.")
    assert told(ADDED.formula, ADDED, again) == {"values": "This adds k."}


def test_one_cause_explains_every_check_that_fails_by_it(told, exercise, case):
    """Reductions, dtypes and gradients of a wrong formula are wrong by that formula."""
    checks = (
        *exercise.checks,
        kinds.reductions(1.0, case),
        kinds.same_dtype(1.0, case),
        kinds.gradient(1.0, case),
        kinds.inputs_unchanged(1.0, case),
    )
    wrong = Mistake(lambda z, k, reduction="none": reduce(z**2 + k, reduction), "This squares z.")
    assert told(wrong.formula, ADDED, wrong, checks=checks) == dict.fromkeys(
        ("values", "reductions", "dtype", "gradient", "inputs"), "This squares z."
    )


def test_a_formula_with_another_gradient_does_not_explain_it(told, exercise, case):
    """z + k has the gradient 1, which is not that of a function that cuts the graph."""
    checks = (*exercise.checks, kinds.gradient(1.0, case))
    assert told(lambda z, k: (z + k).detach(), ADDED, checks=checks) == {
        "values": "This adds k.",
        "gradient": kinds.CUT,
    }


def test_a_cause_explains_the_right_answers_too(told, case):
    """A formula that gives the last answer, but not the ones before it, is no cause."""
    checks = (kinds.reductions(1.0, case),)

    def added_mean(z, k, reduction):
        return z * k if reduction == "none" else z + k

    assert told(added_mean, ADDED, checks=checks) == {"reductions": checks[0].hint}


@pytest.mark.parametrize(
    "twist",
    [twist for twist in REDUCTIONS if twist is not OVER_ENTRIES],  # as many as losses, here
    ids=lambda twist: twist.hint[:30],
)
def test_a_slip_of_the_reduction_is_named_for_any_exercise(told, exercise, case, twist):
    """By the reference, and beside a wrong formula."""
    checks = (*exercise.checks, kinds.reductions(1.0, case))
    alone = told(twist.of(exercise.reference), checks=checks)
    assert set(alone.values()) == {twist.hint}
    added = Mistake(lambda z, k, reduction="none": reduce(z + k, reduction), "This adds k.")
    both = told(twist.of(added.formula), added, checks=checks)
    assert set(both.values()) == {f"This adds k. And: {twist.hint}"}


@pytest.mark.parametrize("twist", [SIGN, *FACTORS], ids=lambda twist: twist.hint[:30])
def test_a_slip_of_every_value_is_named_for_any_exercise(told, exercise, case, twist):
    """By the reference, and with a slip of the reduction."""
    checks = (*exercise.checks, kinds.reductions(1.0, case))
    wrong = twist.of(exercise.reference)
    assert set(told(wrong, checks=checks).values()) == {twist.hint}
    both = told(REDUCTIONS[0].of(wrong), checks=checks)
    assert set(both.values()) == {f"{twist.hint} And: {REDUCTIONS[0].hint}"}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        pytest.param(lambda z, k: (z * k).half().float(), "right to three digits", id="half"),
        pytest.param(lambda z, k: (z * k).round(decimals=2), "rounded to a few", id="rounded"),
        pytest.param(lambda z, k: (z * k).flip(-1), "in another order", id="order"),
        pytest.param(lambda z, k: (z * k).unsqueeze(-1), "one axis of size 1 too many", id="axis"),
        pytest.param(lambda z, k: z * torch.nan, "No value is finite:", id="nan"),
    ],
)
def test_a_relation_to_the_right_answer_is_named(told, function, expected):
    """Where no formula is known to give the answers."""
    (said,) = told(function, ADDED).values()
    assert expected in said


def test_a_relation_that_one_answer_contradicts_is_none(told):
    """Half of the calls are in another order, and the others are wrong."""

    def function(z, k):
        return (z * k).flip(-1) if z.dim() == 1 else z - k

    assert told(function, ADDED) == {"values": OWN}


def test_a_relation_that_another_check_contradicts_is_none(told, exercise, case):
    """The losses are in another order, and their sum is another number."""

    def function(z, k, reduction="none"):
        return (z * k).flip(-1) if reduction == "none" else z.sum() + 7

    checks = (*exercise.checks, kinds.reductions(1.0, case))
    assert told(function, checks=checks) == {"values": OWN, "reductions": ""}


def test_what_is_kept_from_call_to_call_is_named(told):
    """Right by itself, each call is wrong by what the earlier ones left."""
    kept = []

    def function(z, k):
        kept.append(z.sum())
        return z * k + 0.5 * len(kept)

    assert told(function, ADDED) == {"values": STATE}


def test_a_function_that_is_always_the_same_keeps_nothing(told):
    """However wrong it is."""
    assert told(lambda z, k: z.sum(-1, keepdim=True) - k, ADDED) == {"values": OWN}


def test_a_formula_that_is_right_here_is_no_cause(told, case):
    """Where the values are right, the dtype alone fails, and no formula is to blame."""
    checks = (replace(kinds.same_dtype(1.0, case, draws=2), needs=""),)
    own = {"dtype": checks[0].hint}
    assert told(lambda z, k: (z * k).float(), ADDED, checks=checks) == own
    assert told(lambda z, k: (z * k).numpy(), ADDED, checks=checks) == {"dtype": kinds.CUT}
    assert told(lambda z, k: z + k, ADDED, checks=checks) == {"dtype": "This adds k."}


def test_a_formula_that_is_wrong_where_the_function_was_right_is_no_cause(told, exercise):
    """Of one number mean and squeeze give the same; right answers on many rule out the mean."""
    one = kinds.values(
        "edges", 1.0, lambda draw: (draw.normal((1,)), draw.integers((1,), 9)), "One."
    )
    checks = (*exercise.checks, one)
    squeezed = told(lambda z, k: (z * k).squeeze(), AVERAGED, checks=checks)
    assert "an axis of size 1 is lost" in squeezed["edges"]
    averaged = told(AVERAGED.formula, AVERAGED, checks=checks)
    assert averaged == dict.fromkeys(("values", "edges"), "This is always the mean.")


def large(draw):
    """z at 1,000 or -1,000, where exp is inf or 0."""
    sign = draw.cycle((1, -1))
    return sign * draw.uniform((3,), 1000.0, 2000.0), 1 + draw.integers((3,), 4)


def test_at_extreme_numbers_another_reason_is_told_beside_the_cause(told, exercise):
    """A formula is believed by what it gives to ordinary numbers; what it does not give is told."""
    checks = (*exercise.checks, kinds.values("large", 1.0, large, "It overflows.", extreme=True))

    def overflows(z, k):
        return z.exp().log() + k

    assert told(overflows, ADDED, checks=checks) == {
        "values": "This adds k.",
        "large": "It overflows.",
    }
    assert told(lambda z, k: z + k, ADDED, checks=checks) == dict.fromkeys(
        ("values", "large"), "This adds k."
    )


def huge(draw):
    """z where exp is inf."""
    return draw.uniform((3,), 1000.0, 2000.0), 1 + draw.integers((3,), 4)


def test_formulas_that_overflow_alike_are_not_told_apart(told):
    """inf is inf, by whatever formula: alone it proves nothing."""
    check = kinds.values("huge", 1.0, huge, "It overflows.", extreme=True)
    squared = Mistake(lambda z, k: z.exp() ** 2, "Never said.")
    assert told(lambda z, k: z.exp() + k, squared, checks=(check,)) == {"huge": "It overflows."}
    ordinary = kinds.values("values", 1.0, lambda draw: (draw.normal((3,)), large(draw)[1]), OWN)
    told_apart = told(lambda z, k: z.exp() ** 2, squared, checks=(ordinary, check))
    assert told_apart == dict.fromkeys(("values", "huge"), "Never said.")


def test_where_ordinary_values_are_wrong_only_the_first_hint_is_told(told, exercise, case):
    """The others speak of functions whose values are right."""
    checks = (*exercise.checks, kinds.reductions(1.0, case), kinds.gradient(1.0, case))
    assert told(lambda z, k, reduction="none": z.tanh() - k, checks=checks) == {
        "values": OWN,
        "reductions": "",
        "gradient": "",
    }


@pytest.mark.parametrize(
    "formula",
    [
        pytest.param(lambda z, k: z.sum(dim=2), id="index-error"),
        pytest.param(lambda z, k: z @ z[:2], id="runtime-error"),
        pytest.param(lambda z, k: 1 / 0, id="another-error"),
        pytest.param(lambda z: z, id="another-signature"),
        pytest.param(lambda z, k, reduction="none": 3.0, id="number"),
        pytest.param(lambda z, k, reduction="none": z > k, id="truth-values"),
        pytest.param(lambda z, k, reduction="none": z.argmax(-1), id="whole-numbers"),
    ],
)
@pytest.mark.parametrize(
    "function", [ADDED.formula, TOTAL.formula], ids=["each-value", "one-number"]
)
def test_a_formula_that_does_not_fit_is_no_cause(told, exercise, case, formula, function):
    """A course's own may raise or return what it likes: it is another's turn then."""
    checks = (*exercise.checks, kinds.reductions(1.0, case))
    said = told(function, Mistake(formula, "Never said."), ADDED, TOTAL, checks=checks)
    assert said["values"].startswith("This adds k")


class SpeechlessError(Exception):
    def __str__(self):
        raise ValueError


def speechless(z, k):
    raise SpeechlessError


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda z, k: torch.zeros(1).expand(10**13), id="more-than-memory"),
        pytest.param(lambda z, k: z.to(torch.float8_e4m3fn), id="float8"),
        pytest.param(lambda z, k: z > k, id="truth-values"),
        pytest.param(lambda z, k: z[:0], id="no-elements"),
        pytest.param(lambda z, k: torch.complex(z, z), id="complex"),
        pytest.param(lambda z, k: z.to_sparse(), id="sparse"),
        pytest.param(lambda z, k: "z", id="text"),
        pytest.param(speechless, id="an-exception-without-a-text"),
    ],
)
def test_an_odd_answer_has_a_result(told, function):
    """Whatever a function gives, it is the check that fails and not the grading."""
    assert told(function, ADDED).keys() == {"values"}


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda z, k: (z * k).flatten()[None], id="another-shape"),
        pytest.param(lambda z, k: torch.zeros_like(z), id="nothing-yet"),
        pytest.param(lambda z, k: torch.where(k == 1, z * k, z - k), id="right-for-some-labels"),
    ],
)
def test_what_only_looks_like_a_relation_is_none(told, function):
    """Whole numbers are no targets, and the same numbers in another shape no other order."""
    assert told(function, ADDED) == {"values": OWN}


def test_a_cause_is_looked_for_in_copies(told):
    """A formula that changes its arguments spoils no other's."""
    spoiler = Mistake(lambda z, k: z.zero_() + k.zero_(), "This zeroes.")
    assert told(lambda z, k: z + k, spoiler, ADDED) == {"values": "This adds k."}
