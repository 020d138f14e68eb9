"""Judging a function: every check runs, each with its own points and message.

What they failed for is looked for when all have run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from autograder.accounts import Account
from autograder.checks.accounting import account
from autograder.checks.attempts import Attempt
from autograder.checks.causes import Judged, causes, hints
from autograder.checks.comparison import Failure
from autograder.checks.draws import Seeds
from autograder.checks.exercise import Check, Exercise
from autograder.checks.questions import Formula
from autograder.checks.trial import Called, Function, Trial
from autograder.results import CellResult, CheckResult


def judge(
    exercise: Exercise,
    function: Function,
    key: bytes | None = None,
    accounts: list[Account] | None = None,
) -> CellResult:
    """The result of every check of an exercise on one function.

    Args:
        exercise: what is asked.
        function: what a student wrote.
        key: the student's own key, which half of the draws come from; None draws in public.
        accounts: takes an account of each check, hidden numbers in it, where one is wanted.
    """
    judged = []
    for trial, check, failure in _tried(exercise, function, key, noted=accounts is not None):
        if accounts is not None:
            accounts.append(account(trial, failed=bool(failure)))
        if failure:
            trial.get_more_answers()
        public = [attempt for attempt in trial.attempts if not attempt.secret]
        judged.append(Judged(check, failure, public))
    seeds = Seeds(exercise.name)

    def again(attempt: Attempt) -> object:
        trial = Trial("again", function, exercise.reference, seeds)
        return trial.call(attempt.arguments, **attempt.options)

    def fails(check: Check, formula: Formula) -> Failure | None:
        trial = Trial(check.name, formula, exercise.reference, Seeds(exercise.name, key))
        return _failure(exercise, check, trial)

    told = causes(exercise, judged, again, fails)
    checks = tuple(_results(judged, told, hints(judged, told)))
    return CellResult(sum(check.points for check in checks), exercise.points, checks)


def passes(exercise: Exercise, function: Function, key: bytes | None = None) -> bool:
    """Whether a function passes every check; none is run after one that fails.

    Arguments as of `judge`.
    """
    return all(not failure for _, _, failure in _tried(exercise, function, key))


def _tried(
    exercise: Exercise, function: Function, key: bytes | None, *, noted: bool = False
) -> Iterator[tuple[Trial, Check, Failure | None]]:
    """The checks one after the other, and what is wrong by each; arguments as of `judge`.

    Its trials note their calls, where that is said.
    """
    seeds = Seeds(exercise.name, key)
    together = False  # one that has failed may well end its process
    for check in exercise.checks:
        calls: list[Called] | None = [] if noted else None
        trial = Trial(
            check.name, function, exercise.reference, seeds, together=together, calls=calls
        )
        failure = _failure(exercise, check, trial)
        together = not failure and (together or check is exercise.checks[0])
        yield trial, check, failure


def _failure(exercise: Exercise, check: Check, trial: Trial) -> Failure | None:
    """What is wrong with a function by one check; None where nothing is."""
    try:
        check.judge(trial)
    except Failure as failure:
        text = f"{exercise.name} {failure.blind if trial.secret else failure}"
        return Failure(text, failure.hint)
    except Exception as error:  # the exercise's own: it goes on, and says of which check it is
        error.add_note(f"check {check.name!r}")
        raise
    return None


def _results(
    judged: Sequence[Judged], told: Mapping[str, str], hints: Mapping[str, str]
) -> Iterator[CheckResult]:
    """The results of the checks that have run, with the causes and hints of those that failed."""
    results: dict[str, CheckResult] = {}
    for each in judged:
        check, name = each.check, each.check.name
        needed = results[check.needs] if check.needs else None
        if each.failure:
            cause, hint = told.get(name, ""), hints.get(name, "")
            result = CheckResult(name, False, 0.0, check.points, str(each.failure), hint, cause)
        elif needed and not needed.passed:
            text = f"Pays only where {check.needs!r} is right."
            result = CheckResult(name, False, 0.0, check.points, text, cause=needed.cause)
        else:
            result = CheckResult(name, True, check.points, check.points)
        results[name] = result
        yield result


def blame(result: CellResult, function: str, others: Sequence[str]) -> CellResult:
    """The result of a function that fails only because it calls others, with hints that say so."""
    them, place = " and ".join(others), "its place" if len(others) == 1 else "their place"
    cause = (
        f"{function} calls {them}: with a right {them} in {place}, {function} passes every check. "
        f"Mend {them} first."
    )
    checks = tuple(c if c.passed else replace(c, hint="", cause=cause) for c in result.checks)
    return replace(result, checks=checks)
