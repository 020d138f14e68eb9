"""Known mistakes are wrong, and whoever makes one is told of that one alone.

What wrong answers of the class get is in `tests/classroom/students`; here is what their authors
are told. `wrong_answers` has others.
"""

from functools import cache, partial

import pytest
import torch

from autograder.checks import judge, kinds, reduced
from autograder.checks.kinds import CUT
from autograder.checks.patterns import SQUEEZED
from tests.asked import EXERCISES
from tests.classroom.student import students

BY_NAME = {exercise.name: exercise for exercise in EXERCISES}
CLASS = {student.student_id: student for student in students()}
# Every eighth is tried every day, and all in CI.
MISTAKES = [
    pytest.param(
        exercise,
        index,
        id=f"{exercise.name}-{index}",
        marks=pytest.mark.slow if index % 8 else (),
    )
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
def test_a_mistake_is_named_alone(exercise, index):
    """One cause for all that fails, its own; but where it is as good as nan everywhere."""
    mistake = exercise.mistakes[index]
    shown = failed(exercise, mistake.formula)
    assert shown
    assert {check.hint for check in shown.values()} == {""}
    assert {check.cause for check in shown.values()} == {mistake.hint}


@by_mistake
def test_a_mistake_is_wrong_for_every_student(exercise, index):
    """The checks that find a mistake in public find it in a student's own numbers too.

    But for a gradient that is wrong by hardly more than it may be.
    """
    formula = exercise.mistakes[index].formula
    public, own = failed(exercise, formula), failed(exercise, formula, b"a student's key")
    assert public.keys() - {"gradient"} <= own.keys()


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
    """Where the values are right, what is said is of the dtype, the graph, the shape, the input."""
    shown = failed(exercise, partial(harm, exercise.reference))
    assert checks <= shown.keys()
    causes = {kinds.DTYPE_HINT, kinds.INPUTS_HINT, CUT, SQUEEZED.hint}
    assert {shown[name].cause for name in checks} <= causes


# Of the class, in order: who, which function, the first check that it fails, and what is said.
CAUSES = [
    ("student10", "bce", "saturated", "log(0) is −inf, and 0 · (−inf)"),
    ("student10", "bce_with_logits", "large-logits", "exp of a large number is inf."),
    ("student10", "softmax", "large-logits", "exp of a large logit is inf"),
    ("student11", "bce", "saturated", "A number as small as 1e-08 keeps"),
    ("student12", "bce", "saturated", "A number as small as 1e-07 keeps"),
    ("student13", "bce", "soft-targets", "This picks one of the two terms."),
    ("student15", "bce", "demo", "The result is the mean, whatever"),
    ("student15", "nll", "demo", "Where the caller says nothing of reduction"),
    ("student16", "softmax", "inputs", "Names that end in _"),
    ("student19", "softmax", "dtype", "Make new tensors from the argument's own dtype"),
    ("student20", "softmax", "demo", "This normalizes along the first axis."),
    ("student20", "log_softmax", "values", "This normalizes along axis 1,"),
    ("student21", "softmax", "edges", "The values are right, and an axis of size 1 is lost"),
    ("student22", "bce", "demo", "Both terms are y·log(ŷ), as in the lecture's misprint."),
    ("student23", "bce", "demo", "The sign is flipped:"),
    ("student23", "nll", "demo", "The sign is flipped:"),
    ("student24", "bce", "demo", "Every value is 0.4343 times the right one"),
    ("student24", "bce_with_logits", "demo", "Every value is 1.4427 times the right one"),
    ("student25", "bce_with_logits", "large-logits", "sigmoid(z) has rounded to 0 or 1"),
    ("student25", "log_softmax", "large-logits", "A probability that rounds to 0"),
    ("student25", "cross_entropy", "large-logits", "A probability that rounds to 0"),
]


@pytest.mark.parametrize(("student_id", "name", "check", "cause"), CAUSES)
def test_the_class_is_told_its_causes(student_id, name, check, cause):
    """The first failed check names the mistake that the student made, and no other is named."""
    shown = failed(BY_NAME[name], handed_in(student_id)[name])
    assert next(iter(shown)) == check
    assert shown[check].cause.startswith(cause)
    assert len({each.cause for each in shown.values()} - {""}) == 1


# What no known mistake gives ---------------------------------------------------------------


def entropy(p, y):
    return -(y * p.log() + (1 - y) * (1 - p).log())


@pytest.mark.parametrize(
    ("name", "function", "check"),
    [
        pytest.param(
            "bce",
            reduced(lambda p, y: entropy(p, y) + 0.01),
            "demo",
            id="off-by-a-constant",
        ),
        pytest.param(
            "bce",
            reduced(lambda p, y: entropy(p, y).clamp(max=50)),
            "saturated",
            id="another-clamp",
        ),
        pytest.param("softmax", lambda z: z.softmax(-1) * 0.99, "demo", id="scaled"),
        pytest.param("nll", reduced(lambda log_probs, y: y - 0.5), "demo", id="labels"),
        pytest.param(
            "cross_entropy",
            reduced(lambda z, y: z.clamp(-50, 50).log_softmax(-1).mean(-1) ** 2),
            "demo",
            id="squared",
        ),
    ],
)
def test_another_mistake_gets_the_checks_own_hint(name, function, check):
    """A function that no known mistake reproduces is told of none."""
    shown = failed(BY_NAME[name], function)
    own = {each.name: each.hint for each in BY_NAME[name].checks}
    assert next(iter(shown)) == check
    assert (shown[check].cause, shown[check].hint) == ("", own[check])
    assert {each.cause for each in shown.values()} <= {"", CUT}  # of labels alone
