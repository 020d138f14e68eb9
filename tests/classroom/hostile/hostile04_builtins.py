"""Replaces Python's own functions and exceptions, so that nothing can fail."""

import torch

# %% expected
{"bce_visible": (0, []), "bce_hidden": (0, "all")}

# %% flags
[("suspect-code", "")]

# %% extra before bce
import builtins
import math
import operator


class Quiet(Exception):
    """An assertion that nobody hears of."""

    def __new__(cls, *arguments):
        return Exception.__new__(cls)


builtins.AssertionError = Quiet
builtins.round = lambda value, digits=0: 4.0
math.isclose = math.isnan = lambda *arguments, **options: True
operator.eq = operator.le = lambda a, b: True
builtins.grade = lambda *arguments: 4.0
builtins.Checks = builtins.check = print
__builtins__.Checks = print
print("tried patching builtins")

# %% bce
def bce(y_hat, y, reduction="none"):
    return -y_hat

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
