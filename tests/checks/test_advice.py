"""What an exception that torch really raises says of who made it."""

import math

import pytest
import torch

from autograder.checks.advice import CALL, advice

Z = torch.arange(12.0).reshape(4, 3)
Y = torch.tensor([0, 2, 1, 1])
GRADED = Z.clone().requires_grad_()


@pytest.mark.parametrize(
    ("doing", "expected"),
    [
        pytest.param(lambda: Z / Z.sum(dim=-1), "keepdim=True", id="keepdim"),
        pytest.param(lambda: Z - torch.max(Z, dim=-1, keepdim=True), ".values", id="max-subtract"),
        pytest.param(lambda: torch.exp(torch.max(Z, dim=-1)), ".values", id="max-argument"),
        pytest.param(lambda: Z if Z > 0 else -Z, "torch.where", id="if"),
        pytest.param(lambda: Z[torch.arange(4), Y.float()], "whole number", id="float-index"),
        pytest.param(lambda: [0.1, 0.2][Y.float()], "one whole number", id="list-index"),
        pytest.param(lambda: Z.gather(1, Y), "one more axis", id="gather-axes"),
        pytest.param(lambda: Z.gather(1, Y[:, None].float()), "int64", id="gather-dtype"),
        pytest.param(
            lambda: torch.nn.functional.one_hot(Y.float(), 3), "class indices", id="one-hot"
        ),
        pytest.param(lambda: Z[torch.arange(5), Y], "two indices", id="two-indices"),
        pytest.param(lambda: Z.sum(dim=2), "-1 is the last", id="axis"),
        pytest.param(lambda: Z[0][:, Y], "-1 is the last", id="too-many-indices"),
        pytest.param(lambda: Z[torch.arange(4), Y + 1], "count from 0", id="beyond"),
        pytest.param(lambda: torch.dot(Z, Z), "dot product", id="dot"),
        pytest.param(lambda: Z @ Z, "matrix product", id="matrix-product"),
        pytest.param(lambda: GRADED.numpy(), "stay in torch", id="numpy"),
        pytest.param(lambda: GRADED.mul_(2), "in place", id="in-place"),
        pytest.param(lambda: None + Z, "return", id="none"),
        pytest.param(lambda: None.sum(), "return", id="none-attribute"),
        pytest.param(lambda: torch.exp(1.0), "plain number", id="number"),
        pytest.param(lambda: math.exp(Z), "one number", id="math"),
        pytest.param(lambda: float(Z), "one number", id="float"),
        pytest.param(lambda: math.log(0.0), "torch.log", id="math-log"),
        pytest.param(lambda: unknown, "misspelt", id="name"),  # noqa: F821
        pytest.param(lambda: {"sum": 1}["mean"], "letter by letter", id="key"),
        pytest.param(lambda: 1 / 0, CALL, id="another"),
    ],
)
def test_an_exception_is_explained(doing, expected):
    """By its type and text, as the installed torch and Python have them."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 (its type is part of the question)
        doing()
    assert expected.lower() in advice(caught.value).lower()


def test_a_name_without_a_value_is_explained():
    """Where no branch of an if has assigned it."""

    def function(reduction):
        if reduction == "avg":
            loss = 1
        return loss

    with pytest.raises(UnboundLocalError) as caught:
        function("mean")
    assert "no if has" in advice(caught.value)


def test_a_recursion_is_explained():
    """Without the whole of its text."""
    assert "calls itself" in advice(RecursionError("maximum recursion depth exceeded"))


def test_a_very_long_text_is_not_read_whole():
    """It comes from the student's side."""
    assert advice(RuntimeError("x" * 10_000_000 + "1D tensors expected")) == CALL
