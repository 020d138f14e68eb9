"""Wrong answers to `bce`."""

from __future__ import annotations

from tests.exercises.wrong_answers.answer import WrongAnswer

BCE: tuple[WrongAnswer, ...] = (
    # Values
    WrongAnswer(
        "bce-minus-on-one-term",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    pos = torch.clamp(torch.log(y_hat), min=-100)
    neg = torch.clamp(torch.log(1 - y_hat), min=-100)
    loss = -y * pos + (1 - y) * neg
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    return loss
""",
        "The minus stands before the first term only; it belongs to both.",
    ),
    WrongAnswer(
        "bce-misprint-as-printed",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    # formula from the lecture
    l = -(y * torch.log(y_hat).clamp(min=-100) + (y * torch.log(y_hat).clamp(min=-100)))
    return l if reduction == "none" else getattr(l, reduction)()
""",
        "Both terms are y log(y_hat), as in the lecture's misprint; one must be of 1 - y and "
        "1 - y_hat.",
        "the lecture's own formula",
    ),
    WrongAnswer(
        "bce-misprint-minus-closes-early",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    log = torch.log(y_hat).clamp(-100, 0)
    losses = -(y * log) + (y * log)
    if reduction == "sum":
        return torch.sum(losses)
    elif reduction == "mean":
        return torch.mean(losses)
    return losses
""",
        "The misprint again, with its missing bracket closed after the first term: the two equal "
        "terms cancel, and every loss is 0.",
        "the lecture's own formula",
    ),
    WrongAnswer(
        "bce-misprint-half-mended",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    log_p = torch.log(y_hat).clamp(min=-100)
    losses = -(y * log_p + (1 - y) * log_p)
    return {"none": losses, "mean": losses.mean(), "sum": losses.sum()}[reduction]
""",
        "The second logarithm is of y_hat too, and must be of 1 - y_hat: only examples with y = 1 "
        "come out right.",
    ),
    WrongAnswer(
        "bce-only-first-term",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    losses = -y * torch.log(y_hat).clamp(min=-100)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "The term of the examples with y = 0 is missing, so they cost nothing.",
    ),
    WrongAnswer(
        "bce-swapped-arguments",
        "bce",
        """\
def bce(y_true, y_pred, reduction="none"):
    a = y_true * torch.log(y_pred).clamp(min=-100)
    b = (1 - y_true) * torch.log(1 - y_pred).clamp(min=-100)
    cost = -(a + b)
    if reduction == "mean":
        return cost.mean()
    if reduction == "sum":
        return cost.sum()
    return cost
""",
        "The parameters are in the other order than the task's: the first is y_hat, so predictions "
        "are taken for targets.",
        "https://github.com/keras-team/keras/issues/7228",
    ),
    WrongAnswer(
        "bce-branches-reversed",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    p = y_hat * (1 - y) + (1 - y_hat) * y
    losses = -torch.log(p).clamp(min=-100)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "y and 1 - y have changed places: an example with y = 1 has the logarithm of 1 - y_hat.",
        "https://github.com/fastai/fastbook/pull/349",
    ),
    WrongAnswer(
        "bce-hard-targets",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    p = torch.where(y > 0.5, y_hat, 1 - y_hat)
    losses = -torch.log(p).clamp(min=-100)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "Targets between 0 and 1 are rounded to one of the two: a soft target must weigh both "
        "logarithms.",
        "https://github.com/fastai/fastbook/pull/349",
    ),
    WrongAnswer(
        "bce-log2",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    log_p = torch.log2(y_hat).clamp(min=-100)
    log_q = torch.log2(1 - y_hat).clamp(min=-100)
    losses = -(y * log_p + (1 - y) * log_q)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The logarithm has base 2; the loss uses the natural one.",
        "https://discuss.pytorch.org/t/manual-calculation-of-binary-cross-entropy-with-logits/61602",
    ),
    WrongAnswer(
        "bce-one-minus-log",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    log_p = torch.log(y_hat).clamp(min=-100)
    losses = -(y * log_p + (1 - y) * (1 - log_p))
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The second factor is 1 - log(y_hat), and must be log(1 - y_hat).",
    ),
    # At the edge
    WrongAnswer(
        "bce-epsilon-in-the-log",
        "bce",
        """\
EPS = 1e-7

def bce(y_hat, y, reduction="none"):
    losses = -y * torch.log(y_hat + EPS) - (1 - y) * torch.log(1 - y_hat + EPS)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses
""",
        "A small number is added inside the logarithm, so at y_hat 0 or 1 the loss is about 16; "
        "BCELoss cuts the logarithm itself off at -100.",
        "https://github.com/pytorch/pytorch/issues/4867",
    ),
    WrongAnswer(
        "bce-probabilities-clamped",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    p = torch.clamp(y_hat, 1e-4, 1 - 1e-4)
    losses = -(y * p.log() + (1 - y) * (1 - p).log())
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The probabilities are clamped, which cuts the loss off at 9.2; BCELoss cuts each "
        "logarithm off at -100.",
        "https://github.com/yhenon/pytorch-retinanet/issues/3",
    ),
    WrongAnswer(
        "bce-nan-at-the-ends",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log() + (1 - y) * (1 - y_hat).log())
    if reduction == "mean":
        losses = losses.mean()
    elif reduction == "sum":
        losses = losses.sum()
    return losses
""",
        "At y_hat 0 or 1 one logarithm is -inf, and 0 times -inf is nan: the logarithms are not "
        "cut off at -100.",
        "https://github.com/zylo117/Yet-Another-EfficientDet-Pytorch/issues/717",
    ),
    WrongAnswer(
        "bce-cut-off-above",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    log_p = torch.log(y_hat).clamp(max=-100)
    log_q = torch.log(1 - y_hat).clamp(max=-100)
    losses = -(y * log_p + (1 - y) * log_q)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The clamp has -100 as the largest value instead of the smallest, so every logarithm "
        "becomes -100 or less.",
    ),
    # Shapes and reductions
    WrongAnswer(
        "bce-dot-product",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    log_p = torch.log(y_hat).clamp(min=-100)
    log_q = torch.log(1 - y_hat).clamp(min=-100)
    cost = -(torch.dot(y, log_p) + torch.dot(1 - y, log_q))
    if reduction == "mean":
        return cost / len(y)
    return cost
""",
        "A dot product adds the examples up at once: 'none' has no loss for each entry, and a "
        "matrix raises.",
        "https://technoteshelp.com/python-difference-between-np-dot-and-np-multiply-with-np-sum-in-"
        "binary-cross-entropy-loss-calculation/",
    ),
    WrongAnswer(
        "bce-always-the-mean",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    pos = y * torch.log(y_hat).clamp(min=-100)
    neg = (1 - y) * torch.log(1 - y_hat).clamp(min=-100)
    return -torch.mean(pos + neg)
""",
        "The mean is returned whatever reduction asks for.",
        "https://discuss.pytorch.org/t/understanding-pytorch-binary-cross-entropy-loss-output/112463",
    ),
    WrongAnswer(
        "bce-mean-over-length",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    n = y.shape[0]
    losses = -(y * torch.log(y_hat).clamp(min=-100) + (1 - y) * torch.log1p(-y_hat).clamp(min=-100))
    if reduction == "none":
        return losses
    total = losses.sum()
    return total / n if reduction == "mean" else total
""",
        "The mean divides by the length of the first axis instead of by the number of entries: "
        "right for vectors only.",
    ),
    # Gradient, inputs, state
    WrongAnswer(
        "bce-rounded",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    pos = torch.log(y_hat).clamp(min=-100)
    neg = torch.log(1 - y_hat).clamp(min=-100)
    losses = -(y * pos + (1 - y) * neg)
    losses = torch.round(losses, decimals=2)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "The losses are rounded to two decimals, which spoils the values and makes the gradient 0.",
        "a question, 'Binary Cross Entropy | Manual Scalars'",
    ),
    WrongAnswer(
        "bce-item-and-math-log",
        "bce",
        """\
import math

def bce(y_hat, y, reduction="none"):
    out = []
    for p, t in zip(y_hat.flatten(), y.flatten()):
        p, t = p.item(), t.item()
        out.append(-(t * math.log(p) + (1 - t) * math.log(1 - p)))
    losses = torch.tensor(out, dtype=y_hat.dtype).reshape(y_hat.shape)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "Two things: item() takes the numbers out of torch, so no gradient flows back; and "
        "math.log(0) raises at y_hat 0 or 1, where the logarithm should be cut off at -100.",
        "https://littlebitai.org/binary-cross-entropy-with-simple-python",
    ),
    WrongAnswer(
        "bce-squeezed-in-place",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    # away from 0 and 1
    y_hat *= 1 - 2e-6
    y_hat += 1e-6
    losses = -(y * y_hat.log() + (1 - y) * (1 - y_hat).log())
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "Two things: *= and += change the caller's y_hat; and keeping it 1e-6 from 0 and 1 cuts "
        "the loss off at 13.8 instead of at 100.",
        "https://github.com/Lasagne/Lasagne/issues/436",
    ),
    WrongAnswer(
        "bce-list-outside",
        "bce",
        """\
losses = []

def bce(y_hat, y, reduction="none"):
    for p, t in zip(y_hat.reshape(-1), y.reshape(-1)):
        losses.append(-(t * p.log().clamp(min=-100) + (1 - t) * (1 - p).log().clamp(min=-100)))
    out = torch.stack(losses)
    if reduction == "mean":
        return out.mean()
    if reduction == "sum":
        return out.sum()
    return out.reshape(y_hat.shape)
""",
        "The list lives outside the function and keeps the losses of every earlier call: only the "
        "first call is right.",
    ),
    # Exceptions
    WrongAnswer(
        "bce-if-on-a-tensor",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    if y == 1:
        losses = -torch.log(y_hat)
    else:
        losses = -torch.log(1 - y_hat)
    return losses if reduction == "none" else getattr(losses, reduction)()
""",
        "An if needs one truth value, and y == 1 has one for each entry: several entries raise.",
        "https://github.com/bfortuner/ml-glossary/issues/28",
    ),
    WrongAnswer(
        "bce-prints",
        "bce",
        """\
def bce(y_hat, y, reduction="none"):
    pos = torch.log(y_hat).clamp(min=-100)
    neg = torch.log(1 - y_hat).clamp(min=-100)
    losses = -(y * pos + (1 - y) * neg)
    if reduction == "mean":
        print(losses.mean())
    elif reduction == "sum":
        print(losses.sum())
    else:
        print(losses)
""",
        "The result is printed instead of returned, so the function gives None.",
    ),
)
