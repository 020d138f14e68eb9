"""An account of a check: what it called a function with, what came back, and how far off that is.

Formatting never runs a student's code: an answer is data by then, or of a kind that has a name.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.accounts import Account
from autograder.checks.attempts import Attempt
from autograder.checks.comparison import Failure, a_kind, as_answer, excess, unchanged
from autograder.checks.trial import Called, Trial

DIGITS = 8
MOST_NUMBERS = 60  # of a tensor that is shown whole
PLAIN = (bool, int, float, str, bytes, list, tuple, dict, type(None))

SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 200
SHORT.maxlist = SHORT.maxtuple = SHORT.maxdict = 20


def account(trial: Trial, *, failed: bool) -> Account:
    """What a trial's calls have been; to be asked before any other is made.

    Args:
        trial: a check's, whose calls were noted.
        failed: whether the check did.
    """
    name, calls = trial.seeds.exercise, trial.calls or []
    if not calls:
        return Account(name, trial.check)
    call = calls[-1] if failed else max(calls, key=lambda each: _distance(trial, each)[0])
    measured = _distance(trial, call, by_share=not failed)[1]
    return Account(
        exercise=name,
        check=trial.check,
        calls=len(calls),
        own=sum(each.secret and not each.drawing.fixed for each in calls),
        index=call.index,
        secret=call.secret,
        fixed=call.drawing.fixed,
        turn=call.drawing.turn,
        turns=call.drawing.turns,
        seed=trial.seeds.seed(trial.check, call.index),
        gradient=call.weights is not None,
        arguments="\n".join(_named(trial.names, call)),
        answer=call.raised or shown(call.answer),
        expected=shown(_expected(trial, call)),
        distance=measured,
        changed="\n".join(_changed(trial.names, call)),
    )


def _named(names: Sequence[str], call: Called) -> Iterator[str]:
    """Each argument with its name, a line or more."""
    for name, argument in zip(names, call.arguments, strict=False):
        yield f"{name} = {shown(argument)}"
    yield from (f"{name} = {shown(value)}" for name, value in call.options.items())
    if call.weights is not None:
        yield f"weights of the outputs = {shown(call.weights)}"


def _changed(names: Sequence[str], call: Called) -> Iterator[str]:
    """Each argument that is not what it was, as it is after the call."""
    for name, before, after in zip(names, call.arguments, call.after, strict=False):
        if not unchanged(before, after):
            yield f"{name} = {shown(after)}"


def _expected(trial: Trial, call: Called) -> Tensor | None:
    """The reference's value in float64, or its gradient."""
    exact = tuple(a.double() if a.is_floating_point() else a for a in call.arguments)
    weights = None if call.weights is None else call.weights.double()
    return Attempt(exact, dict(call.options), None, weights=weights).value(trial.reference)


def _distance(trial: Trial, call: Called, *, by_share: bool = True) -> tuple[float, str]:
    """How far an answer is off at its worst place, and that in words; -inf if it was not compared.

    Args:
        trial: a check's.
        call: one of its calls.
        by_share: whether the worst is what has most of its tolerance; or what is most above it, as
            a student's message has it.
    """
    expected = None if call.scale is None else _expected(trial, call)
    try:
        answer = as_answer(call.answer)
    except Failure:
        return -torch.inf, ""
    if (
        call.scale is None
        or expected is None
        or answer.shape != expected.shape
        or not answer.numel()
    ):
        return -torch.inf, ""
    if (found := excess(answer, expected, call.scale)) is None:
        return -torch.inf, ""
    difference, allowed = found
    share = torch.where(difference.isnan(), torch.inf, difference / allowed)
    worst = share if by_share else torch.where(share.isinf(), torch.inf, difference - allowed)
    at = np.unravel_index(int(worst.argmax()), worst.shape)
    place = [int(i) for i in at]
    where = f" at {place}" if place else ""
    text = f"{float(difference[at]):.3g}{where}; up to {float(allowed[at]):.3g} is allowed"
    return float(worst[at]), text


def shown(value: Any) -> str:
    """A value as text: of a large tensor its edges."""
    if isinstance(value, np.ndarray | np.generic):
        return f"{type(value).__name__} of numpy, {_numbers(np.asarray(value))}"
    if type(value) is Tensor:
        try:
            return _tensor(as_answer(value))
        except Failure as failure:
            return f"what {failure}"
    return SHORT.repr(value) if type(value) in PLAIN else a_kind(type(value))


def _tensor(value: Tensor) -> str:
    dtype = str(value.dtype).removeprefix("torch.")
    exact = value.double() if value.is_floating_point() else value
    return f"{dtype} {tuple(value.shape)} {_numbers(exact.numpy())}"


def _numbers(array: np.ndarray) -> str:
    if array.dtype.kind not in "biuf":
        return f"dtype {array.dtype}"
    return np.array2string(array, precision=DIGITS, threshold=MOST_NUMBERS, max_line_width=100)
