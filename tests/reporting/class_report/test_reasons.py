"""What was misunderstood: counted by students, whatever number of checks it failed."""

from __future__ import annotations

from autograder.reporting.class_report.reasons import MOST, Reasons, Source
from autograder.results import CellResult, CheckResult


def failed(name: str, cause: str = "", hint: str = "") -> CheckResult:
    """A check that failed for this reason."""
    return CheckResult(name, False, 0.0, 1.0, "f is wrong.", hint, cause)


def cell(*checks: CheckResult) -> CellResult:
    """A cell with these checks."""
    return CellResult(0.0, 1.0, checks)


def test_a_student_counts_once_for_a_reason_and_exercises_share_one() -> None:
    """The one of most students comes first, and what nothing is known of last."""
    reasons = Reasons()
    sign, mean = "The sign is flipped.", "The mean is taken twice."
    for student in ("a", "b", "c"):
        checks = failed("x", sign), failed("y", sign), failed("z")
        reasons.add(student, {"f_hidden": cell(*checks), "g_hidden": cell(failed("x", sign))})
    reasons.add("d", {"f_hidden": cell(failed("x", mean), failed("y", hint="Look at axis 1."))})
    found, left = reasons.told()
    assert left == 0
    assert [(each.text, each.source, [*each.students]) for each in found] == [
        (sign, Source.CAUSE, ["a", "b", "c"]),
        (mean, Source.CAUSE, ["d"]),
        ("Look at axis 1.", Source.HINT, ["d"]),
        ("", Source.NONE, ["a", "b", "c"]),
    ]
    assert {cell: [*names] for cell, names in found[0].cells.items()} == {
        "f_hidden": ["x", "y"],
        "g_hidden": ["x"],
    }


def test_what_nothing_is_known_of_is_told_by_its_test() -> None:
    """Two tests have nothing in common but that."""
    reasons = Reasons()
    reasons.add("a", {"f_hidden": cell(failed("x")), "g_hidden": cell(failed("x"))})
    found, _ = reasons.told()
    assert [[*each.cells] for each in found] == [["f_hidden"], ["g_hidden"]]


def test_passed_checks_have_no_reason() -> None:
    """Nothing is counted of them."""
    reasons = Reasons()
    reasons.add("a", {"f": cell(CheckResult("x", True, 1.0, 1.0))})
    assert reasons.told() == ([], 0)


def test_reasons_are_bounded() -> None:
    """A course whose hints are a student's own words has one for each."""
    reasons = Reasons()
    for number in range(MOST + 7):
        reasons.add(f"s{number}", {"f": cell(failed("x", f"cause {number}"))})
    found, left = reasons.told()
    assert (len(found), left) == (MOST, 7)
