"""What grading says of a submission: frozen data, and JSON both ways.

Imports nothing of the kit but `words`, so that every room can speak in these. What may come from a
student's side is made printable and short here, whoever says it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from autograder.words import line, lines

SHOWN = 2000  # letters of what a student is told of a check
MOST_LINES = 5
LONGEST_NAME = 80
MOST_CHECKS = 1000  # of a cell

Status = Literal["graded", "flagged", "failed", "unchanged"]


@dataclass(frozen=True)
class CheckResult:
    """One named check of one function: its points, and what the student is told.

    `message` says what differs, where and by how much; `hint` what to think about next.
    Both are empty where the check passed.
    """

    name: str
    passed: bool
    points: float
    max_points: float
    message: str = ""
    hint: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", line(self.name, LONGEST_NAME))
        object.__setattr__(self, "message", lines(self.message, SHOWN, MOST_LINES))
        object.__setattr__(self, "hint", lines(self.hint, SHOWN, MOST_LINES))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CheckResult:
        """The check that was written as this data; it raises what `CellResult.from_json` does."""
        return cls(**_typed(cls, data))


@dataclass(frozen=True)
class CellResult:
    """The score of one grade cell; `checks` is empty for a cell that runs no named checks.

    `score` is None where a person has still to give it (a written answer).
    """

    score: float | None
    max_score: float
    checks: tuple[CheckResult, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CellResult:
        """The result that was written as this data; what else is in that is left out.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        found = _typed(cls, data)
        if not isinstance(found["checks"], list | tuple):
            raise TypeError("checks is no list")
        if len(found["checks"]) > MOST_CHECKS:
            raise ValueError(f"{len(found['checks'])} checks; a cell has at most {MOST_CHECKS}")
        checks = tuple(map(CheckResult.from_json, found["checks"]))
        return cls(found["score"], found["max_score"], checks)


@dataclass(frozen=True)
class Flag:
    """Something about a submission that a person may want to know.

    `kind` is a short fixed word (`late`, `unreadable`, …), `cell` the grade_id it concerns or "".
    """

    kind: str
    cell: str
    detail: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", line(self.detail))


@dataclass(frozen=True)
class SubmissionResult:
    """The record of one student's submission.

    `cells` maps grade_id to its result; `action` is the one thing that a person may do about it
    first, or "".
    """

    student: str
    status: Status
    score: float
    max_score: float
    seconds: float
    cells: Mapping[str, CellResult] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    action: str = ""

    def to_json(self) -> dict[str, Any]:
        """The record as plain data, as `autograder grade --json` writes it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SubmissionResult:
        """The record that `to_json` wrote."""
        cells = {grade_id: CellResult.from_json(cell) for grade_id, cell in data["cells"].items()}
        flags = tuple(Flag(**flag) for flag in data["flags"])
        return cls(**{**data, "cells": cells, "flags": flags})


def _typed(kind: type, data: Any) -> Mapping[str, Any]:
    """The data, if each plain value in it is of the type that the class says.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"{type(data).__name__} instead of a {kind.__name__}")
    for each in fields(kind):
        value = data.get(each.name)
        if each.name in data and not _fits(value, str(each.type)):
            raise TypeError(f"{each.name} is {line(repr(value))}, and should be {each.type}")
    return data


def _fits(value: Any, annotation: str) -> bool:
    """Whether a value is of a plain type, as a field's annotation names it; of others any is."""
    if annotation.startswith("float"):
        number = type(value) in (int, float) and math.isfinite(value)
        return number or (value is None and annotation.endswith("| None"))
    plain = {"str": str, "bool": bool}.get(annotation, object)
    return isinstance(value, plain)
