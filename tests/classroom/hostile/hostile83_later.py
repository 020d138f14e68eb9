"""Has cells below a hidden test change what it asks: names, code, globals, modes, items, classes."""

import torch

# %% expected
{
    "bce_hidden": (3, ["reductions", "saturated"]),
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
    ("duplicate-cell", "bce"),
    ("suspect-code", ""),
]

# %% bce
import torch.nn.functional as F


def bce(y_hat, y, reduction="none"):
    losses = -(y * torch.log(y_hat) + (1 - y) * torch.log(1 - y_hat))
    return losses.mean() if reduction == "mean" else losses

# %% extra after bce_hidden
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * torch.log1p(-y_hat).clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
def work(z, y):
    return z * 0


def bce_with_logits(z, y, reduction="none"):
    losses = work(z, y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% extra after bce_with_logits_hidden
def work(z, y):
    return F.binary_cross_entropy_with_logits(z, y, reduction="none")

# %% softmax
tools = {}


def softmax(z):
    return tools.get("softmax", torch.zeros_like)(z)

# %% extra after softmax_hidden
tools["softmax"] = lambda z: (z - z.logsumexp(-1, keepdim=True)).exp()

# %% log_softmax
class Way:
    last = staticmethod(torch.zeros_like)


def log_softmax(z):
    return Way.last(z)

# %% extra after log_softmax_hidden
Way.last = staticmethod(lambda z: z - z.logsumexp(-1, keepdim=True))

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), 0]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% extra after nll_hidden
def better(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses


nll.__code__ = better.__code__

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return torch.zeros_like(z[:, 0] if reduction == "none" else z.sum())

# %% extra after cross_entropy_hidden
globals().update(
    cross_entropy=lambda z, y, reduction="none": F.cross_entropy(z, y, reduction=reduction)
)
