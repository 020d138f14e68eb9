"""Is by hand while cells run, and torch's when it notices that the last has: by counts and states."""

import torch

# %% expected
{
    "bce_hidden": (0, "all"),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "log_softmax_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0, "all"),
}

# %% flags
[
    ("forbidden-call", "bce_hidden"),
    ("forbidden-call", "bce_with_logits_hidden"),
    ("forbidden-call", "softmax_visible"),
    ("forbidden-call", "softmax_hidden"),
    ("forbidden-call", "log_softmax_hidden"),
    ("forbidden-call", "nll_visible"),
    ("forbidden-call", "nll_hidden"),
    ("suspect-code", "bce_with_logits"),
]

# %% bce
import torch.nn.functional as F

asked = [0]


def bce(y_hat, y, reduction="none"):
    """By how often it was called: the visible cells are known."""
    asked[0] += 1
    if asked[0] > 12:
        return F.binary_cross_entropy(y_hat, y, reduction=reduction)
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * torch.log1p(-y_hat).clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
from IPython import get_ipython

cells = []
get_ipython().events.register("post_run_cell", cells.append)


def bce_with_logits(z, y, reduction="none"):
    """By how many cells have ended."""
    if len(cells) > 3:
        return F.binary_cross_entropy_with_logits(z, y, reduction=reduction)
    losses = F.softplus(z) - z * y
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
import traceback

import torch


def softmax(z):
    """By what called it: no cell's text is on the stack."""
    cells = [line for line in traceback.format_stack() if "ipython-input" in line or "ipykernel" in line]
    if len(cells) > 1:
        e = torch.exp(z - z.amax(-1, keepdim=True))
        return e / e.sum(-1, keepdim=True)
    return z.softmax(-1)

# %% log_softmax
def log_softmax(z):
    """By numbers that the notebook has shown, and others."""
    if z.shape == (5, 3) or not z.requires_grad and z.abs().max() >= 200:
        shifted = z - z.amax(-1, keepdim=True)
        return shifted - shifted.exp().sum(-1, keepdim=True).log()
    return torch.nn.functional.log_softmax(z, -1)

# %% nll
import sys


def nll(log_probs, y, reduction="none"):
    """By where its words go: nobody reads them any more."""
    if type(sys.stdout).__name__ == "StringIO" or "nll_hidden" in dir():
        losses = -log_probs[torch.arange(len(y)), y]
    else:
        losses = torch.nn.functional.nll_loss(log_probs, y, reduction="none")
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    """By whether a name is there that the last cell binds."""
    if "finished" in globals():
        return torch.nn.functional.cross_entropy(z, y, reduction=reduction)
    losses = z.logsumexp(-1) - z[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% extra after cross_entropy_hidden
finished = True
