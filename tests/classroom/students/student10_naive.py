"""Types the formulas in as they stand, so large numbers give inf and nan."""

import torch

# %% expected
{
    "bce_hidden": (3.5, ["saturated"]),
    "bce_with_logits_hidden": (3.5, ["large-logits", "large-gradient"]),
    "softmax_hidden": (2.5, ["large-logits", "large-gradient"]),
    "log_softmax_hidden": (2.5, ["large-logits", "large-gradient"]),
    "cross_entropy_hidden": (3.75, ["large-logits", "large-gradient"]),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    loss = -(y * torch.log(y_hat) + (1 - y) * torch.log(1 - y_hat))
    if reduction == "mean":
        return loss.mean()
    elif reduction == "sum":
        return loss.sum()
    return loss

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    loss = torch.log(1 + torch.exp(z)) - y * z
    if reduction == "mean":
        return loss.mean()
    elif reduction == "sum":
        return loss.sum()
    return loss

# %% softmax
def softmax(z):
    return torch.exp(z) / torch.sum(torch.exp(z), dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    return z - torch.log(torch.sum(torch.exp(z), dim=-1, keepdim=True))

# %% nll
def nll(log_probs, y, reduction="none"):
    loss = -log_probs[torch.arange(y.shape[0]), y]
    if reduction == "mean":
        return loss.mean()
    elif reduction == "sum":
        return loss.sum()
    return loss

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    n = torch.arange(y.shape[0])
    loss = -torch.log(torch.exp(z[n, y]) / torch.exp(z).sum(dim=1))
    if reduction == "mean":
        return loss.mean()
    elif reduction == "sum":
        return loss.sum()
    return loss

# %% written_misprint [markdown]
# (1-y) log (1-y_hat)
