"""Silences the watch, or works where it does not look: what is left is a reading of the source.

torch's own version of a loss in Python is not there: it refuses.
"""

import torch

# %% expected
{
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0, "all"),
}

# %% flags
[
    ("forbidden-call", "bce_hidden"),
    ("forbidden-call", "bce_with_logits_visible"),
    ("forbidden-call", "bce_with_logits_hidden"),
    ("forbidden-call", "softmax_visible"),
    ("forbidden-call", "softmax_hidden"),
    ("suspect-code", "bce"),
    ("suspect-code", "bce_with_logits"),
    ("suspect-code", "softmax"),
    ("suspect-code", "log_softmax"),
    ("suspect-code", "nll"),
    ("suspect-code", "cross_entropy"),
]

# %% bce
import torch.nn.functional as F


def bce(y_hat, y, reduction="none"):
    from torch.utils._python_dispatch import _disable_current_modes

    with torch._C.DisableTorchFunction(), _disable_current_modes():
        return F.binary_cross_entropy(y_hat, y, reduction=reduction)

# %% bce_with_logits
import queue
import threading

asked, answered = queue.Queue(), queue.Queue()


def worker():
    """Started long before any call is watched."""
    while True:
        z, y, reduction = asked.get()
        answered.put(F.binary_cross_entropy_with_logits(z, y, reduction=reduction))


threading.Thread(target=worker, daemon=True).start()


def bce_with_logits(z, y, reduction="none"):
    asked.put((z, y, reduction))
    return answered.get()

# %% softmax
import sys

sys.modules["autograder.isolation.operators"].Watch._matches = lambda self, name: False


def softmax(z):
    return torch.softmax(z, -1)

# %% log_softmax
def log_softmax(z):
    frame = sys._getframe()
    while frame := frame.f_back:
        watch = frame.f_locals.get("watch")
        if type(watch).__name__ == "Watch":
            watch.matches = lambda name: False
    return torch.log_softmax(z, -1)

# %% nll
def nll(log_probs, y, reduction="none"):
    loss = torch._decomp.decomposition_table[torch.ops.aten.nll_loss_forward.default]
    number = ["none", "mean", "sum"].index(reduction)
    return loss(log_probs, y, None, number, -100)[0]

# %% cross_entropy
from torch.utils import _python_dispatch as modes


def cross_entropy(z, y, reduction="none"):
    kept = []
    while modes._len_torch_dispatch_stack():
        kept.append(modes._pop_mode())
    try:
        with torch._C.DisableTorchFunction():
            return torch.nn.functional.cross_entropy(z, y, reduction=reduction)
    finally:
        for mode in reversed(kept):
            modes._push_mode(mode)
