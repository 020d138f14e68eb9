"""An exercise is tried: its reference, its mistakes and its styles are judged as students are.

    python -m autograder.verification.trying

reads an order from stdin and writes a `Report` to stdout; what exercises print goes to stderr. It
is a process of its own, so that two with other seeds of Python's hashes and of all generators,
which judge in another order and on another day, can be compared: what differs depends on what it
should not.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import random
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.checks import Check, Exercise, Failure, Function, judge
from autograder.checks.careless import careless
from autograder.checks.draws import Seeds
from autograder.checks.trial import Trial
from autograder.exercises.asked import load
from autograder.exercises.modules import Modules
from autograder.isolation.operators import Watch
from autograder.results import CellResult
from autograder.verification.clock import LATER, Clock
from autograder.verification.report import ExerciseReport, Report
from autograder.words import few, line

COMMON_KEY = b"compared"  # the same in all processes
# Audit events, and what they ask for. A look-up and a datagram need no connection; what another
# program does is not heard here.
OUTSIDE = {
    **dict.fromkeys(("socket.connect", "socket.bind"), "a network"),
    **dict.fromkeys(("socket.sendto", "socket.sendmsg"), "a network"),
    **dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname"), "a network"),
    **dict.fromkeys(("socket.gethostbyaddr", "socket.getnameinfo"), "a network"),
    **dict.fromkeys(("subprocess.Popen", "os.system", "os.posix_spawn"), "another program"),
    **dict.fromkeys(("os.exec", "os.fork", "os.forkpty"), "another program"),
}
MOST_ARGUMENTS = 2  # of an event: behind them may stand all of an environment
MOST_QUOTED = 60  # letters of a hint


@dataclass
class Offline:
    """Refuses a network and other programs in this process, and notes what asked for them."""

    asked: list[str] = field(default_factory=list)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by Python for all that is done here.

        Raises:
            PermissionError: it is about one of these.
        """
        if event in OUTSIDE:
            told = [a for a in arguments if not isinstance(a, socket.SocketType)]
            self.asked.append(line(f"{event}{tuple(told[:MOST_ARGUMENTS])}"))
            raise PermissionError(f"exercises are verified without {OUTSIDE[event]}")


def main() -> None:
    """Tries all exercises of the modules in the order."""
    order, out = json.load(sys.stdin), _take_stdout()
    offline = Offline()
    sys.addaudithook(offline.hear)
    torch.set_num_threads(1)
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(order["seed"])
    clock = Clock(LATER * order["later"])
    clock.set()
    asked = load(Modules.from_json(order["modules"]))
    key, backwards = bytes.fromhex(order["key"]), order["backwards"]
    reports = [tried(exercise, key, clock, backwards=backwards) for exercise in asked.exercises]
    report = Report(reports, [*asked.broken, *asked.unlisted], offline.asked)
    with os.fdopen(out, "w", encoding="utf-8") as file:
        json.dump(asdict(report), file)


def _take_stdout() -> int:
    """A descriptor of stdout for the report alone: what a module prints goes to stderr."""
    out = os.dup(1)
    os.dup2(2, 1)
    return out


def tried(
    exercise: Exercise, key: bytes, clock: Clock | None = None, *, backwards: bool = False
) -> ExerciseReport:
    """What trying an exercise shows.

    Args:
        exercise: what is asked.
        key: a student's, from which half of the draws come.
        clock: this process's, to know what reads it.
        backwards: whether what is compared with another process is judged from the end on.
    """
    report = ExerciseReport(exercise.name, len(exercise.mistakes), len(exercise.styles))
    report.checks = [check.name for check in exercise.checks]
    report.forbidden = [*exercise.by_hand.operators]
    try:
        report.draws, report.clock = _compared(exercise, clock or Clock(LATER), backwards=backwards)
        result, report.called = _judged_under_watch(exercise, exercise.reference, key)
        report.reference = _messages(result)
        results = [judge(exercise, mistake.formula, key) for mistake in exercise.mistakes]
        report.harmless = [*_harmless(exercise, results)]
        report.unnamed = [*_unnamed(exercise, results)]
        report.lost = [sentence for s in exercise.styles for sentence in _lost(exercise, s, key)]
        results += [judge(exercise, way, key) for way in careless(exercise.reference).values()]
        report.failed = sorted({name for result in results for name in _failed(exercise, result)})
    except (Exception, SystemExit) as error:  # the exercise's own
        notes = getattr(error, "__notes__", ())  # of which check it is
        ended = ": it asks Python to end" if isinstance(error, SystemExit) else ""
        report.error = ": ".join([*notes, f"{type(error).__name__}: {error}{ended}"])
    return report


def _messages(result: CellResult) -> dict[str, str]:
    """What is said of failed checks, by their names."""
    return {check.name: check.message for check in result.checks if not check.passed}


def _harmless(exercise: Exercise, results: Sequence[CellResult]) -> Iterator[str]:
    """The mistakes that lose no point."""
    for number, result in enumerate(results, start=1):
        if result.score == result.max_score:
            yield _mistake(exercise, number)


def _unnamed(exercise: Exercise, results: Sequence[CellResult]) -> Iterator[str]:
    """The mistakes that lose points, and whose hint is not given to who makes them."""
    for number, result in enumerate(results, start=1):
        causes = [*result.causes()]
        if result.score != result.max_score and exercise.mistakes[number - 1].hint not in causes:
            told = few([f"“{cause}”" for cause in causes], 2) or "no cause at all"
            yield f"{_mistake(exercise, number)}: who makes it is told {told}"


def _mistake(exercise: Exercise, number: int) -> str:
    """A mistake as a person finds it: its place, and how its hint begins."""
    hint = exercise.mistakes[number - 1].hint
    return f"mistake {number}, “{line(hint, MOST_QUOTED)}”"


def _lost(exercise: Exercise, style: Function, key: bytes) -> Iterator[str]:
    """What a right way to write the function loses, by the checks and by the by-hand rule."""
    code = getattr(style, "__code__", None)
    where = f" (line {code.co_firstlineno})" if code else ""
    name = f"style {exercise.styles.index(style) + 1}{where}"
    result, called = _judged_under_watch(exercise, style, key)
    for check, message in _messages(result).items():
        yield f"{name} loses {check}: {message}"
    if message := exercise.by_hand.broken(exercise.name, called):
        yield f"{name} breaks the by-hand rule: {message}"


def _judged_under_watch(
    exercise: Exercise, function: Function, key: bytes
) -> tuple[CellResult, list[str]]:
    """The result of a function, and what it calls that the by-hand rule forbids."""
    watch, found = Watch([*exercise.by_hand.operators]), set[str]()

    def watched(*arguments: Tensor, **options: Any) -> Any:
        with watch.calls() as calls:
            answer = function(*arguments, **options)
        found.update(calls)
        return answer

    watched.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return judge(exercise, watched, key), sorted(found)


def _failed(exercise: Exercise, result: CellResult) -> Iterator[str]:
    """The checks that failed by themselves: not for another that they need."""
    passed = {check.name for check in result.checks if check.passed}
    for check in exercise.checks:
        if check.name not in passed and (not check.needs or check.needs in passed):
            yield check.name


def _compared(
    exercise: Exercise, clock: Clock, *, backwards: bool
) -> tuple[dict[str, str], list[str]]:
    """What is compared with another process, by check; and the checks that read the clock."""
    draws, reading = dict[str, str](), list[str]()
    before = clock.reads
    for name, digest in _draws(exercise, backwards=backwards):
        draws[name] = digest
        if clock.reads > before:
            reading.append(name)
        before = clock.reads
    return draws, reading


def _draws(exercise: Exercise, *, backwards: bool) -> Iterator[tuple[str, str]]:
    """By check a digest of its arguments, and of what it says of right and careless functions."""
    functions = {"": exercise.reference, **careless(exercise.reference)}
    for check in reversed(exercise.checks) if backwards else exercise.checks:
        digest = hashlib.sha256()
        for function in functions.values():
            said = _said(exercise, check, _recorded(function, digest.update))
            digest.update(said.encode())
        yield check.name, digest.hexdigest()


def _said(exercise: Exercise, check: Check, function: Function) -> str:
    """What a check says of a function; nothing, where it passes."""
    seeds = Seeds(exercise.name, COMMON_KEY)
    try:
        check.judge(Trial(check.name, function, exercise.reference, seeds))
    except Failure as failure:
        return str(failure)
    return ""


def _recorded(function: Function, record: Callable[[bytes], object]) -> Function:
    """The function, whose arguments are recorded."""

    def call(*arguments: Tensor, **options: Any) -> Any:
        for argument in arguments:
            record(f"{argument.dtype} {tuple(argument.shape)}".encode())
            record(argument.detach().contiguous().numpy().tobytes())
        record(repr(sorted(options.items())).encode())
        return function(*arguments, **options)

    call.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return call


if __name__ == "__main__":
    main()
