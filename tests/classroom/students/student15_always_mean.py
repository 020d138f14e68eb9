"""Gives the mean where the losses one by one are asked for: always, or as the default."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0.5, ["demo", "values", "dtype", "edges", "gradient", "inputs"]),
    "cross_entropy_visible": (0, []),
    "cross_entropy_hidden": (
        0.75,
        ["demo", "values", "dtype", "large-logits", "edges", "gradient", "large-gradient", "inputs"],
    ),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    log_p = y_hat.log().clamp(min=-100)
    log_q = (1 - y_hat).log().clamp(min=-100)
    return -torch.mean(y * log_p + (1 - y) * log_q)

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    return torch.mean(torch.clamp(z, min=0) - z * y + torch.log1p(torch.exp(-torch.abs(z))))

# %% softmax
def softmax(z):
    z = z - z.max(dim=-1, keepdim=True).values
    return torch.exp(z) / torch.sum(torch.exp(z), dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    z = z - z.max(dim=-1, keepdim=True).values
    return z - torch.log(torch.sum(torch.exp(z), dim=-1, keepdim=True))

# %% nll
def nll(log_probs, y, reduction="mean"):
    losses = -log_probs[torch.arange(len(y)), y]
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()

# %% cross_entropy
def cross_entropy(z, y, reduction="mean"):
    return nll(log_softmax(z), y, reduction)

# %% written_equivalence [markdown]
# Both average $-\log \hat y_y$ over the batch.
