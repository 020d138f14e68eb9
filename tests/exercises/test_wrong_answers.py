"""The wrong answers are what they say: cells that run, and functions that lose a check."""

from __future__ import annotations

from collections import Counter

import pytest

from autograder.checks import judge, passes
from tests.asked import ASKED
from tests.exercises.wrong_answers import WRONG_ANSWERS, WrongAnswer, written
from tests.exercises.wrong_answers.named import NAMED

FUNCTIONS = ("bce", "bce_with_logits", "softmax", "log_softmax", "nll", "cross_entropy")
KEY = b"student01"


each_answer = pytest.mark.parametrize("answer", WRONG_ANSWERS, ids=lambda answer: answer.name)


@each_answer
@pytest.mark.parametrize("key", [None, KEY], ids=["public", "own"])
def test_a_wrong_answer_loses_a_check(answer: WrongAnswer, key: bytes | None) -> None:
    """On the public draws, and on a student's own."""
    assert not passes(ASKED.find(answer.function), written(answer), key)


@each_answer
def test_an_answer_is_told_what_a_person_has_read(answer: WrongAnswer) -> None:
    """Each cause once, and no more than those that `named` has: a change is to be read again."""
    result = judge(ASKED.find(answer.function), written(answer), KEY)
    causes = tuple(result.causes())
    begun = NAMED[answer.name]
    assert len(causes) == len(begun)
    assert [c for c, begins in zip(causes, begun, strict=True) if not c.startswith(begins)] == []


def test_nine_in_ten_are_told_their_cause() -> None:
    """Counted by hand: one is told only what it leads to, and those with none are none."""
    told = [name for name, causes in NAMED.items() if causes and name != "nll-log-again"]
    assert NAMED.keys() == {answer.name for answer in WRONG_ANSWERS}
    assert len(told) >= 0.9 * len(WRONG_ANSWERS)


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


@each_answer
def test_the_cause_is_a_sentence(answer: WrongAnswer) -> None:
    """It ends with a full stop, and it is said where the mistake was seen."""
    assert answer.cause.endswith(".")
    assert answer.seen
