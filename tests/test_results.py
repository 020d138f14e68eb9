"""Results are frozen, and become JSON and come back."""

import json
import re
from dataclasses import FrozenInstanceError, asdict

import pytest

from autograder.reporting.class_report.submissions import Submission
from autograder.results import (
    MOST_POINTS,
    CellResult,
    CheckResult,
    Flag,
    FlagKind,
    Lateness,
    Line,
    Plot,
    SubmissionResult,
    left,
    lost,
)

PASSED = CheckResult("demo", True, 0.5, 0.5)
FAILED = CheckResult("values", False, 0.0, 1.0, "bce is wrong at [1].", "Think: ŷ − 1?")
HIDDEN = CellResult(0.5, 1.5, (PASSED, FAILED))
WRITTEN = CellResult(None, 2.0)
LINE = Line("y = 1", (0.5, None), (0.0, 1.0))
PLOT = Plot("ŷ", "loss", (0.0, 1.0), (LINE,), (0.0, 5.0))
DRAWN = CellResult(0.5, 1.5, (PASSED, FAILED), PLOT)
NAN, INFINITY = float("nan"), float("inf")

RESULTS = [
    pytest.param(SubmissionResult("student01", "graded", 4.0, 5.0, 0.25), id="bare"),
    pytest.param(
        SubmissionResult(
            student="student02",
            status="flagged",
            score=0.5,
            max_score=3.5,
            seconds=1.5,
            cells={"bce_hidden": HIDDEN, "written_misprint": WRITTEN},
            flags=(
                Flag(FlagKind.LATE, "", "12 h 0 min after the due date."),
                Flag(FlagKind.TIMEOUT, "bce", "30 s"),
            ),
            lateness=Lateness(43200.0, 3600.0, True, 0.25),
            memory_bytes=38_273_024,
        ),
        id="full",
    ),
    pytest.param(
        SubmissionResult(
            "student03", "failed", 0.0, 0.0, 0.0, {}, (Flag(FlagKind.UNREADABLE, "", "no"),)
        ),
        id="failed",
    ),
]


@pytest.mark.parametrize("result", RESULTS)
def test_a_submission_survives_json(result):
    """from_json gives the record again that to_json wrote, through text too."""
    assert SubmissionResult.from_json(result.to_json()) == result
    assert SubmissionResult.from_json(json.loads(json.dumps(result.to_json()))) == result


@pytest.mark.parametrize("result", [HIDDEN, WRITTEN, DRAWN], ids=["checks", "written", "drawn"])
def test_a_cell_survives_json(result):
    """from_json gives the cell again, its checks as a tuple of CheckResult."""
    assert CellResult.from_json(json.loads(json.dumps(asdict(result)))) == result


def test_programs_are_not_given_a_plot():
    """It is a picture for the student: what `grade --json` writes of a cell has none."""
    record = SubmissionResult("student01", "graded", 0.5, 1.5, 0.25, {"bce_hidden": DRAWN})
    assert record.to_json()["cells"]["bce_hidden"] == {
        key: value for key, value in asdict(HIDDEN).items() if key != "plot"
    }


LONG = [0.5] * (MOST_POINTS + 1)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        pytest.param({"points": LONG}, ValueError, id="too-many-points"),
        pytest.param({"points": [0.0]}, ValueError, id="points-without-numbers"),
        pytest.param({"points": [0.0, "1"]}, TypeError, id="a-point-of-text"),
        pytest.param({"points": [0.0, None]}, TypeError, id="no-point"),
        pytest.param({"points": 3}, TypeError, id="no-list"),
        pytest.param({"window": [1.0]}, ValueError, id="half-a-window"),
        pytest.param({"over": 3}, TypeError, id="no-name"),
        pytest.param({"lines": [asdict(LINE)] * 40}, ValueError, id="too-many-lines"),
        pytest.param(
            {"lines": [{**asdict(LINE), "actual": LONG}]}, ValueError, id="a-line-too-long"
        ),
        pytest.param(
            {"lines": [{**asdict(LINE), "actual": [NAN, 0.0]}]}, TypeError, id="no-finite-number"
        ),
    ],
)
def test_a_plot_is_bounded(changed, error):
    """What an examiner's process says of one is small, and of numbers that JSON can hold."""
    assert Plot.from_json(asdict(PLOT)) == PLOT
    with pytest.raises(error):
        Plot.from_json({**asdict(PLOT), **changed})


def test_json_has_the_names_that_the_command_promises():
    """The keys of a record are those of `autograder grade --json`."""
    cells = {"bce_hidden": CellResult(0.0, 1.0, (FAILED,))}
    flags = (Flag(FlagKind.LATE, "", "1 h 0 min after the due date."),)
    record = SubmissionResult("student01", "graded", 0.0, 1.0, 0.25, cells, flags, "read it")
    assert json.loads(json.dumps(record.to_json())) == {
        "student": "student01",
        "status": "graded",
        "score": 0.0,
        "max_score": 1.0,
        "seconds": 0.25,
        "cells": {
            "bce_hidden": {
                "score": 0.0,
                "max_score": 1.0,
                "checks": [
                    {
                        "name": "values",
                        "passed": False,
                        "points": 0.0,
                        "max_points": 1.0,
                        "message": "bce is wrong at [1].",
                        "hint": "Think: ŷ − 1?",
                        "cause": "",
                    }
                ],
            }
        },
        "flags": [
            {
                "kind": "late",
                "cell": "",
                "detail": "1 h 0 min after the due date.",
                "settled": False,
            }
        ],
        "action": "read it",
        "memory_bytes": None,
        "lateness": {
            "seconds_late": None,
            "extension": 0.0,
            "excused": False,
            "penalty": 0.0,
            "score_after": 0.0,
        },
    }


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param({"score": 1.0, "max_score": 1.0}, KeyError, id="no-checks"),
        pytest.param(
            {"score": 1.0, "max_score": 1.0, "checks": [{"name": "demo", "bonus": 9}]},
            TypeError,
            id="unknown-key",
        ),
        pytest.param({"score": "9", "max_score": 1.0, "checks": []}, TypeError, id="text-score"),
        pytest.param({"score": 9.0, "max_score": None, "checks": []}, TypeError, id="no-maximum"),
        pytest.param({"score": NAN, "max_score": 1.0, "checks": []}, TypeError, id="nan-score"),
        pytest.param({"score": 1.0, "max_score": 1.0, "checks": {}}, TypeError, id="no-list"),
        pytest.param({"score": 1.0, "max_score": 1.0, "checks": [3]}, TypeError, id="no-check"),
        pytest.param([], TypeError, id="a-list"),
        *(
            pytest.param(
                {"score": 1.0, "max_score": 1.0, "checks": [{**asdict(PASSED), key: value}]},
                TypeError,
                id=f"{key}-{value}",
            )
            for key, value in [
                ("name", 3),
                ("name", None),
                ("passed", "yes"),
                ("passed", 1),
                ("points", "99"),
                ("points", True),
                ("points", NAN),
                ("max_points", INFINITY),
                ("max_points", [1]),
                ("message", ["no"]),
                ("hint", None),
            ]
        ),
        pytest.param(
            {"score": 1.0, "max_score": 1.0, "checks": [asdict(PASSED)] * 1001},
            ValueError,
            id="too-many",
        ),
    ],
)
def test_other_data_is_refused(data, error):
    """What is no CellResult does not become one."""
    with pytest.raises(error):
        CellResult.from_json(data)


def test_a_check_has_a_short_name_that_can_be_shown():
    """Whoever made it."""
    check = CheckResult("\x1b[31mvalues\n" + "s" * 9000, True, 1.0, 1.0)
    assert check.name.isprintable()
    assert check.name.startswith("?[31mvalues s")
    assert len(check.name) == 80


@pytest.mark.parametrize("kind", FlagKind)
def test_a_flag_crosses_as_text_and_has_its_kind_again(kind):
    """Between processes and in a file a kind is its word, and a FlagKind on the other side."""
    flag = Flag(kind, "bce", "why")
    data = flag.to_json()
    assert type(data["kind"]) is str
    written = {"kind": str(kind), "cell": "bce", "detail": "why", "settled": False}
    assert json.loads(json.dumps(data)) == written
    again = Flag.from_json(json.loads(json.dumps(data)))
    assert again == flag
    assert again.kind is kind
    record = SubmissionResult("student01", "flagged", 0.0, 1.0, 0.25, {}, (flag,))
    assert type(record.to_json()["flags"][0]["kind"]) is str
    assert SubmissionResult.from_json(record.to_json()).flags[0].kind is kind


@pytest.mark.parametrize("kind", ["tardy", "Late", "LATE", "", None, ["late"]], ids=repr)
def test_a_word_that_is_no_kind_makes_no_flag(kind):
    """The error names the word, and where the kinds are."""
    told = f"{kind!r} is no kind of flag; autograder.results.FlagKind has them all"
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        Flag.from_json({"kind": kind, "cell": "", "detail": ""})
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        Flag(kind, "", "")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("late", id="a-word"),
        pytest.param({"kind": "late", "cell": ""}, id="no-detail"),
        pytest.param({"kind": "late", "cell": None, "detail": ""}, id="no-cell"),
        pytest.param({"kind": "late", "cell": "", "detail": 3}, id="a-number"),
        pytest.param({"kind": "late", "cell": "", "detail": "", "urgency": 1}, id="another-key"),
    ],
)
def test_other_data_is_no_flag(data):
    """What is no Flag does not become one."""
    with pytest.raises(TypeError):
        Flag.from_json(data)


def test_what_is_ordinary_is_what_asks_for_nothing():
    """Three kinds have no action; each other has one, and comes before them by urgency."""
    ordinary = [kind for kind in FlagKind if kind.ordinary]
    assert ordinary == [FlagKind.LATE, FlagKind.RENAMED, FlagKind.RESTORED]
    assert [kind for kind in FlagKind if not kind.action] == ordinary
    assert {kind.urgency for kind in ordinary} == {max(kind.urgency for kind in FlagKind)}
    others = [kind.urgency for kind in FlagKind if kind.action]
    assert others == sorted({*others})
    assert others[-1] < FlagKind.LATE.urgency


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (PASSED, "points"),
        (HIDDEN, "score"),
        (Flag(FlagKind.LATE, "", ""), "kind"),
        (RESULTS[0].values[0], "score"),
    ],
    ids=["check", "cell", "flag", "submission"],
)
def test_results_are_frozen(result, name):
    """What was graded is not changed afterwards."""
    with pytest.raises(FrozenInstanceError):
        setattr(result, name, 9)


@pytest.mark.parametrize(
    ("score", "penalty", "taken", "after"),
    [
        (28.0, 5.6, 5.6, 22.4),
        (4.0, 6.0, 4.0, 0.0),
        (0.0, 3.0, 0.0, 0.0),
        (-2.0, 1.0, 0.0, 0.0),
        (-2.0, 0.0, 0.0, 0.0),
        (0.1 + 0.2, 0.1, 0.1, 0.2),
    ],
)
def test_what_lateness_takes_and_leaves(
    score: float, penalty: float, taken: float, after: float
) -> None:
    """Whoever tells it: what is left is what nbgrader exports, and nobody loses more than that."""
    assert (lost(score, penalty), left(score, penalty)) == (taken, after)
    late = Lateness(60.0, penalty=penalty)
    result = SubmissionResult("student01", "graded", score, 28.0, 1.0, lateness=late)
    assert (result.lost, result.score_after) == (taken, after)
    submission = Submission(result, penalty=penalty)
    assert (submission.lost, submission.after) == (taken, after)
