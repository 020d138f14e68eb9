"""What may come out of the wire, for the tests of both its ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.isolation.values import PLAIN, Opaque


def plain(value: Any, *others: type) -> None:
    """Asserts that a value is only of the kinds that cross, or of these others."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset, torch.Size):
        for item in value:
            plain(item, *others)
    elif kind is dict:
        plain(list(value.items()), *others)
    elif kind is Tensor:
        assert value.layout is torch.strided
        assert value.device.type == "cpu"
    elif kind is not np.ndarray and not issubclass(kind, np.number | np.bool_):
        assert kind in (*PLAIN, torch.dtype, Opaque, *others)
