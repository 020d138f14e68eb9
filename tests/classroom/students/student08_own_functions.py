"""Builds each function on the earlier ones, and checks against torch in scratch cells."""

import torch

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% extra after bce
p, t = torch.rand(7), torch.rand(7)
print((bce(p, t) - torch.nn.BCELoss(reduction="none")(p, t)).abs().max())

# %% bce_with_logits
def log_sigmoid(z):
    return torch.minimum(z, torch.zeros_like(z)) - torch.log1p(torch.exp(-torch.abs(z)))


def bce_with_logits(z, y, reduction="none"):
    losses = -(y * log_sigmoid(z) + (1 - y) * log_sigmoid(-z))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
def softmax(z):
    e = (z - z.max(dim=-1, keepdim=True).values).exp()
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    m = z.max(dim=-1, keepdim=True).values
    return z - m - (z - m).exp().sum(dim=-1, keepdim=True).log()

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(log_softmax(z), y, reduction)

# %% extra after cross_entropy
a, b = torch.randn(6, 4), torch.randint(4, (6,))
print(cross_entropy(a, b), torch.nn.functional.cross_entropy(a, b, reduction="none"))
