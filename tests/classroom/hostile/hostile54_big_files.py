"""Fills the disk with few files: at once, slowly, without a name, and a little in every call."""

import torch

# %% expected
{
    "bce_with_logits_hidden": (0.5, ["values", "reductions", "dtype", "large-logits",
                                     "soft-targets", "edges", "gradient",
                                     "large-gradient", "inputs"]),
}

# %% flags
[
    ("disk-limit", ""),
    ("disk-limit", "bce_with_logits_hidden"),
]

# %% extra before bce
# Slowly: no file is large.
import time

while True:
    with open(f"slow{time.monotonic()}", "wb") as file:
        file.write(b"x" * (1 << 20))
    time.sleep(0.01)

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
count = 0


def bce_with_logits(z, y, reduction="none"):
    """Right, but that each call with many logits writes 3 MiB."""
    global count
    if z.numel() > 6:  # of no visible check
        count += 1
        with open(f"call{count}", "wb") as file:
            file.write(b"x" * (3 << 20))
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% extra after bce_with_logits_hidden
print("FOUND" if count > 8 else "tried", "files of", 3 * count, "MiB")

# %% extra before softmax
# Faster than anyone looks.
with open("big", "wb") as file:
    file.truncate(40 << 20)
    file.write(b"x" * (40 << 20))

# %% extra after softmax
import os

if os.path.exists("big"):
    print("FOUND room for a big file")
print("tried a big file")

# %% softmax
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)

# %% extra before nll
# Files without a name take as much as others.
import os
import time

unnamed = []
for number in range(40):
    unnamed.append(open("unnamed", "w+b"))
    os.unlink("unnamed")
    unnamed[-1].write(b"x" * (1 << 20))
    unnamed[-1].flush()
    time.sleep(0.01)
time.sleep(0.5)
print("FOUND room for", len(unnamed), "MiB without a name")

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
