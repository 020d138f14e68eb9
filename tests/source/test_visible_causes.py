"""What the visible checks say of the wrong answers, as a person has read it: no cause is false."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.exercises.test_styles import STYLES
from tests.exercises.wrong_answers import WRONG_ANSWERS, WrongAnswer, written
from tests.source.test_helper import LECTURE, helper
from tests.source.visible import VISIBLE

NAMES = {
    "bce": "bce(y_hat, y)",
    "bce_with_logits": "bce_with_logits(z, y)",
    "softmax": "softmax(z)",
    "log_softmax": "log_softmax(z)",
    "nll": "nll(log_probs, y)",
    "cross_entropy": "cross_entropy(z, y)",
}


def by_hand(answer: WrongAnswer) -> Callable[..., Any]:
    """The function of an answer, in a notebook whose earlier functions break no rule."""
    return written(answer, {name: next(iter(styles.values())) for name, styles in STYLES.items()})


def said(answer: WrongAnswer) -> str:
    """The last line that the lecture's check says: a cause, where one is named."""
    reference, arguments = LECTURE[answer.function]
    function = by_hand(answer)
    try:
        helper.Checks(NAMES[answer.function], lambda: function, reference).lecture(*arguments)
    except Exception as error:
        render = getattr(error, "_render_traceback_", None)
        return render()[0].splitlines()[-1] if render else str(error)
    return "✓"


def causes() -> Iterator[str]:
    """Every sentence that names a cause."""
    yield from (text for _, text in helper.FACTORS)
    for formulas in helper.INSTEAD.values():
        yield from (text for _, text in formulas)


@pytest.mark.parametrize("answer", WRONG_ANSWERS, ids=lambda answer: answer.name)
def test_a_wrong_answer_is_told_the_cause_that_a_person_has_read(answer: WrongAnswer) -> None:
    """After a change of the causes read again what differs here, beside the answer's `cause`."""
    line = said(answer)
    cause = line if line in causes() else ""
    begun = VISIBLE.get(answer.name, "")
    assert cause.startswith(begun)
    assert bool(cause) == bool(begun)
