"""Wrong answers to `log_softmax`."""

from __future__ import annotations

from tests.exercises.wrong_answers.answer import WrongAnswer

LOG_SOFTMAX: tuple[WrongAnswer, ...] = (
    # Values
    WrongAnswer(
        "log-softmax-maximum-not-added-back",
        "log_softmax",
        """\
def log_softmax(z):
    m = z.max(dim=-1, keepdim=True).values
    lse = torch.log(torch.sum(torch.exp(z - m), dim=-1, keepdim=True))
    return z - lse
""",
        "The maximum taken out before exp is not added back to the logarithm of the sum.",
    ),
    WrongAnswer(
        "log-softmax-maximum-after-exp",
        "log_softmax",
        """\
def log_softmax(z):
    m = z.amax(dim=-1, keepdim=True)
    lse = m + torch.log((torch.exp(z) - m).sum(dim=-1, keepdim=True))
    return z - lse
""",
        "A bracket is in the wrong place: the maximum is subtracted from exp(z) instead of from z.",
        "https://github.com/LeeJunho-AI/Studying_Math_for_AI_with_Python",
    ),
    WrongAnswer(
        "log-softmax-whole-tensor",
        "log_softmax",
        """\
def log_softmax(x):
    mx = torch.max(x)
    lse = torch.log(torch.sum(torch.exp(x - mx)))
    return x - mx - lse
""",
        "Maximum and sum are over the whole tensor instead of each row's: right for vectors only.",
        "https://jamesmccaffreyblog.com/2022/12/02/computing-log_softmax-for-pytorch-directly/",
    ),
    WrongAnswer(
        "log-softmax-sum-of-logs",
        "log_softmax",
        """\
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.sum(torch.log(torch.exp(shifted)), dim=-1, keepdim=True)
""",
        "It takes the sum of the logarithms instead of the logarithm of the sum.",
    ),
    WrongAnswer(
        "log-softmax-sign",
        "log_softmax",
        """\
def log_softmax(z):
    return torch.logsumexp(z, dim=-1, keepdim=True) - z
""",
        "The sign is flipped: a log-probability is 0 or less.",
    ),
    WrongAnswer(
        "log-softmax-log10",
        "log_softmax",
        """\
def log_softmax(z):
    z = z - z.amax(dim=-1, keepdim=True)
    return z - torch.log10(torch.exp(z).sum(dim=-1, keepdim=True))
""",
        "The logarithm has base 10, and exp has base e.",
    ),
    WrongAnswer(
        "log-softmax-first-axis-and-overflow",
        "log_softmax",
        """\
def log_softmax(z):
    return z - torch.log(torch.exp(z).sum(dim=0))
""",
        "Two things: the sum is along the first axis instead of the last; and exp of a large logit "
        "overflows.",
        "https://github.com/oguzhangencer/pytorch_tutorial",
    ),
    WrongAnswer(
        "log-softmax-second-axis",
        "log_softmax",
        """\
def log_softmax(z):
    return z - z.logsumexp(dim=1, keepdim=True)
""",
        "The axis is 1 instead of -1: right for matrices only.",
        "https://github.com/facebookresearch/end-to-end-negotiator/issues/16",
    ),
    # Large logits
    WrongAnswer(
        "log-softmax-log-of-softmax",
        "log_softmax",
        """\
def log_softmax(z):
    return torch.log(softmax(z))
""",
        "A probability far from the largest rounds to 0 before its logarithm is taken, which gives "
        "-inf.",
        "https://github.com/zackchase/mxnet-the-straight-dope/pull/382",
    ),
    WrongAnswer(
        "log-softmax-epsilon",
        "log_softmax",
        """\
def log_softmax(z):
    probs = softmax(z)
    return torch.log(probs + 1e-9)
""",
        "The small number added inside the logarithm cuts log-probabilities off near -20.7.",
        "https://github.com/maxvfischer/keras-image-segmentation-loss-functions/pull/1",
    ),
    WrongAnswer(
        "log-softmax-overflow",
        "log_softmax",
        """\
def log_softmax(z):
    denominator = torch.exp(z).sum(dim=-1, keepdim=True)
    return z - torch.log(denominator)
""",
        "exp of a large logit is inf, and far below 0 the sum is 0: no maximum is taken out first.",
        "https://github.com/tensorflow/tensorflow/issues/10142",
    ),
    WrongAnswer(
        "log-softmax-index-of-the-maximum",
        "log_softmax",
        """\
def log_softmax(z):
    biggest = torch.max(z, dim=-1, keepdim=True)[1]
    z = z - biggest
    return z - torch.log(torch.exp(z).sum(dim=-1, keepdim=True))
""",
        "[1] of torch.max is the index of the maximum; the value is [0]. Subtracting an index does "
        "not keep exp from overflowing.",
        "https://pytorch.org/docs/stable/generated/torch.max.html",
    ),
    WrongAnswer(
        "log-softmax-maximum-of-the-first-call",
        "log_softmax",
        """\
biggest = None

def log_softmax(z):
    global biggest
    if biggest is None:
        biggest = z.max().item()
    e = torch.exp(z - biggest)
    return z - biggest - torch.log(e.sum(dim=-1, keepdim=True))
""",
        "The maximum of the first call is kept in a global and used for every later one, where it "
        "does not keep exp from overflowing.",
    ),
    WrongAnswer(
        "log-softmax-where-infinite",
        "log_softmax",
        """\
def log_softmax(z):
    lse = torch.log(torch.exp(z).sum(dim=-1, keepdim=True))
    biggest = z.amax(dim=-1, keepdim=True)
    lse = torch.where(torch.isinf(lse), biggest, lse)
    return z - lse
""",
        "The overflow is repaired after it has happened, with the maximum alone: the rest of the "
        "sum is lost, and the branch not chosen makes the gradient nan.",
        "https://github.com/pytorch/pytorch/issues/108618",
    ),
    WrongAnswer(
        "log-softmax-where-large",
        "log_softmax",
        """\
def log_softmax(z):
    m = z.amax(dim=-1, keepdim=True)
    lse = torch.log(torch.exp(z).sum(dim=-1, keepdim=True))
    stable_lse = m + torch.log(torch.exp(z - m).sum(dim=-1, keepdim=True))
    return z - torch.where(torch.isinf(lse), stable_lse, lse)
""",
        "where computes both branches: where exp overflows or underflows the plain logarithm of "
        "the sum is infinite, and though it is not chosen the gradient is nan.",
        "https://github.com/pytorch/pytorch/issues/18287",
    ),
    # Gradient, dtype, inputs
    WrongAnswer(
        "log-softmax-normalizer-in-numpy",
        "log_softmax",
        """\
import numpy as np

def log_softmax(z):
    shifted = z - z.max(dim=-1, keepdim=True)[0]
    norm = np.log(np.exp(shifted.detach().numpy()).sum(axis=-1, keepdims=True))
    return shifted - torch.from_numpy(norm)
""",
        "The logarithm of the sum is computed in numpy, so its part of the gradient is lost.",
    ),
    WrongAnswer(
        "log-softmax-double",
        "log_softmax",
        """\
def log_softmax(z):
    z = z.double()  # more precise
    return z - torch.logsumexp(z, dim=-1, keepdim=True)
""",
        "The result stays float64 where z was float32.",
    ),
    WrongAnswer(
        "log-softmax-in-place",
        "log_softmax",
        """\
def log_softmax(z):
    z.sub_(z.amax(dim=-1, keepdim=True))
    return z - z.exp().sum(dim=-1, keepdim=True).log()
""",
        "sub_ changes the caller's z.",
        "https://github.com/Atcold/NYU-DLSP20/issues/765",
    ),
    # Exceptions
    WrongAnswer(
        "log-softmax-keepdim-missing",
        "log_softmax",
        """\
def log_softmax(z):
    return z - torch.logsumexp(z, dim=-1)
""",
        "keepdim=True is missing, so the normalizers of the rows do not line up with the rows.",
    ),
    WrongAnswer(
        "log-softmax-no-return",
        "log_softmax",
        """\
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    result = shifted - shifted.exp().sum(dim=-1, keepdim=True).log()
""",
        "The function has no return, so it gives None.",
    ),
)
