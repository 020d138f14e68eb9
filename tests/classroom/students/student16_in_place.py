"""Saves memory by changing the arguments in place."""

import torch

# %% expected
{
    "bce_hidden": (3.75, ["inputs"]),
    "bce_with_logits_hidden": (3.75, ["inputs"]),
    "softmax_hidden": (2.75, ["inputs"]),
    "log_softmax_hidden": (2.75, ["inputs"]),
    "nll_hidden": (2.75, ["inputs"]),
    "cross_entropy_hidden": (4.75, ["inputs"]),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    p = y_hat.clone()
    y_hat *= -1
    y_hat += 1  # now y_hat is the probability of class 0
    losses = -(y * p.log().clamp(min=-100) + (1 - y) * y_hat.log().clamp(min=-100))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.relu() - z * y
    losses += z.abs_().neg_().exp_().log1p()
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% softmax
def softmax(z):
    z -= z.max(dim=-1, keepdim=True).values
    e = torch.exp(z)
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    z -= z.max(dim=-1, keepdim=True).values
    z -= torch.exp(z).sum(dim=-1, keepdim=True).log()
    return z

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = log_probs.neg_()[torch.arange(len(y)), y]
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    z -= z.max(dim=-1, keepdim=True).values
    losses = torch.exp(z).sum(dim=-1).log() - z[torch.arange(len(y)), y]
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% written_misprint [markdown]
# y log y_hat is there twice. The second one: (1 - y) log(1 - y_hat)

# %% written_equivalence [markdown]
# Same formula. CE subtracts the max first.
