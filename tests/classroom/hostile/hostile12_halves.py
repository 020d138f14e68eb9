"""Puts half a surrogate pair, which no file can hold, in texts that go into the record."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    raise ValueError("half a character: \ud800")


print("tried half a character \ud800")

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    """Half a character: \ud800"""
    return "\ud800"

# %% softmax
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)
