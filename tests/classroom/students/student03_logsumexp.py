"""Builds everything on torch.logsumexp, the binary loss too."""

import torch

# %% bce
def bce(y_hat, y, reduction="none"):
    log_p = y_hat.log().clamp(min=-100)
    log_not_p = (1 - y_hat).log().clamp(min=-100)
    loss = -y * log_p - (1 - y) * log_not_p
    return {"none": lambda t: t, "mean": torch.mean, "sum": torch.sum}[reduction](loss)

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    # softplus(z) = log(e^0 + e^z) is a logsumexp over two classes with logits 0 and z
    softplus = torch.logsumexp(torch.stack([torch.zeros_like(z), z]), dim=0)
    loss = softplus - y * z
    return {"none": lambda t: t, "mean": torch.mean, "sum": torch.sum}[reduction](loss)

# %% softmax
def softmax(z):
    return torch.exp(z - torch.logsumexp(z, dim=-1, keepdim=True))

# %% log_softmax
def log_softmax(z):
    return z - torch.logsumexp(z, dim=-1, keepdim=True)

# %% nll
def nll(log_probs, y, reduction="none"):
    loss = -log_probs[range(len(y)), y]
    return {"none": lambda t: t, "mean": torch.mean, "sum": torch.sum}[reduction](loss)

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    loss = torch.logsumexp(z, dim=-1) - z[range(len(y)), y]
    return {"none": lambda t: t, "mean": torch.mean, "sum": torch.sum}[reduction](loss)

# %% written_misprint [markdown]
# $-\frac{1}{n}\sum_i [y_i \log \hat y_i + (1 - y_i) \log (1 - \hat y_i)]$

# %% written_equivalence [markdown]
# $\mathrm{CE}(z, y) = \mathrm{logsumexp}(z) - z_y = -\mathrm{logsoftmax}(z)_y
# = \mathrm{NLL}(\mathrm{logsoftmax}(z), y)$. Logits are safer: $\log$ of a softmax that has
# underflowed is $-\infty$.
