"""Relations between a wrong answer and the right one that show what went wrong, by any formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from autograder.checks.attempts import Attempt
from autograder.checks.comparison import equals

COARSE = 1e-2  # relative: what is left of a value after some steps in float16 or bfloat16


@dataclass(frozen=True)
class Pattern:
    """How a wrong answer and the right one are related.

    `fits` takes a call that was answered wrongly, the answer and the right value. It returns None
    where the call says nothing about it.
    """

    fits: Callable[[Attempt, Tensor, Tensor], bool | None]
    hint: str


def _no_number(attempt: Attempt, answer: Tensor, expected: Tensor) -> bool:
    return bool(expected.isfinite().all() and answer.numel() and not answer.isfinite().any())


def _transposed(attempt: Attempt, answer: Tensor, expected: Tensor) -> bool | None:
    if expected.dim() != 2:
        return None
    return equals(answer, expected.T)


def _with_one_more(attempt: Attempt, answer: Tensor, expected: Tensor) -> bool:
    """An axis of size 1 that should be gone."""
    return answer.dim() == expected.dim() + 1 and equals(answer, expected.unsqueeze(-1))


def _squeezed(attempt: Attempt, answer: Tensor, expected: Tensor) -> bool:
    less = 1 in expected.shape and answer.dim() < expected.dim()
    return less and equals(answer.squeeze(), expected.squeeze())


def _paired(attempt: Attempt, answer: Tensor, expected: Tensor) -> bool | None:
    if expected.dim() != 1 or answer.shape == (1, 1):  # of one example nobody can tell
        return None
    if answer.shape != (len(expected), len(expected)):
        return False
    others = answer - answer.diagonal().diag()
    return bool(others.any()) and equals(answer.diagonal(), expected)


def _coarse(attempt: Attempt, answer: Tensor, expected: Tensor) -> bool:
    if answer.shape != expected.shape or not expected.isfinite().all():
        return False
    kept = any(
        torch.equal(answer.float().to(dtype).float(), answer.float())
        for dtype in (torch.float16, torch.bfloat16)
    )
    return kept and torch.allclose(answer.double(), expected.double(), COARSE, COARSE)


def _in_another_order(attempt: Attempt, answer: Tensor, expected: Tensor) -> bool:
    several = answer.shape == expected.shape and answer.numel() > 1
    return several and equals(answer.flatten().sort().values, expected.flatten().sort().values)


def _rounded(attempt: Attempt, answer: Tensor, expected: Tensor) -> bool | None:
    """To so many decimals; of a mean of what was rounded nobody can tell."""
    if attempt.options.get("reduction", "none") != "none":
        return None
    if answer.shape != expected.shape or not expected.isfinite().all():
        return False
    answer, expected = answer.double(), expected.double()
    return any(
        torch.allclose(answer, answer.round(decimals=decimals), 0.0, 1e-6)
        and torch.allclose(answer, expected, 0.0, 0.51 * 10.0**-decimals)
        for decimals in range(5)
    )


def _right_for(label: float) -> Callable[[Attempt, Tensor, Tensor], bool | None]:
    """Right wherever the targets are this, and wrong wherever they are the other."""

    def fits(attempt: Attempt, answer: Tensor, expected: Tensor) -> bool | None:
        y = attempt.arguments[-1]
        if not y.is_floating_point():
            return False
        if y.shape != expected.shape or answer.shape != expected.shape:
            return None if expected.dim() == 0 else False
        there, other = y == label, y == 1 - label
        if not (there.any() and other.any() and (there | other).all()):
            return None
        near = torch.isclose(answer.double(), expected.double(), rtol=1e-3, atol=1e-4)
        return bool(near[there].all() and not near[other].any())

    return fits


SQUEEZED = Pattern(
    _squeezed,
    "The values are right, and an axis of size 1 is lost: squeeze() takes away every one of "
    "them, that of a single example or of a single class too. Say which axis.",
)
PATTERNS = (
    Pattern(
        _no_number,
        "No value is finite: look for the logarithm of 0 or of a negative number, a division by 0, "
        "or inf − inf, and print what goes into each step.",
    ),
    Pattern(
        _coarse,
        "The values are right to three digits only, as float16 or bfloat16 keeps them: compute in "
        "the argument's own dtype.",
    ),
    Pattern(
        _rounded,
        "The values are rounded to a few decimals: keep all of them, a loss is not for reading "
        "alone.",
    ),
    Pattern(_transposed, "The values are right, and the result is transposed."),
    Pattern(
        _with_one_more,
        "The values are right, and one axis of size 1 too many is left at the end: look for a "
        "keepdim, or for what you used as an index.",
    ),
    SQUEEZED,
    Pattern(
        _paired,
        "Every example is paired with every other: N × N numbers, and only those on the diagonal "
        "belong together.",
    ),
    Pattern(
        _in_another_order,
        "The values are right, and in another order than the examples: each stands where its "
        "example does.",
    ),
    Pattern(
        _right_for(1.0),
        "The loss is right wherever y = 1, and wrong wherever y = 0: look at the term for y = 0.",
    ),
    Pattern(
        _right_for(0.0),
        "The loss is right wherever y = 0, and wrong wherever y = 1: look at the term for y = 1.",
    ),
)


def explained_by(pattern: Pattern, attempt: Attempt, expected: Tensor | None) -> bool | None:
    """Whether a pattern explains a wrong answer; None where the call says nothing about it."""
    answer = attempt.numbers()
    if expected is None or answer is None or not isinstance(attempt.answer, Tensor | np.ndarray):
        return False
    return pattern.fits(attempt, answer, expected)
