"""Has a stable softmax and sigmoid, and takes the log of what they return."""

import torch

# %% expected
{
    "bce_with_logits_hidden": (3.5, ["large-logits", "large-gradient"]),
    "log_softmax_hidden": (2.5, ["large-logits", "large-gradient"]),
    "cross_entropy_hidden": (3.75, ["large-logits", "large-gradient"]),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    if reduction == "mean":
        return losses.mean()
    elif reduction == "sum":
        return losses.sum()
    return losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    return bce(torch.sigmoid(z), y, reduction)

# %% softmax
def softmax(z):
    shifted = z - z.max(dim=-1, keepdim=True).values
    return shifted.exp() / shifted.exp().sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    return softmax(z).log()

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs.gather(1, y.reshape(-1, 1)).reshape(-1)
    if reduction == "mean":
        return losses.mean()
    elif reduction == "sum":
        return losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return nll(log_softmax(z), y, reduction)

# %% written_misprint [markdown]
# In the second summand it should be $1-y_i$ and $1-\hat{y}_i$, and there's one `(` too many.

# %% written_equivalence [markdown]
# `NLLLoss(log_softmax(z), y) == CrossEntropyLoss(z, y)` by definition. I think NLLLoss is safer
# because you can see what goes in.
