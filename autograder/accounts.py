"""What a check saw of a function, as text for a person who may see hidden numbers: no student."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from autograder.words import line, lines

MOST_LETTERS = 2000  # of one value
MOST_LINES = 40
SEVERAL = {"arguments", "answer", "expected", "changed"}  # texts of several lines


@dataclass(frozen=True)
class Account:
    """A check, and of its calls the one that decided it.

    Where it failed that is the last one; where it passed, the one whose answer was furthest off.
    All texts are bounded, and printable.

    Args:
        exercise: what was asked.
        check: the check's name.
        calls: how many it has made, gradients counted by themselves.
        own: how many of them with numbers of the student's own.
        index: of the draw, counted from 0.
        secret: whether the draw is the student's own.
        fixed: whether no number of that draw is in the arguments.
        turn: which of the cases that are made of the draw, one after the other, from 1.
        turns: how many these are.
        seed: of the draw's generator.
        gradient: whether the answer is that of a backward pass.
        arguments: what the function was called with, each with its name.
        answer: what came back, or was raised.
        expected: the reference's value.
        changed: what of the arguments the call has changed in place, as it is then.
        distance: how far off the answer is, and how far it may be; "" where it was not compared.
    """

    exercise: str
    check: str
    calls: int = 0
    own: int = 0
    index: int = 0
    secret: bool = False
    fixed: bool = False
    turn: int = 1
    turns: int = 1
    seed: int = 0
    gradient: bool = False
    arguments: str = ""
    answer: str = ""
    expected: str = ""
    changed: str = ""
    distance: str = ""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, str):
                several = each.name in SEVERAL
                bounded = lines(value, MOST_LETTERS, MOST_LINES) if several else line(value)
                object.__setattr__(self, each.name, bounded)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Account:
        """The account that was written as this data."""
        return cls(**data)
