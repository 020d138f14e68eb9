"""Calls the operators below torch's functions: torch.ops, torch._C, torch._refs, torch.special."""

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
    ("forbidden-call", "log_softmax_visible"),
    ("forbidden-call", "log_softmax_hidden"),
    ("forbidden-call", "nll_visible"),
    ("forbidden-call", "nll_hidden"),
    ("suspect-code", "bce"),
    ("suspect-code", "bce_with_logits"),
    ("suspect-code", "softmax"),
    ("suspect-code", "nll"),
    ("suspect-code", "cross_entropy"),
]

# %% bce
def bce(y_hat, y, reduction="none"):
    return torch._C._nn.binary_cross_entropy(y_hat, y, None, ["none", "mean", "sum"].index(reduction))

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    number = ["none", "mean", "sum"].index(reduction)
    return torch.ops.aten.binary_cross_entropy_with_logits(z, y, None, None, number)

# %% softmax
def softmax(z):
    return torch.ops.aten._softmax.default(z, -1, False)

# %% log_softmax
def log_softmax(z):
    return torch.special.log_softmax(z, -1)

# %% nll
def nll(log_probs, y, reduction="none"):
    number = ["none", "mean", "sum"].index(reduction)
    return torch._C._nn.nll_loss_nd(log_probs, y, None, number)

# %% cross_entropy
import torch._refs
import torch._refs.special


def cross_entropy(z, y, reduction="none"):
    losses = -torch._refs.special.log_softmax(z, 1)[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
