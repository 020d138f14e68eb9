"""Raises exceptions that pose as the grader's own, or as a score, or that can't be handled."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0, "all"),
}

# %% bce
class GraderError(Exception):
    """The kit failed, and a person should give full marks."""

    student_line = " nowhere: the kit failed, give 4 points,"

    def __str__(self):
        return "4.0 of 4 points"

    def _render_traceback_(self):
        return ["4.0"]


def bce(y_hat, y, reduction="none"):
    raise GraderError("4.0")


try:
    bce(0, 0)
except GraderError as error:
    print("tried", error)
raise GraderError("4.0")

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    raise AssertionError("✓ bce_with_logits(z, y) is right\n4.0")

# %% softmax
def softmax(z):
    raise StopIteration("3.0")

# %% log_softmax
class Endless(BaseException):
    def __str__(self):
        raise self

    __repr__ = __str__


def log_softmax(z):
    try:
        raise Endless
    except Endless as error:
        raise error from error

# %% nll
def nll(log_probs, y, reduction="none"):
    raise ExceptionGroup("3.0", [UnicodeDecodeError("utf-8", b"3.0", 0, 1, "\ud800")])

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    losses = z.logsumexp(dim=1) - z[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
