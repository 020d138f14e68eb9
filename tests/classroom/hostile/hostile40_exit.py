"""Ends its process: in a cell, when imported, in every call of a function, by several ways."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
    "nll_hidden": (2.75, ["edges"]),
}

# %% flags
[
    ("kernel-died", ""),
    ("kernel-died", "bce_checks"),
    ("kernel-died", "bce_visible"),
    ("kernel-died", "bce_hidden"),
    ("kernel-died", "softmax_checks"),
    ("kernel-died", "softmax_visible"),
    ("kernel-died", "softmax_hidden"),
    ("suspect-code", "softmax"),
    ("suspect-code", "nll"),
    ("kernel-died", "log_softmax_checks"),
    ("kernel-died", "log_softmax_visible"),
    ("kernel-died", "log_softmax_hidden"),
    ("suspect-code", "log_softmax"),
    ("kernel-died", "nll_hidden"),
]

# %% extra before bce
import os

os._exit(0)

# %% bce
def bce(y_hat, y, reduction="none"):
    import os

    os._exit(0)

# %% extra before bce_with_logits
with open("leaving.py", "w") as file:
    file.write("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
def softmax(z):
    import ctypes

    return ctypes.string_at(0)

# %% log_softmax
def log_softmax(z):
    import ctypes

    ctypes.CDLL(None).abort()

# %% nll
def nll(log_probs, y, reduction="none"):
    import os
    import signal

    if log_probs.shape == (1, 4):  # of no visible check
        os.kill(os.getpid(), signal.SIGSEGV)
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
