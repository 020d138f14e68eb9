"""Fills the disk with many files: in many folders, and faster than anyone looks."""

import torch

# %% flags
[("disk-limit", ""), ("disk-limit", "nll_hidden")]

# %% expected
{"nll_hidden": (1.25, ["values", "dtype", "edges", "inputs"])}

# %% extra before softmax
import os

number = 0
while True:
    number += 1
    os.makedirs(f"d{number % 50}/e{number % 7}", exist_ok=True)
    open(f"d{number % 50}/e{number % 7}/{number}", "w").close()

# %% softmax
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)

# %% extra after softmax
for number in range(5000):
    open(f"quick{number}", "w").close()

# %% extra before nll
import os

if os.path.exists("quick1000"):
    print("FOUND room for many files")
print("tried many files")

# %% nll
count = 0


def nll(log_probs, y, reduction="none"):
    global count
    if log_probs.shape == (9, 2):  # of no visible check
        for _ in range(500):
            count += 1
            open(f"call{count}", "w").close()
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
