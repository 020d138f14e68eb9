"""Casts everything to float32 first, after an error message about dtypes."""

import torch

# %% expected
{
    "bce_hidden": (3.75, ["dtype"]),
    "bce_with_logits_hidden": (3.75, ["dtype"]),
    "softmax_hidden": (2.75, ["dtype"]),
    "log_softmax_hidden": (2.75, ["dtype"]),
    "nll_hidden": (2.75, ["dtype"]),
    "cross_entropy_hidden": (4.75, ["dtype"]),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    y_hat = y_hat.float()
    y = y.float()
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    if reduction == "mean":
        losses = losses.mean()
    elif reduction == "sum":
        losses = losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    z = z.float()
    y = y.float()
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    if reduction == "mean":
        losses = losses.mean()
    elif reduction == "sum":
        losses = losses.sum()
    return losses

# %% softmax
def softmax(z):
    z = z.to(torch.float32)
    z = z - z.max(dim=-1, keepdim=True).values
    return z.exp() / z.exp().sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    z = z.to(torch.float32)
    z = z - z.max(dim=-1, keepdim=True).values
    return z - z.exp().sum(dim=-1, keepdim=True).log()

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs.float()[torch.arange(len(y)), y.long()]
    if reduction == "mean":
        losses = losses.mean()
    elif reduction == "sum":
        losses = losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(log_softmax(z), y, reduction)

# %% written_misprint [markdown]
# $y_i$ should be $1 - y_i$ in the second part

# %% written_equivalence [markdown]
# because $\log e^x = x$
