"""One explanation for all that failed: which mistake reproduces what a function returned.

A function is held against one formula at a time: a known mistake of the exercise, the right one
with a slip that any formula can have, or both at once. Only a formula that gives every answer to
ordinary numbers is believed, those of checks that passed among them; it explains each failed check
that it fails in the same way. Where no formula does, the answers may stand in a relation to the
right ones that says as much. Nothing is said that is only likely.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from autograder.checks.advice import CALL
from autograder.checks.attempts import Attempt
from autograder.checks.comparison import Failure, Raised
from autograder.checks.exercise import Check, Exercise
from autograder.checks.mistakes import REDUCTIONS, VALUES, Mistake, Twist, takes_reduction
from autograder.checks.patterns import PATTERNS, Pattern, explained_by
from autograder.checks.questions import Formula

MOST_ALIKE = 5  # formulas that explain as much: of a constant very many do
STATE = (
    "The same arguments give another result when they come again: something is kept from call to "
    "call (a global name, a default argument), drawn at random, or never filled (torch.empty)."
)


@dataclass(frozen=True)
class Judged:
    """A check that has run.

    Args:
        check: which.
        failure: what is wrong; None where it passed.
        attempts: the public calls that returned.
    """

    check: Check
    failure: Failure | None
    attempts: Sequence[Attempt] = ()


Fails = Callable[[Check, Formula], Failure | None]


@dataclass
class Evidence:
    """What the checks have seen of one function, to be held against explanations.

    Args:
        exercise: what was asked.
        judged: every check.
        fails: what is wrong with a formula by a check.
        failed: the checks that failed.
        right: the right value of each attempt in these; None where the reference gives none.
        wrong: those of them that are not right.
        telling: the attempts that a formula has to give to be believed, the wrong ones first.
    """

    exercise: Exercise
    judged: Sequence[Judged]
    fails: Fails
    failed: list[Judged] = field(init=False)
    right: dict[Attempt, Tensor | None] = field(init=False)
    wrong: list[Attempt] = field(init=False)
    telling: list[Attempt] = field(init=False)

    def __post_init__(self) -> None:
        reference = self.exercise.reference
        self.failed = [each for each in self.judged if each.failure]
        attempts = [attempt for each in self.failed for attempt in each.attempts]
        self.right = {attempt: attempt.value(reference) for attempt in attempts}
        self.wrong = [
            attempt
            for attempt, right in self.right.items()
            if right is None or not attempt.equals(right)
        ]
        telling = [
            attempt
            for each in self.judged
            for attempt in each.attempts
            if _must_be_given(each, attempt)
        ]
        # Those that are wrong tell most formulas apart.
        self.telling = sorted(telling, key=lambda attempt: attempt not in self.wrong)

    def believes(self, formula: Formula) -> bool:
        """Whether a formula gives every answer; where nothing is finite, very many do."""
        return bool(self.telling) and all(each.is_given_by(formula) for each in self.telling)

    def explained_by_formula(self, formula: Formula, *, mixed: bool = False) -> list[str]:
        """The failed checks that a formula explains, which is believed.

        Args:
            formula: the wrong one.
            mixed: whether of answers to extreme numbers some may be right.
        """
        names = [each.check.name for each in self.failed if self._explains(formula, each, mixed)]
        return self._without_half_explained(names)

    def _explains(self, formula: Formula, judged: Judged, mixed: bool) -> bool:
        """Whether a formula fails a check as the function does: on secret draws by itself alone."""
        for attempt in judged.attempts:
            if not attempt.is_given_by(formula) and not (
                mixed and judged.check.extreme and attempt.is_mixed_of(formula, self.right[attempt])
            ):
                return False
        if judged.failure and not judged.failure.hint:
            if any(attempt in self.wrong for attempt in judged.attempts):
                return True
            return self.fails(judged.check, formula) is not None
        return str(self.fails(judged.check, formula)) == str(judged.failure)

    def explained_by_pattern(self, pattern: Pattern) -> list[str]:
        """The failed checks that a relation explains; none, where an answer contradicts it."""
        found = {each.check.name: self._fits(pattern, each) for each in self.failed}
        ordinary = [
            fits
            for each in self.failed
            if not each.check.extreme
            for fits in found[each.check.name]
        ]
        if False in ordinary or True not in ordinary:
            return []
        names = [
            each.check.name
            for each in self.failed
            if each.failure
            and not each.failure.hint
            and any(attempt in self.wrong for attempt in each.attempts)
            and False not in found[each.check.name]
        ]
        return self._without_half_explained(names)

    def _without_half_explained(self, explained: list[str]) -> list[str]:
        """The names without those of checks that need another, which failed for no known reason.

        Such a check may have failed for that reason, too.
        """
        unknown = {e.check.name for e in self.failed if e.failure and not e.failure.hint}
        unknown.difference_update(explained)
        needs = {each.check.name: each.check.needs for each in self.failed}
        return [name for name in explained if needs[name] not in unknown]

    def _fits(self, pattern: Pattern, judged: Judged) -> list[bool | None]:
        """Of each call of a check that was answered wrongly whether it fits a pattern."""
        return [
            explained_by(pattern, attempt, self.right[attempt])
            for attempt in judged.attempts
            if attempt in self.wrong and attempt.weights is None
        ]


def causes(
    exercise: Exercise,
    judged: Sequence[Judged],
    again: Callable[[Attempt], object],
    fails: Fails,
) -> Mapping[str, str]:
    """Why checks failed, as far as it is known, by their names.

    Args:
        exercise: what was asked.
        judged: every check.
        again: makes a call once more, and returns what comes back.
        fails: what is wrong with a formula by a check; None where nothing is.
    """
    if not any(each.failure for each in judged):
        return {}
    told = {
        each.check.name: each.failure.hint
        for each in judged
        if each.failure and each.failure.hint not in ("", CALL)
    }
    evidence = Evidence(exercise, judged, fails)
    if (evidence.wrong or not told) and _has_a_memory(evidence, again):
        return {each.check.name: STATE for each in evidence.failed} | told
    if not evidence.wrong:
        return told
    hint, names = _best_explanation(evidence)
    return told | dict.fromkeys(names, hint)


def _has_a_memory(evidence: Evidence, again: Callable[[Attempt], object]) -> bool:
    """Whether a call gives another answer when it is made again: a wrong one, if there is one."""
    attempts = [attempt for each in evidence.judged for attempt in each.attempts]
    calls = [attempt for attempt in [*evidence.wrong, *attempts] if attempt.weights is None]
    if not calls:
        return False
    first = calls[0].numbers()
    try:
        second = replace(calls[0], answer=again(calls[0])).numbers()
    except Raised:
        return first is not None
    except Failure:  # it was stopped: there may be no time left
        return False
    if first is None or second is None:
        return False
    same = first.shape == second.shape and torch.equal(_comparable(first), _comparable(second))
    return not same


def _comparable(answer: Tensor) -> Tensor:
    """The answer with numbers in the place of nan and inf: nan is not equal to itself."""
    return answer.double().nan_to_num(0.0, 1.0, -1.0)


def _best_explanation(evidence: Evidence) -> tuple[str, Sequence[str]]:
    """What explains most of the failed checks, and which; of several the simplest."""
    best: tuple[str, Sequence[str]] = ("", ())
    believed: list[Mistake] = []
    alike = 0
    for explanation in _explanations(evidence):
        if isinstance(explanation, Pattern):
            names = evidence.explained_by_pattern(explanation)
        elif evidence.believes(explanation.formula):
            believed.append(explanation)
            names = evidence.explained_by_formula(explanation.formula)
        else:
            continue
        alike += bool(names)
        if len(names) > len(best[1]):
            best = explanation.hint, names
        if len(names) == len(evidence.failed) or alike > MOST_ALIKE:
            return best
    for mistake in believed:  # a bound may make some of a wrong formula's answers right
        names = evidence.explained_by_formula(mistake.formula, mixed=True)
        if len(names) > len(best[1]):
            best = mistake.hint, names
    return best


def _explanations(evidence: Evidence) -> Iterator[Mistake | Pattern]:
    """What may explain failed checks, the simplest first."""
    exercise = evidence.exercise
    key = next((attempt for attempt in evidence.telling if attempt in evidence.wrong), None)
    yield from exercise.mistakes
    if key is None:
        yield from PATTERNS
        return
    yield from _slips(Mistake(exercise.reference, ""), key, exercise)
    yield from PATTERNS
    for mistake in exercise.mistakes:
        yield from _slips(mistake, key, exercise)


def _slips(mistake: Mistake, key: Attempt, exercise: Exercise) -> Iterator[Mistake]:
    """A formula with what can go wrong beside: a value, the reduction, or both.

    A log2 without a minus, for example. Only those that give a wrong answer, as far as a quick look
    tells: what the formula gives is twisted, and not computed again.

    Args:
        mistake: the formula.
        key: a wrong answer.
        exercise: what was asked.
    """
    unreduced, answer = replace(key, options={}).value(mistake.formula), key.numbers()
    if unreduced is None or answer is None or not unreduced.is_floating_point():
        return
    known = partial(_known, unreduced)
    reductions = _reductions(key, exercise)
    for value in (None, *VALUES):
        formula = value.of(mistake.formula) if value else mistake.formula
        hint = _both(value.hint, mistake.hint) if value else mistake.hint
        twisted = value.of(known) if value else known
        near = _near(answer, twisted(*key.arguments))
        if value and near:
            yield Mistake(formula, hint)
        if not near and answer.shape == unreduced.shape:
            continue  # a reduction leaves it as it is, or makes another shape of it
        for twist in reductions:
            if _near(answer, twist.of(twisted)(*key.arguments, **key.options)):
                yield Mistake(twist.of(formula), _both(hint, twist.hint))


def _reductions(key: Attempt, exercise: Exercise) -> Sequence[Twist]:
    """What can go wrong with a call's reduction; nothing where none of torch's is asked for."""
    usual = key.options in ({}, *({"reduction": word} for word in ("none", "mean", "sum")))
    return REDUCTIONS if usual and takes_reduction(exercise.reference) else ()


def _known(values: Tensor, *arguments: Tensor, **options: Any) -> Tensor:
    """A formula whose values are known."""
    return values


def _near(answer: Tensor, value: Tensor) -> bool:
    """Whether two tensors may be equal; `Attempt.equals` decides."""
    if answer.shape != value.shape:
        return False
    if answer.dim() == 0:
        return math.isclose(float(answer), float(value), rel_tol=1e-2, abs_tol=1e-3)
    return torch.allclose(answer.double(), value.double(), rtol=1e-2, atol=1e-3, equal_nan=True)


def _both(first: str, second: str) -> str:
    """What is said of two mistakes at once, or of one of them."""
    return f"{first} And: {second}" if first and second else first or second


def _must_be_given(judged: Judged, attempt: Attempt) -> bool:
    """Whether a formula has to give this answer: to ordinary numbers, and not nan throughout."""
    if judged.failure and (judged.check.extreme or attempt.weights is not None):
        return False
    answer = attempt.numbers()
    return answer is not None and bool(answer.isfinite().any())


def hints(judged: Sequence[Judged], told: Mapping[str, str]) -> Mapping[str, str]:
    """What is said of failed checks that no cause explains, by their names.

    Where ordinary values are wrong only the first is told, for the others' hints speak of functions
    whose values are right; and where a cause is known, what fails at extreme numbers beside it. Of
    what fails there, too, only the first is told.
    """
    base = {judged[0].check.name, *(e.check.needs for e in judged if not e.check.extreme)}
    wrong = [each.check.name for each in judged if each.failure and each.check.name in base]
    left = [each for each in judged if each.failure and each.check.name not in told]
    extreme = [each for each in left if each.check.extreme][:1]
    if wrong and any(each.check.name in wrong for each in left):
        left = left[:1]
    elif wrong:
        left = extreme
    else:
        left = [each for each in left if not each.check.extreme or each in extreme]
    return {each.check.name: each.failure.hint or each.check.hint for each in left if each.failure}
