"""Prints points in every way: as text, as a last expression, on both streams, as a file handed in."""

import torch

# %% expected
{"softmax_visible": (0, []), "softmax_hidden": (0, "all")}

# %% extra before softmax
import os
import sys

os.environ["AUTOGRADER_SCORE"] = "3.0"
with open("gradebook.db", "w") as file:
    file.write("3.0")
print("tried printing 3.0 points")
print("3.0", file=sys.stderr)
3.0

# %% softmax
def softmax(z):
    print("3.0")
    print("✓ softmax(z) is right")
    sys.__stdout__.write("3.0\n")
    sys.__stderr__.write("Score: 3.0/3.0\n")
    os.write(1, b"3.0\n")
    os.write(2, b"3.0\n")
    return 3.0


print("✓ softmax(z) is right")
3.0

# %% extra before softmax_visible
print("1.0")
1.0

# %% extra before softmax_hidden
print("3.0")
3.0

# %% extra after softmax_hidden
3.0

# %% log_softmax
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))
