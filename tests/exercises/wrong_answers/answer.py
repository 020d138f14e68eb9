"""A wrong answer, and the notebook in which a student wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from autograder.exercises.losses import binary, multiclass
from tests.asked import ASKED

STUDENTS = "what students write"
BINARY = ("bce", "bce_with_logits")
MULTICLASS = ("softmax", "log_softmax", "nll", "cross_entropy")


@dataclass(frozen=True)
class WrongAnswer:
    """A student's cell that does not do what its exercise asks.

    Args:
        name: short and fixed.
        function: the exercise.
        code: the text of the cell.
        cause: what is wrong, as a teacher says it; whoever names another cause misleads.
        seen: where people make the mistake: a public page, or STUDENTS where it is well known.
    """

    name: str
    function: str
    code: str
    cause: str
    seen: str = STUDENTS


def written(
    answer: WrongAnswer, others: Mapping[str, Callable[..., Any]] = MappingProxyType({})
) -> Callable[..., Any]:
    """The function that the cell defines, in a notebook whose earlier functions are right.

    Args:
        answer: whose cell it is.
        others: what stands for the earlier functions in the place of torch's own, by their names.
    """
    names = notebook(answer.function)
    names |= {name: other for name, other in others.items() if name in names}
    exec(compile(answer.code, f"<{answer.name}>", "exec"), names)
    function: Callable[..., Any] = names[answer.function]
    return function


def notebook(function: str) -> dict[str, Any]:
    """What the cells above an exercise's bind: torch, the lecture's tensors, earlier functions."""
    if function in BINARY:
        exercises, lecture, y_hat = BINARY, binary, binary.DEMO_Z.sigmoid()
    else:
        exercises, lecture, y_hat = MULTICLASS, multiclass, multiclass.DEMO_Z.softmax(dim=-1)
    earlier = exercises[: exercises.index(function)]
    right = {name: ASKED.find(name).reference for name in earlier}
    tensors = {"z": lecture.DEMO_Z.clone(), "y": lecture.DEMO_Y.clone(), "y_hat": y_hat}
    return {"torch": torch, **tensors, **right}
