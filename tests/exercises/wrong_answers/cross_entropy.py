"""Wrong answers to `cross_entropy`."""

from __future__ import annotations

from tests.exercises.wrong_answers.answer import WrongAnswer

CROSS_ENTROPY: tuple[WrongAnswer, ...] = (
    # Values
    WrongAnswer(
        "cross-entropy-no-softmax",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    return nll(z, y, reduction)
""",
        "The logits are taken for log-probabilities: log-softmax is missing.",
        "PyTorch Forums, 'How Cross Entropy Loss is Calculated?'",
    ),
    WrongAnswer(
        "cross-entropy-softmax-twice",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    y_hat = softmax(z)
    return nll(log_softmax(y_hat), y, reduction)
""",
        "log_softmax is given probabilities, so softmax is applied twice.",
        "https://github.com/Lightning-Universe/lightning-bolts/issues/654",
    ),
    WrongAnswer(
        "cross-entropy-no-log",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    return nll(softmax(z), y, reduction)
""",
        "nll is given probabilities instead of their logarithms.",
        "https://github.com/fastai/fastbook/pull/478",
    ),
    WrongAnswer(
        "cross-entropy-first-axis",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    log_p = z - torch.logsumexp(z, dim=0)
    losses = -log_p[torch.arange(len(y)), y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "It normalizes along the first axis, over the examples instead of the classes.",
    ),
    WrongAnswer(
        "cross-entropy-every-class-binary",
        "cross_entropy",
        """\
import torch.nn.functional as F

def cross_entropy(z, y, reduction="none"):
    target = F.one_hot(y, z.shape[1])
    p = softmax(z)
    pos = target * torch.log(p).clamp(min=-100)
    neg = (1 - target) * torch.log(1 - p).clamp(min=-100)
    losses = -(pos + neg).sum(dim=1)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "It adds binary cross-entropies over all classes: a class that is not the true one has no "
        "term of its own in the loss.",
        "a question, 'Cross Entropy in PyTorch is different from what I learnt'",
    ),
    WrongAnswer(
        "cross-entropy-predicted-class",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    y_pred = z.argmax(dim=1)
    losses = -log_softmax(z)[torch.arange(z.shape[0]), y_pred]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "It looks at the class that the model favours instead of the labelled one: y is not used.",
    ),
    WrongAnswer(
        "cross-entropy-label-smoothing",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none", eps=0.1):
    c = z.shape[1]
    targets = torch.zeros_like(z).scatter_(1, y.unsqueeze(1), 1)
    targets = (1 - eps) * targets + eps / c
    losses = -(targets * log_softmax(z)).sum(dim=1)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The labels are smoothed by 0.1, which is another loss.",
        "https://github.com/microsoft/DeBERTa/issues/81",
    ),
    # Large logits
    WrongAnswer(
        "cross-entropy-log-of-probability",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    y_hat = softmax(z)
    losses = -torch.log(y_hat[range(len(y)), y])
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "The probability of an unlikely class rounds to 0 before its logarithm is taken, and the "
        "loss is inf.",
        "https://github.com/tensorflow/models/pull/181",
    ),
    WrongAnswer(
        "cross-entropy-probability-clipped",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    EPS = 1e-15
    p = torch.clamp(softmax(z), EPS, 1 - EPS)
    losses = -torch.log(p[torch.arange(len(y)), y])
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The probabilities are clipped at 1e-15, which cuts the loss off at 34.5.",
        "https://github.com/oguzhangencer/pytorch_tutorial",
    ),
    WrongAnswer(
        "cross-entropy-whole-tensor-and-overflow",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    total = torch.exp(z).sum()
    losses = torch.log(total) - z[torch.arange(len(y)), y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "Two things: the sum is over the whole matrix instead of each row; and exp of a large "
        "logit overflows.",
        "https://github.com/uTensor/uTensor/pull/171",
    ),
    WrongAnswer(
        "cross-entropy-maximum-of-the-whole-in-place",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    z -= z.max()
    losses = torch.log(torch.exp(z).sum(dim=1)) - z[torch.arange(len(y)), y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "Two things: -= changes the caller's z; and the maximum is that of the whole matrix, so "
        "the sum of a row far below it is 0 and its logarithm -inf.",
        "https://github.com/deeplearning4j/nd4j/issues/44",
    ),
    WrongAnswer(
        "cross-entropy-where-far-apart",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    true = z[torch.arange(len(y)), y].unsqueeze(1)
    gap = (z - true).max(dim=1).values
    losses = torch.where(gap > 50, gap, torch.exp(z - true).sum(dim=1).log())
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "where computes both branches: where the true class is far behind, exp is inf in the "
        "branch not chosen, and the gradient is nan.",
        "https://github.com/pytorch/pytorch/issues/156212",
    ),
    # Shapes and reductions
    WrongAnswer(
        "cross-entropy-sign-and-mean-over-all",
        "cross_entropy",
        """\
import torch.nn.functional as F

def cross_entropy(z, y, reduction="none"):
    masked = F.one_hot(y, z.shape[1]) * log_softmax(z)
    if reduction == "mean":
        return masked.mean()
    if reduction == "sum":
        return masked.sum()
    return masked.sum(dim=1)
""",
        "Two things: the minus is missing; and the mean is over N C numbers instead of N examples.",
        "https://github.com/apache/mxnet/pull/7118",
    ),
    WrongAnswer(
        "cross-entropy-reduction-not-passed-on",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    log_probs = log_softmax(z)
    return nll(log_probs, y)
""",
        "reduction is not passed on to nll, so every loss is returned whatever it asks for.",
    ),
    WrongAnswer(
        "cross-entropy-first-example-over-n",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    m = y.shape[0]
    losses = nll(log_softmax(z), y)
    if reduction == "mean":
        return losses[0] / m
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "The mean divides the loss of the first example by N instead of the sum of all.",
        "https://github.com/DEVLOKER/neural-network",
    ),
    WrongAnswer(
        "cross-entropy-broadcast",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    lse = torch.logsumexp(z, dim=1, keepdim=True)
    losses = lse - z[torch.arange(len(y)), y]
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "A column of shape (N, 1) minus a vector of shape (N,) is an N x N matrix: keepdim does "
        "not belong there.",
        "https://github.com/pytorch/pytorch/issues/19699",
    ),
    WrongAnswer(
        "cross-entropy-squeezed",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    log_p = log_softmax(z)
    losses = -log_p.gather(1, y[:, None]).squeeze()
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "squeeze() drops every axis of length 1, so a single example loses its own.",
        "https://github.com/NVIDIA/DeepLearningExamples/pull/765",
    ),
    # Gradient
    WrongAnswer(
        "cross-entropy-data",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    logits = z.data
    return nll(log_softmax(logits), y, reduction)
""",
        ".data is z without its graph, so no gradient flows back.",
        "https://jishuzhan.net/article/1722447953278275585",
    ),
    # Exceptions
    WrongAnswer(
        "cross-entropy-labels-as-one-hot",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    losses = -torch.sum(y * log_softmax(z), dim=1)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "y is multiplied as if it were a one-hot matrix; it holds one class number for each "
        "example, and the shapes do not fit.",
        "https://github.com/pytorch/pytorch/issues/1258",
    ),
    WrongAnswer(
        "cross-entropy-nll-arguments-swapped",
        "cross_entropy",
        """\
def cross_entropy(z, y, reduction="none"):
    return nll(y, log_softmax(z), reduction)
""",
        "nll takes log-probabilities first and labels second; here they are the other way round.",
        "https://github.com/bolunwang/backdoor/issues/11",
    ),
)
