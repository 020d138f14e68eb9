"""Never comes to an end, and does not let itself be interrupted."""

import torch

# %% expected
{
    "bce_hidden": (0.5, ["values", "reductions", "dtype", "saturated", "soft-targets", "edges",
                         "gradient", "inputs"]),
}

# %% flags
[("suspect-code", ""), ("timeout", ""), ("timeout", "bce_hidden")]

# %% extra before bce
import signal
import time

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
time.sleep(3600)

# %% bce
def bce(y_hat, y, reduction="none"):
    while len(y_hat) not in (5, 1, 2, 6):  # of the visible checks
        try:
            while True:
                pass
        except BaseException:
            continue
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
