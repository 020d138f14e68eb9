"""Public draws are made once, and are everyone's: nothing that a function does reaches another."""

import re
from dataclasses import dataclass, replace

import pytest
import torch

from autograder.checks import Check, judge, kinds
from autograder.checks.draws import Seeds
from autograder.checks.public import Copies, PublicArguments
from autograder.checks.trial import Trial
from autograder.examiner.cell import prepare
from autograder.isolation.arguments import pack

KEY, OTHER = b"a student's key", b"another's"


@pytest.fixture
def exercise(exercise, case):
    """weigh with checks of every kind whose draws are made once, and a case of its own."""

    def fresh(draw):
        return case(draw)

    checks = (
        kinds.values("values", 1.0, fresh, "", draws=4),
        kinds.reductions(1.0, fresh),
        kinds.same_dtype(1.0, fresh),
        kinds.gradient(1.0, fresh),
        kinds.inputs_unchanged(1.0, fresh),
    )
    return replace(exercise, checks=checks)


def counted(function):
    """The function, and how often it was called."""
    calls = []

    def call(*arguments, **options):
        calls.append(1)
        return function(*arguments, **options)

    return call, calls


def met(exercise, key):
    """All numbers that a function meets, as text."""
    numbers = []

    def right(z, k, reduction="none"):
        numbers.append(repr((z.tolist(), k.tolist(), str(z.dtype), reduction)))
        return exercise.reference(z, k, reduction)

    assert judge(exercise, right, key).score == exercise.points
    return numbers


def test_the_numbers_are_those_of_the_draws(exercise, case):
    """Made once or not, for the first student or the third."""
    first, second, other = met(exercise, KEY), met(exercise, KEY), met(exercise, OTHER)
    assert first == second
    expected = [case(draw) for draw in Seeds("weigh", KEY).draws("values", 4)]
    wanted = [repr((z.tolist(), k.tolist(), "torch.float32", "none")) for z, k in expected]
    assert first[:4] == wanted
    same = [one == two for one, two in zip(first, other, strict=True)]
    assert same[:4] == [True, False, True, False]
    assert same[4:16] == ([True] * 3 + [False] * 3) * 2  # three reductions a draw


def test_a_reference_is_asked_once_for_public_draws(exercise):
    """Of the student's own it is asked for each student."""
    reference, calls = counted(exercise.reference)
    known = replace(exercise, reference=reference, checks=exercise.checks[:2])
    right = exercise.reference
    judge(known, right, KEY)
    assert len(calls) == 4 + 12
    calls.clear()
    judge(known, right, OTHER)
    assert len(calls) == 2 + 6


def test_a_function_that_spoils_its_arguments_spoils_nobody_elses(exercise):
    """It gets copies, those of a check for that very thing too."""
    before = met(exercise, KEY)

    def spoiler(z, k, reduction="none"):
        answer = exercise.reference(z, k, reduction)
        z.detach().fill_(torch.nan)
        k.zero_()
        return answer

    judge(exercise, spoiler, KEY)
    assert met(exercise, KEY) == before


def test_a_reference_that_spoils_its_arguments_spoils_nobody_elses(exercise):
    """Nor does an instructor's own mistake last."""

    def spoiling(z, k, reduction="none"):
        answer = exercise.reference(z, k, reduction)
        k.zero_()
        z.zero_()
        return answer

    known = replace(exercise, checks=exercise.checks[:1])
    before = met(known, KEY)
    judge(replace(known, reference=spoiling), exercise.reference, KEY)
    assert met(known, KEY) == before


def test_two_checks_of_one_name_have_their_own(exercise, case):
    """As two courses may have, or an exercise before and after a change."""

    def larger(draw):
        z, k = case(draw)
        return 100 * z, k

    other = replace(exercise, checks=(kinds.values("values", 1.0, larger, "", draws=4),))
    assert not set(met(exercise, KEY)) & set(met(other, KEY))
    assert met(exercise, KEY) == met(exercise, KEY)


def test_a_case_that_can_be_no_key_is_made_each_time(exercise, case):
    """It need only be called."""

    @dataclass
    class Changing:
        calls: int = 0

        def __call__(self, draw):
            self.calls += 1
            return case(draw)

    changing = Changing()
    known = replace(exercise, checks=(kinds.values("values", 1.0, changing, "", draws=4),))
    assert met(known, KEY) == met(known, KEY)
    assert changing.calls == 8


def test_what_is_packed_is_what_would_be(exercise, case):
    """Of a public draw once, whatever options come with it; of the student's own each time."""
    trial = Trial("values", torch.mul, exercise.reference, Seeds("weigh", KEY))
    public, secret = [trial.ask(arguments) for arguments in trial.cases(case, 2)]
    for question in (public, secret):
        for options in ({}, {"reduction": "mean"}):
            packed = pack(question.given, options)
            assert packed == pack([*question.arguments], options)
            assert (pack(question.given, options) is packed) == (question is public)


def test_a_change_after_packing_is_not_sent(exercise, case):
    """What was packed for one student is as it was, whatever becomes of the copies."""
    trial = Trial("values", torch.mul, exercise.reference, Seeds("weigh", KEY))
    (first,) = [trial.ask(arguments) for arguments in trial.cases(case, 1)]
    packed = pack(first.given, {})
    first.given[0].zero_()
    (second,) = [trial.ask(arguments) for arguments in trial.cases(case, 1)]
    assert second.given[0].count_nonzero() > 0
    assert pack(second.given, {}) == packed == pack([*second.given], {})


def test_preparing_makes_what_students_need(exercise):
    """And is silent about an exercise that breaks: that is told where a student is judged."""
    reference, calls = counted(exercise.reference)
    known = replace(exercise, reference=reference, checks=exercise.checks[:2])
    prepare(known)
    calls.clear()
    judge(known, exercise.reference, KEY)
    assert len(calls) == 2 + 6

    def broken(trial):
        raise ValueError("ours")

    prepare(replace(exercise, checks=(Check("values", 1.0, broken, ""),)))


def test_an_option_that_can_be_no_key_is_passed_on():
    """A list, say: the reference is asked each time."""
    arguments = PublicArguments((torch.ones(3),))

    def scaled(x, by):
        return x * by[0]

    assert arguments.value(scaled, {"by": [2.0]}).tolist() == [2.0, 2.0, 2.0]
    assert arguments.value(scaled, {"by": [3.0]}).tolist() == [3.0, 3.0, 3.0]
    copies = Copies(arguments)
    assert pack(copies, {"by": [2.0]}).kwargs != pack(copies, {"by": [3.0]}).kwargs


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (torch.ones(2), "its case gives a Tensor: it has to be a tuple of tensors"),
        ((torch.ones(2), 0.5), "argument 2 of its case is a float: each has to be a tensor"),
    ],
    ids=["alone", "a-number"],
)
def test_a_case_that_draws_no_tensors_is_told(exercise, drawn, words):
    """In words that say what to write, and with the check's name; to an instructor, at release."""
    check = kinds.values("values", 1.0, lambda draw: drawn, "")
    with pytest.raises(TypeError, match=re.escape(words)) as raised:
        judge(replace(exercise, checks=(check,)), exercise.reference)
    assert raised.value.__notes__ == ["check 'values'"]
