"""What is asked: names, points, hints and references, as the handout states them."""

import pytest

from autograder.checks import Check, Exercise, Mistake, judge
from tests.asked import ASKED, EXERCISES

by_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)

# Each hidden cell's points, and its checks in order.
POINTS = {
    "bce": (
        4,
        "demo 0.5, values 1.0, reductions 0.5, dtype 0.25, saturated 0.5, soft-targets 0.25, "
        "edges 0.25, gradient 0.5, inputs 0.25",
    ),
    "bce_with_logits": (
        4,
        "demo 0.5, values 1.0, reductions 0.5, dtype 0.25, large-logits 0.25, soft-targets 0.25, "
        "edges 0.25, gradient 0.5, large-gradient 0.25, inputs 0.25",
    ),
    "softmax": (
        3,
        "demo 0.5, values 1.0, dtype 0.25, large-logits 0.25, edges 0.25, gradient 0.25, "
        "large-gradient 0.25, inputs 0.25",
    ),
    "log_softmax": (
        3,
        "demo 0.5, values 1.0, dtype 0.25, large-logits 0.25, edges 0.25, gradient 0.25, "
        "large-gradient 0.25, inputs 0.25",
    ),
    "nll": (
        3,
        "demo 0.5, values 1.0, reductions 0.5, dtype 0.25, edges 0.25, gradient 0.25, inputs 0.25",
    ),
    "cross_entropy": (
        5,
        "demo 0.5, values 1.25, reductions 0.75, dtype 0.25, large-logits 0.75, edges 0.25, "
        "gradient 0.5, large-gradient 0.5, inputs 0.25",
    ),
}


def test_every_function_is_asked_for_once():
    """The two notebooks ask for these six functions."""
    assert [exercise.name for exercise in EXERCISES] == list(POINTS)


@by_exercise
def test_points_add_up(exercise):
    """The named checks and their points are as announced: multiples of 0.25 that add exactly."""
    total, checks = POINTS[exercise.name]
    assert ", ".join(f"{check.name} {check.points}" for check in exercise.checks) == checks
    assert exercise.points == total
    assert all(check.points > 0 and check.points % 0.25 == 0 for check in exercise.checks)


@by_exercise
def test_side_checks_come_after_the_values_that_they_need(exercise):
    """dtype, edges and inputs pay only where values is right, large gradients where values are."""
    needing = {check.name: check.needs for check in exercise.checks if check.needs}
    stable = needing.pop("large-gradient", "large-logits")
    assert stable == "large-logits"
    assert needing == dict.fromkeys(("dtype", "edges", "inputs"), "values")


@by_exercise
def test_every_hint_is_a_sentence(exercise):
    """No check and no known mistake leaves a student without a hint."""
    hints = [part.hint for part in (*exercise.checks, *exercise.mistakes)]
    ends = (".", "?", ".)")
    assert [hint for hint in hints if len(hint) < 20 or not hint.endswith(ends)] == []


@by_exercise
@pytest.mark.parametrize(
    "key", [None, b"one", b"another", bytes(32)], ids=["public", "one", "another", "zeros"]
)
def test_the_reference_gets_full_marks(exercise, key):
    """torch's own function passes every check of every student, and is told nothing."""
    result = judge(exercise, exercise.reference, key)
    assert result.score == result.max_score == POINTS[exercise.name][0]
    assert {check.message + check.hint for check in result.checks} == {""}


@by_exercise
def test_an_exercise_is_found_by_name(exercise):
    """Whichever notebook's module it is in."""
    assert ASKED.find(exercise.name) is exercise


def test_an_unknown_name_is_told_what_there_is():
    """A name that no module has is refused with those that there are."""
    with pytest.raises(LookupError) as caught:
        ASKED.find("hinge")
    assert str(caught.value) == (
        "0 exercises are called 'hinge'; there are: bce, bce_with_logits, cross_entropy, "
        "log_softmax, nll, softmax."
    )


WRONG_PARTS = {
    "name": ({"name": 3}, "the name of an Exercise is an int, not a string"),
    "reference": ({"reference": "mse"}, "reference of mse is a str, which can't be called"),
    "check": (
        {"checks": Check("values", 1.0, id, "")},
        "checks of mse is a Check, not a tuple of them: write (…,)",
    ),
    "no-check": (
        {"checks": ("values",)},
        "checks of mse has a str in it, which is no Check",
    ),
    "mistake": (
        {"mistakes": Mistake(abs, "")},
        "mistakes of mse is a Mistake, not a tuple of them: write (…,)",
    ),
    "by-hand": (
        {"by_hand": {"aten.mse_loss": "squared error"}},
        "by_hand of mse is a dict, not a ByHand",
    ),
}


@pytest.mark.parametrize(("part", "says"), WRONG_PARTS.values(), ids=WRONG_PARTS)
def test_an_exercise_of_wrong_parts_is_refused(part, says):
    """Where it is made: or every course, or the first wrong answer, would meet it."""
    with pytest.raises(TypeError) as caught:
        Exercise(**{"name": "mse", "reference": abs, "checks": (), **part})
    assert str(caught.value).rstrip(".") == says


@pytest.mark.parametrize("names", [("values", "values"), ("dtype", "values"), ("dtype",)])
def test_checks_that_do_not_fit_together_are_refused(names):
    """Two of one name, and one that needs what is not before it, are no exercise."""
    needs = {"dtype": "values"}
    checks = tuple(Check(name, 1.0, id, "", needs.get(name, "")) for name in names)
    with pytest.raises(ValueError, match="'values'"):
        Exercise("mse", abs, checks)
