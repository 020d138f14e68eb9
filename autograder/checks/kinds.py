"""The kinds of check: each function here makes one, for an exercise to price.

What a check needs, and its hint, are the exercise's to say; what is said otherwise fits most.

The `judge` of a check takes a trial and returns, or raises Failure with what is wrong. No kind
knows which function it judges: that is the exercise's business.
"""

from __future__ import annotations

import torch
from torch import Tensor

from autograder.checks.advice import CALL, IN_PLACE, advice
from autograder.checks.backward import watched_gradient
from autograder.checks.comparison import (
    Failure,
    as_answer,
    dtype,
    not_a_tensor,
    require_shape,
    unchanged,
)
from autograder.checks.exercise import Check
from autograder.checks.public import Case
from autograder.checks.trial import Trial

REDUCTIONS = ("none", "mean", "sum")
DRAWS = 20  # half of them in public; each takes a call of the student's function

REDUCTIONS_HINT = (
    "'none' keeps every loss, 'mean' averages over all of them, 'sum' adds them up: look at what "
    "your function returns for each of the three."
)
DTYPE_HINT = (
    "Make new tensors from the argument's own dtype: zeros_like(z), not zeros(n), and no .float() "
    "or .double()."
)
GRADIENT_HINT = (
    "The values can be right and the derivative wrong: look for a step that torch differentiates "
    "otherwise, such as a clamp, a where or a rounding."
)
INPUTS_HINT = IN_PLACE
CUT = (
    "No gradient comes back: compute the result from the argument by torch alone. numpy, .item(), "
    ".detach(), no_grad and torch.tensor(...) of computed values cut it; a constant has none."
)


def values(
    name: str,
    points: float,
    case: Case,
    hint: str,
    *,
    draws: int = DRAWS,
    needs: str = "",
    extreme: bool = False,
) -> Check:
    """The function equals the reference on every draw of the case."""

    def judge(trial: Trial) -> None:
        for question in [trial.ask(arguments) for arguments in trial.cases(case, draws)]:
            trial.judge(question)

    return Check(name, points, judge, hint, needs, extreme)


def reductions(
    points: float, case: Case, draws: int = 4, *, hint: str = REDUCTIONS_HINT, needs: str = ""
) -> Check:
    """Each reduction equals the reference's."""

    def judge(trial: Trial) -> None:
        cases = trial.cases(case, draws, len(REDUCTIONS))
        asked = [
            trial.ask(arguments, reduction=reduction)
            for arguments, reduction in zip(cases, REDUCTIONS * draws, strict=True)
        ]
        for question in asked:
            trial.judge(question)

    return Check("reductions", points, judge, hint, needs)


def same_dtype(
    points: float, case: Case, draws: int = 2, *, hint: str = DTYPE_HINT, needs: str = "values"
) -> Check:
    """float32 in gives float32 out, float64 gives float64, with the reference's shape."""

    def judge(trial: Trial) -> None:
        asked = [
            (kind, trial.ask(tuple(a.to(kind) if a.is_floating_point() else a for a in arguments)))
            for arguments in trial.cases(case, draws)
            for kind in (torch.float32, torch.float64)
        ]
        for kind, question in asked:
            cast, answer = question.arguments, _tensor(trial.answer(question))
            if answer.dtype != kind:
                text = f"returns {dtype(answer)} for {dtype(cast[0])} arguments."
                blind = f"returns another dtype than {dtype(cast[0])}, that of its arguments."
                raise Failure(text, hint, blind)
            trial.require_equal(answer, trial.expected(cast), where=trial.where(cast))

    return Check("dtype", points, judge, hint, needs)


def gradient(
    points: float,
    case: Case,
    draws: int = 4,
    *,
    name: str = "gradient",
    hint: str = GRADIENT_HINT,
    needs: str = "",
    extreme: bool = False,
) -> Check:
    """The gradient with respect to the first argument equals the reference's.

    The answer is weighted by random numbers before it is summed, so that errors can't cancel. The
    argument is no leaf of the graph: changing it in place is then allowed, as inside a model.
    """

    def judge(trial: Trial) -> None:
        for draw in trial.draws(draws):
            first, *others = arguments = case(draw)
            where = trial.where(arguments)
            with torch.enable_grad():  # a notebook may have turned gradients off
                exact = first.double().requires_grad_()
                expected = trial.expected((exact, *others))
                weights = draw.uniform(expected.shape, 0.5, 1.5)
                (truth,) = torch.autograd.grad(expected, exact, weights.double())
                leaf = first.clone().requires_grad_()
                answer = _tensor(trial.call_with((leaf.clone(), *(o.clone() for o in others))))
                trial.note(arguments, answer)
                require_shape(answer, expected, where)
                passed = weights.to(answer.dtype)
                actual = _gradient(answer, passed, leaf, public=not trial.secret)
            trial.note(arguments, actual, weights)
            try:
                trial.require_equal(actual, truth, where=where)
            except Failure as failure:
                raise Failure(
                    f"has a gradient that {failure}", blind=f"has a gradient that {failure.blind}"
                ) from None

    return Check(name, points, judge, hint, needs, extreme)


def inputs_unchanged(
    points: float, case: Case, draws: int = 2, *, hint: str = INPUTS_HINT, needs: str = "values"
) -> Check:
    """The arguments are after the call what they were before: dtype, shape and every value."""

    def judge(trial: Trial) -> None:
        asked = [
            (arguments, trial.ask_with(tuple(a.clone() for a in arguments)))
            for arguments in trial.cases(case, draws)
        ]
        for arguments, question in asked:
            copies = question.arguments
            trial.answer(question)
            for before, after, name in zip(arguments, copies, trial.names, strict=False):
                if not unchanged(before, after):
                    raise Failure(f"changes its argument {name} in place.", hint)

    return Check("inputs", points, judge, hint, needs)


def _tensor(answer: object) -> Tensor:
    """The answer itself, with its graph.

    Raises:
        Failure: it is no tensor, or no ordinary one.
    """
    as_answer(answer)
    if not isinstance(answer, Tensor):
        raise not_a_tensor(type(answer), CUT)
    return answer


def _gradient(output: Tensor, weights: Tensor, leaf: Tensor, *, public: bool) -> Tensor:
    """d(sum of weights * output) / d(leaf), of the leaf's shape.

    What is said of an error may depend on it where the draw is public.

    Raises:
        Failure: the graph from leaf to output is cut, or broken by an in-place change.
    """
    if not output.requires_grad:
        raise Failure("returns a value that gradients can't flow through.", CUT)
    try:
        found = watched_gradient(output, leaf, weights)
    except Exception as error:  # backward may run a function of the student's own
        known = advice(error) if public else CALL
        hint = CUT if known == CALL else known
        raise Failure("returns a value that torch can't differentiate.", hint) from None
    if found is None:
        raise Failure("returns a value whose graph does not reach its first argument.", CUT)
    return found
