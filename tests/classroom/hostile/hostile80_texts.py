"""Has others find torch.distributions for it: patterns, formats, annotations, templates, symbols.

It is Python, adds and takes logarithms, and no operator in it is forbidden: a person has to look.
"""

import torch

# %% expected
{
    "bce_hidden": (3.25, ["saturated", "soft-targets"]),
    "bce_with_logits_hidden": (3.75, ["soft-targets"]),
    "nll_hidden": (2.75, ["gradient"]),
}

# %% flags
[
    ("suspect-code", "bce"),
    ("suspect-code", "bce_with_logits"),
    ("suspect-code", "softmax"),
    ("suspect-code", "log_softmax"),
    ("suspect-code", "nll"),
    ("suspect-code", "cross_entropy"),
]

# %% bce
import string

Binomial, _ = string.Formatter().get_field("0.distributions.Binomial", (torch,), {})


def bce(y_hat, y, reduction="none"):
    losses = -Binomial(1, probs=y_hat, validate_args=False).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
import inspect


def made(x: "torch.distributions.Binomial"):
    return x


Kind = inspect.signature(made, eval_str=True).parameters["x"].annotation


def bce_with_logits(z, y, reduction="none"):
    losses = -Kind(1, logits=z, validate_args=False).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
match torch:
    case object(distributions=object(Categorical=Choice)):
        pass


def softmax(z):
    return Choice(logits=z).logits.exp()

# %% log_softmax
import jinja2

expression = jinja2.Environment().compile_expression("t.distributions.Categorical(logits=z).logits")


def log_softmax(z):
    return expression(t=torch, z=z)

# %% nll
import sympy

normal = sympy.lambdify(["z"], "distributions.Categorical(logits=z).logits", modules=[vars(torch)])


def nll(log_probs, y, reduction="none"):
    losses = -normal(log_probs)[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% cross_entropy
from traitlets import HasTraits, Type


class Settings(HasTraits):
    kind = Type("torch.distributions.Categorical")


def cross_entropy(z, y, reduction="none"):
    losses = -Settings().kind(logits=z).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
