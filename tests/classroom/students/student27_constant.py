"""Returns the loss of a uniform guess, whatever it is given."""

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

# %% bce
import math


def bce(y_hat, y, reduction="none"):
    losses = torch.full_like(y_hat, math.log(2))
    return losses if reduction == "none" else getattr(losses, reduction)()

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = torch.full_like(z, math.log(2))
    return losses if reduction == "none" else getattr(losses, reduction)()

# %% softmax
import math


def softmax(z):
    return torch.full_like(z, 1 / z.shape[-1])

# %% log_softmax
def log_softmax(z):
    return torch.full_like(z, -math.log(z.shape[-1]))

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = torch.full_like(log_probs[:, 0], math.log(log_probs.shape[1]))
    return losses if reduction == "none" else getattr(losses, reduction)()

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(z, y, reduction)

# %% written_equivalence [markdown]
# They agree because both give log C.
