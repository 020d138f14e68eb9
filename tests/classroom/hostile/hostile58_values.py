"""Returns what is enormous, endless or within itself, or recurs until the stack is full."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
    "nll_hidden": (1.25, ["values", "dtype", "edges", "inputs"]),
    "cross_entropy_hidden": (
        3.0, ["values", "dtype", "edges", "inputs"]),
}

# %% flags
[
    ("cannot-cross", "bce_visible"),
    ("cannot-cross", "bce_with_logits_visible"),
    ("kernel-died", "nll_hidden"),
]

# %% bce
def bce(y_hat, y, reduction="none"):
    return ["x" * 100] * 100_000

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    return torch.zeros(1).expand(1 << 40)  # 4 TiB to write out

# %% softmax
def softmax(z):
    import itertools

    if z.dim() == 1:
        return itertools.count()
    return {10**4000: z, (): lambda: None, b"": ..., None: {1j}}

# %% log_softmax
def log_softmax(z):
    within = [z]
    for _ in range(5000):
        within = [within, {"a": within}] if len(within) < 3 and _ < 3 else [within]
    return within

# %% nll
import sys


def deep(value):
    return max([value], key=deep)  # through C, whose stack has an end


def nll(log_probs, y, reduction="none"):
    if log_probs.shape == (9, 2):  # of no visible check
        sys.setrecursionlimit(10**7)
        return deep(log_probs)
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    if z.shape == (9, 2):
        return cross_entropy(z, y, reduction)
    losses = z.logsumexp(dim=1) - z[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
