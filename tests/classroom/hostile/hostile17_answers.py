"""Has the kernel's answers hold what no answer holds: numbers for lists, lists for objects."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
}

# %% flags
[
    ("kernel-died", "bce_visible"),
    ("kernel-died", "bce_hidden"),
    ("kernel-died", "bce_with_logits_visible"),
    ("kernel-died", "bce_with_logits_hidden"),
    ("kernel-died", "softmax_visible"),
    ("kernel-died", "softmax_hidden"),
    ("suspect-code", ""),
]

# %% extra before bce
import sys

wire = sys.modules["autograder.isolation.wire"]
send, odd = wire.Connection.send, {}


def oddly(self, body, tensors=b"", deadline=None):
    """Only answers to calls, which alone tell what forbidden ran."""
    send(self, {**body, **(odd if "forbidden" in body else {})}, tensors, deadline)


wire.Connection.send = oddly
print("tried answers of another kind")

# %% bce
def bce(y_hat, y, reduction="none"):
    odd.update(tried=7)
    return y_hat

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    odd.clear()
    odd.update(graph=[0, 0, 99], after={"list": 7}, forbidden={"a": 1}, value={"tensor": -1})
    return z

# %% extra before softmax
import sys

wire = sys.modules["autograder.isolation.wire"]
send = wire.Connection.send


def oddly(self, body, tensors=b"", deadline=None):
    odd = {"raised": {"type": ["x"], "text": {}, "line": [10**400, 1]}, "tried": {"a": 1}}
    send(self, {**body, **(odd if "graph" in body else {})}, tensors, deadline)


wire.Connection.send = oddly

# %% softmax
def softmax(z):
    return z
