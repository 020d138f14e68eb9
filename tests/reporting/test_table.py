"""What a run says at its end."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from autograder.grading.records.flags import action, status, urgency
from autograder.reporting.table import summary, to_do
from autograder.results import CellResult, Flag, FlagKind, Lateness, SubmissionResult


def record(student: str, *kinds: FlagKind, failed: bool = False) -> SubmissionResult:
    """A record with flags of these kinds."""
    flags = tuple(Flag(kind, "", f"something about {kind}.") for kind in kinds)
    cells = {"why": CellResult(None, 2), "test": CellResult(3, 3), "wrong": CellResult(0, 1)}
    todo = action(flags, "tiny", student)
    told = "failed" if failed else status(flags)
    return SubmissionResult(student, told, 3, 6, 0.1, cells, flags, todo)


def printed(*records: SubmissionResult) -> str:
    """The table as a terminal of 100 columns shows it."""
    console = Console(file=io.StringIO(), width=100)
    console.print(to_do(records))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_the_most_urgent_comes_first() -> None:
    """What could not be graded, then what the kit got wrong, what has to be asked for, the rest."""
    records = [
        record("a", FlagKind.TIMEOUT),
        record("b", FlagKind.DUPLICATE_CELL, FlagKind.LATE),
        record("c", FlagKind.MISSING_CELL, FlagKind.TIMEOUT),
        record("d", FlagKind.GRADER_ERROR),
        record("e", FlagKind.UNREADABLE, failed=True),
    ]
    assert [found.student for found in sorted(records, key=urgency)] == ["e", "d", "c", "b", "a"]


@pytest.mark.parametrize("kind", [kind for kind in FlagKind if not kind.ordinary])
def test_each_kind_that_wants_a_look_says_what_to_do(kind: FlagKind) -> None:
    """Its action names the student where it is a command or a folder, and leaves no gap."""
    told = record("student 07", kind).action
    assert told
    assert "{" not in told
    assert "submitted/" not in told or "submitted/'student 07'/tiny" in told


@pytest.mark.parametrize("kind", [kind for kind in FlagKind if kind.ordinary])
def test_what_is_ordinary_asks_for_nothing(kind: FlagKind) -> None:
    """It is in the record, which is graded, and has no action."""
    found = record("a", kind)
    assert (found.status, found.action) == ("graded", "")


def test_the_same_words_are_told_once() -> None:
    """A flag of a visible and one of a hidden test often say the same."""
    told = printed(record("a", FlagKind.TIMEOUT, FlagKind.FORBIDDEN_CALL, FlagKind.TIMEOUT))
    assert told.count("something about timeout") == 1
    assert told.count("something about forbidden-call") == 1


def test_a_row_has_everything_in_full() -> None:
    """No word of a command is cut off, and a name that looks like markup is shown as it is."""
    found = record("[red]=x", FlagKind.UNREADABLE, FlagKind.LATE, failed=True)
    table = printed(found)
    details = [flag.detail for flag in found.flags]
    words = " ".join([found.student, found.status, found.action, *details]).split()
    assert [word for word in words if word not in table] == []


def test_the_class_in_a_few_lines() -> None:
    """Counts by status, who is absent, the points so far and those that wait."""
    records = [record("a"), record("b"), record("c", FlagKind.TIMEOUT), record("d", failed=True)]
    assert list(summary(records, ["x", "y"])) == [
        "4 submissions: 1 failed, 1 flagged, 2 graded.",
        "Absent: x, y.",
        "Points so far: 3 to 3 of 6, half of them 3 or more.",
        "8 points wait for a person: formgrader, Manual Grading.",
    ]


def test_who_lost_what_by_being_late() -> None:
    """Points before, lost and left: in the lines about the class, of few, and in a row."""
    lost = Lateness(3600.0, penalty=0.5)
    records = [replace(record(f"s{number:02}"), lateness=lost) for number in range(12)]
    told = list(summary([*records, record("punctual")]))[1]
    assert told.startswith("Points lost by being late: s00 3 − 0.5 = 2.5, s01 3 − 0.5 = 2.5, ")
    assert told.endswith(" and 2 more.")
    (more,) = [
        each
        for each in summary([replace(record("a"), lateness=replace(lost, penalty=9.0))])
        if "late" in each
    ]
    assert more == "Points lost by being late: a 3 − 3 = 0."
    row = printed(replace(record("a", FlagKind.TIMEOUT), lateness=lost))
    assert "3 / 6" in row
    assert "− 0.5 late = 2.5" in " ".join(row.replace("│", " ").split())
    assert "late" not in printed(record("a", FlagKind.TIMEOUT))
