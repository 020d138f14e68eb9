"""Flags: what is told of a submission, and whether that asks for a person."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.grading.records.flags import MOST, action, failures, late, status, told
from autograder.results import Flag, FlagKind
from tests.tiny import marks


@pytest.mark.parametrize(
    ("seconds", "detail"),
    [(59, "0 h 0 min"), (3600, "1 h 0 min"), (52265.7, "14 h 31 min"), (864000, "240 h 0 min")],
)
def test_lateness_is_told_in_hours_and_minutes(seconds: float, detail: str) -> None:
    """A late submission has one flag, which is ordinary."""
    flags = late(seconds)
    assert flags == (Flag(FlagKind.LATE, "", f"{detail} after the due date."),)
    assert status(flags) == "graded"


def test_what_it_costs_is_told_behind_it() -> None:
    """Where a policy says so."""
    (flag,) = late(3600, ": 4 points, 0.4 lost, 3.6 left")
    assert flag.detail == "1 h 0 min after the due date: 4 points, 0.4 lost, 3.6 left."


@pytest.mark.parametrize("seconds", [None, 0, -1, -86400])
def test_in_time_is_not_flagged(seconds: float | None) -> None:
    """At the due date or before it, or where nobody knows, there is nothing to tell."""
    assert late(seconds) == ()


def test_a_failure_of_the_kit_is_flagged() -> None:
    """The kit's own error asks for a look; a student's is an ordinary matter."""
    cells = [
        new_code_cell(metadata=marks(name, grade=True, points=4), outputs=[output])
        for name, output in {
            "nll_hidden": new_output("error", ename="GraderError", evalue="why", traceback=[]),
            "nll_visible": new_output("error", ename="ValueError", evalue="x", traceback=[]),
        }.items()
    ]
    flags = failures(cells)
    assert flags == (Flag(FlagKind.GRADER_ERROR, "nll_hidden", "why"),)
    assert status(flags) == "flagged"


def test_a_failure_in_a_students_own_words_is_none() -> None:
    """Code that a person scores may raise what it likes."""
    output = new_output("error", ename="GraderError", evalue="why", traceback=[])
    cell = new_code_cell(metadata=marks("show", grade=True, solution=True), outputs=[output])
    assert failures([cell]) == ()


def test_of_very_many_flags_the_most_urgent_are_told() -> None:
    """A student who provokes hundreds gets a record that can be read, and says how many more."""
    many = [Flag(FlagKind.SUSPECT_CODE, "", f"line {n}") for n in range(700)]
    found = told([*many, Flag(FlagKind.GRADER_ERROR, "bce", "why")])
    assert len(found) == MOST
    assert found[:2] == (
        Flag(FlagKind.GRADER_ERROR, "bce", "why"),
        Flag(FlagKind.SUSPECT_CODE, "", "line 0"),
    )
    assert found[-1] == Flag(FlagKind.MORE_FLAGS, "", "And 652 more: suspect-code.")
    assert told(many[:MOST]) == tuple(many[:MOST])


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (FlagKind.MISSING_NOTEBOOK, "beside what is there"),
        (FlagKind.UNREADABLE, "in the other's place"),
        (FlagKind.MISSING_CELL, "in the other's place"),
    ],
)
def test_a_notebook_that_was_not_handed_in_takes_no_others_place(
    kind: FlagKind, place: str
) -> None:
    """Only what can't be read, or lacks an answer, is there to be replaced."""
    assert action([Flag(kind, "", "why")], "losses", "student01") == (
        f"ask for the .ipynb, put it into submitted/student01/losses {place}, and autograder grade "
        "losses --student student01"
    )


WANTING = [kind for kind in FlagKind if not kind.ordinary]


@pytest.mark.parametrize("flood", WANTING)
def test_no_kind_of_flag_is_pushed_out_by_another(flood: FlagKind) -> None:
    """However many there are of one kind, the first of each other is told, the urgent before."""
    kinds = [kind for kind in WANTING if kind != flood]
    many = [Flag(flood, "", f"number {n}") for n in range(60)]
    others = [Flag(kind, "", "the only one") for kind in kinds]
    found = told([*many, *others, Flag(FlagKind.LATE, "", "1 h 0 min after the due date.")])
    assert len(found) == MOST
    assert {flag for flag in found if flag.kind != flood} >= {*others}
    assert FlagKind.LATE in {flag.kind for flag in found}
    assert many[0] in found
    left = 60 + len(kinds) + 1 - (MOST - 1)
    assert found[-1] == Flag(FlagKind.MORE_FLAGS, "", f"And {left} more: {flood}.")
    order = [flag.kind for flag in found[:-1] if flag.kind != FlagKind.LATE]
    assert order == sorted(order, key=WANTING.index)


@pytest.mark.parametrize(
    "kind", [FlagKind.SANDBOX_VIOLATION, FlagKind.SUSPECT_CODE, FlagKind.FORBIDDEN_CALL]
)
def test_nobody_is_told_to_install_a_module_for_suspect_code(kind: FlagKind) -> None:
    """A person reads such a submission first, whatever else it asks for."""
    flags = [Flag(FlagKind.MISSING_PACKAGE, "", f"cell {n} imports m{n}.") for n in range(60)]
    flags.append(Flag(kind, "", "why"))
    assert action(flags, "tiny", "student01").startswith("read it: ")
