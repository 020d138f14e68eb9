"""What grading says of a submission: frozen data, and JSON both ways.

Imports nothing of the kit but `words`, so that every room can speak in these. What may come from a
student's side is made printable and short here, whoever says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from autograder.words import line, lines

SHOWN = 2000  # letters of what a student is told of a check
MOST_LINES = 5

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
        object.__setattr__(self, "message", lines(self.message, SHOWN, MOST_LINES))
        object.__setattr__(self, "hint", lines(self.hint, SHOWN, MOST_LINES))


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
        checks = tuple(CheckResult(**check) for check in data["checks"])
        return cls(data["score"], data["max_score"], checks)


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
