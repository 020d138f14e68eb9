"""Whether an answer equals the expected tensor, and what to say where it does not.

Compares fail-closed: first what kind of thing the answer is, then its exact shape, then its
dtype, then its values. Knows nothing of where the answer came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


class Failure(Exception):  # noqa: N818 (a finding, not an error: check50's word)
    """An answer is wrong; the text says how, to the student who wrote it.

    The text goes on after the function's name: "bce {text}". `hint`, where given, fits better
    than the check's own. Any other exception that leaves the checks is our own error, never the
    student's.
    """

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


@dataclass(frozen=True)
class Tolerance:
    """|actual - expected| may be up to `absolute + relative * |expected|`."""

    relative: float
    absolute: float


TOLERANCES = {
    # 1 - sigmoid(z) loses up to 2e-4 of its value at |z| = 8; the naive formula is right there.
    torch.float32: Tolerance(relative=1e-4, absolute=2e-5),
    # log(p + 1e-8) is off by up to 1e-6 at p = 0.02: it is judged where y_hat is 0 or 1, not here.
    torch.float64: Tolerance(relative=1e-5, absolute=2e-6),
}

# logsumexp(z) - z[y] rounds twice at the size of z: 4.8e-4 for close float32 logits near 1e4.
ROUNDINGS = 8


def as_answer(value: Any) -> Tensor:
    """The answer as a tensor: an exact, dense, real CPU tensor, a numpy array or a number.

    Raises:
        Failure: it is anything else.
    """
    if isinstance(value, bool | int | float | np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise Failure(f"returns a numpy array of {array.dtype}, not of real numbers.")
        return torch.from_numpy(array.copy())
    if value is None:
        raise Failure("returns None: is a `return` missing?")
    if type(value) is not Tensor:
        raise Failure(f"returns a {type(value).__name__}, not a torch tensor.")
    if value.layout is not torch.strided or value.device.type != "cpu" or value.is_complex():
        raise Failure("returns a tensor that is not an ordinary one: dense, real, on the CPU.")
    return value.detach()


def compare(actual: Any, expected: Tensor, *, scale: float = 0.0, where: str = "") -> None:
    """Nothing, where `actual` equals `expected` within tolerance.

    Args:
        actual: the answer, of any type.
        expected: the reference, float64 or of the answer's dtype.
        scale: the largest magnitude that entered the computation; rounding grows with it.
        where: what the function was called with, for the message: "z of shape (4, 3)".

    Raises:
        Failure: with what differs, at how many places, and the worst of them.
    """
    answer = as_answer(actual)
    require_shape(answer, expected, where)
    if not answer.is_floating_point():
        raise Failure(f"has dtype {dtype(answer)}, not a floating one{_for(where)}.")
    tolerance = TOLERANCES.get(answer.dtype, TOLERANCES[torch.float32])
    rounding = ROUNDINGS * torch.finfo(answer.dtype).eps * scale
    difference = answer.double() - expected.double()
    allowed = tolerance.absolute + rounding + tolerance.relative * expected.double().abs()
    same = (answer.double() == expected.double()) | (answer.isnan() & expected.isnan())
    wrong = ~(same | (difference.abs() <= allowed))
    if wrong.any():
        raise Failure(_mismatch(answer, difference, allowed, wrong) + f"{_for(where)}.")


def require_shape(answer: Tensor, expected: Tensor, where: str) -> None:
    """Nothing, where the shapes are equal; nothing broadcasts.

    Raises:
        Failure: with both shapes.
    """
    if answer.shape != expected.shape:
        found, wanted = shape(answer), shape(expected)
        raise Failure(f"has shape {found} where {wanted} is expected{_for(where)}.")


def shape(tensor: Tensor) -> str:
    """The shape as Python writes a tuple: "(4, 3)"."""
    return str(tuple(tensor.shape))


def dtype(tensor: Tensor) -> str:
    """The dtype without its module: "float32"."""
    return str(tensor.dtype).removeprefix("torch.")


def _for(where: str) -> str:
    return f" for {where}" if where else ""


def _mismatch(answer: Tensor, difference: Tensor, allowed: Tensor, wrong: Tensor) -> str:
    count = f"is wrong at {int(wrong.sum())} of {wrong.numel()} places"
    broken = wrong & ~answer.isfinite()
    if broken.any():
        at = _first(broken)
        return f"{count}: the first, at {_index(at)}, is {float(answer[at])}"
    at = _index_of_largest(torch.where(wrong, difference.abs() - allowed, -torch.inf))
    size, direction = abs(float(difference[at])), "large" if difference[at] > 0 else "small"
    text = f"{size:.2g} too {direction} (up to {float(allowed[at]):.1g} is allowed)"
    return f"{count}: the worst, at {_index(at)}, is {text}"


def _first(mask: Tensor) -> tuple[int, ...]:
    return tuple(mask.nonzero()[0].tolist())


def _index_of_largest(values: Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(values.argmax()), values.shape))


def _index(at: tuple[int, ...]) -> str:
    return str(list(at)) if at else "its only place"
