"""What the visible checks say of the wrong answers, as a person has read it: no cause is false."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from autograder.exercises.losses import binary, multiclass
from tests.exercises.test_styles import STYLES
from tests.exercises.wrong_answers import WRONG_ANSWERS, WrongAnswer
from tests.exercises.wrong_answers.answer import notebook
from tests.source.test_helper import helper
from tests.source.visible import VISIBLE

NAMES = {
    "bce": "bce(y_hat, y)",
    "bce_with_logits": "bce_with_logits(z, y)",
    "softmax": "softmax(z)",
    "log_softmax": "log_softmax(z)",
    "nll": "nll(log_probs, y)",
    "cross_entropy": "cross_entropy(z, y)",
}


def lecture(function: str) -> tuple[Any, tuple[torch.Tensor, ...]]:
    """torch's function, and what the lecture calls it with."""
    z, y = multiclass.DEMO_Z, multiclass.DEMO_Y
    return {
        "bce": (torch.nn.BCELoss, (binary.DEMO_Z.sigmoid(), binary.DEMO_Y)),
        "bce_with_logits": (torch.nn.BCEWithLogitsLoss, (binary.DEMO_Z, binary.DEMO_Y)),
        "softmax": (torch.nn.Softmax(dim=-1), (z,)),
        "log_softmax": (torch.nn.LogSoftmax(dim=-1), (z,)),
        "nll": (torch.nn.NLLLoss, (multiclass.log_softmax(z), y)),
        "cross_entropy": (torch.nn.CrossEntropyLoss, (z, y)),
    }[function]


def by_hand(answer: WrongAnswer) -> Callable[..., Any]:
    """The function of an answer, in a notebook whose earlier functions break no rule."""
    names = notebook(answer.function)
    names |= {name: next(iter(STYLES[name].values())) for name in STYLES if name in names}
    exec(compile(answer.code, f"<{answer.name}>", "exec"), names)
    function: Callable[..., Any] = names[answer.function]
    return function


def said(answer: WrongAnswer) -> str:
    """The last line that the lecture's check says: a cause, where one is named."""
    reference, arguments = lecture(answer.function)
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
