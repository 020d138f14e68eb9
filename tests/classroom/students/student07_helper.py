"""Keeps the reduction and the safe log in helper functions, in extra cells."""

import torch

# %% extra before bce
def reduce_losses(losses, reduction):
    """One place for none, mean and sum."""
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    assert reduction == "none", reduction
    return losses


def safe_log(p):
    return torch.log(p).clamp(min=-100)

# %% bce
def bce(y_hat, y, reduction="none"):
    return reduce_losses(-(y * safe_log(y_hat) + (1 - y) * safe_log(1 - y_hat)), reduction)

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    softplus = torch.logaddexp(z, torch.zeros_like(z))
    return reduce_losses(softplus - y * z, reduction)

# %% extra before softmax
def reduce_losses(losses, reduction):
    """One place for none, mean and sum, as in the first notebook."""
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses


def shift(z):
    return z - z.max(dim=-1, keepdim=True).values


def log_norm(z):
    return torch.log(torch.exp(z).sum(dim=-1, keepdim=True))

# %% softmax
def softmax(z):
    return torch.exp(shift(z) - log_norm(shift(z)))

# %% log_softmax
def log_softmax(z):
    return shift(z) - log_norm(shift(z))

# %% nll
def nll(log_probs, y, reduction="none"):
    rows = torch.arange(log_probs.shape[0])
    return reduce_losses(-log_probs[rows, y], reduction)

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(shift(z) - log_norm(shift(z)), y, reduction)

# %% written_misprint [markdown]
# The misprint is in the second term. Correct:
#
#     L = -1/n * sum(y * log(y_hat) + (1 - y) * log(1 - y_hat))

# %% written_equivalence [markdown]
# They agree because CrossEntropyLoss applies LogSoftmax before NLLLoss. CrossEntropyLoss is safer
# because people forget the log, or take it of a softmax that is 0.
