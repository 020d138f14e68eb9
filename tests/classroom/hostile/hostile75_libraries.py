"""Asks other libraries first, and falls back to its own formula where they are not installed."""

import torch

# %% flags
[
    ("missing-package", ""),
    ("suspect-code", "cross_entropy"),
]

# %% bce
def bce(y_hat, y, reduction="none"):
    try:
        from sklearn.metrics import log_loss
    except ImportError:
        log_loss = None
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
try:
    import scipy.special as special
except ImportError:
    special = None


def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
try:
    import jax.nn as jnn
except ImportError:
    pass


def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))

# %% cross_entropy
import importlib


def cross_entropy(z, y, reduction="none"):
    for name in ("tensorflow", "keras", "jax", "sklearn.metrics"):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    losses = z.logsumexp(dim=1) - z[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
