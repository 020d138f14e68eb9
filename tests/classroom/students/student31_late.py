"""Comes half a day late, and subtracts the largest logit of the whole batch, not of each row."""

import torch

# %% submitted 2026-12-05 07:31:00 UTC

# %% expected
{
    "softmax_hidden": (2.5, ["large-logits", "large-gradient"]),
    "log_softmax_hidden": (2.5, ["large-logits", "large-gradient"]),
    "cross_entropy_hidden": (3.75, ["large-logits", "large-gradient"]),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = torch.nn.functional.relu(z) - z * y + torch.log1p(torch.exp(-torch.abs(z)))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% softmax
def softmax(z):
    e = torch.exp(z - z.max())
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    z = z - z.max()
    return z - torch.log(torch.exp(z).sum(dim=-1, keepdim=True))

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(log_softmax(z), y, reduction)

# %% written_misprint [markdown]
# second term: (1 - y_i) log(1 - y_hat_i)

# %% written_equivalence [markdown]
# CrossEntropyLoss is NLLLoss after log_softmax. Logits are safer.
