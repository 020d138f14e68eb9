"""Has torch.distributions carried where no reading follows: dicts, classes, exceptions, references."""

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
from collections import ChainMap

found = ChainMap({}, vars(torch))["distributions"]


def bce(y_hat, y, reduction="none"):
    losses = -found.Binomial(1, probs=y_hat, validate_args=False).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
everything = type("Everything", (), dict(vars(torch)))


def bce_with_logits(z, y, reduction="none"):
    kind = everything.distributions.Binomial
    losses = -kind(1, logits=z, validate_args=False).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% softmax
try:
    raise Exception(torch)
except Exception as error:
    carried = error.args[0].distributions


def softmax(z):
    return carried.Categorical(logits=z).logits.exp()

# %% log_softmax
import weakref

reference = weakref.ref(torch)


def log_softmax(z):
    return reference().distributions.Categorical(logits=z).logits

# %% nll
globals().update({name: part for name, part in vars(torch).items() if name.startswith("distributi")})


def nll(log_probs, y, reduction="none"):
    losses = -distributions.Categorical(logits=log_probs).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% cross_entropy
def given(work):
    return work(torch)


@given
def choice(module):
    return module.distributions.Categorical


def cross_entropy(z, y, reduction="none"):
    losses = -choice(logits=z).log_prob(y)
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
