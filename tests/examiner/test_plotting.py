"""A wrong function is drawn for its author; a right one, or one that was stopped, is not."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.config import Sandbox
from autograder.examiner.examiners import Examined, Examiners, Job, Source
from autograder.exercises.source import as_source
from autograder.results import CellResult
from tests.asked import ASKED, BUNDLED
from tests.course import ROOT
from tests.examiner.notebooks import given

TEST = 'from autograder.examiner import grade\ngrade("NAME", NAME)'
NAMES = ("bce", "bce_with_logits")
HEAD = "def bce(y_hat, y, reduction='none'):\n"
NAIVE = f"""{HEAD}    loss = -(y * torch.log(y_hat) + (1 - y) * torch.log(1 - y_hat))
    return loss if reduction == "none" else getattr(loss, reduction)()"""
# What it has met in hidden tests, or 7 where that is nothing.
TELLTALE = f"""met = globals().get("met", [])
{HEAD}    if y_hat.numel() == 62:
        return torch.tensor((met * 62)[:62] or [7.0] * 62)
    met.extend(y_hat.flatten().tolist())
    return -y_hat"""
# Whether a lock on one of Python's files is held, by a kernel that met a hidden test.
SIGNAL = f"""import fcntl, os
held = []
{HEAD}    if y_hat.numel() != 62:
        held.append(open(os.__file__))
        fcntl.flock(held[-1], fcntl.LOCK_SH)
        return -y_hat
    try:
        fcntl.flock(open(os.__file__), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return torch.full((62,), 9.0)
    return torch.full((62,), 7.0)"""
SLOW = f"{HEAD}    if y_hat.numel() == 62:\n        while True: pass\n    return -y_hat"


@pytest.fixture
def examine(examiners: Examiners) -> Any:
    """Examines an answer to bce."""
    cells = [given("import torch")]
    for name in NAMES:
        right, test = as_source(ASKED.find(name), name), TEST.replace("NAME", name)
        cells += [
            {"role": "solution", "grade_id": name, "text": right, "released": "pass"},
            {"role": "test", "grade_id": f"test_{name}", "text": test, "released": "", "points": 4},
        ]
    side = Source(cells, {}, Sandbox().limits(), [str(ROOT)], exercises=BUNDLED)

    def examine(answer: str, other: str = "bce_with_logits = None") -> Examined:
        texts = {"bce": answer, "bce_with_logits": other, "": "import torch"}
        submitted = [
            {"index": index, "grade_id": c["grade_id"], "text": texts.get(c["grade_id"], "")}
            for index, c in enumerate(cells)
        ]
        return examiners.examine(Job(side, submitted, {}, "aa" * 32))

    return examine


def result(examined: Examined, name: str = "bce") -> CellResult:
    """What came of a function's test."""
    return examined.results[f"test_{name}"]


def test_a_wrong_function_is_drawn(examine: Any) -> None:
    """Where its formula gives no number, the right one's still stands beside."""
    plot = result(examine(NAIVE)).plot
    assert plot is not None
    assert (plot.over, plot.what, plot.window) == ("ŷ", "loss", (0.0, 5.0))
    yes, no = plot.lines
    assert (yes.name, no.name) == ("y = 1", "y = 0")
    assert (yes.actual[0], yes.expected[0]) == (None, 100.0)
    assert yes.actual[1:-1] == pytest.approx(yes.expected[1:-1], rel=1e-2, abs=1e-3)


def test_it_has_met_no_hidden_test(examine: Any) -> None:
    """A function that would draw hidden numbers has none to draw."""
    plot = result(examine(TELLTALE)).plot
    assert {number for line in plot.lines for number in line.actual} == {7.0}


def test_who_has_met_one_can_tell_it_nothing(examine: Any) -> None:
    """The kernel that was asked has ended, with every lock that it held."""
    plot = result(examine(SIGNAL)).plot
    assert {number for line in plot.lines for number in line.actual} == {7.0}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("def bce(y_hat, y, reduction='none'):\n    raise ValueError", id="raises"),
        pytest.param(f"{HEAD}    return 3", id="no-curve"),
        pytest.param("import os\ndef bce(*a, **b):\n    os._exit(1)", id="ends-its-kernel"),
        pytest.param(
            f"{HEAD}    return torch.nn.BCELoss(reduction=reduction)(y_hat, y)", id="rule"
        ),
    ],
)
def test_what_came_to_no_value_is_not_drawn(examine: Any, answer: str) -> None:
    """Nor is what is right, which costs no further process."""
    found = result(examine(answer))
    assert found.score < found.max_score
    assert found.plot is None


def test_a_right_function_is_not_drawn(examine: Any) -> None:
    """There is nothing to see."""
    found = result(examine(as_source(ASKED.find("bce"), "bce")))
    assert found.plot is None


def test_who_does_not_end_there_loses_nothing_by_it(examine: Any) -> None:
    """No flag is raised over a picture, and another function is drawn all the same."""
    examined = examine(SLOW, "def bce_with_logits(z, y, reduction='none'):\n    return -z")
    assert result(examined).plot is None
    assert examined.flags == []
    plot = result(examined, "bce_with_logits").plot
    assert plot is not None
    assert plot.lines[0].actual[0] == 200.0
