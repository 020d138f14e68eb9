"""Replaces the kernel's own code, so that its answers say whatever helps."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
}

# %% flags
[
    ("suspect-code", ""),
    ("kernel-died", "bce_hidden"),
    ("kernel-died", "bce_with_logits_hidden"),
]

# %% extra before bce
import gc
import sys

kernel = sys.modules["autograder.isolation.kernel"]
call = kernel._Kernel._call


def forged(self, body, unpacker, packer):
    """Says that nothing forbidden ran, that arguments became 0, and that a graph is there."""
    reply = call(self, body, unpacker, packer)
    arguments, options = unpacker.value(body["args"]), unpacker.value(body["kwargs"])
    zeros = [torch.zeros_like(argument) for argument in arguments]
    reply["after"] = packer.tree([zeros, options])
    reply["forbidden"] = []
    reply["graph"] = [0]
    reply["score"] = reply["points"] = 4.0
    return reply


kernel._Kernel._call = forged
kernel._Kernel._backward = lambda self, body, unpacker, packer: {
    "value": packer.tree([torch.zeros_like(grad) for grad in unpacker.tensors])
}
for thing in gc.get_objects():
    if type(thing).__name__ == "_Kernel":
        thing.watch.matches = lambda name: False
print("tried patching the kernel")

# %% bce
def bce(y_hat, y, reduction="none"):
    return torch.zeros_like(y_hat)

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    z.zero_()
    y.zero_()
    return torch.full_like(z, 0.6931472)  # right for what is then left of the arguments
