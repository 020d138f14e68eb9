"""Binary cross-entropy from probabilities and from logits, of any shape.

y_hat is a probability in [0, 1], z a logit, y a target in [0, 1]; all have one shape.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from autograder.checks import Case, Curve, Draw, Exercise, kinds

from . import binary_mistakes, binary_styles
from .binary_mistakes import BRANCHES
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


def _on_each_side(magnitudes: Tensor) -> tuple[Tensor, Tensor]:
    """Logits of eight sizes with labels: of each label's four every second one is negative."""
    return magnitudes * torch.tensor([1, -1] * 4), torch.tensor([0, 0, 1, 1] * 2).float()


def _large_logits(draw: Draw) -> tuple[Tensor, Tensor]:
    """|z| from 32 to 10,000: first four below 89, where exp is finite, on each side of each label.

    There a rounded sigmoid, a bound at 100 and an exp that overflows differ from one another.
    """
    magnitudes = 10 ** torch.cat([draw.uniform((4,), 1.5, 1.95), draw.uniform((4,), 2.0, 4.0)])
    return _on_each_side(magnitudes)


def _far_logits(draw: Draw) -> tuple[Tensor, Tensor]:
    """|z| from 200 to 10,000, on each side of each label: there the gradient is 0, 1 or -1."""
    magnitudes = 10 ** draw.uniform((8,), 2.31, 4.0)
    return _on_each_side(magnitudes)


# How wrong functions are drawn ---------------------------------------------------------------


def _both_labels(first: Tensor) -> tuple[Tensor, Tensor]:
    return first.repeat(2), torch.cat([torch.ones_like(first), torch.zeros_like(first)])


LABELS = ("y = 1", "y = 0")
NEAR_0 = (0, 0.001, 0.003, 0.007, 0.015, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.37, 0.44)
PROBABILITIES = (*NEAR_0, 0.5, *(1 - p for p in reversed(NEAR_0)))
OVER_PROBABILITIES = Curve("ŷ", "loss", PROBABILITIES, LABELS, _both_labels, window=(0.0, 5.0))
OVER_LOGITS = Curve("z", "loss", tuple(40.0 * k / 3 for k in range(-15, 16)), LABELS, _both_labels)


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
            extreme=True,
        ),
        kinds.values("soft-targets", 0.25, _soft(_probabilities()), SOFT, draws=4),
        kinds.values("edges", 0.25, _probabilities(((1,), (1, 1))), ONE, draws=4, needs="values"),
        kinds.gradient(0.5, _probabilities()),
        kinds.inputs_unchanged(0.25, _probabilities()),
    ),
    mistakes=binary_mistakes.BCE,
    styles=binary_styles.BCE,
    curve=OVER_PROBABILITIES,
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
            0.25,
            _large_logits,
            "exp of a large number is inf. Rewrite the loss so that only exp(−|z|) is needed.",
            draws=4,
            extreme=True,
        ),
        kinds.values("soft-targets", 0.25, _soft(_logits()), SOFT, draws=4),
        kinds.values("edges", 0.25, _logits(((1,), (1, 1))), ONE, draws=4, needs="values"),
        kinds.gradient(0.5, _logits()),
        kinds.gradient(
            0.25,
            _far_logits,
            draws=2,
            name="large-gradient",
            hint=BRANCHES,
            needs="large-logits",
            extreme=True,
        ),
        kinds.inputs_unchanged(0.25, _logits()),
    ),
    mistakes=binary_mistakes.LOGITS,
    styles=binary_styles.LOGITS,
    curve=OVER_LOGITS,
)

EXERCISES = (BCE, BCE_WITH_LOGITS)
