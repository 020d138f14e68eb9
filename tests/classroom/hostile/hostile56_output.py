"""Prints and shows without end, in cells and in functions."""

import torch

# %% flags
[("output-limit", ""), ("output-limit", "softmax"), ("output-limit", "softmax_checks"), ("timeout", "")]

# %% extra before softmax
import sys

print("tried printing a lot")
for number in range(100_000):
    print("x" * 100)
    print("y" * 100, file=sys.stderr)

# %% extra before softmax_visible
from IPython.display import HTML, clear_output, display

for number in range(1000):
    display(HTML("x" * 1000))
    clear_output(wait=True)
display(HTML("x" * (8 << 20)))

# %% extra before softmax_checks
print("tried showing a lot")
raise ValueError("x" * (8 << 20))

# %% softmax
def softmax(z):
    for number in range(100):
        print("x" * 1000)
        display(HTML("x" * 1000))
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)


"x" * (8 << 20)

# %% extra before log_softmax
# The interrupt, too, comes when there is no room left for what it says.
while True:
    print("x" * 1000)

# %% log_softmax
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))
