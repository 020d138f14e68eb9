"""Changes an answer after it was given: as objects go, as it is looked at, as garbage is collected."""

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
    ("forbidden-call", "bce_with_logits_visible"),
    ("forbidden-call", "bce_with_logits_hidden"),
    ("forbidden-call", "softmax_visible"),
    ("forbidden-call", "softmax_hidden"),
    ("forbidden-call", "nll_visible"),
    ("forbidden-call", "nll_hidden"),
    ("suspect-code", "bce"),
    ("suspect-code", "log_softmax"),
    ("suspect-code", "nll"),
]

# %% bce
import torch.nn.functional as F


class Filling:
    def __init__(self, out, work):
        self.out, self.work = out, work

    def __del__(self):
        self.out.copy_(self.work())


def bce(y_hat, y, reduction="none"):
    kept = y_hat.detach().clone(), y.detach().clone()
    out = torch.zeros_like(y_hat if reduction == "none" else y_hat.sum())
    out.filling = Filling(out.data, lambda: F.binary_cross_entropy(*kept, reduction=reduction))
    return out

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    out = torch.zeros_like(z if reduction == "none" else z.sum())
    done = lambda: F.binary_cross_entropy_with_logits(z.detach(), y, reduction=reduction)
    out.is_contiguous = lambda: out.copy_(done()) is out
    out.numel = lambda: out.copy_(done()).nelement()
    return out

# %% softmax
import torch


def softmax(z):
    out = torch.zeros_like(z)

    def filling():
        try:
            yield
        finally:
            out.copy_(z.detach().softmax(-1))

    going = filling()
    next(going)
    return out

# %% log_softmax
import weakref


class Thing:
    pass


def log_softmax(z):
    out, thing = torch.zeros_like(z), Thing()
    weakref.finalize(thing, lambda: out.copy_(z.detach().log_softmax(-1)))
    out.thing = thing
    return out

# %% nll
class Circle:
    def __init__(self, out, work):
        self.out, self.work, self.circle = out, work, self

    def __del__(self):
        self.out.copy_(self.work())


def nll(log_probs, y, reduction="none"):
    kept = log_probs.detach().clone(), y.clone()
    out = torch.zeros_like(log_probs[:, 0] if reduction == "none" else log_probs.sum())
    Circle(out, lambda: torch.nn.functional.nll_loss(*kept, reduction=reduction))
    [[] for _ in range(9000)]
    return out

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    out = torch.zeros_like(z[:, 0] if reduction == "none" else z.sum())
    done = lambda: torch.nn.functional.cross_entropy(z.detach(), y, reduction=reduction)
    out.detach = lambda: out.copy_(done())
    return out
