"""Shows what no notebook's file should hold: nested past any depth, numbers for text, no numbers."""

import torch

# %% flags
[]

# %% extra before bce
from IPython.display import display

for depth in (50, 200, 400, *range(900, 1000, 3)):
    nested = 1
    for _ in range(depth):
        nested = [nested]
    try:
        display({"application/json": nested, "text/plain": "nested"}, raw=True)
    except RecursionError:
        break
print("tried nested data")

# %% extra after bce
display({"text/plain": 5, "text/html": {"a": 1}, "image/png": ["x"], "x": None}, raw=True)
display({"text/plain": "a"}, metadata={"text/plain": 5, "tags": [[]]}, raw=True)
display({"application/json": [float("nan"), float("inf"), 10**4000]}, raw=True)
print("tried data of other kinds")

# %% extra before bce_checks
print("tried an endless count")
get_ipython()._trait_values["execution_count"] = float("inf")
1

# %% extra before bce_visible
print("tried a long count")
get_ipython().execution_count = 10**4000
1

# %% extra before bce_hidden
class Odd(Exception):
    """Its name is long, and its text is nothing to print."""


Odd.__name__ = "x" * 3000
print("tried an odd exception")
raise Odd("\x00\x1b[31m\ud800")

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
