"""Computes in numpy and comes back, so the values are right and the gradient is lost."""

import torch

# %% expected
{
    "bce_hidden": (3.5, ["gradient"]),
    "bce_with_logits_hidden": (3.25, ["gradient", "large-gradient"]),
    "softmax_hidden": (2.5, ["gradient", "large-gradient"]),
    "log_softmax_hidden": (2.5, ["gradient", "large-gradient"]),
    "nll_hidden": (2.75, ["gradient"]),
    "cross_entropy_hidden": (4, ["gradient", "large-gradient"]),
}

# %% bce
import numpy as np


def bce(y_hat, y, reduction="none"):
    y_hat, y = y_hat.detach().numpy(), y.detach().numpy()
    with np.errstate(divide="ignore"):
        log_p = np.maximum(np.log(y_hat), -100)
        log_q = np.maximum(np.log(1 - y_hat), -100)
    losses = torch.from_numpy(-(y * log_p + (1 - y) * log_q))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    z, y = z.detach().numpy(), y.detach().numpy()
    losses = torch.from_numpy(np.logaddexp(0, z) - y * z)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% softmax
import numpy as np


def softmax(z):
    z = z.detach().numpy()
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return torch.from_numpy(e / np.sum(e, axis=-1, keepdims=True))

# %% log_softmax
def log_softmax(z):
    z = z.detach().numpy()
    z = z - np.max(z, axis=-1, keepdims=True)
    return torch.from_numpy(z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True)))

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs.detach().numpy()[np.arange(len(y)), y.numpy()]
    losses = torch.from_numpy(losses)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(log_softmax(z), y, reduction)

# %% written_misprint [markdown]
# -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
