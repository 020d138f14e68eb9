"""How far a grading has come, and how long it will take, by a clock that a test moves."""

from __future__ import annotations

import io
import random
import re
import threading
import time

import pytest

from autograder.reporting import progress, tally
from autograder.reporting.progress import Reporter
from autograder.reporting.tally import Need, Tally
from autograder.results import Flag, FlagKind, SubmissionResult


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True


def result(status: str = "graded", *kinds: FlagKind) -> SubmissionResult:
    """A submission with flags of these kinds."""
    flags = tuple(Flag(kind, "", f"why {kind}") for kind in kinds)
    return SubmissionResult("student01", status, 1.0, 2.0, 0.5, {}, flags)


@pytest.mark.parametrize("seed", range(20))
def test_the_time_left_is_right_within_a_third_after_twenty(seed: int) -> None:
    """Two at once, each of another length, after a slow start."""
    draw, clock, jobs, total = random.Random(seed), Clock(), [0.0, 0.0], 300
    lengths = [draw.gammavariate(4, 0.2) for _ in range(total)]
    ends = []
    for length in lengths:
        jobs.sort()
        jobs[0] += length
        ends.append(jobs[0])
    ends.sort()
    tally, start = Tally(total, clock), clock.now + 9.0
    tally.expect(total)
    for done, end in enumerate(ends, start=1):
        clock.now = start + end
        tally.add(result())
        if done >= 20 and ends[-1] - end > 5:
            left = tally.seconds_left
            assert left is not None
            assert left == pytest.approx(ends[-1] - end, rel=1 / 3)


def test_who_needs_no_run_takes_no_time() -> None:
    """Of those that are left, as many are run as of those that were looked at."""
    clock = Clock()
    tally = Tally(40, clock)
    tally.look([Need.NOTHING] * 10 + [Need.ANOTHER_RUN] * 10)
    for _ in range(10):
        tally.add(result("unchanged"))
    assert (tally.rate, tally.seconds_left) == (None, None)
    for _ in range(10):
        clock.now += 2
        tally.add(result())
    assert tally.rate == pytest.approx(0.5)
    assert tally.seconds_left == pytest.approx(20)
    clock.now += 5
    assert tally.seconds_left == pytest.approx(15)
    assert str(tally) == "20 of 40, 10 unchanged, 0 flagged, 0 failed, 0.5 a second, 15 s left"


NOTHING, FIRST, AGAIN = Need.NOTHING, Need.FIRST_RUN, Need.ANOTHER_RUN


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([[NOTHING] * 150 + [FIRST] * 50, [FIRST] * 100], id="killed at half"),
        pytest.param([[NOTHING] * 190 + [FIRST] * 10, [FIRST] * 200], id="killed later"),
        pytest.param([[AGAIN] * 200, [AGAIN] * 100], id="a mended test"),
        pytest.param([[NOTHING] * 160 + [AGAIN] * 40] * 3, id="some handed in anew"),
        pytest.param(
            [[NOTHING] * 100 + [AGAIN] * 60 + [FIRST] * 40, [AGAIN] * 30 + [NOTHING] * 50],
            id="some of each",
        ),
    ],
)
def test_the_time_left_counts_what_has_to_be_run(parts: list[list[Need]]) -> None:
    """Those that need no run come first in each part, and at once: they say nothing of the rest."""
    everyone = [need for part in parts for need in part]
    clock = Clock()
    tally = Tally(len(everyone), clock)
    tally.expect(everyone.count(FIRST))
    ran, runs = 0, len(everyone) - everyone.count(NOTHING)
    for part in parts:
        tally.look(part)
        for need in part:
            clock.now += 0.0 if need == NOTHING else 1.0
            tally.add(result("unchanged" if need == NOTHING else "graded"))
            ran += need != NOTHING
            if need != NOTHING and ran >= 20 and runs - ran > 5:
                assert tally.seconds_left == pytest.approx(runs - ran, rel=1 / 3)
    assert tally.seconds_left == 0


def test_who_wants_a_look_is_counted_once() -> None:
    """One that failed is no flagged one, and what is ordinary wants nobody."""
    tally = Tally(4)
    for each in (
        result("failed", FlagKind.UNREADABLE),
        result("unchanged", FlagKind.TIMEOUT),
        result("graded", FlagKind.LATE),
        result("flagged", FlagKind.TIMEOUT),
    ):
        tally.add(each)
    assert (tally.flagged, tally.statuses["failed"]) == (2, 1)


def test_elsewhere_a_line_every_so_often_and_one_for_each_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every half a minute, also while nothing comes in; and none after the end."""
    assert progress.EVERY_SECONDS == 30
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.05)
    stream = io.StringIO()
    threads = threading.active_count()
    with Reporter("Grading tiny", 3, stream) as reporter:
        reporter.add(result("failed", FlagKind.UNREADABLE))
        deadline = time.monotonic() + 10
        while stream.getvalue().count("1 of 3") < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert threading.active_count() == threads
    lines = stream.getvalue().splitlines()
    assert lines[0] == "failed: student01: why unreadable"
    assert lines.count("Grading tiny: 1 of 3, 0 flagged, 1 failed") >= 2


def test_a_short_run_says_nothing_elsewhere() -> None:
    """Who reads the output of a program is not told what it says itself."""
    stream = io.StringIO()
    with Reporter("Grading tiny", 1, stream) as reporter:
        reporter.add(result())
    assert stream.getvalue() == ""


def test_on_a_terminal_there_is_a_bar_with_all_of_it() -> None:
    """Done, flagged, failed; and what a student's name says to a terminal is not said."""
    stream = Terminal()
    with Reporter("Grading tiny", 2, stream) as reporter:
        reporter.add(result("flagged", FlagKind.TIMEOUT))
        reporter.add(
            SubmissionResult(
                "\x1b[2J[bold]x", "failed", 0, 0, 0, {}, (Flag("unreadable", "", "no"),)
            )
        )
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert "2 of 2, 1 flagged, 1 failed" in text
    assert "failed: ?[2J[bold]x: no" in text
    assert "\x1b[2J" not in stream.getvalue()


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59.4, "59 s"), (61, "1 min 01 s"), (7260, "2 h 01 min")]
)
def test_a_time_is_said_as_one_would(seconds: float, said: str) -> None:
    """Not in thousands of seconds."""
    assert tally._duration(seconds) == said
