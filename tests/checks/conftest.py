"""An exercise that is no loss, to judge functions with."""

import pytest

from autograder.checks import Exercise, kinds


def weigh(z, k, reduction="none"):
    """z * k, or its mean or sum; k holds whole numbers from 1 to 4."""
    weighed = z * k
    return weighed if reduction == "none" else getattr(weighed, reduction)()


def numbers(draw):
    """z of size 1 to 2, of either sign, and k: shape (3,) or (2, 4)."""
    shape = draw.cycle(((3,), (2, 4)))
    return draw.signs(shape) * draw.uniform(shape, 1.0, 2.0), 1 + draw.integers(shape, 4)


@pytest.fixture
def exercise():
    """weigh(z, k, reduction="none"), with one check of its values."""
    check = kinds.values("values", 1.0, numbers, "Multiply.", draws=4)
    return Exercise(name="weigh", reference=weigh, checks=(check,))


@pytest.fixture
def case():
    """The arguments that weigh is called with, by draw."""
    return numbers
