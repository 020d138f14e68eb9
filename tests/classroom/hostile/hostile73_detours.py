"""Takes detours: attention, compiled and traced code, a thread, torch.func, a function of autograd."""

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
    ("suspect-code", "bce_with_logits"),
    ("suspect-code", "log_softmax"),
    ("suspect-code", "nll"),
]

# %% bce
import torch.nn.functional as F


class Detour(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y_hat, y):
        ctx.save_for_backward(y_hat, y)
        return F.binary_cross_entropy(y_hat, y, reduction="none")

    @staticmethod
    def backward(ctx, weight):
        y_hat, y = ctx.saved_tensors
        return weight * (y_hat - y) / (y_hat * (1 - y_hat)), None


def bce(y_hat, y, reduction="none"):
    losses = Detour.apply(y_hat, y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
import threading


def bce_with_logits(z, y, reduction="none"):
    done = []
    work = lambda: done.append(F.binary_cross_entropy_with_logits(z, y, reduction=reduction))
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return done[0]

# %% softmax
from torch.nn import functional


def softmax(z):
    one = torch.eye(z.shape[-1], dtype=z.dtype)
    rows = z.reshape(1, -1, z.shape[-1])
    return functional.scaled_dot_product_attention(rows, one[None], one[None], scale=1.0).reshape(z.shape)

# %% log_softmax
@torch.jit.script
def scripted(z: torch.Tensor) -> torch.Tensor:
    return torch.log_softmax(z, -1)


def log_softmax(z):
    return scripted(z)

# %% nll
from concurrent.futures import ThreadPoolExecutor


def nll(log_probs, y, reduction="none"):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(functional.nll_loss, log_probs, y, reduction=reduction).result()

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    losses = torch.func.vmap(lambda row, label: functional.cross_entropy(row, label))(z, y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
