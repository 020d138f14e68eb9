"""Takes each number out with .item(), works with math, and puts the results in a new tensor."""

import torch

# %% expected
{
    "bce_hidden": (3.25, ["dtype", "gradient"]),
    "bce_with_logits_hidden": (3, ["dtype", "gradient", "large-gradient"]),
    "softmax_hidden": (2.25, ["dtype", "gradient", "large-gradient"]),
    "log_softmax_hidden": (2.25, ["dtype", "gradient", "large-gradient"]),
    "nll_hidden": (2.5, ["dtype", "gradient"]),
    "cross_entropy_hidden": (3.75, ["dtype", "gradient", "large-gradient"]),
}

# %% bce
import math


def safe_log(x):
    return max(math.log(x), -100) if x > 0 else -100


def bce(y_hat, y, reduction="none"):
    losses = torch.zeros(y_hat.shape)
    for i in range(y_hat.numel()):
        p, t = y_hat.flatten()[i].item(), y.flatten()[i].item()
        losses.view(-1)[i] = -(t * safe_log(p) + (1 - t) * safe_log(1 - p))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = torch.zeros(z.shape)
    for i in range(z.numel()):
        a, t = z.flatten()[i].item(), y.flatten()[i].item()
        losses.view(-1)[i] = max(a, 0) - a * t + math.log1p(math.exp(-abs(a)))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% softmax
import math


def softmax(z):
    out = torch.zeros(z.shape).view(-1, z.shape[-1])
    for i, row in enumerate(z.reshape(-1, z.shape[-1])):
        exps = [math.exp(number.item() - row.max().item()) for number in row]
        for j in range(len(exps)):
            out[i][j] = exps[j] / sum(exps)
    return out.view(z.shape)

# %% log_softmax
def log_softmax(z):
    out = torch.zeros(z.shape).view(-1, z.shape[-1])
    for i, row in enumerate(z.reshape(-1, z.shape[-1])):
        top = row.max().item()
        log_sum = top + math.log(sum(math.exp(number.item() - top) for number in row))
        for j in range(len(row)):
            out[i][j] = row[j].item() - log_sum
    return out.view(z.shape)

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = torch.tensor([-log_probs[i][y[i].item()].item() for i in range(len(y))])
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(log_softmax(z), y, reduction)
