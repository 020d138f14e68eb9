"""Masks with one-hot targets, in the binary case as a two-class one."""

import torch

# %% bce
def bce(y_hat, y, reduction="none"):
    probabilities = torch.stack([1 - y_hat, y_hat], dim=-1)
    targets = torch.stack([1 - y, y], dim=-1)
    losses = -(targets * probabilities.log().clamp(min=-100)).sum(dim=-1)
    if reduction == "none":
        return losses
    elif reduction == "mean":
        return torch.mean(losses)
    elif reduction == "sum":
        return torch.sum(losses)
    else:
        raise ValueError(f"unknown reduction: {reduction}")

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    logits = torch.stack([torch.zeros_like(z), z], dim=-1)
    targets = torch.stack([1 - y, y], dim=-1)
    top = logits.max(dim=-1, keepdim=True).values
    log_probabilities = logits - top - (logits - top).exp().sum(dim=-1, keepdim=True).log()
    losses = -(targets * log_probabilities).sum(dim=-1)
    if reduction == "none":
        return losses
    elif reduction == "mean":
        return torch.mean(losses)
    elif reduction == "sum":
        return torch.sum(losses)
    else:
        raise ValueError(f"unknown reduction: {reduction}")

# %% extra before softmax
from torch.nn.functional import one_hot

print(one_hot(torch.tensor([0, 2, 1]), 3))

# %% softmax
def softmax(z):
    top = z.max(dim=-1, keepdim=True).values
    numerator = (z - top).exp()
    return numerator / numerator.sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    top = z.max(dim=-1, keepdim=True).values
    return z - top - (z - top).exp().sum(dim=-1, keepdim=True).log()

# %% nll
def nll(log_probs, y, reduction="none"):
    mask = one_hot(y, num_classes=log_probs.shape[1])
    losses = -(mask * log_probs).sum(dim=1)
    if reduction == "none":
        return losses
    elif reduction == "mean":
        return torch.mean(losses)
    elif reduction == "sum":
        return torch.sum(losses)
    else:
        raise ValueError(f"unknown reduction: {reduction}")

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    mask = one_hot(y, num_classes=z.shape[1])
    losses = -(mask * log_softmax(z)).sum(dim=1)
    if reduction == "none":
        return losses
    elif reduction == "mean":
        return torch.mean(losses)
    elif reduction == "sum":
        return torch.sum(losses)
    else:
        raise ValueError(f"unknown reduction: {reduction}")

# %% written_equivalence [markdown]
# Both are minus the log-probability of the right class. CrossEntropyLoss computes the
# log-probability itself, from the logits, without overflow.
