"""Takes all memory: in lists, in torch, in numpy, by mapping it shared, in text and on stacks."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
}

# %% flags
[
    ("suspect-code", ""),
    ("memory-limit", ""),
    ("memory-limit", "bce_visible"),
    ("memory-limit", "bce_hidden"),
    ("memory-limit", "softmax_visible"),
    ("memory-limit", "softmax_hidden"),
    ("memory-limit", "log_softmax_visible"),
    ("memory-limit", "log_softmax_hidden"),
]

# %% extra before bce
import mmap

shared = []
try:
    while len(shared) < 4096:
        shared.append(mmap.mmap(-1, 1 << 20, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))
        shared[-1][:: 4096] = b"x" * 256
    print("FOUND 4 GiB of shared memory")
except OSError as error:
    print("tried shared memory:", error)
del shared

# %% bce
def bce(y_hat, y, reduction="none"):
    blocks = []
    for _ in range(4096):
        blocks.append(bytearray(1 << 20))
    return y_hat

# %% extra after bce
blocks = [bytearray(1 << 20) for _ in range(4096)]

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
def softmax(z):
    return torch.ones(1 << 33)

# %% log_softmax
import numpy as np


def log_softmax(z):
    return np.ones(1 << 33)

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
