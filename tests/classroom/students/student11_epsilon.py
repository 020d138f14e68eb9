"""Adds 1e-8 inside every log, as many tutorials do."""

import torch

# %% expected
{
    "bce_hidden": (3.5, ["saturated"]),
    "bce_with_logits_hidden": (3.5, ["large-logits", "large-gradient"]),
    "log_softmax_hidden": (2.5, ["large-logits", "large-gradient"]),
    "cross_entropy_hidden": (3.75, ["large-logits", "large-gradient"]),
}

# %% bce
EPS = 1e-8


def bce(y_hat, y, reduction="none"):
    loss = -(y * torch.log(y_hat + EPS) + (1 - y) * torch.log(1 - y_hat + EPS))
    if reduction == "mean":
        loss = loss.mean()
    if reduction == "sum":
        loss = loss.sum()
    return loss

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    return bce(torch.sigmoid(z), y, reduction)

# %% softmax
def softmax(z):
    z = z - z.max(dim=-1, keepdim=True).values
    return torch.exp(z) / (torch.exp(z).sum(dim=-1, keepdim=True) + 1e-8)

# %% log_softmax
def log_softmax(z):
    return torch.log(softmax(z) + 1e-8)

# %% nll
def nll(log_probs, y, reduction="none"):
    loss = -log_probs.gather(1, y.view(-1, 1)).view(-1)
    if reduction == "mean":
        loss = loss.mean()
    if reduction == "sum":
        loss = loss.sum()
    return loss

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(log_softmax(z), y, reduction)

# %% written_equivalence [markdown]
# CrossEntropyLoss = softmax, log, NLLLoss. With an epsilon in the log both are equally safe.
