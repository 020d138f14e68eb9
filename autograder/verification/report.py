"""What trying an exercise has shown, as plain data: it comes from a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ExerciseReport:
    """What trying one exercise has shown.

    Args:
        name: the exercise's.
        mistakes: how many it has.
        styles: how many it has.
        error: what the exercise itself raised, which ended the rest; or "".
        reference: what its own reference fails, by check.
        harmless: the mistakes that lose no point, each as a person may find it.
        unnamed: those whose hint nobody is given, each with what is given instead.
        lost: what its styles lose, a sentence each.
        forbidden: the patterns of its by-hand rule.
        called: what its reference calls of that.
        checks: its checks' names.
        failed: those that some mistake fails, or a careless reference.
        draws: by check a digest of what it called a function with, and said of it.
        clock: the checks that read the clock for that.
    """

    name: str
    mistakes: int = 0
    styles: int = 0
    error: str = ""
    reference: Mapping[str, str] = field(default_factory=dict)
    harmless: Sequence[str] = ()
    unnamed: Sequence[str] = ()
    lost: Sequence[str] = ()
    forbidden: Sequence[str] = ()
    called: Sequence[str] = ()
    checks: Sequence[str] = ()
    failed: Sequence[str] = ()
    draws: Mapping[str, str] = field(default_factory=dict)
    clock: Sequence[str] = ()


@dataclass
class Report:
    """What one process has shown of an assignment's exercises.

    Args:
        exercises: a report of each.
        broken: modules that can't be used, and exercises that none lists, a sentence each.
        asked: what of the network the modules and exercises asked for.
    """

    exercises: Sequence[ExerciseReport] = ()
    broken: Sequence[str] = ()
    asked: Sequence[str] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """The report that was written as this data."""
        return cls(**{**data, "exercises": [ExerciseReport(**e) for e in data["exercises"]]})
