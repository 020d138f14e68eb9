"""What the hidden cells of this kit's own form of the assignment ask."""

import torch
from torch import Tensor, nn

from autograder.checks import ByHand, Draw, Exercise, kinds

BY_HAND = ByHand({"aten.*cross_entropy*": "cross-entropy"}, hint="Write it from logarithms.")
HINT = "Work one example by hand, then compare."


def bce(y_hat: Tensor, y: Tensor) -> Tensor:
    """torch.nn.BCELoss for each element."""
    return nn.functional.binary_cross_entropy(y_hat, y, reduction="none")


def bce_with_logits(z: Tensor, y: Tensor) -> Tensor:
    """torch.nn.BCEWithLogitsLoss for each element."""
    return nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")


def _probabilities(draw: Draw) -> tuple[Tensor, Tensor]:
    return draw.uniform((7,), 0.02, 0.98), draw.integers((7,), 2).float()


def _edges(draw: Draw) -> tuple[Tensor, Tensor]:
    return torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])


def _logits(draw: Draw) -> tuple[Tensor, Tensor]:
    return draw.normal((7,), 2.0), draw.integers((7,), 2).float()


def _large(draw: Draw) -> tuple[Tensor, Tensor]:
    return torch.tensor([-300.0, 300.0, -300.0, 300.0]), torch.tensor([0.0, 0.0, 1.0, 1.0])


EXERCISES = (
    Exercise(
        name="bce",
        reference=bce,
        by_hand=BY_HAND,
        checks=(
            kinds.values("values", 2.0, _probabilities, HINT),
            kinds.values("edges", 1.0, _edges, HINT, draws=1),
        ),
    ),
    Exercise(
        name="bce_with_logits",
        reference=bce_with_logits,
        by_hand=BY_HAND,
        checks=(
            kinds.values("values", 2.0, _logits, HINT),
            kinds.values("large", 1.0, _large, HINT, draws=1),
        ),
    ),
)
