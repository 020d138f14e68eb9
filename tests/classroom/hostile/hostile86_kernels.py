"""Has other kernels and compilers at work: own operators, scripts, traces, layouts, raw kernels."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0, "all"),
    "cross_entropy_visible": (0, []),
    "cross_entropy_hidden": (0, "all"),
}

# %% flags
[
    ("forbidden-call", "bce_visible"),
    ("forbidden-call", "bce_hidden"),
    ("forbidden-call", "bce_with_logits_visible"),
    ("forbidden-call", "bce_with_logits_hidden"),
    ("forbidden-call", "softmax_visible"),
    ("forbidden-call", "softmax_hidden"),
    ("forbidden-call", "nll_visible"),
    ("forbidden-call", "nll_hidden"),
    ("forbidden-call", "cross_entropy_visible"),
    ("forbidden-call", "cross_entropy_hidden"),
    ("suspect-code", "bce"),
    ("suspect-code", "bce_with_logits"),
    ("suspect-code", "log_softmax"),
    ("suspect-code", "nll"),
]

# %% bce
import torch.nn.functional as F


@torch.library.custom_op("hostile::bce", mutates_args=())
def operator(y_hat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.binary_cross_entropy(y_hat, y, reduction="none")


def bce(y_hat, y, reduction="none"):
    losses = torch.ops.hostile.bce(y_hat.detach(), y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
unit = torch.jit.CompilationUnit("""
def loss(z: Tensor, y: Tensor) -> Tensor:
    return torch.binary_cross_entropy_with_logits(z, y, None, None, 0)
""")


def bce_with_logits(z, y, reduction="none"):
    losses = unit.loss(z, y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
import torch


def softmax(z):
    return z.detach().to_mkldnn().softmax(-1).to_dense()

# %% log_softmax
def log_softmax(z):
    kernel = torch.library.get_kernel("aten::_log_softmax", "CPU")
    return kernel.call_boxed(torch._C.DispatchKeySet(torch._C.DispatchKey.CPU), z.detach(), -1, False)

# %% nll
graph = torch.fx.symbolic_trace(torch.nn.NLLLoss(reduction="none"))


def nll(log_probs, y, reduction="none"):
    losses = graph(log_probs, y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    """The tangent of a loss is taken apart in other operators than the loss itself."""
    zeros = torch.zeros_like(z)
    loss = lambda logits: torch.nn.functional.cross_entropy(logits, y, reduction=reduction)
    return torch.func.jvp(loss, (z,), (zeros,))[0]
