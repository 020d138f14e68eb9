"""Calls torch's losses under other names: imported as, fetched by name, in strings, as modules."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0, "all"),
    "cross_entropy_visible": (0, []),
    "cross_entropy_hidden": (0, "all"),
}

# %% flags
[
    ("forbidden-call", "bce_visible"),
    ("forbidden-call", "bce_hidden"),
    ("forbidden-call", "bce_with_logits_visible"),
    ("forbidden-call", "bce_with_logits_hidden"),
    ("forbidden-call", "softmax_visible"),
    ("forbidden-call", "softmax_hidden"),
    ("forbidden-call", "log_softmax_visible"),
    ("forbidden-call", "log_softmax_hidden"),
    ("forbidden-call", "nll_visible"),
    ("forbidden-call", "nll_hidden"),
    ("forbidden-call", "cross_entropy_visible"),
    ("forbidden-call", "cross_entropy_hidden"),
    ("suspect-code", "softmax"),
]

# %% bce
from torch.nn.functional import binary_cross_entropy as bce

# %% bce_with_logits
import torch.nn.functional as F

loss = getattr(F, "binary_" + "cross" + "_entropy_with" + "_logits")


def bce_with_logits(z, y, reduction="none"):
    return loss(z, y, reduction=reduction)

# %% softmax
exec("def softmax(z):\n    return z.soft" + "max(-1)")

# %% log_softmax
def log_softmax(z, own=torch.Tensor.log_softmax):
    return own(z, -1)

# %% nll
class Loss(torch.nn.NLLLoss):
    pass


def nll(log_probs, y, reduction="none"):
    return vars(torch.nn)["NLL" + "Loss"](reduction=reduction).forward(log_probs, y)

# %% cross_entropy
class Wrapped(torch.nn.Module):
    def __init__(self, reduction):
        super().__init__()
        self.inner = torch.nn.Sequential(torch.nn.Identity())
        self.loss = torch.nn.CrossEntropyLoss(reduction=reduction)

    def forward(self, z, y):
        return self.loss(self.inner(z), y)


def cross_entropy(z, y, reduction="none"):
    return Wrapped(reduction)(z, y)
