"""Wrong answers to `bce_with_logits`."""

from __future__ import annotations

from tests.exercises.wrong_answers.answer import WrongAnswer

BCE_WITH_LOGITS: tuple[WrongAnswer, ...] = (
    # Values
    WrongAnswer(
        "logits-taken-for-probabilities",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    losses = -(y * torch.log(z) + (1 - y) * torch.log(1 - z))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The logits are used as probabilities; the sigmoid is missing, and the logarithm of a "
        "negative logit is nan.",
    ),
    WrongAnswer(
        "logits-sigmoid-twice",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    p = torch.sigmoid(z)
    # softplus(p) = log(1 + e^p)
    losses = torch.nn.functional.softplus(p) - p * y
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The formula for logits is given sigmoid(z) instead of z, so the sigmoid is applied twice.",
    ),
    WrongAnswer(
        "logits-labels-of-plus-minus-one",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    m = y * z
    losses = torch.clamp(-m, min=0) + torch.log1p(torch.exp(-m.abs()))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "log(1 + exp(-y z)) is the loss for labels -1 and 1; here they are 0 and 1, and every "
        "example with y = 0 costs log 2.",
        "https://stats.stackexchange.com/questions/229645/"
        "why-there-are-two-different-logistic-loss-formulation-notations",
    ),
    WrongAnswer(
        "logits-without-labels",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) + torch.log1p(torch.exp(-z.abs()))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The labels are not used: the term - z y is missing, so every example is treated as y = 0.",
    ),
    WrongAnswer(
        "logits-plus-zy",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    max_val = torch.relu(z)
    losses = max_val + z * y + torch.log1p(torch.exp(-torch.abs(z)))
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "z y is added; it must be subtracted.",
    ),
    WrongAnswer(
        "logits-exp-of-minus-z",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log(1 + torch.exp(-z))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The last term needs exp(-|z|) and has exp(-z): right only where z is positive.",
    ),
    WrongAnswer(
        "logits-regrouped-by-label",
        "bce_with_logits",
        """\
from torch.nn.functional import softplus

def bce_with_logits(z, y, reduction="none"):
    positive, negative = z[y == 1], z[y == 0]
    losses = torch.cat([softplus(-positive), softplus(negative)])
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The examples with y = 1 are put first, so with 'none' the losses are not in the order of "
        "the examples, shapes other than (N,) are lost, and soft targets are left out.",
    ),
    WrongAnswer(
        "logits-swapped-parameters",
        "bce_with_logits",
        """\
def bce_with_logits(y, z, reduction="none"):
    losses = torch.relu(z) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The parameters are in the other order than the task's: the first is z, so the labels are "
        "taken for logits.",
        "https://github.com/autonomousvision/sledge/issues/4",
    ),
    # Large logits
    WrongAnswer(
        "logits-overflow",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    losses = torch.log(1 + torch.exp(z)) - z * y
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "exp(z) overflows to inf for large z.",
        "https://kamilelukosiute.com/2022/04/14/bce-with-logits-loss/",
    ),
    WrongAnswer(
        "logits-through-bce",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    return bce(torch.sigmoid(z), y, reduction)
""",
        "sigmoid(z) rounds to 0 or 1 for large logits, so the loss is lost or cut off at 100.",
        "https://github.com/huggingface/candle/issues/2561",
    ),
    WrongAnswer(
        "logits-maximum-of-the-wrong-sign",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    m = z.clamp(min=0)
    losses = z - z * y + m + torch.log(torch.exp(-m) + torch.exp(-z - m))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The number taken out of the sum should be max(-z, 0) and is max(z, 0): for large logits "
        "exp(-z - m) overflows, or both exponentials are 0.",
        "https://github.com/pytorch/pytorch/pull/2221",
    ),
    WrongAnswer(
        "logits-clamped",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    z = torch.clamp(z, -80, 80)  # exp overflows at 88
    losses = torch.log(1 + torch.exp(z)) - z * y
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The logits are clamped to -80 and 80, so a larger one is priced as if it were 80.",
    ),
    # Gradients at large logits: exp overflows in the branch that is not chosen
    WrongAnswer(
        "logits-where-large",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    log_term = torch.where(z > 30, z, torch.log1p(torch.exp(z)))
    losses = log_term - y * z
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "where computes both branches: above 88 exp(z) is inf in the branch not chosen, and 0 "
        "times inf makes the gradient nan.",
        "https://github.com/pytorch/pytorch/issues/68425",
    ),
    WrongAnswer(
        "logits-where-by-sign",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    losses = torch.where(
        z >= 0,
        (1 - y) * z + torch.log(1 + torch.exp(-z)),
        torch.log(1 + torch.exp(z)) - y * z,
    )
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "where computes both branches: far from 0 exp is inf in the branch not chosen, and 0 times "
        "inf makes the gradient nan.",
        "https://github.com/pytorch/pytorch/issues/36923",
    ),
    # Shapes, dtype, gradient, inputs
    WrongAnswer(
        "logits-mean-over-first-axis",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    losses = torch.nn.functional.softplus(z) - z * y
    if reduction == "mean":
        return losses.mean(dim=0)
    if reduction == "sum":
        return losses.sum(dim=0)
    return losses
""",
        "Mean and sum go over the first axis only: a matrix gives a row of numbers instead of one.",
    ),
    WrongAnswer(
        "logits-float",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    z = z.float()
    y = y.float()
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "float() makes float32 of float64, so the result has another dtype than z.",
    ),
    WrongAnswer(
        "logits-no-grad",
        "bce_with_logits",
        """\
@torch.no_grad()
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "no_grad turns recording off, so no gradient flows back to z.",
        "https://deepinout.com/pytorch/pytorch-questions/75_pytorch_runtime_error_element_0_of_"
        "tensors_does_not_require_grad_and_does_not_have_a_grad_fn.html",
    ),
    WrongAnswer(
        "logits-abs-in-place",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    linear = torch.relu(z) - z * y
    losses = linear + torch.log1p(torch.exp(-z.abs_()))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "abs_ changes the caller's z; it should be abs.",
        "https://github.com/zylo117/Yet-Another-EfficientDet-Pytorch/issues/503",
    ),
    # Exceptions
    WrongAnswer(
        "logits-math-exp",
        "bce_with_logits",
        """\
import math

def bce_with_logits(z, y, reduction="none"):
    p = 1 / (1 + math.exp(-z))
    losses = -(y * math.log(p) + (1 - y) * math.log(1 - p))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "math.exp and math.log take one number, not a tensor of several: torch.exp and torch.log "
        "take a tensor.",
        "https://discuss.pytorch.org/t/manual-calculation-of-binary-cross-entropy-with-logits/61602",
    ),
    WrongAnswer(
        "logits-none-for-none",
        "bce_with_logits",
        """\
def bce_with_logits(z, y, reduction="none"):
    losses = torch.relu(z) - z * y + torch.log1p(torch.exp(-z.abs()))
    if reduction == "mean":
        return losses.mean()
    elif reduction == "sum":
        return losses.sum()
    elif reduction is None:
        return losses
""",
        "The word 'none' is compared with None, so with reduction='none' no return is reached.",
        "https://github.com/keras-team/keras-core/pull/344",
    ),
)
