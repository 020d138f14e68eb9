"""Has other losses of torch's do the work: soft margins, KL divergence, CTC, a gradient of one."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
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
    ("forbidden-call", "nll_visible"),
    ("forbidden-call", "nll_hidden"),
    ("forbidden-call", "cross_entropy_visible"),
    ("forbidden-call", "cross_entropy_hidden"),
]

# %% bce
import torch.nn.functional as F


def bce(y_hat, y, reduction="none"):
    losses = F.multilabel_soft_margin_loss(
        torch.logit(y_hat).unsqueeze(-1), y.unsqueeze(-1), reduction="none"
    )
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    return torch.nn.SoftMarginLoss(reduction=reduction)(z, 2 * y - 1)

# %% softmax
from torch.nn import functional


def softmax(z):
    rows = z.reshape(-1, z.shape[-1])
    labels = torch.zeros(len(rows), dtype=torch.long)
    grads = torch.func.grad(lambda x: functional.cross_entropy(x, labels, reduction="sum"))(rows)
    return (grads + functional.one_hot(labels, z.shape[-1])).reshape(z.shape)

# %% log_softmax
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))

# %% nll
def nll(log_probs, y, reduction="none"):
    one_hot = functional.one_hot(y, log_probs.shape[1]).to(log_probs.dtype)
    losses = functional.kl_div(log_probs, one_hot, reduction="none").sum(dim=1)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    losses = torch.stack([
        functional.gumbel_softmax(row, tau=1e-9)[label] * 0 + functional.cross_entropy(row, label)
        for row, label in zip(z, y)
    ])
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
