"""Writes messages of its own to the descriptors it has: one of them is the kernel's socket."""

import torch

# %% expected
{"softmax_visible": (0, []), "softmax_hidden": (0, "all")}

# %% extra before softmax
import gc
import json
import os
import socket
import struct


def message(body, block=b""):
    text = json.dumps(body).encode()
    return struct.pack("!II", len(text), len(block)) + text + block


def answers(first):
    """Answers to whatever may be asked next."""
    full = {"outputs": [], "full": False, "value": 3.0, "graph": [], "forbidden": []}
    return b"".join(message({**full, "id": number}) for number in range(first, first + 50))


found = [thing for thing in gc.get_objects() if isinstance(thing, socket.socket)]
low = [number for number in range(3, 20) if os.path.exists(f"/proc/self/fd/{number}") or True]
print("tried messages of its own on", len(found), "sockets")

# %% softmax
def softmax(z):
    for thing in found:
        try:
            thing.sendall(answers(0) + answers(50))
        except OSError:
            pass
    for number in low:
        try:
            os.write(number, answers(100))
        except OSError:
            pass
    return z

# %% extra before log_softmax
for number in low:
    try:
        os.write(number, b"\xff" * 64)
    except OSError:
        pass

# %% log_softmax
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))

# %% flags
[
    ("suspect-code", ""),
    ("suspect-code", "softmax"),
    ("kernel-died", "softmax_checks"),
    ("kernel-died", "softmax_visible"),
    ("kernel-died", "softmax_hidden"),
    ("kernel-died", ""),
]
