"""Lets distributions do it: some reach a loss, some have a formula of their own."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
}

# %% flags
[
    ("forbidden-call", "bce_visible"),
    ("forbidden-call", "bce_hidden"),
    ("forbidden-call", "bce_with_logits_visible"),
    ("forbidden-call", "bce_with_logits_hidden"),
    ("forbidden-call", "softmax_visible"),
    ("forbidden-call", "softmax_hidden"),
    ("suspect-code", "bce"),
    ("suspect-code", "bce_with_logits"),
    ("suspect-code", "softmax"),
    ("suspect-code", "log_softmax"),
    ("suspect-code", "cross_entropy"),
]

# %% bce
from torch.distributions import Bernoulli


def bce(y_hat, y, reduction="none"):
    losses = -Bernoulli(probs=y_hat, validate_args=False).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = -torch.distributions.Bernoulli(logits=z, validate_args=False).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
import torch.distributions as D


def softmax(z):
    return D.Categorical(logits=z, validate_args=False).probs

# %% log_softmax
from torch import distributions


def log_softmax(z):
    return distributions.Categorical(logits=z, validate_args=False).logits

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    losses = -torch.distributions.Categorical(logits=z, validate_args=False).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
