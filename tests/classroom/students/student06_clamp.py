"""Clamps where torch clamps: the logs at -100, and the logits at 0 for their positive part."""

import torch

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = y * y_hat.log().clamp_min(-100) + (1 - y) * (-y_hat).log1p().clamp_min(-100)
    losses = -losses
    match reduction:
        case "mean":
            return losses.mean()
        case "sum":
            return losses.sum()
        case _:
            return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + (-z.abs()).exp().log1p()
    match reduction:
        case "mean":
            return losses.mean()
        case "sum":
            return losses.sum()
        case _:
            return losses

# %% softmax
def softmax(z):
    # exp(-104) is already 0 in float32, so nothing is lost below
    shifted = (z - z.amax(-1, keepdim=True)).clamp(min=-1000)
    return shifted.exp() / shifted.exp().sum(-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    shifted = z - z.amax(-1, keepdim=True)
    return shifted - shifted.clamp(min=-1000).exp().sum(-1, keepdim=True).log()

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs.take_along_dim(y[:, None], dim=1).flatten()
    match reduction:
        case "mean":
            return losses.mean()
        case "sum":
            return losses.sum()
        case _:
            return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    shifted = z - z.amax(-1, keepdim=True)
    log_norm = shifted.clamp(min=-1000).exp().sum(-1).log()
    losses = log_norm - shifted.take_along_dim(y[:, None], dim=1).flatten()
    match reduction:
        case "mean":
            return losses.mean()
        case "sum":
            return losses.sum()
        case _:
            return losses

# %% written_misprint [markdown]
# If $y_i = 0$ the printed sum is 0 for every $\hat y_i$. It should read
# $y_i \log \hat y_i + (1 - y_i) \log (1 - \hat y_i)$.
