"""Forgets the sum, and in the multiclass case averages over every entry of the matrix."""

import torch

# %% expected
{
    "bce_hidden": (3.5, ["reductions"]),
    "bce_with_logits_hidden": (3.5, ["reductions"]),
    "nll_hidden": (2.5, ["reductions"]),
    "cross_entropy_hidden": (4.25, ["reductions"]),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    loss = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    if reduction == "mean":
        return loss.mean()
    return loss

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    loss = z.relu() - y * z + torch.log1p(torch.exp(-z.abs()))
    if reduction == "mean":
        return loss.mean()
    return loss

# %% softmax
def softmax(z):
    z = z - z.max(-1, keepdim=True).values
    return torch.exp(z) / torch.exp(z).sum(-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    z = z - z.max(-1, keepdim=True).values
    return z - torch.exp(z).sum(-1, keepdim=True).log()

# %% nll
def nll(log_probs, y, reduction="none"):
    loss = -log_probs[torch.arange(len(y)), y]
    if reduction == "sum":
        return loss.sum()
    if reduction == "mean":
        return loss.sum() / log_probs.numel()
    return loss

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(log_softmax(z), y, reduction)

# %% written_misprint [markdown]
# The second log should have 1 minus y hat
