"""judge runs every check, adds up their points, and gives each failed one a message and a hint."""

import threading
from dataclasses import replace

import pytest
import torch

from autograder.checks import Check, Failure, Mistake, judge, kinds
from autograder.results import CellResult, CheckResult


def passes(trial):
    """A check that is always met."""


def fails(text, hint=""):
    """A check that is never met."""

    def raise_failure(trial):
        raise Failure(text, hint)

    return raise_failure


def test_every_check_runs_in_order(exercise):
    """A failure ends its own check and no other; the score is the sum of what passed."""
    checks = (
        Check("first", 0.5, passes, "A hint."),
        Check("second", 1.0, fails("is odd."), "Make it even."),
        Check("third", 0.25, passes, "A hint."),
    )
    assert judge(replace(exercise, checks=checks), None) == CellResult(
        0.75,
        1.75,
        (
            CheckResult("first", True, 0.5, 0.5),
            CheckResult("second", False, 0.0, 1.0, "weigh is odd.", "Make it even."),
            CheckResult("third", True, 0.25, 0.25),
        ),
    )


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        pytest.param(passes, ("Pays only where 'values' is right.", ""), id="passes"),
        pytest.param(fails("has dtype x."), ("weigh has dtype x.", ""), id="fails"),
    ],
)
def test_a_side_check_pays_only_where_values_are_right(exercise, side, expected):
    """Where values are wrong a side check pays nothing, and says why."""
    checks = (
        Check("values", 1.0, fails("is odd."), ""),
        Check("dtype", 0.5, side, "Keep it.", "values"),
    )
    result = judge(replace(exercise, checks=checks), None)
    assert result.score == 0.0
    dtype = result.checks[1]
    assert (dtype.passed, dtype.points, dtype.max_points) == (False, 0.0, 0.5)
    assert (dtype.message, dtype.hint) == expected


def test_a_side_check_pays_where_values_are_right(exercise):
    """With right values a side check is judged as any other."""
    checks = (Check("values", 1.0, passes, ""), Check("dtype", 0.5, passes, "", "values"))
    assert judge(replace(exercise, checks=checks), None).score == 1.5
    checks = (checks[0], replace(checks[1], judge=fails("has dtype x.")))
    assert judge(replace(exercise, checks=checks), None).score == 1.0


@pytest.mark.parametrize(
    ("hint", "formula", "expected"),
    [
        pytest.param("", torch.add, "You add.", id="the-mistake-first"),
        pytest.param("From the failure.", torch.add, "You add.", id="with-the-same-failure-too"),
        pytest.param("From the failure.", torch.sub, "From the failure.", id="then-the-failure"),
        pytest.param("", torch.sub, "From the check.", id="then-the-check"),
    ],
)
def test_the_hint_that_fits_best_is_given(exercise, case, hint, formula, expected):
    """A known mistake's comes first, a failure's own before the check's."""

    def odd(trial):
        trial.call(case(next(trial.draws(1))))
        raise Failure("is odd.", hint)

    known = replace(
        exercise,
        checks=(Check("values", 1.0, odd, "From the check."),),
        mistakes=(Mistake(formula, "You add."),),
    )
    (result,) = judge(known, torch.add).checks
    assert (result.message, result.cause or result.hint) == ("weigh is odd.", expected)


@pytest.mark.parametrize(
    "error", [ValueError, KeyError, RuntimeError, NotImplementedError], ids=lambda e: e.__name__
)
def test_an_error_of_our_own_goes_through(exercise, error):
    """A check, a case or a reference that breaks is never reported as the student's failure."""

    def broken(*arguments):
        raise error("ours")

    right = exercise.reference
    in_check = replace(exercise, checks=(Check("values", 1.0, broken, ""),))
    in_case = replace(exercise, checks=(kinds.values("values", 1.0, broken, ""),))
    in_reference = replace(exercise, reference=broken)
    for known in (in_check, in_case, in_reference):
        with pytest.raises(error, match="ours") as caught:
            judge(known, right)
        assert caught.value.__notes__ == ["check 'values'"]


@pytest.mark.filterwarnings("ignore:You")
def test_an_error_of_our_own_in_the_gradient_goes_through(exercise, case):
    """A reference that can't be differentiated is our error, and not the student's."""
    known = replace(
        exercise,
        reference=lambda z, k: (z * k).detach(),
        checks=(kinds.gradient(0.5, case),),
    )
    with pytest.raises(Exception) as caught:  # noqa: PT011 (any type but a Failure)
        judge(known, exercise.reference)
    assert not isinstance(caught.value, Failure)


def test_a_change_in_place_disturbs_no_other_check(exercise, case):
    """A function that spoils its arguments is right in every check but the one that asks."""

    def spoiler(z, k):
        answer = z * k
        z.fill_(torch.nan)
        k.zero_()
        return answer

    values = exercise.checks[0]
    checks = (
        replace(values, name="before"),
        kinds.inputs_unchanged(0.25, case),
        kinds.same_dtype(0.25, case),
        replace(values, name="after"),
    )
    checks = tuple(replace(check, needs="") for check in checks)
    result = judge(replace(exercise, checks=checks), spoiler)
    assert [check.passed for check in result.checks] == [True, False, True, True]


def test_an_answer_that_is_its_argument_is_compared_as_it_was(exercise):
    """Returning the argument, or keeping it for later, changes no verdict."""
    kept = []

    def hoarder(z, k):
        kept.append(z)
        for old in kept:
            old.zero_()
        return z

    assert judge(exercise, hoarder).score == 0.0


def test_a_printing_function_is_judged_like_a_silent_one(exercise, capsys):
    """What a function prints or warns changes no result."""

    def noisy(z, k):
        print("weighing", z)
        return z * k

    assert judge(exercise, noisy) == judge(exercise, lambda z, k: z * k)
    assert capsys.readouterr().out.count("weighing") == 4


@pytest.mark.parametrize("exit_code", [0, 1, None], ids=["0", "1", "none"])
def test_an_exit_is_a_failure(exercise, exit_code):
    """sys.exit in a function ends its checks, and not the grading."""

    def leave(z, k):
        raise SystemExit(exit_code)

    (result,) = judge(exercise, leave).checks
    assert result.message.startswith("weigh raises a SystemExit in line ")


def test_a_key_reaches_the_draws(exercise):
    """With a student's key the function meets other numbers in every second draw."""

    def seen(key):
        numbers = []
        judge(exercise, lambda z, k: numbers.append(z) or z * k, key)
        return [number.flatten()[0].item() for number in numbers]

    public, own = seen(None), seen(b"a student's key")
    assert len(public) == 4
    assert [mine != theirs for mine, theirs in zip(own, public, strict=True)] == [False, True] * 2


def test_judging_needs_no_main_thread(exercise):
    """The formgrader judges in a thread of its server."""
    results = []
    thread = threading.Thread(target=lambda: results.append(judge(exercise, exercise.reference)))
    thread.start()
    thread.join(timeout=30)
    assert results[0].score == 1.0
