"""A watched call reports every operator of this course's rule, and none that honest code runs.

The functions run here, in this process: what the watch sees is the same wherever it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from typing import Any

import pytest
import torch
import torch.distributions as dist
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from autograder.exercises.losses.rule import BY_HAND
from autograder.isolation.operators import Watch, is_operator
from tests.exercises.test_styles import STYLES

# torch warns of what is old or in the making.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")

GENERATOR = torch.Generator().manual_seed(0)
Z = torch.randn(4, 3, generator=GENERATOR)  # logits
Y = torch.tensor([0, 2, 1, 0])
ROW = torch.randn(4, generator=GENERATOR)  # logits of the binary case
P = torch.rand(4, generator=GENERATOR)
T = torch.tensor([0.0, 1.0, 1.0, 0.0])
MAP = torch.randn(1, 3, 2, 2, generator=GENERATOR)
Q = torch.randn(1, 2, 4, 8, generator=GENERATOR)
BOTH = {"aten._softmax", "torch.Tensor.softmax"}  # what a method is seen by
LENGTHS = torch.tensor([4]), torch.tensor([2])
WEIGHTS = torch.randn(24, 8), torch.randn(24), torch.randn(8, 8), torch.randn(8)
NORMS = torch.ones(8), torch.zeros(8), torch.ones(8), torch.zeros(8)
LAYERS = torch.randn(16, 8), torch.randn(16), torch.randn(8, 16), torch.randn(8)


def softmax_of(z: Tensor) -> Tensor:
    return torch.softmax(z, -1)


class OwnFunction(torch.autograd.Function):
    """A softmax in a function of one's own for autograd."""

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:
        return z.softmax(-1)


def watched(function: Callable[[], object]) -> set[str]:
    """The forbidden operators that ran in a call."""
    watch = Watch(list(BY_HAND.operators))
    with watch.threads(), watch.calls() as found:
        function()
    return set(found)


def on_a_thread(function: Callable[[], object]) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def on_a_timer(function: Callable[[], object]) -> None:
    timer = threading.Timer(0, function)
    timer.start()
    timer.join()


def on_a_pool(function: Callable[[], object]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(function).result()


def inferring(function: Callable[[], object]) -> None:
    """In inference mode composed operators are not taken apart, and have names of their own."""
    with torch.inference_mode():
        function()


WAYS: dict[str, tuple[Callable[[], object], str]] = {
    # name of the way: the way, and an operator that it has to be seen by
    "F.softmax": (lambda: F.softmax(Z, -1), "torch.nn.functional.softmax"),
    "F.log_softmax": (lambda: F.log_softmax(Z, -1), "torch.nn.functional.log_softmax"),
    "F.softmin": (lambda: F.softmin(Z, -1), "torch.nn.functional.softmin"),
    "F.gumbel_softmax": (lambda: F.gumbel_softmax(Z), "torch.nn.functional.gumbel_softmax"),
    "F.nll_loss": (lambda: F.nll_loss(Z, Y), "torch.nn.functional.nll_loss"),
    "F.nll_loss-of-a-map": (
        lambda: F.nll_loss(MAP, MAP[:, 0].long().clamp(0, 2)),
        "aten.nll_loss2d_forward",
    ),
    "F.cross_entropy": (lambda: F.cross_entropy(Z, Y), "torch.nn.functional.cross_entropy"),
    "F.cross_entropy-of-soft-targets": (
        lambda: F.cross_entropy(Z, Z.abs()),
        "torch.nn.functional.cross_entropy",
    ),
    "F.linear_cross_entropy": (
        lambda: F.linear_cross_entropy(Z, torch.ones(5, 3), Y),
        "torch.nn.functional.linear_cross_entropy",
    ),
    "F.binary_cross_entropy": (lambda: F.binary_cross_entropy(P, T), "aten.binary_cross_entropy"),
    "F.binary_cross_entropy_with_logits": (
        lambda: F.binary_cross_entropy_with_logits(ROW, T),
        "aten.binary_cross_entropy_with_logits",
    ),
    "F.soft_margin_loss": (lambda: F.soft_margin_loss(ROW, T), "aten.soft_margin_loss"),
    "F.multilabel_soft_margin_loss": (
        lambda: F.multilabel_soft_margin_loss(Z, Z),
        "torch.nn.functional.multilabel_soft_margin_loss",
    ),
    "F.kl_div": (lambda: F.kl_div(Z, Z), "torch.nn.functional.kl_div"),
    "F.ctc_loss": (lambda: F.ctc_loss(Z[:, None], Y[None, 1:3], *LENGTHS), "aten._ctc_loss"),
    "torch.ctc_loss": (
        lambda: torch.ctc_loss(Z[:, None], Y[None, 1:3], *LENGTHS),
        "torch.ctc_loss",
    ),
    "F.gaussian_nll_loss": (
        lambda: F.gaussian_nll_loss(ROW, T, P),
        "torch.nn.functional.gaussian_nll_loss",
    ),
    "F.scaled_dot_product_attention": (
        lambda: F.scaled_dot_product_attention(Q, Q, Q),
        "torch.nn.functional.scaled_dot_product_attention",
    ),
    "nn.Softmax": (lambda: nn.Softmax(-1)(Z), "aten._softmax"),
    "nn.Softmax2d": (lambda: nn.Softmax2d()(MAP), "aten._softmax"),
    "nn.Softmin": (lambda: nn.Softmin(-1)(Z), "aten._softmax"),
    "nn.LogSoftmax": (lambda: nn.LogSoftmax(-1)(Z), "aten._log_softmax"),
    "nn.NLLLoss": (lambda: nn.NLLLoss()(Z, Y), "aten.nll_loss_forward"),
    "nn.CrossEntropyLoss": (lambda: nn.CrossEntropyLoss()(Z, Y), "aten._log_softmax"),
    "nn.BCELoss": (lambda: nn.BCELoss()(P, T), "aten.binary_cross_entropy"),
    "nn.BCEWithLogitsLoss": (
        lambda: nn.BCEWithLogitsLoss()(ROW, T),
        "aten.binary_cross_entropy_with_logits",
    ),
    "nn.KLDivLoss": (lambda: nn.KLDivLoss()(Z, Z), "torch.nn.functional.kl_div"),
    "nn.AdaptiveLogSoftmaxWithLoss": (
        lambda: nn.AdaptiveLogSoftmaxWithLoss(3, 4, [2])(Z, Y),
        "aten._log_softmax",
    ),
    "nn.MultiheadAttention": (
        lambda: nn.MultiheadAttention(8, 2)(Q[0], Q[0], Q[0]),
        "aten._softmax",
    ),
    "nn.TransformerEncoderLayer": (
        lambda: nn.TransformerEncoderLayer(8, 2, batch_first=True).eval()(Q[0]),
        "aten._scaled_dot_product_flash_attention_for_cpu",
    ),
    "torch.softmax": (lambda: torch.softmax(Z, -1), "aten._softmax"),
    "torch.softmax-to-another-dtype": (
        lambda: torch.softmax(Z, -1, dtype=torch.float64),
        "aten._softmax",
    ),
    "torch.softmax-out": (lambda: torch.softmax(Z, -1, out=torch.empty(4, 3)), "aten.softmax"),
    "torch.log_softmax": (lambda: torch.log_softmax(Z, -1), "aten._log_softmax"),
    "torch.binary_cross_entropy_with_logits": (
        lambda: torch.binary_cross_entropy_with_logits(ROW, T),
        "torch.binary_cross_entropy_with_logits",
    ),
    "torch.kl_div": (lambda: torch.kl_div(Z, Z), "torch.kl_div"),
    "torch.masked.softmax": (lambda: torch.masked.softmax(Z, -1), "aten._softmax"),
    "torch._masked_softmax": (lambda: torch._masked_softmax(Z, Z > 0, -1), "aten._masked_softmax"),
    "torch._safe_softmax": (lambda: torch._safe_softmax(Z, -1), "aten._safe_softmax"),
    "torch.sparse.softmax": (
        lambda: torch.sparse.softmax(torch.eye(3).to_sparse(), 1),
        "aten._sparse_softmax",
    ),
    "torch.sparse.log_softmax": (
        lambda: torch.sparse.log_softmax(torch.eye(3).to_sparse(), 1),
        "aten._sparse_log_softmax",
    ),
    "torch._native_multi_head_attention": (
        lambda: torch._native_multi_head_attention(Q[0], Q[0], Q[0], 8, 2, *WEIGHTS),
        "aten._native_multi_head_attention",
    ),
    "torch._transformer_encoder_layer_fwd": (
        lambda: torch._transformer_encoder_layer_fwd(
            Q[0], 8, 2, *WEIGHTS, True, False, 1e-5, *NORMS, *LAYERS
        ),
        "aten._transformer_encoder_layer_fwd",
    ),
    "Tensor.softmax": (lambda: Z.softmax(-1), "aten._softmax"),
    "Tensor.log_softmax": (lambda: Z.log_softmax(-1), "aten._log_softmax"),
    "Tensor.softmax-unbound": (lambda: torch.Tensor.softmax(Z, -1), "aten._softmax"),
    "nested-tensor": (lambda: torch.nested.nested_tensor([Z, Z]).softmax(-1), "aten._softmax"),
    "special.softmax": (lambda: torch.special.softmax(Z, -1), "aten._softmax"),
    "special.log_softmax": (lambda: torch.special.log_softmax(Z, -1), "aten._log_softmax"),
    "ops": (lambda: torch.ops.aten._softmax.default(Z, -1, False), "aten._softmax"),
    "ops-overload": (lambda: torch.ops.aten.kl_div.default(Z, Z), "aten.kl_div"),
    "ops-backward": (
        lambda: torch.ops.aten._softmax_backward_data(Z, Z, -1, torch.float32),
        "aten._softmax_backward_data",
    ),
    "ops-quantized": (
        lambda: torch.ops.quantized.softmax(
            torch.quantize_per_tensor(Z, 1e-8, 0, torch.qint32), -1, 2.0**-31, 0
        ),
        "quantized.softmax",
    ),
    "torch._C": (lambda: torch._C._nn.binary_cross_entropy(P, T), "aten.binary_cross_entropy"),
    "Bernoulli.log_prob": (
        lambda: dist.Bernoulli(logits=ROW).log_prob(T),
        "aten.binary_cross_entropy_with_logits",
    ),
    "Categorical.probs": (lambda: dist.Categorical(logits=Z).probs, "aten._softmax"),
    "OneHotCategorical.probs": (lambda: dist.OneHotCategorical(logits=Z).probs, "aten._softmax"),
    "jit.script": (lambda: torch.jit.script(softmax_of)(Z), "aten._softmax"),
    "jit.trace": (
        lambda: torch.jit.trace(lambda z: F.log_softmax(z, -1), Z)(Z),
        "aten._log_softmax",
    ),
    "fx": (lambda: torch.fx.symbolic_trace(nn.Softmax(-1))(Z), "aten._softmax"),
    "own-autograd-function": (lambda: OwnFunction.apply(Z), "aten._softmax"),
    "checkpoint": (
        lambda: checkpoint(lambda z: z.softmax(-1), Z, use_reentrant=False),
        "aten._softmax",
    ),
    "thread": (lambda: on_a_thread(lambda: Z.softmax(-1)), "aten._softmax"),
    "timer": (lambda: on_a_timer(lambda: F.kl_div(Z, Z)), "torch.nn.functional.kl_div"),
    "pool": (lambda: on_a_pool(lambda: Z.softmax(-1)), "aten._softmax"),
    "thread-of-a-thread": (
        lambda: on_a_thread(lambda: on_a_thread(lambda: Z.softmax(-1))),
        "aten._softmax",
    ),
    "func.grad": (
        lambda: torch.func.grad(lambda z: F.cross_entropy(z, Y))(Z),
        "torch.nn.functional.cross_entropy",
    ),
    "func.vmap": (
        lambda: torch.func.vmap(lambda z: torch.special.log_softmax(z, -1))(Z),
        "aten._log_softmax",
    ),
    "func.jvp": (lambda: torch.func.jvp(lambda z: z.softmax(-1), (Z,), (Z,)), "aten._softmax"),
    "func.jacrev": (lambda: torch.func.jacrev(lambda z: z.softmax(-1))(Z), "aten._softmax"),
    "func.functional_call": (
        lambda: torch.func.functional_call(nn.Softmax(-1), {}, (Z,)),
        "aten._softmax",
    ),
    "no_grad": (lambda: torch.no_grad()(lambda: Z.softmax(-1))(), "aten._softmax"),
    "inference-softmax": (lambda: inferring(lambda: Z.softmax(-1)), "aten.softmax"),
    "inference-log_softmax": (lambda: inferring(lambda: Z.log_softmax(-1)), "aten.log_softmax"),
    "inference-special-softmax": (
        lambda: inferring(lambda: torch.special.softmax(Z, -1)),
        "aten.special_softmax",
    ),
    "inference-special-log_softmax": (
        lambda: inferring(lambda: torch.special.log_softmax(Z, -1)),
        "aten.special_log_softmax",
    ),
    "inference-attention": (
        lambda: inferring(lambda: F.scaled_dot_product_attention(Q, Q, Q)),
        "aten.scaled_dot_product_attention",
    ),
    "inference-kl_div": (lambda: inferring(lambda: torch.kl_div(Z, Z)), "aten.kl_div"),
}


@pytest.mark.parametrize(("way", "operator"), WAYS.values(), ids=list(WAYS))
def test_a_forbidden_operator_is_reported(way: Callable[[], object], operator: str) -> None:
    """By whatever name a loss or a softmax is called, its operator is among those found."""
    found = watched(way)
    assert operator in found
    assert BY_HAND.broken("f", found)
    assert is_operator(operator)


def test_every_pattern_of_the_rule_is_reached() -> None:
    """No line of the rule is there in vain: each matches what one of the ways above runs."""
    ran = {operator for _, operator in WAYS.values()}
    unmatched = [
        pattern for pattern in BY_HAND.operators if not any(fnmatchcase(o, pattern) for o in ran)
    ]
    assert unmatched == []


ARGUMENTS = {
    "bce": (P, T),
    "bce_with_logits": (ROW, T),
    "softmax": (Z,),
    "log_softmax": (Z,),
    "nll": (-Z.abs(), Y),
    "cross_entropy": (Z, Y),
}
HONEST = [(name, style) for name, styles in STYLES.items() for style in styles]


@pytest.mark.parametrize(("name", "style"), HONEST, ids=map("-".join, HONEST))
@pytest.mark.parametrize("grad", [False, True], ids=["plain", "grad"])
def test_an_honest_style_is_never_reported(name: str, style: str, grad: bool) -> None:
    """What honest styles run, forward and back and under each reduction, is no forbidden call."""
    first, *rest = ARGUMENTS[name]
    reductions = [{}] if len(ARGUMENTS[name]) == 1 else [{"reduction": r} for r in ("none", "sum")]

    def calls() -> None:
        for options in reductions:
            leaf = first.clone().requires_grad_(grad)
            value = STYLES[name][style](leaf.clone(), *rest, **options)
            if grad and isinstance(value, Tensor) and value.requires_grad:
                value.sum().backward()

    assert watched(calls) == set()


def test_what_ran_outside_a_call_is_not_held_against_it() -> None:
    """A torch loss before or after a call, to check oneself, is fine; so is a later honest call."""
    watch = Watch(list(BY_HAND.operators))
    F.softmax(Z, -1)
    with watch.calls() as first:
        Z.exp()
    F.softmax(Z, -1)
    assert first == set()
    with watch.calls() as second:
        Z.softmax(-1)
    with watch.calls() as third:
        Z.exp()
    assert (second, third) == (BOTH, set())


def test_a_call_that_raises_is_reported_all_the_same() -> None:
    """Raising after a forbidden call does not hide it, and the watch ends with the call."""
    watch = Watch(list(BY_HAND.operators))
    found: set[str] = set()

    def call() -> None:
        nonlocal found
        with watch.calls() as found:
            Z.softmax(-1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call()
    Z.log_softmax(-1)
    assert found == BOTH


def test_a_thread_from_before_the_call_is_watched() -> None:
    """A pool that a cell has started does in a later call what that call can't hide behind."""
    watch = Watch(list(BY_HAND.operators))
    with watch.threads(), ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with watch.calls() as found:
            pool.submit(Z.softmax, -1).result()
        with watch.calls() as later:
            pool.submit(Z.exp).result()
    assert (found, later) == (BOTH, set())


def test_threads_start_as_before_after_the_watch() -> None:
    """Watching threads changes nothing for those that start after it."""
    start = threading._start_new_thread  # type: ignore[attr-defined]
    watched(lambda: on_a_thread(lambda: None))
    assert threading._start_new_thread is start  # type: ignore[attr-defined]


def test_values_are_those_of_an_unwatched_call() -> None:
    """Watching changes no value and no gradient."""

    def gradient() -> tuple[Tensor, Tensor]:
        z = Z.clone().requires_grad_()
        value = (z.logsumexp(-1) - z[torch.arange(4), Y]).mean()
        return value, *torch.autograd.grad(value, z)

    expected = gradient()
    with Watch(list(BY_HAND.operators)).calls():
        actual = gradient()
    for one, other in zip(actual, expected, strict=True):
        assert torch.equal(one, other)


def test_no_patterns_forbid_nothing() -> None:
    """A course without a rule has nothing to report."""
    with Watch([]).calls() as found:
        Z.softmax(-1)
    assert found == set()
