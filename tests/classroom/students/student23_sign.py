"""Loses the minus sign, so every loss is a log-likelihood."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0, "all"),
    "cross_entropy_visible": (0, []),
    "cross_entropy_hidden": (0, "all"),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z * y - z.clamp(min=0) - torch.log1p(torch.exp(-z.abs()))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% softmax
def softmax(z):
    z = z - z.amax(dim=-1, keepdim=True)
    return z.exp() / z.exp().sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    # the minus of -log(softmax(z)) goes here
    return torch.logsumexp(z, dim=-1, keepdim=True) - z

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = log_probs[torch.arange(len(y)), y]
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    losses = z[torch.arange(len(y)), y] - torch.logsumexp(z, dim=-1)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% written_equivalence [markdown]
# Both maximise the log-likelihood.
