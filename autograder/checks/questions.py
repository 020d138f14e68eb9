"""Calls that a check asks for before it looks at an answer, and who can take several at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from autograder.checks.draws import Drawing

Arguments = tuple[Tensor, ...]
Formula = Callable[..., Tensor]
Call = tuple[Arguments, dict[str, Any]]  # by position and by name


@dataclass(eq=False)
class Question:
    """A call that a check asks for.

    Args:
        arguments: as the case has them.
        given: what the function is called with: copies, where it may not change the case.
        options: by their names.
        secret: whether the draw is.
        index: of the draw.
        drawing: what of the draw is in the arguments.
        reply: what the call gives, where it was asked for together with others.
    """

    arguments: Arguments
    given: Arguments
    options: dict[str, Any]
    secret: bool
    index: int = 0
    drawing: Drawing = field(default_factory=Drawing)
    reply: Callable[[], Any] | None = None


class Several(ABC):
    """A function that may be asked for several calls at once."""

    @abstractmethod
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """One call."""

    @abstractmethod
    def together(self, calls: Sequence[Call]) -> list[Callable[[], Any]]:
        """What gives the value of each call, or raises; to be called in this order.

        Nothing, where the calls are better made one by one.
        """
