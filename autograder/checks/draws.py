"""Seeded random tensors for the checks: part public, part the student's own.

Seeds are an HMAC of the student's key with exercise, check and draw (RFC 2104), so an answer
learnt from anyone's feedback is worth nothing, and any draw can be replayed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

Option = TypeVar("Option")
PUBLIC_KEY = b"public"


class Draw:
    """One seeded source of tensors, apart from torch's global generator and default dtype.

    Args:
        index: counts the draws of a check from 0.
        seed: whence the numbers.
        secret: whether it comes from a student's key: its numbers are told to nobody.

    Attributes:
        drawn: how many tensors have been drawn from it.
    """

    def __init__(self, index: int, seed: int, *, secret: bool = False) -> None:
        self.index = index
        self.secret = secret
        self.drawn = 0
        self._generator = torch.Generator().manual_seed(seed)

    def _next(self) -> torch.Generator:
        """Whence the next tensor is drawn."""
        self.drawn += 1
        return self._generator

    def uniform(self, shape: Sequence[int], low: float, high: float) -> Tensor:
        """float32, uniform in [low, high)."""
        unit = torch.rand(tuple(shape), generator=self._next(), dtype=torch.float32)
        return low + (high - low) * unit

    def normal(self, shape: Sequence[int], scale: float = 1.0) -> Tensor:
        """float32, normal with mean 0 and standard deviation `scale`."""
        return scale * torch.randn(tuple(shape), generator=self._next(), dtype=torch.float32)

    def integers(self, shape: Sequence[int], below: int) -> Tensor:
        """int64, uniform in [0, below)."""
        return torch.randint(below, tuple(shape), generator=self._next())

    def signs(self, shape: Sequence[int]) -> Tensor:
        """float32, -1 or 1 with equal chance."""
        return (2 * self.integers(shape, 2) - 1).float()

    def cycle(self, options: Sequence[Option]) -> Option:
        """The options in turn, so that luck leaves none out.

        A public draw and the student's own that follows it have the same one.
        """
        return options[self.index // 2 % len(options)]


@dataclass(frozen=True)
class Drawing:
    """Which numbers of a draw a case has made its arguments of.

    Args:
        fixed: none of them: it has numbers of its own, or those that `cycle` gave.
        turn: counts the cases that are made of one draw, one after the other, from 1.
        turns: how many these are.
    """

    fixed: bool = False
    turn: int = 1
    turns: int = 1


@dataclass(frozen=True)
class Seeds:
    """Where a function's draws come from.

    Args:
        exercise: the function's name.
        key: the student's own key, or None: then every draw is public.
    """

    exercise: str
    key: bytes | None = None

    def draws(self, check: str, count: int) -> Iterator[Draw]:
        """`count` draws of a check; every second one uses the student's key, if there is one."""
        for index in range(count):
            yield self.draw(check, index)

    def draw(self, check: str, index: int) -> Draw:
        """One draw of a check."""
        return Draw(index, self.seed(check, index), secret=self.is_secret(index))

    def seed(self, check: str, index: int) -> int:
        """The seed of one draw of a check."""
        key = self.key if self.key and self.is_secret(index) else PUBLIC_KEY
        name = f"{self.exercise}/{check}/{index}".encode()
        digest = hmac.new(key, name, hashlib.sha256).digest()
        return int.from_bytes(digest[:8], "big") >> 1

    def is_secret(self, index: int) -> bool:
        """Whether a draw comes from the student's key."""
        return bool(self.key and index % 2)
