"""The signature of a function as plain data: told by a student's kernel, and only to be read."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autograder.isolation.values import PLAIN, Tree
from autograder.words import line

MAX_PARAMETERS = 100  # of a function
MAX_DEFAULT = 200  # letters of a parameter's default


def signature_tree(function: Callable[..., Any]) -> Tree:
    """The parameters of a function: [name, kind, has a default, plain default]; None if unknown."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except Exception:  # a builtin without one, or an object that lies
        return None
    return [
        [
            p.name,
            int(p.kind),
            p.default is not p.empty,
            p.default if type(p.default) in PLAIN else None,
        ]
        for p in parameters
    ]


def signature(tree: Tree) -> inspect.Signature | None:
    """The signature of a tree that `signature_tree` made; None where it is none."""
    try:
        return inspect.Signature([_parameter(*entry) for entry in tree[:MAX_PARAMETERS]])
    except Exception:  # it comes from an untrusted process, and is only to be read
        return None


def _parameter(name: str, kind: int, given: bool, default: Any) -> inspect.Parameter:
    if isinstance(default, str):
        default = line(default, MAX_DEFAULT)
    return inspect.Parameter(
        line(name, MAX_DEFAULT),
        inspect._ParameterKind(kind),
        default=default if given and type(default) in PLAIN else inspect.Parameter.empty,
    )
