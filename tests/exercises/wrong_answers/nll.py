"""Wrong answers to `nll`."""

from __future__ import annotations

from tests.exercises.wrong_answers.answer import WrongAnswer

NLL: tuple[WrongAnswer, ...] = (
    # Values
    WrongAnswer(
        "nll-sign",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    idx = range(len(y))
    losses = log_probs[idx, y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The minus is missing.",
        "https://github.com/fastai/fastbook/pull/478",
    ),
    WrongAnswer(
        "nll-probabilities",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    probs = log_probs.exp()
    losses = -probs[torch.arange(len(y)), y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "It negates the probability of the true class instead of its logarithm.",
        "https://github.com/fastai/fastbook/pull/478",
    ),
    WrongAnswer(
        "nll-log-again",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    p = log_probs[torch.arange(len(y)), y]
    losses = -torch.log(p)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "The logarithm is taken once more: log_probs are logarithms already.",
    ),
    WrongAnswer(
        "nll-labels-as-numbers",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -torch.sum(y.unsqueeze(1) * log_probs, dim=1)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The label is multiplied with every log-probability as if it were a weight; it is the "
        "number of a class, which picks one of them.",
    ),
    WrongAnswer(
        "nll-classes-from-one",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y - 1]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "It takes the class before the true one: the labels count from 0 here, not from 1.",
        "https://github.com/pytorch/pytorch/issues/15666",
    ),
    WrongAnswer(
        "nll-without-labels",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    best = log_probs.max(dim=1)[0]
    losses = -best
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "It takes the most probable class of each row instead of the labelled one: y is not used.",
    ),
    WrongAnswer(
        "nll-mean-over-classes",
        "nll",
        """\
import torch.nn.functional as F

def nll(log_probs, y, reduction="none"):
    target = F.one_hot(y, log_probs.shape[1])
    losses = -(target * log_probs).mean(dim=1)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The masked row is averaged over the classes instead of summed: every loss is C times too "
        "small.",
        "https://mcmap.net/q/981995/-how-is-the-categorical_crossentropy-implemented-in-keras",
    ),
    WrongAnswer(
        "nll-gather-along-rows",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -torch.gather(log_probs, 0, y.unsqueeze(1)).squeeze(1)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "gather goes along dim 0, so the labels pick rows, of the first class; along dim 1 they "
        "pick each row's class.",
    ),
    # Shapes and reductions
    WrongAnswer(
        "nll-every-pair",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[:, y]
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "[:, y] takes the classes of all labels from every row, an N x N matrix; only its diagonal "
        "is asked for.",
        "https://jamesmccaffreyblog.com/2022/12/02/computing-log_softmax-for-pytorch-directly/",
    ),
    WrongAnswer(
        "nll-rows",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "One index picks rows: the label must pick a column, within each example's own row.",
        "https://jamesmccaffreyblog.com/2022/12/02/computing-log_softmax-for-pytorch-directly/",
    ),
    WrongAnswer(
        "nll-masked-not-summed",
        "nll",
        """\
from torch.nn.functional import one_hot

def nll(log_probs, y, reduction="none"):
    masked = -one_hot(y, num_classes=log_probs.size(1)) * log_probs
    if reduction == "mean":
        return masked.mean()
    elif reduction == "sum":
        return masked.sum()
    return masked
""",
        "The masked matrix is not summed over the classes: 'none' has shape (N, C), and the mean "
        "is over N C numbers.",
    ),
    WrongAnswer(
        "nll-column",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -torch.gather(log_probs, dim=-1, index=y.unsqueeze(1))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "gather leaves a column of shape (N, 1), which is not squeezed to (N,).",
        "https://wenku.csdn.net/answer/7b3jziwere",
    ),
    WrongAnswer(
        "nll-squeezed",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -log_probs.gather(1, y.view(-1, 1)).squeeze()
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "squeeze() drops every axis of length 1, so a single example loses its own.",
        "https://github.com/OpenNMT/OpenNMT-py/pull/1094",
    ),
    WrongAnswer(
        "nll-reduction-misspelt",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(y.shape[0]), y]
    if reduction == "elementwise_mean":
        return torch.mean(losses)
    if reduction == "sum":
        return torch.sum(losses)
    return losses
""",
        "The word asked for is 'mean', and the function knows 'elementwise_mean' only, so the mean "
        "is not taken.",
        "https://github.com/EthanRosenthal/spacecutter/issues/8",
    ),
    WrongAnswer(
        "nll-mean-over-c",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    if reduction == "sum":
        return losses.sum()
    if reduction == "mean":
        return losses.sum() / log_probs.shape[1]
    return losses
""",
        "The mean divides by the number of classes instead of the number of examples.",
    ),
    # Gradient, dtype, inputs, state
    WrongAnswer(
        "nll-list-of-numbers",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = []
    for i in range(len(y)):
        losses.append(-log_probs[i][y[i]].item())
    losses = torch.tensor(losses)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "Two things: item() takes the numbers out of torch, so no gradient flows back; and "
        "torch.tensor of a list of numbers is float32 whatever log_probs is.",
    ),
    WrongAnswer(
        "nll-negated-in-place",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    log_probs *= -1
    losses = log_probs[torch.arange(len(y)), y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "*= changes the caller's log_probs.",
    ),
    WrongAnswer(
        "nll-labels-of-the-notebook",
        "nll",
        """\
def nll(log_probs, labels, reduction="none"):
    losses = -log_probs[range(len(labels)), y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "It reads y, the lecture's labels in the notebook, instead of its own argument labels: "
        "right for the lecture's numbers only.",
    ),
    WrongAnswer(
        "nll-five-examples",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(5), y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The number of examples is fixed to the lecture's 5.",
        "the lecture's own code",
    ),
    # Exceptions
    WrongAnswer(
        "nll-float-index",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    y = y.to(log_probs.dtype)
    losses = -log_probs[torch.arange(len(y)), y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The labels are turned into floats, and a float can't be an index.",
        "https://github.com/INK-USC/RE-Net/issues/29",
    ),
    WrongAnswer(
        "nll-gather-needs-two-axes",
        "nll",
        """\
def nll(log_probs, y, reduction="none"):
    losses = -log_probs.gather(1, y)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "gather wants an index with as many axes as log_probs: y needs a second one.",
        "https://github.com/pytorch/pytorch/pull/3130",
    ),
    WrongAnswer(
        "nll-classes-guessed",
        "nll",
        """\
from torch.nn.functional import one_hot

def nll(log_probs, y, reduction="none"):
    losses = -(one_hot(y) * log_probs).sum(dim=1)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "one_hot guesses the number of classes from the labels: where the last class does not "
        "occur, its columns are too few.",
        "https://github.com/tinygrad/tinygrad/pull/1018",
    ),
)
