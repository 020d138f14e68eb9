"""Takes logs to base 10 or 2, as the calculator in an information theory course does."""

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
    "cross_entropy_visible": (0, []),
    "cross_entropy_hidden": (0, "all"),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * torch.log10(y_hat) + (1 - y) * torch.log10(1 - y_hat))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    p = torch.sigmoid(z)
    losses = -(y * torch.log2(p) + (1 - y) * torch.log2(1 - p))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% softmax
def softmax(z):
    z = z - z.max(dim=-1, keepdim=True).values
    return 2**z / (2**z).sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    return torch.log2(softmax(z))

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    p = torch.exp(z - z.max(dim=-1, keepdim=True).values)
    p = p / p.sum(dim=-1, keepdim=True)
    return nll(torch.log2(p), y, reduction)

# %% written_misprint [markdown]
# A bracket is missing.
