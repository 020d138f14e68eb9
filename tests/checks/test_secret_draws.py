"""What is said of an answer on a secret draw: no number that the student's function made."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from autograder.checks import Check, Failure, Mistake, judge, kinds
from autograder.checks.advice import CALL
from autograder.checks.draws import Seeds

KEY = b"a student's key"
PLACE = "for z of shape (3,) and k of shape (3,)"


class Own(torch.Tensor):
    """A student's own class."""


def detached(z, k):
    return (z * k).detach()


# A wrong answer, and what is said of it where the numbers are anybody's and where they are not.
WRONG = {
    "shape": (
        lambda z, k: torch.zeros(3, 7),
        f"has shape (3, 7) where (3,) is expected {PLACE}.",
        f"has another shape than (3,), which is expected {PLACE}.",
    ),
    "no-elements": (
        lambda z, k: torch.zeros(0, 41),
        f"has shape (0, 41) where (3,) is expected {PLACE}.",
        f"has another shape than (3,), which is expected {PLACE}.",
    ),
    "large-shape": (
        lambda z, k: torch.zeros(4097),
        f"has a shape of large or many sizes where (3,) is expected {PLACE}.",
        f"has another shape than (3,), which is expected {PLACE}.",
    ),
    "dtype": (
        lambda z, k: torch.zeros(3, dtype=torch.int16),
        f"has dtype int16, not a floating one {PLACE}.",
        f"has a dtype that is not a floating one {PLACE}.",
    ),
    "values": (
        lambda z, k: z * k + torch.tensor([0, 0.25, 0]),
        "is wrong at 1 of 3 places: the worst, at [1], is 0.25 too large (up to ",
        f"has wrong values {PLACE}.",
    ),
    "not-finite": (
        lambda z, k: z * k + torch.tensor([0, 0, torch.inf]),
        f"is wrong at 1 of 3 places: the first, at [2], is inf {PLACE}.",
        f"has wrong values {PLACE}.",
    ),
    "nothing": (
        lambda z, k: None,
        "returns None: is a `return` missing?",
        "returns None: is a `return` missing?",
    ),
    "kind": (
        lambda z, k: {},
        "returns a dict, not a torch tensor.",
        "returns no ordinary torch tensor.",
    ),
    "own-class": (
        lambda z, k: (z * k).as_subclass(Own),
        "returns an object of a class of its own, not a torch tensor.",
        "returns no ordinary torch tensor.",
    ),
    "sparse": (
        lambda z, k: (z * k).to_sparse(),
        "returns a tensor that is not an ordinary one: dense, real, on the CPU.",
        "returns no ordinary torch tensor.",
    ),
    "numpy-kind": (
        lambda z, k: np.array(["a"]),
        "returns a numpy array of a dtype that torch has no numbers for.",
        "returns a numpy array of a dtype that torch has no numbers for.",
    ),
}


def on_call(number, wrong, right=torch.mul):
    """A function that is wrong in one call, counted from 0, and right in all others."""
    calls = itertools.count()
    return lambda z, k: (wrong if next(calls) == number else right)(z, k)


def said(exercise, check, function):
    """What is said of a function by one check."""
    (result,) = judge(replace(exercise, checks=(replace(check, needs=""),)), function, KEY).checks
    assert not result.passed
    return result.message.removeprefix("weigh ")


def test_every_second_draw_of_a_student_is_secret():
    """Where there is a key, and nowhere else."""
    assert [draw.secret for draw in Seeds("f", KEY).draws("values", 4)] == [False, True] * 2
    assert not any(draw.secret for draw in Seeds("f").draws("values", 4))


@pytest.mark.parametrize(("wrong", "public", "secret"), WRONG.values(), ids=WRONG)
def test_a_secret_draw_tells_no_number_of_the_answer(exercise, wrong, public, secret):
    """Of a draw that anybody may see it tells all; of the student's own what is wrong alone."""
    (check,) = exercise.checks
    assert said(exercise, check, on_call(0, wrong)).startswith(public)
    assert said(exercise, check, on_call(1, wrong)) == secret


@pytest.mark.parametrize(
    ("wrong", "public", "secret"),
    [
        pytest.param(
            lambda z, k: (z * k).half(),
            "returns float16 for float32 arguments.",
            "returns another dtype than float32, that of its arguments.",
            id="other",
        ),
        pytest.param(
            lambda z, k: {},
            "returns a dict, not a torch tensor.",
            "returns no ordinary torch tensor.",
            id="kind",
        ),
    ],
)
def test_a_dtype_of_a_secret_draw_is_not_named(exercise, case, wrong, public, secret):
    """Which of torch's dtypes a function chose could say something, too."""
    check = kinds.same_dtype(0.25, case)
    assert said(exercise, check, on_call(0, wrong)) == public
    assert said(exercise, check, on_call(2, wrong)) == secret  # each draw is cast to two dtypes


def bent(z, k):
    """The right values, and another gradient."""
    return z * k + 2 * (z - z.detach())


@pytest.mark.parametrize(
    ("wrong", "secret"),
    [
        pytest.param(bent, f"has a gradient that has wrong values {PLACE}.", id="values"),
        pytest.param(
            lambda z, k: torch.zeros(2, 9, requires_grad=True) + z.sum(),
            f"has another shape than (3,), which is expected {PLACE}.",
            id="shape",
        ),
        pytest.param(detached, "returns a value that gradients can't flow through.", id="detached"),
        pytest.param(lambda z, k: 1.0, "returns no ordinary torch tensor.", id="kind"),
    ],
)
def test_a_gradient_of_a_secret_draw_tells_no_number(exercise, case, wrong, secret):
    """Nor where it is wrong, nor by how much."""
    check = kinds.gradient(0.25, case)
    assert said(exercise, check, on_call(1, wrong)) == secret


def test_no_cause_is_looked_for_in_a_secret_answer(exercise, case):
    """Which known mistake an answer is could say something of the numbers it was made of."""
    public = [case(draw)[0] for draw in Seeds("weigh").draws("values", 4)]

    def mistaken(z, k):
        return z * k + (not any(torch.equal(z, known) for known in public))

    known = replace(exercise, mistakes=(Mistake(torch.add, "You add."), Mistake(mistaken, "Odd.")))

    def said_and_hint(function):
        (result,) = judge(known, function, KEY).checks
        return result.message, result.cause or result.hint

    assert said_and_hint(torch.add)[1] == "You add."
    assert said_and_hint(mistaken) == (f"weigh has wrong values {PLACE}.", "Multiply.")


def test_what_an_exception_on_a_secret_draw_says_chooses_no_sentence(exercise):
    """Its text could be chosen by the draw's numbers; on a public draw it says what to do."""

    def dot(z, k):
        raise RuntimeError("1D tensors expected")

    (public,) = judge(exercise, dot, KEY).checks
    assert public.cause.startswith("A dot product")
    (secret,) = judge(exercise, on_call(1, dot), KEY).checks
    assert (secret.cause, secret.hint) == ("", CALL)


def test_a_right_answer_on_a_secret_draw_decides_no_hint(exercise, case):
    """A function could be near a known mistake there, or far from it, and right both times."""

    def ignoring(z, k, reduction="none"):
        return z * k * 1.00015

    checks = (*exercise.checks, kinds.reductions(0.5, case))
    mistake = Mistake(ignoring, "You ignore the reduction.")
    known = replace(exercise, checks=checks, mistakes=(mistake,))
    for secret in (0.99985, 1.00015):
        calls = itertools.count()

        def function(z, k, reduction="none", secret=secret, calls=calls):
            return z * k * (secret if next(calls) == 1 else 1.00015)

        values, reductions = judge(known, function, KEY).checks
        assert (values.passed, reductions.cause) == (True, "You ignore the reduction.")


def test_draws_that_are_kept_count_as_secret(exercise, case):
    """A check that takes all its draws first is told nothing of any."""

    def hoarding(trial):
        for draw in list(trial.draws(3)):
            trial.compare(case(draw))

    check = Check("values", 1.0, hoarding, "Multiply.")
    assert said(exercise, check, on_call(0, torch.add)) == f"has wrong values {PLACE}."


def test_a_check_of_ones_own_says_what_it_says(exercise):
    """Unless it says what is told of a secret draw."""

    def odd(trial):
        *_, last = trial.draws(2)
        assert last.secret
        raise Failure("is 17.", blind="is odd.")

    assert said(exercise, Check("values", 1.0, odd, ""), torch.mul) == "is odd."
