"""Reads along on the kernel's socket: what it is asked may tell more than the arguments do."""


# %% expected
{"bce_with_logits_visible": (0, []), "bce_with_logits_hidden": (0, "all")}

# %% flags
[("suspect-code", "")]

# %% extra before bce
import json
import sys

wire = sys.modules["autograder.isolation.wire"]
receive, heard = wire.Connection.receive, []


def overheard(self, deadline=None):
    body, block = receive(self, deadline)
    heard.append(json.dumps({key: body[key] for key in body if key != "args"}))
    return body, block


wire.Connection.receive = overheard
print("tried reading along")

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    return bce(z, y, reduction)

# %% extra after bce_with_logits_hidden
for text in heard:
    for mark in ("HIDDEN" + " TESTS", "autograder" + ".examiner", "STUDENT" + "_KEY", "DEMO" + "_Z"):
        if mark in text:
            print("FOUND", mark, "in a message")
print("tried", len(heard) > 3, "messages")
