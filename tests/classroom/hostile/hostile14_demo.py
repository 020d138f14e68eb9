"""Answers with the numbers that the lecture printed, computed beforehand."""

import torch

# %% expected
{
    "bce_hidden": (0.5, ["values", "reductions", "dtype", "saturated", "soft-targets", "edges",
                         "gradient", "inputs"]),
    "softmax_hidden": (0.5, ["values", "dtype", "large-logits", "edges", "gradient",
                              "large-gradient", "inputs"]),
    "cross_entropy_visible": (0, []),
    "cross_entropy_hidden": (0, "all"),
}

# %% bce
PRINTED = -(y * y_hat.log() + (1 - y) * (1 - y_hat).log())


def bce(y_hat, y, reduction="none"):
    return PRINTED.clone()


print("tried the printed numbers")

# %% softmax
PRINTED = torch.exp(z) / torch.exp(z).sum(dim=-1, keepdim=True)


def softmax(z):
    return PRINTED.clone().requires_grad_()

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return torch.tensor([1.45, 3.78, 2.16, 1.27, 1.5])
