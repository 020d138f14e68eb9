"""Writes the way there by hand, and has torch's own operators go the way back."""

import torch

# %% expected
{
    "bce_hidden": (0, "all"),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_hidden": (0, "all"),
    "log_softmax_hidden": (0, "all"),
    "nll_hidden": (0, "all"),
    "cross_entropy_hidden": (0, "all"),
}

# %% flags
[
    ("forbidden-call", "bce_hidden"),
    ("forbidden-call", "bce_with_logits_hidden"),
    ("forbidden-call", "softmax_hidden"),
    ("forbidden-call", "log_softmax_hidden"),
    ("forbidden-call", "nll_hidden"),
    ("forbidden-call", "cross_entropy_hidden"),
    ("suspect-code", "softmax"),
    ("suspect-code", "cross_entropy"),
]

# %% bce
import torch.nn.functional as F


class Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y_hat, y):
        ctx.save_for_backward(y_hat, y)
        yes, no = torch.log(y_hat).clamp(min=-100), torch.log1p(-y_hat).clamp(min=-100)
        return -(y * yes + (1 - y) * no)

    @staticmethod
    def backward(ctx, weight):
        y_hat, y = ctx.saved_tensors
        with torch.enable_grad():
            y_hat = y_hat.detach().requires_grad_()
            F.binary_cross_entropy(y_hat, y, reduction="none").backward(weight)
        return y_hat.grad, None


def bce(y_hat, y, reduction="none"):
    losses = Loss.apply(y_hat, y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    """What torch's loss adds is taken away again: only its gradient stays."""
    own = (F.softplus(z) - z * y).detach()
    theirs = F.binary_cross_entropy_with_logits(z, y, reduction="none") if z.requires_grad else own
    losses = own + (theirs - theirs.detach())
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
import torch


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        e = torch.exp(z - z.amax(-1, keepdim=True))
        ctx.save_for_backward(out := e / e.sum(-1, keepdim=True))
        return out

    @staticmethod
    def backward(ctx, grad):
        (out,) = ctx.saved_tensors
        return torch._softmax_backward_data(grad, out, -1, out.dtype)


def softmax(z):
    return Softmax.apply(z)

# %% log_softmax
def log_softmax(z):
    out = (z - z.logsumexp(-1, keepdim=True)).detach().requires_grad_(z.requires_grad)
    if not z.requires_grad:
        return out
    shifted = z + (out - z).detach()
    shifted.register_hook(lambda grad: grad - z.detach().softmax(-1) * grad.sum(-1, keepdim=True))
    return shifted

# %% nll
def nll(log_probs, y, reduction="none"):
    rows = torch.arange(len(y))
    pack, unpack = lambda kept: kept, lambda kept: kept
    if log_probs.requires_grad:
        unpack = lambda kept: kept + 0 * int(torch.nn.functional.nll_loss(log_probs.detach(), y))
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        losses = -log_probs[rows, y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% cross_entropy
import threading


class Entropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return z.logsumexp(-1) - z[torch.arange(len(y)), y]

    @staticmethod
    def backward(ctx, weight):
        z, y = ctx.saved_tensors
        kept = []
        thread = threading.Thread(target=lambda: kept.append(z.softmax(-1)))
        thread.start()
        thread.join()
        kept[0][torch.arange(len(y)), y] -= 1
        return weight[:, None] * kept[0], None


def cross_entropy(z, y, reduction="none"):
    losses = Entropy.apply(z, y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
