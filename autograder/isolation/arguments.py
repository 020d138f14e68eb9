"""The arguments of a call: packed for the trip, and brought to what they became there.

They cross as copies. In the caller's own process the same objects change as they would have changed
if the function had been called here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from autograder.isolation.values import Opaque, Packer, Tree


@dataclass(frozen=True)
class Packed:
    """The arguments of a call: their trees, their tensors, and those that ask for gradients."""

    args: Tree
    kwargs: Tree
    block: bytes
    leaves: Sequence[Tensor]


def pack(
    args: Sequence[Any], kwargs: Mapping[str, Any], function: Callable[[Any], Any] | None = None
) -> Packed:
    """The arguments of a call as a message has them.

    Args:
        args: by position. If they have a dict `packed`, they are tensors that are the same each
            time: what they are packed to is kept there, by the arguments by name.
        kwargs: by name.
        function: makes the tree of a function, as of a `Packer`.
    """
    kept = getattr(args, "packed", None)
    key = tuple(kwargs.items())
    try:
        known = kept.get(key) if kept is not None else None
    except TypeError:  # an option that can be no key, such as a list
        known = kept = None
    if known:
        return cast(Packed, known)
    packer = Packer(function)
    trees = packer.tree(list(args)), packer.tree(dict(kwargs))
    packed = Packed(*trees, packer.block(), packer.leaves)
    if kept is not None:
        kept[key] = packed
    return packed


def in_order(after: Any, kwargs: Mapping[str, Any]) -> Any:
    """What arguments have become, in one list: those by position, then those by name."""
    try:
        by_position, by_name = after
        return [*by_position, *(by_name[name] for name in kwargs)]
    except (LookupError, TypeError, ValueError):  # it comes from an untrusted process
        return after


def lost(before: Sequence[Any], after: Any) -> bool:
    """Whether one of these objects became, in place, what can't be brought from the kernel.

    Not of what is in a list or dict: it may be another object now, as it would be here.
    """
    if isinstance(after, Opaque):
        return True
    return isinstance(after, list | tuple) and any(map(_lost, before, after))


def _lost(before: Any, after: Any) -> bool:
    if type(before) is tuple:
        return lost(before, after)
    if type(before) is np.ndarray and type(after) is np.ndarray:
        native = before.dtype.newbyteorder("=")  # as arrays cross
        return before.shape != after.shape or bool(native != after.dtype)
    return type(before) in (Tensor, np.ndarray, list, dict, set) and isinstance(after, Opaque)


def brought(before: Any, after: Any) -> Any:
    """A value brought in place to what it became in the kernel; where it can't be, the new one.

    Raises:
        RuntimeError: torch refuses the change, as of a tensor that is expanded.
        ValueError: numpy refuses it, as of an array that is read-only.
    """
    if type(before) is not type(after):
        return after
    if type(before) is Tensor:
        with torch.no_grad():
            if before.shape == after.shape and before.dtype == after.dtype:
                before.copy_(after)
            else:
                before.data = after.detach()
    elif type(before) is np.ndarray and before.shape == after.shape:
        np.copyto(before, after, casting="unsafe")
    elif type(before) is list:
        pairs = itertools.zip_longest(before, after)
        before[:] = [brought(old, new) for old, new in pairs][: len(after)]
    elif type(before) is dict:
        changed = {key: brought(before.get(key), value) for key, value in after.items()}
        before.clear()
        before.update(changed)
    elif type(before) is set:
        before.clear()
        before.update(after)
    elif type(before) is tuple:
        return tuple(brought(old, new) for old, new in zip(before, after, strict=False))
    else:
        return after
    return before
