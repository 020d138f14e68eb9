"""Known mistakes are wrong, and whoever makes one is told of that one."""

from functools import cache, partial

import pytest
import torch

from autograder.checks import judge
from autograder.checks.kinds import CUT
from autograder.checks.trial import CALL
from tests.asked import EXERCISES

BY_NAME = {exercise.name: exercise for exercise in EXERCISES}
MISTAKES = [
    pytest.param(exercise, index, id=f"{exercise.name}-{index}")
    for exercise in BY_NAME.values()
    for index in range(len(exercise.mistakes))
]
by_mistake = pytest.mark.parametrize(("exercise", "index"), MISTAKES)
by_exercise = pytest.mark.parametrize("exercise", BY_NAME.values(), ids=BY_NAME)


@cache
def failed(exercise, function, key=None):
    """The checks that a function fails, by name."""
    checks = judge(exercise, function, key).checks
    return {check.name: check for check in checks if not check.passed}


@by_mistake
def test_a_mistake_is_named(exercise, index):
    """A mistake's own hint is shown first, or that of an earlier one which does just the same."""
    mistake = exercise.mistakes[index]
    shown = failed(exercise, mistake.formula)
    first = next(check for check in shown.values() if check.hint != CALL)
    if first.hint != mistake.hint:
        earlier = (other for other in exercise.mistakes[:index] if other.hint == first.hint)
        said = [failed(exercise, other.formula)[first.name].message for other in earlier]
        assert first.message in said


@by_mistake
def test_a_mistakes_hint_can_be_read(exercise, index):
    """No known mistake is always behind another that speaks first."""
    mistake = exercise.mistakes[index]
    hints = {check.hint for check in failed(exercise, mistake.formula).values()}
    assert mistake.hint in hints


@by_mistake
def test_a_mistake_is_wrong_for_every_student(exercise, index):
    """The checks that find a mistake in public find it in a student's own numbers too."""
    formula = exercise.mistakes[index].formula
    assert failed(exercise, formula).keys() <= failed(exercise, formula, b"a student's key").keys()


# Right formulas that break another rule -------------------------------------------------------


def as_float32(reference, *arguments, **options):
    return reference(*arguments, **options).float()


def as_array(reference, *arguments, **options):
    return reference(*arguments, **options).detach().numpy()


def squeezed(reference, *arguments, **options):
    return reference(*arguments, **options).squeeze()


def detached(reference, *arguments, **options):
    return reference(*arguments, **options).detach()


def zeroing(reference, *arguments, **options):
    answer = reference(*arguments, **options)
    arguments[0].data.zero_()
    return answer


@by_exercise
@pytest.mark.parametrize(
    ("harm", "checks"),
    [
        pytest.param(as_float32, {"dtype"}, id="float32"),
        pytest.param(as_array, {"dtype", "gradient"}, id="array"),
        pytest.param(squeezed, {"edges"}, id="squeeze"),
        pytest.param(detached, {"gradient"}, id="detached"),
        pytest.param(zeroing, {"inputs"}, id="in-place"),
    ],
)
def test_right_values_are_told_of_no_wrong_formula(exercise, harm, checks):
    """Where the values are right, the hint is the failed check's own, or about the graph."""
    shown = failed(exercise, partial(harm, exercise.reference))
    own = {check.name: check.hint for check in exercise.checks}
    assert checks <= shown.keys()
    assert [name for name in checks if shown[name].hint not in (own[name], CUT)] == []


# What students really write -------------------------------------------------------------------


def entropy(p, y):
    return -(y * p.log() + (1 - y) * (1 - p).log())


def reduce(losses, reduction):
    return losses if reduction == "none" else getattr(losses, reduction)()


def reducing(formula):
    """The formula's losses, reduced as asked."""
    return lambda first, y, reduction="none": reduce(formula(first, y), reduction)


def picked(matrix, y):
    return matrix[torch.arange(len(y)), y]


def shifted_softmax(z, dim=-1):
    e = (z - z.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


@pytest.mark.parametrize(
    ("name", "function", "check", "hint"),
    [
        pytest.param(
            "bce",
            reducing(lambda p, y: -(y * p.log() + y * p.log())),
            "demo",
            "Both terms read y·log(ŷ).",
            id="misprint",
        ),
        pytest.param(
            "bce",
            lambda p, y, reduction="none": (1 - y) * (1 - p).log() + y * p.log(),
            "demo",
            "The sign is flipped:",
            id="sign",
        ),
        pytest.param(
            "bce",
            reducing(lambda p, y: -y * p.log2() - (1 - y) * (1 - p).log2()),
            "demo",
            "This is the loss in bits (log2).",
            id="log2",
        ),
        pytest.param(
            "bce",
            reducing(lambda p, y: -(y * (p + 1e-8).log() + (1 - y) * (1 - p + 1e-8).log())),
            "saturated",
            "Adding 1e-08 to ŷ",
            id="epsilon",
        ),
        pytest.param(
            "bce",
            reducing(lambda p, y: entropy(p.clamp(1e-7, 1 - 1e-7), y)),
            "saturated",
            "Keeping ŷ 1e-07 from 0 and 1",
            id="keras-clamp",
        ),
        pytest.param(
            "bce",
            reducing(lambda p, y: entropy(p.clamp(1e-6, 1 - 1e-6), y)),
            "saturated",
            "Keeping ŷ 1e-06 from 0 and 1",
            id="wide-clamp",
        ),
        pytest.param(
            "bce", reducing(entropy), "saturated", "log(0) is −inf, and 0 · (−inf)", id="naive-bce"
        ),
        pytest.param(
            "bce",
            lambda p, y, reduction="none": entropy(p, y),
            "reductions",
            "The reduction argument is ignored:",
            id="reduction-ignored",
        ),
        pytest.param(
            "bce",
            lambda p, y, reduction="mean": reduce(entropy(p, y), reduction),
            "demo",
            "This is always the mean.",
            id="default-mean",
        ),
        pytest.param(
            "bce_with_logits",
            reducing(lambda z, y: (1 + z.exp()).log() - y * z),
            "large-logits",
            "exp(z) overflows for large z.",
            id="naive-logits",
        ),
        pytest.param(
            "bce_with_logits",
            reducing(lambda z, y: entropy(1 / (1 + (-z).exp()), y)),
            "large-logits",
            "sigmoid(z) has rounded to 0 or 1",
            id="through-probabilities",
        ),
        pytest.param(
            "softmax",
            lambda z: z.exp() / z.exp().sum(-1, keepdim=True),
            "large-logits",
            "exp of a large logit is inf",
            id="naive-softmax",
        ),
        pytest.param(
            "softmax",
            lambda z: shifted_softmax(z, 0),
            "demo",
            "This normalizes along the first axis.",
            id="first-axis",
        ),
        pytest.param(
            "log_softmax",
            lambda z: shifted_softmax(z).log(),
            "large-logits",
            "A probability that rounds to 0",
            id="log-of-softmax",
        ),
        pytest.param(
            "nll",
            reducing(lambda log_probs, y: picked(log_probs, y)),
            "demo",
            "The sign is flipped:",
            id="nll-sign",
        ),
        pytest.param(
            "nll",
            reducing(lambda log_probs, y: -log_probs[:, y]),
            "demo",
            "[:, y] takes every row's value",
            id="every-pair",
        ),
        pytest.param(
            "cross_entropy",
            reducing(lambda z, y: -picked(z, y)),
            "demo",
            "This takes the logits for log-probabilities.",
            id="unnormalized",
        ),
        pytest.param(
            "cross_entropy",
            reducing(lambda z, y: -picked(shifted_softmax(z).log(), y)),
            "large-logits",
            "A probability that rounds to 0",
            id="log-of-probability",
        ),
        pytest.param(
            "cross_entropy",
            reducing(lambda z, y: -picked(shifted_softmax(shifted_softmax(z)).log(), y)),
            "demo",
            "Softmax is applied twice:",
            id="softmax-twice",
        ),
    ],
)
def test_a_likely_cause_is_named(name, function, check, hint):
    """The first failed check names the mistake that the function makes."""
    shown = failed(BY_NAME[name], function)
    assert next(iter(shown)) == check
    assert shown[check].hint.startswith(hint)


@pytest.mark.parametrize(
    ("name", "function", "check"),
    [
        pytest.param(
            "bce",
            reducing(lambda p, y: entropy(p, y) + 0.01),
            "demo",
            id="off-by-a-constant",
        ),
        pytest.param("bce", reducing(lambda p, y: (p - y).abs()), "demo", id="absolute-error"),
        pytest.param(
            "bce",
            reducing(lambda p, y: entropy(p, y).clamp(max=50)),
            "saturated",
            id="another-clamp",
        ),
        pytest.param(
            "bce_with_logits",
            reducing(lambda z, y: z.relu() - z * y),
            "demo",
            id="relu-alone",
        ),
        pytest.param("softmax", lambda z: z.softmax(-1) * 0.99, "demo", id="scaled"),
        pytest.param(
            "softmax",
            lambda z: z.clamp(-50, 50).exp() / z.clamp(-50, 50).exp().sum(-1, keepdim=True),
            "large-logits",
            id="clamped-logits",
        ),
        pytest.param(
            "log_softmax",
            lambda z: (shifted_softmax(z) + 1e-12).log(),
            "large-logits",
            id="epsilon-after-softmax",
        ),
        pytest.param("nll", reducing(lambda log_probs, y: y - 0.5), "demo", id="labels"),
        pytest.param(
            "cross_entropy",
            reducing(lambda z, y: -picked(z.clamp(-50, 50).log_softmax(-1), y)),
            "large-logits",
            id="clamped-cross-entropy",
        ),
    ],
)
def test_another_mistake_gets_the_checks_own_hint(name, function, check):
    """A function that no known mistake reproduces is told of none."""
    shown = failed(BY_NAME[name], function)
    own = {each.name: each.hint for each in BY_NAME[name].checks}
    assert next(iter(shown)) == check
    assert shown[check].hint == own[check]
