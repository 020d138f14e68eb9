"""Known mistakes are wrong, and whoever makes one is told of that one.

What wrong answers get is in `tests/classroom/students`; here is what their authors are told, and
of wrong answers those that nobody in the class gives.
"""

from functools import cache, partial

import pytest
import torch

from autograder.checks import judge
from autograder.checks.kinds import CUT
from autograder.checks.trial import CALL
from tests.asked import EXERCISES
from tests.classroom.student import students

BY_NAME = {exercise.name: exercise for exercise in EXERCISES}
CLASS = {student.student_id: student for student in students()}
MISTAKES = [
    pytest.param(exercise, index, id=f"{exercise.name}-{index}")
    for exercise in BY_NAME.values()
    for index in range(len(exercise.mistakes))
]
by_mistake = pytest.mark.parametrize(("exercise", "index"), MISTAKES)
by_exercise = pytest.mark.parametrize("exercise", BY_NAME.values(), ids=BY_NAME)


@cache
def handed_in(student_id):
    """The functions of someone of the class, by name."""
    names = {"torch": torch}
    for name, source in CLASS[student_id].cells.items():
        if name in BY_NAME:
            exec(source, names)
    return names


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


def as_array(reference, *arguments, **options):
    return reference(*arguments, **options).detach().numpy()


def detached(reference, *arguments, **options):
    return reference(*arguments, **options).detach()


@by_exercise
@pytest.mark.parametrize(
    ("harm", "checks"),
    [
        pytest.param(as_array, {"dtype", "gradient"}, id="array"),
        pytest.param(detached, {"gradient"}, id="detached"),
    ],
)
def test_right_values_are_told_of_no_wrong_formula(exercise, harm, checks):
    """Where the values are right, the hint is the failed check's own, or about the graph."""
    accuses_of_nothing_else(exercise, partial(harm, exercise.reference), checks)


@by_exercise
@pytest.mark.parametrize(
    ("student_id", "check"),
    [("student16", "inputs"), ("student19", "dtype"), ("student21", "edges")],
)
def test_right_values_of_the_class_are_told_of_no_wrong_formula(exercise, student_id, check):
    """Nor is who changes the arguments, returns float32, or squeezes a batch of one."""
    accuses_of_nothing_else(exercise, handed_in(student_id)[exercise.name], {check})


def accuses_of_nothing_else(exercise, function, checks):
    """Sees that a function fails these checks, and is told of them alone."""
    shown = failed(exercise, function)
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


# Of the class, in order: who, which function, the first check that it fails, and what is said.
CAUSES = [
    ("student10", "bce", "saturated", "log(0) is −inf, and 0 · (−inf)"),
    ("student10", "bce_with_logits", "large-logits", "exp(z) overflows for large z."),
    ("student10", "softmax", "large-logits", "exp of a large logit is inf"),
    ("student11", "bce", "saturated", "Adding 1e-08 to ŷ"),
    ("student12", "bce", "saturated", "Keeping ŷ 1e-07 from 0 and 1"),
    ("student13", "bce", "soft-targets", "This picks one of the two terms."),
    ("student15", "bce", "demo", "This is always the mean."),  # always
    ("student15", "nll", "demo", "This is always the mean."),  # where nothing is asked for
    ("student20", "softmax", "demo", "This normalizes along the first axis."),
    ("student20", "log_softmax", "values", "This normalizes along axis 1,"),
    ("student22", "bce", "demo", "Both terms read y·log(ŷ)."),
    ("student23", "bce", "demo", "The sign is flipped:"),
    ("student23", "nll", "demo", "The sign is flipped:"),
    ("student24", "bce", "demo", "This is the loss with log10."),
    ("student24", "bce_with_logits", "demo", "This is the loss in bits (log2)."),
    ("student25", "bce_with_logits", "large-logits", "sigmoid(z) has rounded to 0 or 1"),
    ("student25", "log_softmax", "large-logits", "A probability that rounds to 0"),
    ("student25", "cross_entropy", "large-logits", "A probability that rounds to 0"),
]


@pytest.mark.parametrize(("student_id", "name", "check", "hint"), CAUSES)
def test_the_class_is_told_of_likely_causes(student_id, name, check, hint):
    """The first failed check names the mistake that the student made."""
    shown = failed(BY_NAME[name], handed_in(student_id)[name])
    assert next(iter(shown)) == check
    assert shown[check].hint.startswith(hint)


@pytest.mark.parametrize(
    ("name", "function", "check", "hint"),
    [
        pytest.param(
            "bce",
            reducing(lambda p, y: entropy(p.clamp(1e-6, 1 - 1e-6), y)),
            "saturated",
            "Keeping ŷ 1e-06 from 0 and 1",
            id="wide-clamp",
        ),
        pytest.param(
            "bce",
            lambda p, y, reduction="none": entropy(p, y),
            "reductions",
            "The reduction argument is ignored:",
            id="reduction-ignored",
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
