"""Whether an answer equals the expected tensor, and what to say where it does not.

Compares fail-closed: first what kind of thing the answer is, then its exact shape, then its
dtype, then its values. Knows nothing of where the answer came from.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.words import with_article

NO_RETURN = (
    "The function ends without a return, at least in this case: print shows a result, and return "
    "gives it back. Look at each way through its ifs."
)


class Failure(Exception):  # noqa: N818 (a finding, not an error: check50's word)
    """An answer is wrong; the text says how, to the student who wrote it.

    The text goes on after the function's name: "bce {text}". `hint`, where given, fits better
    than the check's own. `blind` is said in the place of the text on a secret draw: it has nothing
    that the answer could have been chosen to say, no size, dtype, place or difference, and is the
    text itself where that has no such thing. Any other exception that leaves the checks is our own
    error, never the student's.
    """

    def __init__(self, text: str, hint: str = "", blind: str = "") -> None:
        super().__init__(text)
        self.hint = hint
        self.blind = blind or text


class Raised(Failure):
    """The function raised an exception."""


@dataclass(frozen=True)
class Tolerance:
    """|actual - expected| may be up to `absolute + relative * |expected|`."""

    relative: float
    absolute: float


TOLERANCES = {
    # log(exp(-100)) is -99.98: exp(-100) is no normal float32, and 1.7e-4 of the value is lost.
    # 1 - sigmoid(z) loses as much at |z| = 8, where the naive formula is still right.
    torch.float32: Tolerance(relative=2e-4, absolute=2e-5),
    # log(p + 1e-6) is off by 1.5e-4 at |z| = 5: an epsilon is judged where y_hat is 0 or 1, not by
    # the luck of a draw.
    torch.float64: Tolerance(relative=1e-4, absolute=2e-5),
}

# A coarser answer gets no more leeway than float32 has.
JUDGED_AS = {
    torch.float64: torch.float64,
    torch.float32: torch.float32,
    torch.float16: torch.float32,
    torch.bfloat16: torch.float32,
}

# logsumexp(z) - z[y] rounds twice at the size of z: 4.8e-4 for close float32 logits near 1e4.
ROUNDINGS = 8


def as_answer(value: Any) -> Tensor:
    """The answer as a tensor: an exact, dense, real CPU tensor, a numpy array or a number.

    Raises:
        Failure: it is anything else.
    """
    if type(value) in (bool, int, float, np.ndarray) or isinstance(value, np.generic):
        return _from_numpy(np.asarray(value))
    if value is None:
        raise Failure("returns None: is a `return` missing?", NO_RETURN)
    if type(value) is not Tensor:
        raise not_a_tensor(type(value))
    strided = value.layout is torch.strided and not value.is_nested
    if not strided or value.device.type != "cpu" or value.is_complex():
        raise not_a_tensor(Tensor)
    return value.detach()


def not_a_tensor(kind: type | None, hint: str = "") -> Failure:
    """What is wrong with an answer of this type, or of a type that nobody else knows."""
    if kind is Tensor:
        text = "returns a tensor that is not an ordinary one: dense, real, on the CPU."
    else:
        what = a_kind(kind) if kind else "an object of a class of its own"
        text = f"returns {what}, not a torch tensor."
    return Failure(text, hint, "returns no ordinary torch tensor.")


def a_kind(kind: type) -> str:
    """A type's name with its article; for a student's own only that it is one.

    The name of a student's own class can hold anything, the hidden arguments too.
    """
    for module in (builtins, types, torch, torch.nn, np):
        if getattr(module, kind.__name__, None) is kind:
            return with_article(kind.__name__)
    return "an object of a class of its own"


def _from_numpy(array: np.ndarray) -> Tensor:
    """A copy of the array as a tensor, in the machine's byte order."""
    try:
        if array.dtype.kind in "biuf":
            return torch.from_numpy(array.astype(array.dtype.newbyteorder("=")))
    except TypeError:  # a width that torch does not have
        pass
    raise Failure("returns a numpy array of a dtype that torch has no numbers for.")


def compare(
    actual: Any, expected: Tensor, *, scale: float = 0.0, where: str | Callable[[], str] = ""
) -> None:
    """Nothing, where `actual` equals `expected` within tolerance.

    Args:
        actual: the answer, of any type.
        expected: the reference, float64 or of the answer's dtype.
        scale: the largest magnitude that entered the computation; rounding grows with it.
        where: what the function was called with, for the message: "z of shape (4, 3)"; or what
            says so.

    Raises:
        Failure: with what differs, at how many places, and the worst of them.
    """
    answer = as_answer(actual)
    require_shape(answer, expected, where)
    if answer.dtype not in JUDGED_AS:
        text = f"has dtype {dtype(answer)}, not a floating one{_for(where)}."
        raise Failure(text, blind=f"has a dtype that is not a floating one{_for(where)}.")
    tolerance, absolute = _tolerance(answer.dtype, scale)
    answer, expected = answer.double(), expected.double()
    if torch.allclose(answer, expected, tolerance.relative, absolute, equal_nan=True):
        return  # nothing has to be said: an operator instead of twelve
    difference = answer - expected
    allowed = absolute + tolerance.relative * expected.abs()
    same = (answer == expected) | (answer.isnan() & expected.isnan())
    wrong = ~(same | (expected.isfinite() & (difference.abs() <= allowed)))
    if wrong.any():
        text = f"{_mismatch(answer, difference, allowed, wrong)}{_for(where)}."
        raise Failure(text, blind=f"has wrong values{_for(where)}.")


def _tolerance(dtype: torch.dtype, scale: float) -> tuple[Tolerance, float]:
    """What an answer of a dtype may be off by, and the absolute part of it at this scale."""
    precision = JUDGED_AS[dtype]
    tolerance = TOLERANCES[precision]
    return tolerance, tolerance.absolute + ROUNDINGS * torch.finfo(precision).eps * scale


def excess(answer: Tensor, expected: Tensor, scale: float) -> tuple[Tensor, Tensor] | None:
    """How far an answer is off at each place, and how far it may be; None where it is no number.

    Args:
        answer: of the expected shape.
        expected: the reference.
        scale: as of `compare`.
    """
    if answer.dtype not in JUDGED_AS:
        return None
    tolerance, absolute = _tolerance(answer.dtype, scale)
    answer, expected = answer.double(), expected.double()
    same = (answer == expected) | (answer.isnan() & expected.isnan())
    difference = torch.where(same, 0.0, (answer - expected).abs())
    return difference, absolute + tolerance.relative * expected.abs()


def unchanged(before: Tensor, after: Tensor) -> bool:
    """Whether a tensor is what its copy is; torch.equal alone compares 1 and 1.0 as equal."""
    kept = (before.dtype, before.shape, before.layout) == (after.dtype, after.shape, after.layout)
    return type(after) is Tensor and kept and torch.equal(before, after)


def equals(actual: Any, expected: Tensor, *, scale: float = 0.0) -> bool:
    """Whether `compare` finds nothing wrong."""
    try:
        compare(actual, expected, scale=scale)
    except Failure:
        return False
    return True


def require_shape(answer: Tensor, expected: Tensor, where: str | Callable[[], str]) -> None:
    """Nothing, where the shapes are equal; nothing broadcasts.

    Raises:
        Failure: with both shapes.
    """
    if answer.shape != expected.shape:
        plain = answer.dim() <= expected.dim() + 2 and answer.numel() <= max(expected.numel(), 64)
        small = plain and all(size <= 64 for size in answer.shape)  # others could be a message
        found = f"shape {shape(answer)}" if small else "a shape of large or many sizes"
        text = f"has {found} where {shape(expected)} is expected{_for(where)}."
        blind = f"has another shape than {shape(expected)}, which is expected{_for(where)}."
        raise Failure(text, blind=blind)


def shape(tensor: Tensor) -> str:
    """The shape as Python writes a tuple: "(4, 3)"."""
    return str(tuple(tensor.shape))


def dtype(tensor: Tensor) -> str:
    """The dtype without its module: "float32"."""
    return str(tensor.dtype).removeprefix("torch.")


def _for(where: str | Callable[[], str]) -> str:
    place = where() if callable(where) else where
    return f" for {place}" if place else ""


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
