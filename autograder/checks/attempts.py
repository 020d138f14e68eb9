"""What a function was called with and what came back: the evidence on which a cause is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from autograder.checks.comparison import Failure, as_answer, compare
from autograder.checks.questions import Arguments, Formula


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

    def value(self, formula: Formula) -> Tensor | None:
        """What a formula gives in the place of the answer, in the arguments' own dtype.

        None where it gives nothing: a wrong formula may not fit every shape.
        """
        arguments = tuple(argument.clone() for argument in self.arguments)
        try:
            if self.weights is None:
                return formula(*arguments, **self.options).detach()
            with torch.enable_grad():
                leaf = arguments[0].requires_grad_()
                output = formula(leaf, *arguments[1:], **self.options)
                return torch.autograd.grad(output, leaf, self.weights.to(output.dtype))[0]
        except (RuntimeError, IndexError):
            return None

    def is_given_by(self, formula: Formula) -> bool:
        """Whether a formula gives the answer."""
        value = self.value(formula)
        return value is not None and self.equals(value)

    def is_mixed_of(self, formula: Formula, right: Formula) -> bool:
        """Whether each number of the answer is that of one of two formulas."""
        value, expected = self.value(formula), self.value(right)
        if value is None or expected is None:
            return False
        try:
            answer = as_answer(self.answer)
        except Failure:
            return False
        if not answer.shape == value.shape == expected.shape:
            return False
        there = torch.isclose(answer.double(), expected.double(), 1e-3, 1e-4, equal_nan=True)
        return self.equals(torch.where(there, answer.to(value.dtype), value))

    def equals(self, value: Tensor) -> bool:
        """Whether the answer is this value, within the tolerance of a check."""
        try:
            compare(as_answer(self.answer), value, scale=magnitude(self.arguments))
        except Failure:
            return False
        return True


def magnitude(arguments: Arguments) -> float:
    """The largest absolute value among the floating arguments."""
    floating = [a for a in arguments if a.is_floating_point() and a.numel()]
    return max((float(argument.abs().max()) for argument in floating), default=0.0)
