"""Gradients, taken as they are in a student's kernel."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class _Watched(TorchDispatchMode):
    """Sees every operator, as a kernel's watch does, and changes none."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch's wrapper costs more than most operators; nothing compiles here

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def watched_gradient(output: Tensor, leaf: Tensor, weights: Tensor) -> Tensor | None:
    """d(sum of weights * output) / d(leaf); None where no graph leads from one to the other.

    Where operators are watched, as in a kernel, torch goes back through some functions another
    way: with z.max(), one nan that comes back is nan at all of z, and elsewhere at one place. What
    a formula gives can be compared with a kernel's answer only if both are taken alike.

    Raises:
        Exception: torch's own, or one of a function of the student's.
    """
    with _Watched():  # type: ignore[no-untyped-call]
        (found,) = torch.autograd.grad(output, leaf, weights, allow_unused=True)
    return found
