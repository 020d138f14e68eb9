"""What messages between a notebook's processes are, and those with which a process starts.

A message is a JSON object and a block of tensors beside it: `wire` carries both. What an examiner
asks a student's kernel is in `questions`, and what that answers in `answers`: a dataclass a
message. Values in messages are trees, which `values` makes and reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self, TypeAlias

from autograder.isolation.outputs import Output
from autograder.limits import Limits

Body: TypeAlias = dict[str, Any]
Tree: TypeAlias = Any


class Message:
    """What can be sent: its fields are the object's keys."""

    __slots__: tuple[str, ...] = ()

    def to_json(self) -> Body:
        """The object, which may be changed."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True)
class WithLimits:
    """What our own processes tell one another of limits: what kernels may use."""

    limits: Limits

    def to_json(self) -> Body:
        """As plain data."""
        return asdict(self)

    @classmethod
    def read(cls, body: Body) -> Self:
        """The message that was sent as this."""
        return cls(**{**body, "limits": Limits(**body["limits"])})


@dataclass(frozen=True)
class Start(WithLimits):
    """The first message to a kernel.

    Args:
        limits: what it may use.
        scratch: the folder in which it may write.
        readable: what it may read besides.
        forbidden: patterns of operators that are watched for in calls.
    """

    scratch: str
    readable: Sequence[str]
    forbidden: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """The answer to `Start`: why this machine can't hold a kernel in, or "" where it does."""

    error: str = ""


@dataclass(frozen=True)
class FirstCells(WithLimits):
    """The first message to a process that is to fork kernels, which have run these cells.

    Args:
        limits: what kernels may use.
        folder: what lies beside the instructor's notebook.
        cells: their sources.
        expected: sources of cells that many a notebook has.
        forbidden: as in `Start`, of nearly every kernel.
    """

    folder: str
    cells: Sequence[str]
    expected: Sequence[str]
    forbidden: Sequence[str]


@dataclass(frozen=True, slots=True)
class FirstOutputs(Message):
    """The answer to `FirstCells`: what each cell showed; nothing where kernels run them anew."""

    outputs: list[list[Output]]
