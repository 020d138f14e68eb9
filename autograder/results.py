"""What grading says of a submission: frozen data, and JSON both ways.

Imports nothing of the kit but `words`, so that every room can speak in these. What may come from a
student's side is made printable and short here, whoever says it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Self

from autograder.words import line, lines

SHOWN = 2000  # letters of what a student is told of a check
MOST_LINES = 5
LONGEST_NAME = 80
MOST_CHECKS = 1000  # of a cell
LATENESS = "lateness"  # in the place of a check's name, where something is taken off for it
DECIMALS = 6  # of points: what adding many has made of the others means nothing
GREATEST = sys.float_info.max
PLAIN: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
}
MOST_POINTS = 64  # that a plot asks a function for, on all its lines together

Status = Literal["graded", "flagged", "failed", "unchanged"]

# Parts of the actions below.
AGAIN = "autograder grade {assignment} --student{is_}{student}"
_READ = "read it: formgrader, Manual Grading, or autograded/{student}/{assignment}"
_SCORE = "score it by hand: formgrader, Manual Grading"
_PUT = "submitted/{student}/{assignment}"
_ASK = f"ask for the .ipynb, put it into {_PUT} in the other's place, and {AGAIN}"


class FlagKind(StrEnum):
    """The kinds of flags, the most urgent first, each with what a person may do about it.

    A kind is its word: `FlagKind.LATE == "late"`, and that is what JSON and the log have of it.
    The table in docs/tas.md says what each means.

    Attributes:
        action: what to do; `{assignment}` and `{student}` are still to be filled in, and `{is_}`,
            a space, or "=" where the student's name looks like an option. "" if it is ordinary.
    """

    action: str

    GRADER_ERROR = "grader-error", f"{AGAIN}; if it says so again, {_SCORE}, and tell us"
    MISPLACED = "misplaced", f"put the notebooks into a folder {_PUT}, and {AGAIN}"
    UNREADABLE = "unreadable", _ASK
    MISSING_NOTEBOOK = (
        "missing-notebook",
        f"ask for the .ipynb, put it into {_PUT} beside what is there, and {AGAIN}",
    )
    MISSING_CELL = "missing-cell", _ASK
    DUPLICATE_NOTEBOOK = (
        "duplicate-notebook",
        f"ask which counts, remove the other from {_PUT}, and {AGAIN}",
    )
    CHANGED_ANSWER = (
        "changed-answer",
        "change the score (to confirm it, to another one and back) or the comment: "
        "formgrader, Manual Grading",
    )
    SCORE_ABOVE_MAXIMUM = "score-above-maximum", "set the score: formgrader, Manual Grading"
    SANDBOX_VIOLATION = "sandbox-violation", _READ
    SUSPECT_CODE = "suspect-code", _READ
    FORBIDDEN_CALL = "forbidden-call", _READ
    MISSING_PACKAGE = "missing-package", f"install it, and {AGAIN}; or {_READ}"
    UNPROVEN = "unproven", f"{_SCORE}; `autograder release` says what is wrong with the test"
    CANNOT_CROSS = "cannot-cross", _SCORE
    UNKNOWN_TIME = (
        "unknown-time",
        f"write the time into {_PUT}/timestamp.txt, as 2026-12-04 17:30 UTC; {AGAIN}",
    )
    DUPLICATE_CELL = "duplicate-cell", f"{_READ}; the other answer stands beside the graded one"
    METADATA_CHANGED = "metadata-changed", f"{_READ}; are the answers in their places?"
    LEFT_OUT = "left-out", f"see whether an answer needs it: {_PUT}"
    GIVEN_FAILED = "given-failed", _READ
    NOT_AVAILABLE = "not-available", _READ
    KERNEL_DIED = "kernel-died", _READ
    TIMEOUT = "timeout", _READ
    MEMORY_LIMIT = "memory-limit", _READ
    DISK_LIMIT = "disk-limit", _READ
    OUTPUT_LIMIT = "output-limit", _READ
    MORE_FLAGS = "more-flags", _READ
    LATE = "late"
    RENAMED = "renamed"
    RESTORED = "restored"

    def __new__(cls, word: str, action: str = "") -> Self:
        kind = str.__new__(cls, word)
        kind._value_ = word
        kind.action = action
        return kind

    @classmethod
    def _missing_(cls, value: object) -> Self:
        raise ValueError(
            f"{line(repr(value))} is no kind of flag; {__name__}.{cls.__name__} has them all"
        )

    @property
    def ordinary(self) -> bool:
        """Whether it is only noted: nobody is asked to look, and no submission is `flagged`."""
        return not self.action

    @property
    def urgency(self) -> int:
        """Its place among the kinds, 0 for the most urgent; the ordinary ones share the last."""
        return len(FlagKind) if self.ordinary else [*FlagKind].index(self)


@dataclass(frozen=True)
class CheckResult:
    """One named check of one function: its points, and what the student is told.

    `message` says what differs, where and by how much. `cause` says why, and what to do now, where
    that is known: checks that fail for one reason have one cause. `hint` says what to think about
    where it is not known. All three are empty where the check passed.
    """

    name: str
    passed: bool
    points: float
    max_points: float
    message: str = ""
    hint: str = ""
    cause: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", line(self.name, LONGEST_NAME))
        for field_name in ("message", "hint", "cause"):
            if text := getattr(self, field_name):  # of a check that passed none is there
                object.__setattr__(self, field_name, lines(text, SHOWN, MOST_LINES))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CheckResult:
        """The check that was written as this data; it raises what `CellResult.from_json` does."""
        return cls(**_typed(cls, data))


@dataclass(frozen=True)
class Line:
    """One line of a plot: what a student's function gives at each point, and what is right.

    None stands for what is no finite number.
    """

    name: str
    actual: tuple[float | None, ...]
    expected: tuple[float | None, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Line:
        """The line that was written as this data; it raises what `CellResult.from_json` does."""
        found = _typed(cls, data)
        actual, expected = _numbers(found["actual"]), _numbers(found["expected"])
        return cls(line(found["name"], LONGEST_NAME), actual, expected)


@dataclass(frozen=True)
class Plot:
    """What a function gives over a range of numbers that everyone may see, and what is right.

    Args:
        over: what moves: the name of the horizontal axis.
        what: what is drawn: the name of the vertical axis.
        points: where on the horizontal axis, in ascending order.
        lines: each with a number for each of the points.
        window: what of the vertical axis is worth seeing; () for all that is right.
    """

    over: str
    what: str
    points: tuple[float, ...]
    lines: tuple[Line, ...]
    window: tuple[float, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plot:
        """The plot that was written as this data; it raises what `CellResult.from_json` does."""
        found = _typed(cls, data)
        lines = tuple(map(Line.from_json, found["lines"][:MOST_POINTS]))
        points, window = _numbers(found["points"]), _numbers(found["window"])
        sizes = {
            len(points),
            *(len(each) for part in lines for each in (part.actual, part.expected)),
        }
        if len(sizes) != 1 or len(lines) * len(points) > MOST_POINTS or len(window) not in (0, 2):
            raise ValueError("the lines of a plot are too long, or of different lengths")
        names = line(found["over"], LONGEST_NAME), line(found["what"], LONGEST_NAME)
        return cls(*names, tuple(map(float, points)), lines, tuple(map(float, window)))


def _numbers(data: Any) -> tuple[Any, ...]:
    """Numbers that JSON had as a list.

    Raises:
        TypeError, ValueError: it is none, too long, or something else is in it.
    """
    if not isinstance(data, list | tuple):
        raise TypeError("the numbers of a plot are no list")
    if len(data) > MOST_POINTS:
        raise ValueError(f"{len(data)} numbers; a line of a plot has at most {MOST_POINTS}")
    if not all(_fits(number, PLAIN["float | None"]) for number in data):
        raise TypeError("the numbers of a plot are something else")
    return tuple(data)


@dataclass(frozen=True)
class CellResult:
    """The score of one grade cell; `checks` is empty for a cell that runs no named checks.

    `score` is None where a person has still to give it (a written answer). `plot` is a picture for
    the student where a function is wrong; programs are not given it.
    """

    score: float | None
    max_score: float
    checks: tuple[CheckResult, ...] = ()
    plot: Plot | None = None

    def causes(self) -> dict[str, list[str]]:
        """What is behind failed checks, in the order of these: each cause with their names."""
        found: dict[str, list[str]] = {}
        for check in self.checks:
            if check.cause:
                found.setdefault(check.cause, []).append(check.name)
        return found

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
        plot = Plot.from_json(found["plot"]) if found.get("plot") else None
        return cls(found["score"], found["max_score"], checks, plot)

    def to_json(self) -> dict[str, Any]:
        """The result as programs read it: without the plot."""
        return {
            "score": self.score,
            "max_score": self.max_score,
            "checks": tuple(dict(vars(check)) for check in self.checks),
        }


@dataclass(frozen=True)
class Flag:
    """Something about a submission that a person may want to know.

    `cell` is the grade_id that it concerns, or "". A word as its `kind` becomes that kind, and one
    that is none raises ValueError. `settled` says that a person has looked at it.
    """

    kind: FlagKind
    cell: str
    detail: str
    settled: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", FlagKind(self.kind))
        object.__setattr__(self, "detail", line(self.detail))

    @property
    def open(self) -> bool:
        """Whether a person has still to look at it."""
        return not (self.settled or self.kind.ordinary)

    def to_json(self) -> dict[str, Any]:
        """The flag as plain data, its kind as the word."""
        return {**vars(self), "kind": self.kind.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Flag:
        """The flag that `to_json` wrote.

        Raises:
            TypeError, ValueError: it is none.
        """
        return cls(**_typed(cls, data))


def lost(score: float, penalty: float) -> float:
    """How much of a submission's points, or a notebook's, lateness takes: at most all there are.

    nbgrader's penalty may be more, and points may be below 0.
    """
    return round(min(penalty, max(0.0, score)), DECIMALS)


def left(score: float, penalty: float) -> float:
    """What is left of points then, as nbgrader counts: never below 0."""
    return round(max(0.0, score) - lost(score, penalty), DECIMALS)


@dataclass(frozen=True)
class Lateness:
    """When a submission came, and what that costs.

    Args:
        seconds_late: how long after it was due, an extension included; 0 for in time, None where
            it is not known.
        extension: seconds that it had longer than others.
        excused: whether nothing was asked of its author.
        penalty: points that nbgrader takes off for that; it may be more than there are.
    """

    seconds_late: float | None = None
    extension: float = 0.0
    excused: bool = False
    penalty: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Lateness:
        """The lateness that was written as this data; what else is in that is left out.

        Raises:
            TypeError: it is none.
        """
        found = _typed(cls, data)
        return cls(**{each.name: found[each.name] for each in fields(cls) if each.name in found})


@dataclass(frozen=True)
class SubmissionResult:
    """The record of one student's submission.

    `cells` maps grade_id to its result; `action` is the one thing that a person may do about it
    first, or ""; of `score` lateness has taken nothing. `memory_bytes` is the most that one of its
    kernels has taken, beyond what a kernel begins with; None where none was measured, or an older
    kit graded it.
    """

    student: str
    status: Status
    score: float
    max_score: float
    seconds: float
    cells: Mapping[str, CellResult] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    action: str = ""
    lateness: Lateness = field(default_factory=Lateness)
    memory_bytes: int | None = None

    @property
    def lost(self) -> float:
        """What lateness takes of its points."""
        return lost(self.score, self.lateness.penalty)

    @property
    def score_after(self) -> float:
        """What is left of its points when lateness has taken its part."""
        return left(self.score, self.lateness.penalty)

    def to_json(self) -> dict[str, Any]:
        """The record as plain data, as `autograder grade --json` writes it."""
        cells = {grade_id: cell.to_json() for grade_id, cell in self.cells.items()}
        flags = [flag.to_json() for flag in self.flags]
        late = {**vars(self.lateness), "score_after": self.score_after}
        return {**vars(self), "cells": cells, "flags": flags, "lateness": late}

    @property
    def in_short(self) -> SubmissionResult:
        """The record without checks and plots, which are most of it."""
        cells = {name: replace(cell, checks=(), plot=None) for name, cell in self.cells.items()}
        return replace(self, cells=cells)

    @property
    def wants_a_person(self) -> bool:
        """Whether somebody has still to look at it, for more than what is ordinary."""
        return any(flag.open for flag in self.flags)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SubmissionResult:
        """The record that `to_json` wrote."""
        cells = {grade_id: CellResult.from_json(cell) for grade_id, cell in data["cells"].items()}
        flags = tuple(map(Flag.from_json, data["flags"]))
        late = Lateness.from_json(data.get("lateness", {}))
        return cls(**{**data, "cells": cells, "flags": flags, "lateness": late})


@dataclass(frozen=True)
class Change:
    """One thing that came out otherwise than it was on record.

    Args:
        student: whose it is.
        cell: its grade_id; "" for the submission as a whole.
        check: by name; "" for the cell as a whole; LATENESS for what that takes off, below 0.
        before: points; "failed" for a submission that could not be graded; None where a person had
            to give them, or there was no such cell or check.
        after: the same of now.
    """

    student: str
    cell: str
    check: str
    before: float | str | None
    after: float | str | None


@dataclass(frozen=True)
class Differences:
    """What a grading changed of what was on record.

    Args:
        compared: how many were graded before and are now.
        before: the mean of their points before; None where there are none.
        after: the same of now.
        changes: in the order of the students.
    """

    compared: int = 0
    before: float | None = None
    after: float | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class ClassResult:
    """What `autograder grade --json` writes; docs/json.md says what each key means.

    `sandbox` is the policy that students' code ran under, `absent` are those on the roster who
    handed in nothing, and `recorded` says whether this is on record, and no rehearsal.
    """

    assignment: str
    sandbox: str
    submissions: tuple[SubmissionResult, ...]
    absent: tuple[str, ...]
    differences: Differences
    recorded: bool = True

    def to_json(self) -> dict[str, Any]:
        """The class as plain data."""
        return {**asdict(self), "submissions": [each.to_json() for each in self.submissions]}


def _typed(kind: type, data: Any) -> Mapping[str, Any]:
    """The data, if each plain value in it is of the type that the class says.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"{type(data).__name__} instead of a {kind.__name__}")
    for name, annotation, kinds in _plain_fields(kind):
        if name in data and not _fits(data[name], kinds):
            raise TypeError(f"{name} is {line(repr(data[name]))}, and should be {annotation}")
    return data


@cache
def _plain_fields(kind: Any) -> list[tuple[str, str, tuple[type, ...]]]:
    """A dataclass's fields of a plain type: name, type as written, and what JSON has for it."""
    found = ((each.name, str(each.type)) for each in fields(kind))
    return [(name, written, PLAIN[written]) for name, written in found if written in PLAIN]


def _fits(value: Any, kinds: tuple[type, ...]) -> bool:
    """Whether a value is of one of these types; a number has to be one that a float can be."""
    found = type(value)
    return found in kinds and (found not in (int, float) or abs(value) <= GREATEST)
