"""Binary cross-entropy from probabilities and from logits, of any shape.

y_hat is a probability in [0, 1], z a logit, y a target in [0, 1]; all have one shape.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from autograder.checks import Case, Draw, Exercise, Function, Mistake, kinds, reduced

from .rule import BY_HAND

FLOAT = torch.float32  # whatever default a notebook has set

# The lecture's z = torch.randn(5) after torch.manual_seed(0), and its y.
DEMO_Z = torch.tensor([1.5409961, -0.2934289, -2.1787894, 0.56843126, -1.0845224], dtype=FLOAT)
DEMO_Y = torch.tensor([0, 1, 1, 0, 1], dtype=FLOAT)

Shapes = tuple[tuple[int, ...], ...]
SHAPES: Shapes = ((7,), (4, 3), (5,), (2, 3, 4), (11,))
MATRICES: Shapes = ((4, 3), (2, 5))


def bce(y_hat: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
    """torch.nn.BCELoss, whose logarithms stop at -100."""
    return nn.functional.binary_cross_entropy(y_hat, y, reduction=reduction)


def bce_with_logits(z: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
    """torch.nn.BCEWithLogitsLoss."""
    return nn.functional.binary_cross_entropy_with_logits(z, y, reduction=reduction)


# Cases: what a check calls the functions with ------------------------------------------------


def _demo_probabilities(draw: Draw) -> tuple[Tensor, Tensor]:
    return torch.sigmoid(DEMO_Z), DEMO_Y


def _demo_logits(draw: Draw) -> tuple[Tensor, Tensor]:
    return DEMO_Z, DEMO_Y


def _probabilities(shapes: Shapes = SHAPES) -> Case:
    def case(draw: Draw) -> tuple[Tensor, Tensor]:
        size = draw.cycle(shapes)
        return draw.uniform(size, 0.02, 0.98), draw.integers(size, 2).float()

    return case


def _logits(shapes: Shapes = SHAPES) -> Case:
    """|z| in [0.05, 5): away from 0, where clamp and relu forms differ, and from saturation."""

    def case(draw: Draw) -> tuple[Tensor, Tensor]:
        size = draw.cycle(shapes)
        z = draw.signs(size) * draw.uniform(size, 0.05, 5.0)
        return z, draw.integers(size, 2).float()

    return case


def _saturated(draw: Draw) -> tuple[Tensor, Tensor]:
    """y_hat of exactly 0 and 1, right and wrong, with an ordinary value between."""
    ordinary = draw.uniform((1,), 0.1, 0.9)
    y_hat = torch.cat([torch.tensor([0, 0, 1, 1]).float(), ordinary])
    return y_hat, torch.tensor([0, 1, 0, 1, 1]).float()


def _soft(case: Case) -> Case:
    def soft(draw: Draw) -> tuple[Tensor, Tensor]:
        first, y = case(draw)
        return first, draw.uniform(y.shape, 0.05, 0.95)

    return soft


def _large_logits(draw: Draw) -> tuple[Tensor, Tensor]:
    """|z| from 30 to 10,000, half of them on the wrong side."""
    magnitudes = 10 ** draw.uniform((8,), 1.5, 4.0)
    return magnitudes * torch.tensor([1, -1] * 4), draw.integers((8,), 2).float()


# Mistakes: wrong formulas that students write ------------------------------------------------


def _plain(p: Tensor, y: Tensor) -> Tensor:
    return -(y * p.log() + (1 - y) * (1 - p).log())


def _rowwise_mean(p: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
    loss = reduced(_plain)(p, y, reduction)
    return loss * p.numel() / len(y) if reduction == "mean" else loss


# Made with probabilities; in bce_with_logits, made after a sigmoid.
FORMULAS = (
    Mistake(
        reduced(lambda p, y: -(y * p.log() + y * p.log())),
        "Both terms read y·log(ŷ). The second belongs to the other class: (1 − y)·log(1 − ŷ).",
    ),
    Mistake(
        reduced(lambda p, y: -y * p.log()),
        "Only examples with y = 1 have a loss here. What should a confident ŷ cost when y = 0?",
    ),
    Mistake(
        reduced(lambda p, y: -_plain(p, y)),
        "The sign is flipped: the logarithm of a probability is negative, and a loss is not.",
    ),
    Mistake(
        reduced(lambda p, y: _plain(1 - p, y)),
        "The classes are exchanged: y = 1 goes with log(ŷ), y = 0 with log(1 − ŷ).",
    ),
    Mistake(
        reduced(lambda p, y: _plain(p, y) / math.log(2)),
        "This is the loss in bits (log2). torch's losses use the natural logarithm.",
    ),
    Mistake(
        reduced(lambda p, y: _plain(p, y) / math.log(10)),
        "This is the loss with log10. torch's losses use the natural logarithm.",
    ),
    Mistake(
        lambda p, y, reduction="none": _plain(p, y),
        "The reduction argument is ignored: 'mean' and 'sum' give a single number.",
    ),
    Mistake(
        lambda p, y, reduction="none": _plain(p, y).mean(),
        "This is always the mean. The default, 'none', keeps one loss for each example.",
    ),
    Mistake(
        lambda p, y, reduction="none": _plain(p, y).sum(),
        "This is always the sum. The default, 'none', keeps one loss for each example.",
    ),
    Mistake(
        _rowwise_mean,
        "The mean divides by the number of all elements, not by the length of the first axis.",
    ),
    Mistake(
        reduced(lambda p, y: bce(torch.where(y == 1, p, 1 - p), torch.ones_like(y))),
        "This picks one of the two terms. A target between 0 and 1 weighs both of them.",
    ),
)


def _after_sigmoid(formula: Function) -> Function:
    return lambda z, y, **options: formula(torch.sigmoid(z), y, **options)


def _added(eps: float) -> Function:
    return reduced(lambda p, y: -(y * (p + eps).log() + (1 - y) * (1 - p + eps).log()))


def _clamped(eps: float) -> Function:
    return reduced(lambda p, y: _plain(p.clamp(eps, 1 - eps), y))


EPSILONS = (1e-6, 1e-7, 1e-8, 1e-10, 1e-12)
BOUND = "nn.BCELoss bounds the logarithm itself, from below, at −100."

# Mistakes that only show at the edges come first: there, the others would give the same nan.
BCE_MISTAKES = (
    Mistake(reduced(_plain), f"log(0) is −inf, and 0 · (−inf) is nan. {BOUND}"),
    *(Mistake(_added(e), f"Adding {e:g} to ŷ changes the loss: {BOUND}") for e in EPSILONS),
    *(Mistake(_clamped(e), f"Keeping ŷ {e:g} from 0 and 1 changes it: {BOUND}") for e in EPSILONS),
    *FORMULAS,
)

ROUNDED = (
    "sigmoid(z) has rounded to 0 or 1 before the logarithm sees it. Write log σ(z) in terms of z: "
    "no probability should be formed on the way."
)
LOGITS_MISTAKES = (
    Mistake(_after_sigmoid(reduced(_plain)), ROUNDED),
    Mistake(_after_sigmoid(bce), ROUNDED),
    *(Mistake(_after_sigmoid(form(e)), ROUNDED) for form in (_added, _clamped) for e in EPSILONS),
    Mistake(
        reduced(lambda z, y: (1 + z.exp()).log() - y * z),
        "exp(z) overflows for large z. Which sign of the exponent is always safe?",
    ),
    Mistake(
        reduced(_plain),
        "This takes the logarithm of the logit itself. Which function makes z a probability?",
    ),
    *(Mistake(_after_sigmoid(mistake.formula), mistake.hint) for mistake in FORMULAS),
)

# Exercises -----------------------------------------------------------------------------------

SOFT = "A target of 0.3 weighs both terms: 0.3 of the one, 0.7 of the other."
ONE = "One example is still a vector: shape (1,) in, shape (1,) out. Look for a squeeze."

BCE = Exercise(
    name="bce",
    reference=bce,
    by_hand=BY_HAND,
    checks=(
        kinds.values(
            "demo",
            0.5,
            _demo_probabilities,
            "These are the lecture's numbers: print yours beside 1.74, 0.851, 2.29, 1.02, 1.38.",
            draws=1,
        ),
        kinds.values(
            "values",
            1.0,
            _probabilities(),
            "Work one example by hand, then compare each factor of your formula with it.",
        ),
        kinds.reductions(0.5, _probabilities(MATRICES)),
        kinds.same_dtype(0.25, _probabilities()),
        kinds.values(
            "saturated",
            0.5,
            _saturated,
            "At ŷ = 0 or 1 one logarithm is −inf. nn.BCELoss stops each logarithm at −100.",
            draws=4,
        ),
        kinds.values("soft-targets", 0.25, _soft(_probabilities()), SOFT, draws=4),
        kinds.values("edges", 0.25, _probabilities(((1,), (1, 1))), ONE, draws=4, needs="values"),
        kinds.gradient(0.5, _probabilities()),
        kinds.inputs_unchanged(0.25, _probabilities()),
    ),
    mistakes=BCE_MISTAKES,
)

BCE_WITH_LOGITS = Exercise(
    name="bce_with_logits",
    reference=bce_with_logits,
    by_hand=BY_HAND,
    checks=(
        kinds.values(
            "demo",
            0.5,
            _demo_logits,
            "These are the lecture's numbers: the result equals bce(sigmoid(z), y).",
            draws=1,
        ),
        kinds.values(
            "values",
            1.0,
            _logits(),
            "For ordinary z the result equals bce(sigmoid(z), y): compare the two term by term.",
        ),
        kinds.reductions(0.5, _logits(MATRICES)),
        kinds.same_dtype(0.25, _logits()),
        kinds.values(
            "large-logits",
            0.5,
            _large_logits,
            "exp of a large number is inf. Rewrite the loss so that only exp(−|z|) is needed.",
            draws=4,
        ),
        kinds.values("soft-targets", 0.25, _soft(_logits()), SOFT, draws=4),
        kinds.values("edges", 0.25, _logits(((1,), (1, 1))), ONE, draws=4, needs="values"),
        kinds.gradient(0.5, _logits()),
        kinds.inputs_unchanged(0.25, _logits()),
    ),
    mistakes=LOGITS_MISTAKES,
)

EXERCISES = (BCE, BCE_WITH_LOGITS)
