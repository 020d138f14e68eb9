"""Picks the target's column with gather, and selects the stable branch with where."""

import torch

# %% bce
def bce(y_hat, y, reduction="none"):
    log_p = torch.where(y_hat > 0, y_hat, torch.ones_like(y_hat)).log()
    log_p = torch.where(y_hat > 0, log_p, torch.full_like(log_p, -100.0))
    q_hat = 1 - y_hat
    log_q = torch.where(q_hat > 0, q_hat, torch.ones_like(q_hat)).log()
    log_q = torch.where(q_hat > 0, log_q, torch.full_like(log_q, -100.0))
    out = -(y * log_p + (1 - y) * log_q)
    return out if reduction == "none" else getattr(out, reduction)()

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    positive = torch.where(z >= 0, z, torch.zeros_like(z))
    small = torch.exp(torch.where(z >= 0, -z, z))
    out = positive - y * z + torch.log1p(small)
    return out if reduction == "none" else getattr(out, reduction)()

# %% softmax
def softmax(z):
    z = z - z.max(-1, keepdim=True)[0]
    return z.exp() / z.exp().sum(-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    z = z - z.max(-1, keepdim=True)[0]
    return z - z.exp().sum(-1, keepdim=True).log()

# %% nll
def nll(log_probs, y, reduction="none"):
    out = -torch.gather(log_probs, 1, y.unsqueeze(1))[:, 0]
    return out if reduction == "none" else getattr(out, reduction)()

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    z = z - z.max(-1, keepdim=True)[0]
    log_normalizer = z.exp().sum(-1).log()
    out = log_normalizer - torch.gather(z, 1, y.unsqueeze(1))[:, 0]
    return out if reduction == "none" else getattr(out, reduction)()

# %% written_misprint [markdown]
# the second term has to be (1-y)log(1-y_hat). A bracket is missing at the end too

# %% written_equivalence [markdown]
# log_softmax + NLL is how CE is defined. logits safer (log-sum-exp trick)
