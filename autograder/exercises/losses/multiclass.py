"""Softmax, its logarithm, and cross-entropy over C classes.

z are logits and log_probs log-probabilities, classes along the last axis; y holds class indices.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from autograder.checks import Case, Check, Curve, Draw, Exercise, kinds

from . import multiclass_mistakes, multiclass_styles
from .multiclass_mistakes import BRANCHES, OVERFLOW, UNDERFLOW
from .rule import BY_HAND

# What the lecture printed: the fourth torch.randn(5, 3) after torch.manual_seed(0) and
# torch.randn(5), for its cell had been run four times. A fresh run draws the first.
DEMO_Z = torch.tensor(
    [
        [0.06271883, -0.7663063, 1.0992506],
        [2.7565384, 0.17528333, -0.9315211],
        [-1.5054897, -0.66098255, 1.3232017],
        [0.037114304, -0.2849093, -0.13344175],
        [1.8929105, 3.1110442, -0.4583958],
    ],
    dtype=torch.float32,  # whatever default a notebook has set
)
DEMO_Y = torch.tensor([0, 2, 1, 1, 0])

Shapes = tuple[tuple[int, ...], ...]
# No two axes alike and more than one rank, so that a transpose or a fixed axis shows.
SHAPES: Shapes = ((5, 3), (2, 3, 4), (4,), (3, 7), (9, 2))
ROWS: Shapes = ((5, 3), (3, 7), (9, 2), (4, 6))
EDGES: Shapes = ((1, 4), (5, 1))


def softmax(z: Tensor) -> Tensor:
    """torch.nn.Softmax over the last axis."""
    return nn.functional.softmax(z, dim=-1)


def log_softmax(z: Tensor) -> Tensor:
    """torch.nn.LogSoftmax over the last axis."""
    return nn.functional.log_softmax(z, dim=-1)


def nll(log_probs: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
    """torch.nn.NLLLoss."""
    return nn.functional.nll_loss(log_probs, y, reduction=reduction)


def cross_entropy(z: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
    """torch.nn.CrossEntropyLoss."""
    return nn.functional.cross_entropy(z, y, reduction=reduction)


# Cases: what a check calls the functions with ------------------------------------------------


def _demo_logits(draw: Draw) -> tuple[Tensor]:
    return (DEMO_Z,)


def _demo_log_probs(draw: Draw) -> tuple[Tensor, Tensor]:
    return log_softmax(DEMO_Z), DEMO_Y


def _demo_labelled(draw: Draw) -> tuple[Tensor, Tensor]:
    return DEMO_Z, DEMO_Y


def _logits(shapes: Shapes = SHAPES) -> Case:
    return lambda draw: (draw.normal(draw.cycle(shapes), 1.5),)


def _large_logits(draw: Draw) -> tuple[Tensor]:
    """By turns: all near 1,000, all near -1,000, far apart, and up to 10,000 in size.

    The first two break what overflows, the others what underflows, so a hint can tell them apart.
    """
    shape = (4, 5)
    return draw.cycle(
        (
            (draw.normal(shape) + 1000.0,),
            (draw.normal(shape) - 1000.0,),
            (draw.normal(shape, 300.0),),
            (draw.signs(shape) * draw.uniform(shape, 1000.0, 10000.0),),
        )
    )


def _far_logits(draw: Draw) -> tuple[Tensor]:
    """Each row's logits from 200 to 500 apart, in any order, its largest above 1,000 in size.

    So far from ties every right way of computing has the same gradient: 0, 1 or -1.
    """
    shape = (4, 5)
    steps = draw.uniform(shape, 200.0, 500.0).cumsum(dim=-1)
    order = draw.uniform(shape, 0.0, 1.0).argsort(dim=-1)
    side = torch.tensor([[1000.0], [-4000.0], [1000.0], [-4000.0]])
    return ((steps + side).gather(-1, order),)


def _labelled(case: Case) -> Case:
    """The case's logits, of shape (N, C), with a class for each row."""

    def labelled(draw: Draw) -> tuple[Tensor, Tensor]:
        (z,) = case(draw)
        return z, draw.integers(z.shape[:1], z.shape[1])

    return labelled


def _log_probs(shapes: Shapes = ROWS) -> Case:
    def case(draw: Draw) -> tuple[Tensor, Tensor]:
        z, y = _labelled(_logits(shapes))(draw)
        return log_softmax(z), y

    return case


# How wrong functions are drawn ---------------------------------------------------------------

MOVING = tuple(20.0 * k / 3 for k in range(-30, 31))  # from -200 to 200


def _moving_logit(first: Tensor) -> tuple[Tensor]:
    """Two classes: the logit of the first moves, that of the other is 0."""
    return (torch.stack([first, torch.zeros_like(first)], dim=1),)


def _first_class(answer: Tensor) -> Tensor:
    return answer[:, 0]


def _both_classes(first: Tensor) -> tuple[Tensor, Tensor]:
    (z,) = _moving_logit(first)
    return z.repeat(2, 1), torch.arange(2).repeat_interleave(len(first))


OVER = "t, where z = (t, 0)"
OVER_PROBABILITIES = Curve(
    OVER, "probability of class 0", MOVING, ("class 0",), _moving_logit, _first_class
)
OVER_LOG_PROBABILITIES = Curve(
    OVER, "log-probability of class 0", MOVING, ("class 0",), _moving_logit, _first_class
)
OVER_LOSSES = Curve(OVER, "loss", MOVING[::2], ("y = 0", "y = 1"), _both_classes)


# Exercises -----------------------------------------------------------------------------------

ROW = "Work one row by hand: its C values, their sum, and what should be true of the result."
EDGE = "One example keeps shape (1, C), one class (N, 1). Look for a squeeze or a fixed dim."


def _large_gradient(points: float, case: Case) -> Check:
    return kinds.gradient(
        points,
        case,
        draws=2,
        name="large-gradient",
        hint=BRANCHES,
        needs="large-logits",
        extreme=True,
    )


SOFTMAX = Exercise(
    name="softmax",
    reference=softmax,
    by_hand=BY_HAND,
    checks=(
        kinds.values(
            "demo",
            0.5,
            _demo_logits,
            "These are the lecture's numbers: the first row is 0.235, 0.103, 0.662.",
            draws=1,
        ),
        kinds.values("values", 1.0, _logits(), ROW),
        kinds.same_dtype(0.25, _logits()),
        kinds.values("large-logits", 0.25, _large_logits, OVERFLOW, draws=8, extreme=True),
        kinds.values("edges", 0.25, _logits(EDGES), EDGE, draws=4, needs="values"),
        kinds.gradient(0.25, _logits()),
        _large_gradient(0.25, _far_logits),
        kinds.inputs_unchanged(0.25, _logits()),
    ),
    mistakes=multiclass_mistakes.SOFTMAX,
    styles=multiclass_styles.SOFTMAX,
    curve=OVER_PROBABILITIES,
)

LOG_SOFTMAX = Exercise(
    name="log_softmax",
    reference=log_softmax,
    by_hand=BY_HAND,
    checks=(
        kinds.values(
            "demo",
            0.5,
            _demo_logits,
            "These are the lecture's numbers: the first row is −1.45, −2.28, −0.412.",
            draws=1,
        ),
        kinds.values("values", 1.0, _logits(), ROW),
        kinds.same_dtype(0.25, _logits()),
        kinds.values("large-logits", 0.25, _large_logits, UNDERFLOW, draws=8, extreme=True),
        kinds.values("edges", 0.25, _logits(EDGES), EDGE, draws=4, needs="values"),
        kinds.gradient(0.25, _logits()),
        _large_gradient(0.25, _far_logits),
        kinds.inputs_unchanged(0.25, _logits()),
    ),
    mistakes=multiclass_mistakes.LOG_SOFTMAX,
    styles=multiclass_styles.LOG_SOFTMAX,
    curve=OVER_LOG_PROBABILITIES,
)

NLL = Exercise(
    name="nll",
    reference=nll,
    by_hand=BY_HAND,
    checks=(
        kinds.values(
            "demo",
            0.5,
            _demo_log_probs,
            "These are the lecture's numbers: 1.45, 3.78, 2.16, 1.27, 1.5.",
            draws=1,
        ),
        kinds.values(
            "values",
            1.0,
            _log_probs(),
            "Row i has one right class, y[i]: which entry of log_probs is that?",
        ),
        kinds.reductions(0.5, _log_probs()),
        kinds.same_dtype(0.25, _log_probs()),
        kinds.values("edges", 0.25, _log_probs(EDGES), EDGE, draws=4, needs="values"),
        kinds.gradient(0.25, _log_probs()),
        kinds.inputs_unchanged(0.25, _log_probs()),
    ),
    mistakes=multiclass_mistakes.NLL,
    styles=multiclass_styles.NLL,
)

CROSS_ENTROPY = Exercise(
    name="cross_entropy",
    reference=cross_entropy,
    by_hand=BY_HAND,
    checks=(
        kinds.values(
            "demo",
            0.5,
            _demo_labelled,
            "These are the lecture's numbers: 1.45, 3.78, 2.16, 1.27, 1.5.",
            draws=1,
        ),
        kinds.values(
            "values",
            1.25,
            _labelled(_logits(ROWS)),
            "For ordinary z the result equals nll(log_softmax(z), y): compare the two row by row.",
        ),
        kinds.reductions(0.75, _labelled(_logits(ROWS))),
        kinds.same_dtype(0.25, _labelled(_logits(ROWS))),
        kinds.values(
            "large-logits", 0.75, _labelled(_large_logits), UNDERFLOW, draws=8, extreme=True
        ),
        kinds.values("edges", 0.25, _labelled(_logits(EDGES)), EDGE, draws=4, needs="values"),
        kinds.gradient(0.5, _labelled(_logits(ROWS))),
        _large_gradient(0.5, _labelled(_far_logits)),
        kinds.inputs_unchanged(0.25, _labelled(_logits(ROWS))),
    ),
    mistakes=multiclass_mistakes.CROSS_ENTROPY,
    styles=multiclass_styles.CROSS_ENTROPY,
    curve=OVER_LOSSES,
)

EXERCISES = (SOFTMAX, LOG_SOFTMAX, NLL, CROSS_ENTROPY)
