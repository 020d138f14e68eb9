"""The exercises of an assignment: imported, and tried in two processes that should say the same."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from autograder.environment import EXAMINER
from autograder.exercises.modules import BUNDLED, Modules
from autograder.verification.finding import Finding, Verdict, found
from autograder.verification.report import ExerciseReport, Report
from autograder.words import few, line

SUBJECT = "exercises"
PROCESSES = 2
# The bundled exercises take one. A loop that does not end should not hold a CI run until it is
# killed, which names no reason.
MOST_SECONDS = 15 * 60
PROGRAM = (sys.executable, "-P", "-m", "autograder.verification.trying")


def tried(modules: Modules, seconds: float = MOST_SECONDS) -> list[Report]:
    """What trying the exercises shows in each process: every one with a student of its own.

    Args:
        modules: the exercises.
        seconds: after which a process is ended.
    """
    with ThreadPoolExecutor(PROCESSES) as pool:
        numbers = range(PROCESSES)
        return list(pool.map(lambda number: _in_process(modules, number, seconds), numbers))


def _in_process(modules: Modules, number: int, seconds: float) -> Report:
    """What one process says; the number makes all differ that nothing should depend on."""
    order = {
        "modules": modules.to_json(),
        "key": hashlib.sha256(f"verify {number}".encode()).hexdigest(),
        "backwards": bool(number % 2),
        "later": number,
        "seed": number,
    }
    environment = {**os.environ, "PYTHONHASHSEED": str(number), "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            PROGRAM,
            input=json.dumps(order),
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        said = f"trying the exercises was not over after {seconds:g} seconds: does a case, "
        return Report(broken=[f"{said}a mistake or a style loop?"])
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return Report(broken=[f"the exercises could not be tried: {line(last)}"])
    return _read(done.stdout)


def _read(text: str) -> Report:
    """The report that a process wrote, or one that says that it wrote none."""
    try:
        return Report.from_json(json.loads(text))
    except (ValueError, TypeError, KeyError):  # the exercises' doing
        said = "the process in which the exercises were tried ended and left no report: let them"
        return Report(broken=[f"{said} neither end it (os._exit) nor write to its descriptors"])


def findings(modules: Modules, reports: Sequence[Report]) -> Iterator[Finding]:
    """What is said of the exercises, by the reports of all processes."""
    if not modules.texts:
        said = "none: tests that are plain cells are verified without mistakes"
        yield Finding(Verdict.NOTE, SUBJECT, said)
        return
    broken = _each(report.broken for report in reports)
    known = [exercise.name for exercise in reports[0].exercises]
    yield from found(SUBJECT, broken, f"{few(known, len(known))} of {modules.folder}")
    asked = _each(report.asked for report in reports)
    whole = not broken and not any(same.error for report in reports for same in report.exercises)
    yield from found("network", asked, "no exercise asks for it, or starts a program", tried=whole)
    for same in zip(*(report.exercises for report in reports), strict=False):
        yield from _of_one(same, bundled=modules.folder == str(BUNDLED))


def of_tests(report: Report, tests: Iterable[str]) -> Iterator[Finding]:
    """What is said of exercises that no test names.

    Args:
        report: of the exercises.
        tests: the texts of the source's test cells.
    """
    texts = [text for text in tests if EXAMINER in text]
    for name in (exercise.name for exercise in report.exercises):
        if not any(quoted in text for text in texts for quoted in (f'"{name}"', f"'{name}'")):
            said = (
                f'no test of the notebooks asks for it: write grade("{name}", …), or leave it out'
            )
            yield Finding(Verdict.NOTE, name, said)


def _of_one(reports: Sequence[ExerciseReport], *, bundled: bool) -> Iterator[Finding]:
    """What is said of one exercise, by each process's report of it."""
    first, name = reports[0], reports[0].name
    if errors := _each([report.error] for report in reports if report.error):
        yield from found(name, errors, "")
        return
    unequal = _each(_own_failures(report) for report in reports)
    yield from found(name, unequal, "its reference gets every point")
    differing = sorted(
        {
            check
            for report in reports[1:]
            for check in first.checks
            if report.draws[check] != first.draws[check]
        }
    )
    told = [_differing(check, reads_clock=check in first.clock) for check in differing]
    sound = "the same in two processes, in another order and on another day"
    yield from found(f"{name}, order", told, sound)
    yield from _of_mistakes(reports)
    verdict = Verdict.WRONG if bundled else Verdict.NOTE
    yield from _of_rule(first, verdict)
    lost = _each(report.lost for report in reports)
    if first.styles:
        yield from found(f"{name}, styles", lost, f"each of {first.styles} gets every point")
    failed = set(chain.from_iterable(report.failed for report in reports))
    idle = [
        f"no mistake fails {check}, nor a careless reference: add a mistake that it is there for, "
        "or leave it out"
        for check in first.checks
        if check not in failed
    ]
    yield from found(f"{name}, checks", idle, f"each of {len(first.checks)} can fail", verdict)


def _differing(check: str, *, reads_clock: bool) -> str:
    """What is said of a check that is not the same in two processes."""
    if reads_clock:
        return f"{check} is not the same on two days: it reads the clock; let it use its draw alone"
    return (
        f"{check} is not the same in two processes: let its case use nothing but its draw, no "
        "other generator, clock or order of a set, and keep nothing from call to call"
    )


def _of_rule(report: ExerciseReport, verdict: Verdict) -> Iterator[Finding]:
    """What is said of an exercise's by-hand rule, if it has one."""
    rule = few(report.forbidden)
    idle = [
        f"the rule forbids {rule}, and the reference calls nothing of that: does it name what a "
        "student might call in place of the exercise?"
    ]
    if rule:
        wrong = [] if report.called else idle
        sound = "what the reference calls is forbidden"
        yield from found(f"{report.name}, by hand", wrong, sound, verdict)


def _of_mistakes(reports: Sequence[ExerciseReport]) -> Iterator[Finding]:
    """What is said of an exercise's mistakes."""
    count = reports[0].mistakes
    wrong = [
        f"{mistake} loses no point: it is no mistake, or a check is missing"
        for mistake in _each(report.harmless for report in reports)
    ]
    wrong += [
        f"{mistake}: is an earlier mistake the same, or the hint not its own?"
        for mistake in _each(report.unnamed for report in reports)
    ]
    if count:
        sound = f"each of {count} loses points and is named"
        yield from found(f"{reports[0].name}, mistakes", wrong, sound)


def _own_failures(report: ExerciseReport) -> list[str]:
    """What a reference fails of its own exercise."""
    return [f"its own reference fails {name}: {said}" for name, said in report.reference.items()]


def _each(several: Iterator[Sequence[str]]) -> list[str]:
    """All sentences, each once."""
    return list(dict.fromkeys(chain.from_iterable(several)))
