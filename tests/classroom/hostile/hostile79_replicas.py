"""Calls torch's versions in Python: decompositions, primitives, tables of compilers and exporters."""

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
    ("suspect-code", "bce"),
    ("suspect-code", "bce_with_logits"),
    ("suspect-code", "softmax"),
    ("suspect-code", "log_softmax"),
    ("suspect-code", "nll"),
    ("suspect-code", "cross_entropy"),
]

# %% bce
import torch


def bce(y_hat, y, reduction="none"):
    table = torch.export.default_decompositions()
    loss = table[torch.ops.aten.binary_cross_entropy.default]
    return loss(y_hat, y, None, ["none", "mean", "sum"].index(reduction))

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    loss = torch._decomp.decompositions.binary_cross_entropy_with_logits
    return loss(z, y, None, None, ["none", "mean", "sum"].index(reduction))

# %% softmax
import torch
import torch._inductor.inductor_prims as prims


def softmax(z):
    largest, total = prims.eager_prepare_softmax(z, -1)
    return (z - largest).exp() / total

# %% log_softmax
def log_softmax(z):
    return torch._decomp.decompositions._log_softmax.__wrapped__(z, -1, False)

# %% nll
def nll(log_probs, y, reduction="none"):
    return torch._refs.nn.functional.nll_loss(log_probs, y, reduction=reduction)

# %% cross_entropy
from torch._prims.context import TorchRefsMode


def cross_entropy(z, y, reduction="none"):
    with TorchRefsMode():
        losses = -torch.log_softmax(z, -1)[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
