"""Closes every descriptor, or puts another in their place, and shuts its sockets."""

import torch

# %% expected
{
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
}

# %% flags
[
    ("suspect-code", ""),
    ("kernel-died", ""),
    ("kernel-died", "log_softmax_checks"),
    ("kernel-died", "log_softmax_visible"),
    ("kernel-died", "log_softmax_hidden"),
]

# %% extra before softmax
import os

os.closerange(0, 1 << 16)

# %% softmax
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
import os


def log_softmax(z):
    null = os.open("/dev/null", os.O_RDWR)
    for number in range(3, 256):
        if number != null:
            os.dup2(null, number)
    return z

# %% extra before nll
import gc
import socket

for thing in gc.get_objects():
    if isinstance(thing, socket.socket):
        thing.shutdown(socket.SHUT_RDWR)

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
