"""Right values, given back carelessly: what anyone can do with a right function of any exercise.

What these are told is known from how a check fails, so none of them is looked for as a cause:
`autograder verify` tries them, to see that each check can fail.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor

from autograder.checks.questions import Formula


def _in_float32(reference: Formula, *arguments: Tensor, **options: Any) -> Tensor:
    return reference(*arguments, **options).float()


def _in_float64(reference: Formula, *arguments: Tensor, **options: Any) -> Tensor:
    return reference(*arguments, **options).double()


def _squeezed(reference: Formula, *arguments: Tensor, **options: Any) -> Tensor:
    return reference(*arguments, **options).squeeze()


def _detached(reference: Formula, *arguments: Tensor, **options: Any) -> Tensor:
    return reference(*arguments, **options).detach()


def _emptying(reference: Formula, *arguments: Tensor, **options: Any) -> Tensor:
    """The first argument is all zeros after the call."""
    answer = reference(*arguments, **options)
    arguments[0].data.zero_()
    return answer


WAYS: dict[str, Callable[..., Tensor]] = {
    "float32": _in_float32,
    "float64": _in_float64,
    "squeezed": _squeezed,
    "detached": _detached,
    "emptying": _emptying,
}


def careless(reference: Formula) -> dict[str, Formula]:
    """A right function made wrong in each of these ways, by the way's name."""
    return {name: partial(way, reference) for name, way in WAYS.items()}
