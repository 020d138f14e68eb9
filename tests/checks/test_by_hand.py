"""What is said of a broken rule, and which rules are refused."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from autograder.checks.by_hand import ELSEWHERE, ByHand, forbidden
from autograder.isolation.operators import Watch
from autograder.results import CellResult, CheckResult

RULE = ByHand(
    operators={"aten._softmax": "softmax", "aten.nll_loss*": "negative log-likelihood"},
    internals=("torch._C", "torch.ops"),
    libraries=("torch.distributions", "sklearn"),
)


# Operators that ran --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ran", "message"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param(["aten.exp", "aten.sum"], "", id="allowed"),
        pytest.param(
            ["aten._softmax"],
            "f calls torch's own softmax (aten._softmax), and the by-hand rule forbids that.",
            id="exact",
        ),
        pytest.param(
            ["aten.nll_loss2d_forward"],
            "f calls torch's own negative log-likelihood (aten.nll_loss2d_forward), and the "
            "by-hand rule forbids that.",
            id="pattern",
        ),
        pytest.param(
            ["aten.nll_loss_forward", "aten._softmax", "aten.exp"],
            "f calls torch's own softmax (aten._softmax), and the by-hand rule forbids that.",
            id="the-first-in-order",
        ),
        pytest.param(["Aten._softmax"], "", id="case-counts"),
    ],
)
def test_the_operator_is_named(ran: list[str], message: str) -> None:
    """The sentence has the function, what it computes and the operator; "" where none counts."""
    assert RULE.broken("f", ran) == message


@pytest.mark.parametrize(
    ("pattern", "close"),
    [
        ("aten.hubr_loss", "aten.huber_loss"),
        ("F.huber_loss", "torch.nn.functional.huber_loss"),
        ("torch.nn.functional.huber", "torch.nn.functional.huber_loss"),
        ("huber_loss", "aten.huber_loss"),
        ("Tensor.softmax", "torch.Tensor.softmax"),
        ("torch.nn.HuberLoss", "torch.nn.functional.huber_loss"),
        ("aten.hubr*", "aten.huber_loss"),
        ("torch.einsum", "torch.functional.einsum"),  # by its whole name it is reported
        ("", ""),
        ("aten.nothing_of_this_kind_xyz", ""),
    ],
)
def test_a_pattern_that_nothing_matches_is_refused(pattern: str, close: str) -> None:
    """Nobody can break such a rule: it is told, with what may have been meant."""
    with pytest.raises(ValueError, match=re.escape(repr(pattern))) as caught:
        ByHand({"aten._softmax": "softmax", pattern: "loss"})
    assert close in str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    [
        *("aten.huber_loss", "aten.huber_loss_backward", "aten.*huber*", "*huber_loss"),
        *("torch.nn.functional.huber_loss", "torch.softmax", "torch.Tensor.softmax"),
        *(
            "torch.eye",
            "torch.functional.einsum",
            "torch.linalg.norm",
            "torch.special.expit",
            "aten.[a-c]*",
        ),
    ],
)
def test_a_pattern_that_torch_has_a_name_for_is_taken(pattern: str) -> None:
    """An operator, a function or a method, one that makes tensors too, written out or not."""
    assert ByHand({pattern: "loss"}).operators == {pattern: "loss"}


@pytest.mark.parametrize(
    "call",
    [
        lambda z: torch.nn.functional.huber_loss(z, z),
        lambda z: z.softmax(0),
        lambda z: torch.eye(2),
        lambda z: torch.einsum("i,i", z, z),
        lambda z: torch.linalg.norm(z),
        lambda z: torch.special.expit(z),
        lambda z: torch.distributions.Bernoulli(logits=z).log_prob(z.sign().relu()),
        lambda z: torch.nn.init.uniform_(z),
        lambda z: torch.stack([z, z]).T @ z.new_zeros(2),
    ],
    ids=[
        "loss",
        "method",
        "factory",
        "einsum",
        "linalg",
        "special",
        "distribution",
        "init",
        "operators",
    ],
)
def test_whatever_a_watch_reports_may_be_forbidden(call: Callable[[Tensor], object]) -> None:
    """No name that a function is caught by is refused as a pattern."""
    watch = Watch(["aten.*", "torch.*", "Tensor.*"])
    with watch.calls():
        call(torch.randn(3))
    assert watch.found
    ByHand(dict.fromkeys(watch.found, "loss"))


@pytest.mark.parametrize(
    "operators", [{"aten.huber_loss"}, ("aten.huber_loss",), "aten.huber_loss"]
)
def test_operators_without_what_they_compute_are_refused(operators: object) -> None:
    """The sentence to who broke the rule needs it."""
    with pytest.raises(TypeError, match=r"operators of a ByHand is a \w+, not a dict"):
        ByHand(operators)  # type: ignore[arg-type]


def test_a_broken_rule_pays_nothing() -> None:
    """Every check of the function fails, with the sentence and the rule's hint."""
    result = CellResult(
        1.5,
        2.0,
        (CheckResult("demo", True, 1.5, 1.5), CheckResult("gradient", False, 0.0, 0.5, "Off.")),
    )
    assert forbidden(result, "No.", "From exp.") == CellResult(
        0.0,
        2.0,
        (
            CheckResult("demo", False, 0.0, 1.5, "No.", cause="From exp."),
            CheckResult("gradient", False, 0.0, 0.5, "No.", cause="From exp."),
        ),
    )


def test_what_a_function_may_be_written_from_is_the_exercises_to_say() -> None:
    """The kit knows no more than that the rule is about what is handed in."""
    assert RULE.hint == ELSEWHERE
    assert ByHand({}, hint="From exp.").hint == "From exp."
