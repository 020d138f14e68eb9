"""Loops over every number, and stacks the results so that gradients still flow."""

import torch

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = []
    for p, t in zip(y_hat.reshape(-1), y.reshape(-1)):
        first = p.log().clamp(min=-100)
        second = (1 - p).log().clamp(min=-100)
        losses.append(-(t * first + (1 - t) * second))
    losses = torch.stack(losses).reshape(y_hat.shape)
    if reduction == "none":
        return losses
    total = losses.sum()
    return total if reduction == "sum" else total / losses.numel()

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = []
    for a, t in zip(z.reshape(-1), y.reshape(-1)):
        # log(1 + e^-a), the way that never overflows
        if a > 0:
            losses.append((1 - t) * a + torch.log1p(torch.exp(-a)))
        else:
            losses.append(-t * a + torch.log1p(torch.exp(a)))
    losses = torch.stack(losses).reshape(z.shape)
    if reduction == "none":
        return losses
    total = losses.sum()
    return total if reduction == "sum" else total / losses.numel()

# %% softmax
def softmax(z):
    rows = []
    for row in z.reshape(-1, z.shape[-1]):
        biggest = max(row)
        exps = [torch.exp(number - biggest) for number in row]
        total = sum(exps)
        rows.append(torch.stack([e / total for e in exps]))
    return torch.stack(rows).reshape(z.shape)

# %% log_softmax
def log_softmax(z):
    rows = []
    for row in z.reshape(-1, z.shape[-1]):
        biggest = max(row)
        total = sum(torch.exp(number - biggest) for number in row)
        rows.append(torch.stack([number - biggest - torch.log(total) for number in row]))
    return torch.stack(rows).reshape(z.shape)

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = []
    for i in range(len(y)):
        losses.append(-log_probs[i, y[i]])
    losses = torch.stack(losses)
    if reduction == "none":
        return losses
    total = losses.sum()
    return total if reduction == "sum" else total / len(y)

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    losses = []
    for i in range(len(y)):
        row = z[i]
        biggest = max(row)
        total = sum(torch.exp(number - biggest) for number in row)
        losses.append(torch.log(total) - (row[y[i]] - biggest))
    losses = torch.stack(losses)
    if reduction == "none":
        return losses
    total = losses.sum()
    return total if reduction == "sum" else total / len(y)

# %% written_misprint [markdown]
# The second half should be (1 - y) log(1 - y_hat). As printed, wrong answers for y = 0 are free.

# %% written_equivalence [markdown]
# Same thing, cross entropy = log softmax then pick the right class. Cross entropy on logits is
# safer since it does the max trick inside.
