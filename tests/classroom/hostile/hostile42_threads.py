"""Leaves threads and last words behind, which change and print things later."""

import torch

# %% flags
[("suspect-code", "")]

# %% expected
{"bce_visible": (0, []), "bce_hidden": (0, "all")}

# %% extra before bce
import atexit
import threading
import time
import weakref

shell = get_ipython()
answers = []


def meddle():
    """Turns whatever was answered into something else, and names into others, for ever."""
    while True:
        for answer in list(answers):
            answer.data.fill_(4.0)
        shell.user_ns["expected"] = shell.user_ns["score"] = 4.0
        shell.user_ns["Checks"] = shell.user_ns["grade"] = print
        time.sleep(0.001)


def chatter():
    while True:
        print("4.0")
        time.sleep(0.002)


class Last:
    def __del__(self):
        print("4.0")
        raise SystemExit


for target in (meddle, chatter):
    threading.Thread(target=target, daemon=False).start()
atexit.register(print, "4.0")
keep = [Last(), weakref.finalize(Last(), print, "4.0")]
print("tried threads that stay")

# %% bce
def bce(y_hat, y, reduction="none"):
    keep.append(Last())
    keep.pop()
    answers.append(torch.zeros_like(y_hat))
    return answers[-1]

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
