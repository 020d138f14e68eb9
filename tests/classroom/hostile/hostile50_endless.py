"""Never comes to an end: in a cell, and in a function once a hidden check calls it."""

import torch

# %% expected
{"softmax_hidden": (0.5, ["values", "dtype", "large-logits", "edges", "gradient",
                              "large-gradient", "inputs"])}

# %% flags
[("timeout", ""), ("timeout", "softmax_hidden")]

# %% extra before softmax
print("tried a cell without an end")
while True:
    pass

# %% softmax
VISIBLE = ((5, 3), (3,), (1, 3), (5, 1), (2, 5, 3), (3, 3))  # shapes of the visible checks


def softmax(z):
    while z.shape not in VISIBLE:
        pass
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))
