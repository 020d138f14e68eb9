"""Writes every function as one vectorized formula, in the stable form the notebook asks for."""

import torch

# %% bce
def bce(y_hat, y, reduction="none"):
    log_p = torch.clamp(torch.log(y_hat), min=-100)
    log_q = torch.clamp(torch.log(1 - y_hat), min=-100)
    losses = -(y * log_p + (1 - y) * log_q)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = torch.maximum(z, torch.zeros_like(z)) - z * y + torch.log1p(torch.exp(-z.abs()))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% softmax
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))

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
    shifted = z - z.amax(dim=1, keepdim=True)
    log_z = torch.log(torch.exp(shifted).sum(dim=1))
    losses = log_z - shifted[torch.arange(len(y)), y]
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% written_misprint [markdown]
# Both terms are $y_i \log \hat y_i$, so an example of class 0 would cost nothing whatever we
# predict. The second term must be $(1 - y_i) \log(1 - \hat y_i)$, and the last bracket closes
# the sum:
#
# $L(\hat y, y) = -\frac1n \sum_i \left(y_i \log \hat y_i + (1 - y_i) \log(1 - \hat y_i)\right)$

# %% written_equivalence [markdown]
# CrossEntropyLoss takes logits and does log-softmax and NLLLoss in one step, so NLLLoss on
# log-probabilities gets the same numbers. CrossEntropyLoss is the safer one: it never forms a
# probability that can round to 0, whose log is $-\infty$.
