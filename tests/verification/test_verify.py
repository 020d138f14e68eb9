"""`autograder verify`: green on a sound course, red on sabotaged copies, in the right words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.exercises import modules
from autograder.verification.exercises import findings, tried
from autograder.verification.finding import Verdict
from tests.course import autograder
from tests.tiny import tiny_course
from tests.verification.sabotaged import (
    CARELESS,
    CASE,
    SABOTAGED,
    SECOND,
    Sabotage,
    in_module,
    sound,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("processes")]

SAME_DAYS = """import pickle, time
from datetime import date, datetime, timedelta


class Day(date):
    pass


def same():
    day = datetime(2026, 12, 4, 18) + timedelta(days=1)
    assert isinstance(day, date) and isinstance(date.today(), date) and not isinstance(day, Day)
    assert isinstance(pickle.loads(pickle.dumps(day)), datetime) and date(2026, 12, 5) == day.date()
    now = datetime.now().timestamp(), time.time_ns() / 1e9, datetime.today().timestamp()
    assert max(now) - min(now) < 60 > abs(time.time() - now[0])
    assert time.strftime("%Y") == str(date.today().year) == time.ctime()[-4:] == time.asctime()[-4:]
    return len(repr(day)) + time.localtime(86400 * 365).tm_year + day.day
"""
IDLE = '        Check("idle", 0.5, lambda trial: None, ""),\n    ),\n    mist'
SOUND = [
    "✓ solutions: all 3 points of 2 tests, 3 times, isolated",
    "✓ blank notebook: 0 points, isolated",
    "✓ solutions in Jupyter: every point, and no cell fails",
    "✓ blank notebook in Jupyter: 0 points",
    "✓ one function blank: each of mse left blank costs no test that does not use it",
    "✓ exercises: mse of {course}/exercises",
    "✓ network: no exercise asks for it, or starts a program",
    "✓ mse: its reference gets every point",
    "✓ mse, order: the same in two processes, in another order and on another day",
    "✓ mse, mistakes: each of 1 loses points and is named",
    "✓ mse, by hand: what the reference calls is forbidden",
    "✓ mse, checks: each of 3 can fail",
    "✓ release: no solution, hidden test, model answer or marking scheme",
    "note release/: there is none yet",
]


def files(course: Path) -> set[str]:
    """All that lies in a course, but the proof that is kept."""
    found = (path for path in course.rglob("*") if path.is_file())
    return {str(p.relative_to(course)) for p in found if ".proofs" not in p.parts}


def test_a_sound_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every thing has its line, and the course is as it was: no gradebook, wherever, no release."""
    course, gradebook = sound(tmp_path / "course"), tmp_path / "gradebook.db"
    monkeypatch.setenv("GRADEBOOK_URL", f"sqlite:///{gradebook}")
    before = files(course)
    done = autograder(course, "verify", "hw1")
    assert done.stdout.splitlines() == [line.format(course=course) for line in SOUND]
    assert (done.returncode, done.stderr) == (0, "")
    assert files(course) == before
    assert not gradebook.exists()


@pytest.mark.parametrize("sabotage", SABOTAGED, ids=lambda sabotage: sabotage.name)
def test_a_sabotaged_copy(sabotage: Sabotage, tmp_path: Path) -> None:
    """Exit code 1, and what to mend in the line of what is wrong."""
    course = sound(tmp_path / "course")
    sabotage.change(course)
    done = autograder(course, "verify", "hw1")
    red = [line for line in done.stdout.splitlines() if line.startswith("✗ ")]
    begins = f"✗ {sabotage.subject}: {sabotage.words}"
    assert [line for line in red if line.startswith(begins)], done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize("careless", CARELESS, ids=lambda sabotage: sabotage.name)
def test_a_careless_module(careless: Sabotage, tmp_path: Path) -> None:
    """Is red by what trying its exercises shows, whatever notebooks there are."""
    course = sound(tmp_path / "course")
    careless.change(course)
    asked = modules.of(course, "hw1")
    red = [f for f in findings(asked, tried(asked)) if f.verdict == Verdict.WRONG]
    begins = f"✗ {careless.subject}: {careless.words}"
    assert [finding for finding in red if str(finding).startswith(begins)], red


def test_what_a_module_writes_is_no_report(tmp_path: Path) -> None:
    """Whether it prints, or writes to stdout's descriptor: nothing is said of it."""
    course = sound(tmp_path / "course")
    written = "import os\n\nprint('{')\nos.write(1, b'\\xff')\nos.write(2, b'\\xff')\n"
    in_module("def _pairs", f"{written}\n\ndef _pairs")(course)
    asked = modules.of(course, "hw1")
    assert [f for f in findings(asked, tried(asked)) if f.verdict == Verdict.WRONG] == []


def test_days_that_are_written_down_are_the_same(tmp_path: Path) -> None:
    """Whatever day it is: only today's is another."""
    course = sound(tmp_path / "course")
    in_module(CASE, f"    return (draw.normal(size) + same(),) * 2\n\n\n{SAME_DAYS}")(course)
    asked = modules.of(course, "hw1")
    assert [f for f in findings(asked, tried(asked)) if f.verdict == Verdict.WRONG] == []


def test_a_mistake_that_loops_is_told(tmp_path: Path) -> None:
    """And the process is ended."""
    course = sound(tmp_path / "course")
    in_module(CASE, "    while True:\n        pass\n")(course)
    asked = modules.of(course, "hw1")
    told = [str(finding) for finding in findings(asked, tried(asked, seconds=8))]
    words = "trying the exercises was not over after 8 seconds: does a case, a mistake or a style"
    assert told == [f"✗ exercises: {words} loop?"]


def test_what_was_not_tried_is_not_sound(tmp_path: Path) -> None:
    """A module that does not import: nothing that needs it holds."""
    course = sound(tmp_path / "course")
    in_module("def mse(", "def mse)")(course)
    done = autograder(course, "verify", "hw1")
    assert [line for line in done.stdout.splitlines() if line.startswith("✓")] == []


def test_a_wrong_solution_says_nothing_of_a_blank_notebook(tmp_path: Path) -> None:
    """Which gets 0 from a test that fails whatever there is."""
    course = sound(tmp_path / "course")
    SABOTAGED[0].change(course)
    done = autograder(course, "verify", "hw1")
    begins = ("✓ blank", "✓ one function", "✓ solutions")
    assert [line for line in done.stdout.splitlines() if line.startswith(begins)] == []


def test_plain_test_cells_are_verified_without_mistakes(tmp_path: Path) -> None:
    """A note says so; all else holds."""
    done = autograder(tiny_course(tmp_path / "course"), "verify", "tiny")
    lines = done.stdout.splitlines()
    assert "note exercises: none: tests that are plain cells are verified without mistakes" in lines
    assert "✓ solutions: all 4 points of 1 tests, 3 times, isolated" in lines
    assert "✓ release/: 1 files, as the source gives them, byte for byte" in lines
    assert done.returncode == 0


def test_an_exercise_that_no_test_asks_for(tmp_path: Path) -> None:
    """Is a note with the line that would ask for it; the others are none."""
    course = sound(tmp_path / "course")
    in_module("EXERCISES = (MSE,)", SECOND)(course)
    done = autograder(course, "verify", "hw1")
    told = [line for line in done.stdout.splitlines() if "asks for it:" in line]
    words = 'no test of the notebooks asks for it: write grade("rmse", …), or leave it out'
    assert told == [f"note rmse: {words}"]


def test_a_rule_that_forbids_nothing_of_the_reference(tmp_path: Path) -> None:
    """Is a note in a course of one's own, and red among the bundled exercises."""
    course = sound(tmp_path / "course")
    in_module('"aten.mse_loss"', '"aten.huber_loss"')(course)
    asked = modules.of(course, "hw1")
    words = (
        "mse, by hand: the rule forbids aten.huber_loss, and the reference calls nothing of that"
    )
    of_own, of_bundled = _of_both(asked)
    assert [line for line in of_own if line.startswith(f"note {words}")]
    assert [line for line in of_bundled if line.startswith(f"✗ {words}")]


def _of_both(asked: modules.Modules) -> tuple[list[str], list[str]]:
    """What is said of the exercises of a course, and of the same if they were the bundled ones."""
    reports = tried(asked)
    own, bundled = (
        [str(finding) for finding in findings(replace(asked, folder=folder), reports)]
        for folder in (asked.folder, str(modules.BUNDLED))
    )
    return own, bundled


def test_a_check_that_no_mistake_fails(tmp_path: Path) -> None:
    """Is a note in a course of one's own, and red among the bundled exercises."""
    course = sound(tmp_path / "course")
    for old, new in (("import ByHand", "import ByHand, Check"), ("    ),\n    mist", IDLE)):
        in_module(old, new)(course)
    of_own, of_bundled = _of_both(modules.of(course, "hw1"))
    words = "mse, checks: no mistake fails idle, nor a careless reference"
    assert [line for line in of_own if line.startswith(f"note {words}")]
    assert [line for line in of_bundled if line.startswith(f"✗ {words}")]
    assert [line for line in of_own if line.startswith("✗")] == []
