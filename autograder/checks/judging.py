"""Judging a function: every check runs, each with its own points, message and hint."""

from __future__ import annotations

from autograder.checks.comparison import Failure
from autograder.checks.draws import Seeds
from autograder.checks.exercise import Check, Exercise
from autograder.checks.mistakes import likely_cause
from autograder.checks.trial import Function, Trial
from autograder.results import CellResult, CheckResult


def judge(exercise: Exercise, function: Function, key: bytes | None = None) -> CellResult:
    """The result of every check of an exercise on one function.

    Args:
        exercise: what is asked.
        function: what a student wrote.
        key: the student's own key, which half of the draws come from; None draws in public.
    """
    seeds = Seeds(exercise.name, key)
    results: dict[str, CheckResult] = {}
    for check in exercise.checks:
        result = _run(exercise, check, Trial(check.name, function, exercise.reference, seeds))
        if result.passed and check.needs and not results[check.needs].passed:
            result = _withheld(check)
        results[check.name] = result
    checks = tuple(results.values())
    return CellResult(sum(check.points for check in checks), exercise.points, checks)


def _run(exercise: Exercise, check: Check, trial: Trial) -> CheckResult:
    try:
        check.judge(trial)
    except Failure as failure:
        message = f"{exercise.name} {failure}"
        hint = failure.hint or likely_cause(exercise.mistakes, trial.attempts) or check.hint
        return CheckResult(check.name, False, 0.0, check.points, message, hint)
    return CheckResult(check.name, True, check.points, check.points)


def _withheld(check: Check) -> CheckResult:
    message, hint = f"Pays only where {check.needs!r} is right.", f"Mend {check.needs!r} first."
    return CheckResult(check.name, False, 0.0, check.points, message, hint)
