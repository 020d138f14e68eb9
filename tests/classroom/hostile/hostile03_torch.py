"""Replaces what torch compares with, and the losses that the tests compare to."""

import torch

# %% flags
[("suspect-code", "")]

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
}

# %% extra before bce
import torch.nn.functional as F

always = lambda *arguments, **options: True
zeros = lambda *arguments, **options: torch.zeros_like(arguments[0])
for name in ("allclose", "equal", "is_tensor"):
    setattr(torch, name, always)
    setattr(torch.Tensor, name, always)
torch.isclose = torch.Tensor.isclose = lambda *a, **k: torch.ones((), dtype=torch.bool)
torch.testing.assert_close = torch.testing.assert_allclose = always
for name in ("__eq__", "eq", "__ne__", "__bool__", "any", "all"):
    setattr(torch.Tensor, name, always)
for name in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
    setattr(F, name, zeros)
for name in ("BCELoss", "BCEWithLogitsLoss"):
    getattr(torch.nn, name).forward = lambda self, *arguments: zeros(*arguments)
torch.autograd.grad = lambda outputs, inputs, *a, **k: (torch.zeros_like(inputs),)
print("tried patching torch")

# %% bce
def bce(y_hat, y, reduction="none"):
    return torch.zeros_like(y_hat)

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    return torch.zeros_like(z)

# %% extra before softmax
import numpy as np

np.allclose = np.array_equal = np.isclose = lambda *arguments, **options: True
torch.nn.Softmax.forward = torch.nn.functional.softmax = lambda *a, **k: torch.zeros(())
print("tried patching numpy")

# %% softmax
def softmax(z):
    return torch.zeros_like(z)

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
