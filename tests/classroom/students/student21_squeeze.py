"""Ends everything with squeeze(), which eats the batch of one as well."""

import torch

# %% expected
{
    "bce_hidden": (3.75, ["edges"]),
    "bce_with_logits_hidden": (3.75, ["edges"]),
    "softmax_hidden": (2.75, ["edges"]),
    "log_softmax_hidden": (2.75, ["edges"]),
    "nll_hidden": (2.75, ["edges"]),
    "cross_entropy_hidden": (4.75, ["edges"]),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses.squeeze()

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses.squeeze()

# %% softmax
def softmax(z):
    z = z - z.max(dim=-1, keepdim=True)[0]
    return (z.exp() / z.exp().sum(dim=-1, keepdim=True)).squeeze()

# %% log_softmax
def log_softmax(z):
    z = z - z.max(dim=-1, keepdim=True)[0]
    return (z - z.exp().sum(dim=-1, keepdim=True).log()).squeeze()

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs.gather(1, y[:, None]).squeeze()
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    z = z - z.max(dim=-1, keepdim=True)[0]
    log_probs = z - z.exp().sum(dim=-1, keepdim=True).log()
    return nll(log_probs, y, reduction)

# %% written_misprint [markdown]
# For y = 0 it must use log(1 - y_hat).
