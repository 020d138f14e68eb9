"""Ways to a forbidden operator end told, refused, or in the list of what only a reading finds.

All of a kind run in one kernel, one after the other: none leaves the watch other than it was.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from autograder.exercises.losses.rule import BY_HAND
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from tests.exercises import test_styles
from tests.isolation.honest import EXPECTED, HONEST
from tests.isolation.ways import BACKWARD, BEGIN, ONLY_READ, REFUSED, TOLD

NewKernel = Callable[..., StudentKernel]

# torch warns of what is old or in the making.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

GENERATOR = torch.Generator().manual_seed(0)
Z = torch.randn(4, 3, generator=GENERATOR)
Y = torch.tensor([0, 2, 1, 0])
TAKEN = "the grader has taken this away"
NOT_EAGERLY = "There was no rule registered for HigherOrderOperator flex_attention"


@pytest.fixture(scope="module")
def ruled(new_shared_kernel: NewKernel) -> StudentKernel:
    """A kernel of this course: its rule is watched."""
    return begun(new_shared_kernel(forbidden=list(BY_HAND.operators)), BEGIN)


@pytest.fixture(scope="module")
def free(new_shared_kernel: NewKernel) -> StudentKernel:
    """A kernel of a course without a rule."""
    return begun(new_shared_kernel(), BEGIN)


@pytest.fixture(scope="module")
def styled(new_shared_kernel: NewKernel) -> StudentKernel:
    """A kernel of this course that knows the honest styles of the exercises' tests."""
    source = inspect.getsource(test_styles)
    styles = source[source.index("def reducing(") : source.index("# What a style that leaves")]
    imports = "import numpy as np\nfrom torch.nn.functional import logsigmoid, one_hot, softplus\n"
    kernel = new_shared_kernel(forbidden=list(BY_HAND.operators))
    return begun(kernel, BEGIN + imports + styles)


def begun(kernel: StudentKernel, source: str) -> StudentKernel:
    """The kernel after a cell, which has to succeed."""
    outputs = kernel.run(1, source).outputs
    assert [output["evalue"] for output in outputs if output["output_type"] == "error"] == []
    return kernel


def defined(kernel: StudentKernel, source: str) -> Any:
    """A cell's `f`, to call."""
    begun(kernel, source)
    return kernel.get("f", lambda tree: RemoteFunction(kernel, "f", tree))


def gone(f: Any, *, grad: bool) -> tuple[Any, Exception | None]:
    """What a way's function returns, and raises there or on the way back."""
    z, value = Z.clone().requires_grad_(grad), None
    try:
        value = f(z.clone(), Y)
        if isinstance(value, Tensor) and value.requires_grad:
            value.sum().backward()
    except Exception as error:
        return value, error
    return value, None


@pytest.mark.parametrize("way", TOLD)
def test_a_way_that_is_seen_is_told(ruled: StudentKernel, way: str) -> None:
    """By whatever name, on whatever thread and however late: the operator is in the answer.

    It is in that of the call, without a way back, but for those ways that need one.
    """
    f = defined(ruled, TOLD[way])
    gone(f, grad=way in BACKWARD)
    assert BY_HAND.broken("f", f.forbidden)


@pytest.mark.parametrize("way", REFUSED)
def test_a_way_that_is_closed_refuses(ruled: StudentKernel, way: str) -> None:
    """What does the same without the operator is not there to begin with."""
    _, error = gone(defined(ruled, REFUSED[way]), grad=False)
    assert str(error).startswith((TAKEN, NOT_EAGERLY))


@pytest.mark.parametrize("way", ONLY_READ)
def test_some_ways_are_only_to_be_read(ruled: StudentKernel, way: str) -> None:
    """Silent, and not refused: the list says what the reading of the source is there for."""
    f = defined(ruled, ONLY_READ[way])
    value, error = gone(f, grad=False)
    assert (type(value), error, f.forbidden) == (Tensor, None, set())


@pytest.mark.parametrize("way", [*TOLD, *REFUSED, *ONLY_READ])
def test_each_is_a_way_where_nothing_is_forbidden(free: StudentKernel, way: str) -> None:
    """None ends by a mistake of its own, and a course without a rule takes nothing away."""
    f = defined(free, {**TOLD, **REFUSED, **ONLY_READ}[way])
    value, error = gone(f, grad=False)
    if way == "flex_attention":  # no watch lets it through
        assert str(error).startswith(NOT_EAGERLY)
    elif "error" in way and error:
        assert TAKEN not in str(error)
    else:
        assert error is None
        [value, *_] = value if isinstance(value, list) else [value]
        assert torch.isfinite(value).all()
    assert f.forbidden == set()


def test_there_are_many_ways() -> None:
    """At least so many of different names, none in two lists."""
    assert len(TOLD) >= 100
    assert len(REFUSED) >= 30
    assert len({*TOLD, *REFUSED, *ONLY_READ}) == len(TOLD) + len(REFUSED) + len(ONLY_READ)


# Honest styles -------------------------------------------------------------------------------

P = torch.rand(4, generator=GENERATOR) * 0.9 + 0.05
ROW = torch.randn(4, generator=GENERATOR)
T = torch.tensor([0.0, 1.0, 0.25, 1.0])
ARGUMENTS: dict[str, tuple[Tensor, ...]] = {
    "bce": (P, T),
    "bce_with_logits": (ROW, T),
    "softmax": (Z,),
    "log_softmax": (Z,),
    "nll": (Z - Z.logsumexp(-1, keepdim=True), Y),
    "cross_entropy": (Z, Y),
}
OF_THE_EXERCISES = {
    f"{name}-{style}": f"f = STYLES[{name!r}][{style!r}]"
    for name, styles in test_styles.STYLES.items()
    for style in styles
}
STYLES = {**OF_THE_EXERCISES, **HONEST}


@pytest.mark.parametrize("style", STYLES)
def test_a_style_by_hand_goes_on(styled: StudentKernel, style: str) -> None:
    """Values and gradients are torch's own, and nothing that ran is forbidden."""
    f = defined(styled, STYLES[style])
    name, _, how = style.partition("-")
    first, *rest = ARGUMENTS[name]
    z, leaf = first.clone().requires_grad_(), first.clone().requires_grad_()

    actual, expected = f(z.clone(), *rest), EXPECTED[name](leaf, *rest)

    torch.testing.assert_close(torch.as_tensor(actual).detach(), expected.detach())
    if how not in test_styles.LOST:  # a detour through numpy has no gradient
        weights = torch.linspace(1, 2, expected.numel()).reshape(expected.shape)
        [grad] = torch.autograd.grad(actual, z, weights)
        torch.testing.assert_close(grad, torch.autograd.grad(expected, leaf, weights)[0])
    assert f.forbidden == set()


def test_there_are_many_styles() -> None:
    """At least so many, of each exercise some."""
    assert len(STYLES) >= 90
    assert {style.partition("-")[0] for style in HONEST} == {*EXPECTED}
