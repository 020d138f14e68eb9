"""Rebinds every name that the instructor's cells and the helper bind, before and between tests."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0, "all"),
}

# %% flags
[("given-failed", "")]

# %% bce
def bce(y_hat, y, reduction="none"):
    return torch.zeros_like(y_hat)


fine = lambda *arguments, **options: None
look = Checks = check = compare_prediction = grade = fine
z, y = torch.zeros(5), torch.zeros(5)
y_hat = expected = losses = reduction = actual = grid = sure = truth = torch.zeros(5)
torch_ = torch


class torch:
    """Nothing but zeros."""

    zeros_like, ones, zeros, full = torch_.zeros_like, torch_.ones, torch_.zeros, torch_.full
    tensor, clamp, log, log1p, exp = torch_.tensor, torch_.clamp, torch_.log, torch_.log1p, torch_.exp

    class nn:
        BCELoss = BCEWithLogitsLoss = lambda reduction="none": lambda a, b: torch_.zeros_like(a)


F = nn = torch.nn
print("tried rebinding the instructor's names")

# %% extra before bce_visible
expected = torch.zeros(5)
Checks = fine

# %% extra before bce_hidden
grade = lambda name, function: 4.0
GradedCell = autograder = examiner = grade
4.0

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% nll
def nll(log_probs, y, reduction="none"):
    return log_probs.sum() * 0


def Checks(call, function, reference):
    print("tried rebinding Checks")


softmax = log_softmax = cross_entropy = nll
log_probs = expected = z = y = y_hat = torch.zeros(())
del torch

# %% cross_entropy
import torch


def cross_entropy(z, y, reduction="none"):
    losses = z.logsumexp(dim=1) - z[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
