"""The wrong answers are what they say: cells that run, and functions that lose a check."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from autograder.checks import judge, passes
from tests.asked import ASKED
from tests.exercises.wrong_answers import WRONG_ANSWERS, WrongAnswer, written

FUNCTIONS = ("bce", "bce_with_logits", "softmax", "log_softmax", "nll", "cross_entropy")
KEY = b"student01"


def answers(*, later: bool) -> pytest.MarkDecorator:
    """Each wrong answer that breaks what is asked today, or each that breaks it later only."""
    chosen = [answer for answer in WRONG_ANSWERS if answer.later == later]
    return pytest.mark.parametrize("answer", chosen, ids=lambda answer: answer.name)


@answers(later=False)
@pytest.mark.parametrize("key", [None, KEY], ids=["public", "own"])
def test_a_wrong_answer_loses_a_check(answer: WrongAnswer, key: bytes | None) -> None:
    """On the public draws, and on a student's own."""
    assert not passes(ASKED.find(answer.function), written(answer), key)


@answers(later=True)
def test_what_breaks_later_breaks_gradients_alone(answer: WrongAnswer) -> None:
    """Whatever another check finds is not marked; what is marked has no gradient at 200."""
    checks = judge(ASKED.find(answer.function), written(answer), KEY).checks
    failed = [check.name for check in checks if not check.passed]
    assert [name for name in failed if "gradient" not in name] == []
    z = torch.tensor([[200.0, 0.0], [-200.0, -300.0]], requires_grad=True)
    y = {
        "bce_with_logits": [torch.tensor([[0.0, 1.0]] * 2)],
        "cross_entropy": [torch.tensor([1, 0])],
    }
    result = written(answer)(z, *y.get(answer.function, []))
    assert result.isfinite().all()
    (gradient,) = torch.autograd.grad(result[0].sum(), z)
    assert gradient.isnan().any()


def test_names_are_unique() -> None:
    """A name is enough to speak of an answer."""
    assert [
        name for name, times in Counter(a.name for a in WRONG_ANSWERS).items() if times > 1
    ] == []


def test_every_function_has_at_least_ten() -> None:
    """And no answer is to another function."""
    counts = Counter(answer.function for answer in WRONG_ANSWERS)
    assert sorted(counts) == sorted(FUNCTIONS)
    assert min(counts.values()) >= 10


@pytest.mark.parametrize("answer", WRONG_ANSWERS, ids=lambda answer: answer.name)
def test_the_cause_is_a_sentence(answer: WrongAnswer) -> None:
    """It ends with a full stop, and it is said where the mistake was seen."""
    assert answer.cause.endswith(".")
    assert answer.seen
