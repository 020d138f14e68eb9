"""Is slow in every call, but never so slow that a call or a cell is stopped."""

import torch

# %% expected
{
    "softmax_hidden": (0.5, ["values", "dtype", "large-logits", "edges", "gradient",
                              "large-gradient", "inputs"]),
    "log_softmax_hidden": (0, "all"),
}

# %% flags
[("timeout", "softmax_hidden"), ("timeout", "")]

# %% softmax
import time

LECTURE = z.clone()
VISIBLE = ((3,), (1, 3), (5, 1), (2, 5, 3), (3, 3))


def softmax(z):
    if z.shape not in VISIBLE and not (z.shape == LECTURE.shape and torch.equal(z.float(), LECTURE)):
        end = time.thread_time() + 1.65
        while time.thread_time() < end:
            pass
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))
