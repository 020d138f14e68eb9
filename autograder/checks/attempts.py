"""What a function was called with and what came back: the evidence on which a cause is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from autograder.checks.backward import watched_gradient
from autograder.checks.comparison import JUDGED_AS, Failure, as_answer, equals
from autograder.checks.questions import Arguments, Formula

MOST_NUMBERS = 1 << 20  # of an answer that a cause is looked for in


@dataclass(frozen=True, eq=False)
class Attempt:
    """A call that returned.

    Args:
        arguments: what with.
        options: by their names.
        answer: what came back; of a backward pass the gradient of the first argument.
        secret: whether the draw is: then it is no evidence. A function that saw hidden numbers
            could choose its mistake for what is then said.
        weights: those of a backward pass's outputs; None of a call.
    """

    arguments: Arguments
    options: dict[str, Any]
    answer: Any
    secret: bool = False
    weights: Tensor | None = None

    def numbers(self) -> Tensor | None:
        """The answer as a tensor of real numbers; None where it is none, or a very large one."""
        try:
            answer = as_answer(self.answer)
        except Failure:
            return None
        small = answer.numel() <= MOST_NUMBERS and answer.dtype in JUDGED_AS
        return answer if small else None

    def value(self, formula: Formula) -> Tensor | None:
        """What a formula gives in the place of the answer, in the arguments' own dtype.

        None where it gives nothing: a wrong formula may not fit every shape.
        """
        arguments = tuple(argument.clone() for argument in self.arguments)
        try:
            if self.weights is None:
                value = formula(*arguments, **self.options)
                return value.detach() if isinstance(value, Tensor) else None
            with torch.enable_grad():
                leaf = arguments[0].requires_grad_()
                output = formula(leaf, *arguments[1:], **self.options)
                return watched_gradient(output, leaf, self.weights.to(output.dtype))
        except Exception:
            return None

    def is_given_by(self, formula: Formula) -> bool:
        """Whether a formula gives the answer."""
        value = self.value(formula)
        return value is not None and self.equals(value)

    def is_mixed_of(self, formula: Formula, right: Tensor | None) -> bool:
        """Whether each number of the answer is a formula's, or the right one."""
        value, answer = self.value(formula), self.numbers()
        if value is None or right is None or answer is None:
            return False
        if not answer.shape == value.shape == right.shape:
            return False
        there = torch.isclose(answer.double(), right.double(), 1e-3, 1e-4, equal_nan=True)
        return self.equals(torch.where(there, answer.to(value.dtype), value))

    def equals(self, value: Tensor) -> bool:
        """Whether the answer is this value, within the tolerance of a check."""
        return equals(self.answer, value, scale=magnitude(self.arguments))


def magnitude(arguments: Arguments) -> float:
    """The largest absolute value among the floating arguments."""
    floating = [a for a in arguments if a.is_floating_point() and a.numel()]
    return max((float(argument.abs().max()) for argument in floating), default=0.0)
