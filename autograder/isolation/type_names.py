"""Types by their names, and where they are from: all that is told of a value that can't cross."""

from __future__ import annotations

import builtins
import types
from types import ModuleType
from typing import Any

import numpy as np
import torch

from autograder.isolation.errors import WireError

# Whose types are named; anyone else's could have a name that tells something.
KNOWN: dict[str, ModuleType] = {
    "builtins": builtins,
    "types": types,
    "torch": torch,
    "torch.nn": torch.nn,
    "numpy": np,
}


def named(kind: type) -> list[str] | None:
    """A type as [module, name], where it is one of Python's, torch's or numpy's own."""
    for module, content in KNOWN.items():
        if getattr(content, kind.__name__, None) is kind:
            return [module, kind.__name__]
    return None


def kind_named(name: Any) -> type | None:
    """The type that `named` named.

    Raises:
        WireError: there is none.
    """
    if name is None:
        return None
    module, attribute = name
    kind = vars(KNOWN[module])[attribute]  # not getattr: torch imports some names when asked
    if not isinstance(kind, type):
        raise WireError("no type")
    return kind


def origin(value: Any) -> str:
    """Where a module, a class or a function is defined: "math.sqrt"; of a value its kind's."""
    if isinstance(value, ModuleType):
        return value.__name__
    named_itself = value if hasattr(value, "__qualname__") else type(value)
    module = getattr(named_itself, "__module__", None) or "builtins"
    return f"{module}.{named_itself.__qualname__}"
