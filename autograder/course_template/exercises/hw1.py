"""Squared error, of any shape."""

from torch import Tensor, nn

from autograder.checks import ByHand, Draw, Exercise, Mistake, kinds


def mse(y_hat: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
    """torch.nn.MSELoss."""
    return nn.functional.mse_loss(y_hat, y, reduction=reduction)


def _pairs(draw: Draw) -> tuple[Tensor, Tensor]:
    size = draw.cycle(((7,), (4, 3), (1,)))
    return draw.normal(size), draw.normal(size)


MSE = Exercise(
    name="mse",
    reference=mse,
    checks=(
        kinds.values("values", 1.0, _pairs, "Work one number by hand, then compare."),
        kinds.reductions(0.5, _pairs),
        kinds.gradient(0.5, _pairs),
    ),
    mistakes=(
        Mistake(
            lambda y_hat, y, reduction="none": (y_hat - y).abs(),
            "This is the absolute error: square the difference.",
        ),
    ),
    by_hand=ByHand({"aten.mse_loss": "squared error"}, hint="Write it from -, * and .sum()."),
)

EXERCISES = (MSE,)
