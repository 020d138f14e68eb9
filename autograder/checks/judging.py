"""Judging a function: every check runs, each with its own points, message and hint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from autograder.checks.comparison import Failure
from autograder.checks.draws import Seeds
from autograder.checks.exercise import Check, Exercise
from autograder.checks.mistakes import likely_cause
from autograder.checks.trial import Attempt, Function, Trial
from autograder.results import CellResult, CheckResult


def judge(exercise: Exercise, function: Function, key: bytes | None = None) -> CellResult:
    """The result of every check of an exercise on one function.

    Args:
        exercise: what is asked.
        function: what a student wrote.
        key: the student's own key, which half of the draws come from; None draws in public.
    """
    checks = tuple(_results(exercise, function, key))
    return CellResult(sum(check.points for check in checks), exercise.points, checks)


def passes(exercise: Exercise, function: Function, key: bytes | None = None) -> bool:
    """Whether a function passes every check; none is run after one that fails.

    Arguments as of `judge`.
    """
    return all(result.passed for result in _results(exercise, function, key))


def _results(exercise: Exercise, function: Function, key: bytes | None) -> Iterator[CheckResult]:
    """The results of the checks, one after the other; arguments as of `judge`."""
    seeds = Seeds(exercise.name, key)
    results: dict[str, CheckResult] = {}
    right: list[Attempt] = []  # calls of checks that passed: a cause must explain them too
    for check in exercise.checks:
        passed = bool(results) and all(result.passed for result in results.values())
        trial = Trial(check.name, function, exercise.reference, seeds, together=passed)
        result = _run(exercise, check, trial, right)
        if result.passed:
            right += trial.attempts
        if check.needs and not results[check.needs].passed:
            result = _withheld(check, result)
        results[check.name] = result
        yield result


def _run(exercise: Exercise, check: Check, trial: Trial, right: Sequence[Attempt]) -> CheckResult:
    try:
        check.judge(trial)
    except Failure as failure:
        hint = failure.hint or _cause(exercise, trial, right) or check.hint
        text = f"{exercise.name} {failure.blind if trial.secret else failure}"
        return CheckResult(check.name, False, 0.0, check.points, text, hint)
    except Exception as error:  # the exercise's own: it goes on, and says of which check it is
        error.add_note(f"check {check.name!r}")
        raise
    return CheckResult(check.name, True, check.points, check.points)


def _cause(exercise: Exercise, trial: Trial, right: Sequence[Attempt]) -> str:
    """The hint of a known mistake that gives all answers to public draws, or "".

    On a secret draw a function could choose its mistake for what is then said.
    """
    public = [attempt for attempt in [*right, *trial.attempts] if not attempt.secret]
    return likely_cause(exercise.mistakes, public, exercise.reference)


def _withheld(check: Check, result: CheckResult) -> CheckResult:
    """The result of a check that pays only where another is right, and that other is not."""
    message = result.message or f"Pays only where {check.needs!r} is right."
    hint = f"Mend {check.needs!r} first."
    return CheckResult(check.name, False, 0.0, check.points, message, hint)


def blame(result: CellResult, function: str, others: Sequence[str]) -> CellResult:
    """The result of a function that fails only because it calls others, with hints that say so."""
    them, place = " and ".join(others), "its place" if len(others) == 1 else "their place"
    hint = (
        f"{function} calls {them}: with a right {them} in {place}, {function} passes every check. "
        f"Mend {them} first."
    )
    checks = tuple(c if c.passed else replace(c, hint=hint) for c in result.checks)
    return replace(result, checks=checks)
