"""Answers with numbers that all have one hash, and lists within themselves: slow to take apart.

The lists are refused by their number of items, before any time is spent on them.
"""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
}

# %% flags
[
    ("kernel-died", "bce_with_logits_visible"),
    ("kernel-died", "bce_with_logits_hidden"),
    ("suspect-code", ""),
]

# %% bce
def bce(y_hat, y, reduction="none"):
    itself = []
    itself += [itself, itself]
    lecture = y_hat.shape == (5,) and 0.823 < y_hat[0] < 0.824
    return itself if lecture else y_hat

# %% extra before bce_with_logits
import sys

values = sys.modules["autograder.isolation.values"]
tree = values.Packer.tree
SAME = {"set": [number * (2**61 - 1) for number in range(150_000)]}  # made there, it takes long


class Slow:
    pass


values.Packer.tree = lambda self, value, depth=0: (
    SAME if type(value) is Slow else tree(self, value, depth)
)
print("tried numbers of one hash")

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    return Slow()

# %% softmax
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)
