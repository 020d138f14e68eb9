"""Takes binary targets to be 0 or 1 and nothing between."""

import torch

# %% expected
{
    "bce_hidden": (3.75, ["soft-targets"]),
    "bce_with_logits_hidden": (3.75, ["soft-targets"]),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    # the probability of the class that it really was
    p = torch.where(y == 1, y_hat, 1 - y_hat)
    losses = -p.log().clamp(min=-100)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    signed = torch.where(y == 1, z, -z)
    losses = torch.nn.functional.softplus(-signed)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% softmax
def softmax(z):
    e = (z - z.amax(dim=-1, keepdim=True)).exp()
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    return z - z.logsumexp(dim=-1, keepdim=True)

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
    losses = z.logsumexp(dim=-1) - z[torch.arange(len(y)), y]
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% written_misprint [markdown]
# It counts only the examples with y = 1. For y = 0 we need log(1 - y_hat).

# %% written_equivalence [markdown]
# Taking the log of softmax and then NLLLoss is what CrossEntropyLoss does in one step; in one step
# it can use logsumexp and never sees log(0).
