"""What students write in the place of softmax and the losses on it: wrong formulas, and mends.

z are logits and log_probs log-probabilities, classes along the last axis; y holds class indices.
The order is that in which they are looked for: what shows only at large logits comes first.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from autograder.checks import Mistake, reduced

Rows = Callable[[Tensor], Tensor]  # of logits, or of what was made of them
Losses = Callable[[Tensor, Tensor], Tensor]

OVERFLOW = (
    "exp of a large logit is inf, and inf / inf is nan. Softmax stays the same when one number is "
    "taken from all logits of a row: which number makes exp safe?"
)
UNDERFLOW = (
    "A probability that rounds to 0 has the logarithm −inf. Simplify log(exp(a) / sum) before "
    "computing it: the logarithm of exp(a) needs no exp."
)
BRANCHES = (
    "The values are right, and for large logits the gradient is nan: torch.where computes both "
    "branches, and going back multiplies the inf or nan of the one that is not chosen by 0. One "
    "way that is right for every logit needs no where."
)
LAST = "Classes are on the last axis: count it from the end, dim=-1."
ROW = "Each row has its own sum (keepdim=True)."
WHOLE_MAXIMUM = (
    "The largest logit of the whole tensor is taken away. In a row that lies far below it every "
    "exp is 0: each row needs a maximum of its own."
)


def _softmax(z: Tensor, dim: int = -1) -> Tensor:
    return nn.functional.softmax(z, dim=dim)


def _log_softmax(z: Tensor, dim: int = -1) -> Tensor:
    return nn.functional.log_softmax(z, dim=dim)


def _most(z: Tensor) -> Tensor:
    return z.max(dim=-1, keepdim=True).values


def _share(powers: Tensor) -> Tensor:
    """Of positive numbers each one's share of its row."""
    return powers / powers.sum(dim=-1, keepdim=True)


def _log_sum_exp(z: Tensor) -> Tensor:
    """With nothing that keeps exp from overflowing."""
    return z.exp().sum(dim=-1, keepdim=True).log()


# Softmax: what is wrong with large logits alone, and then with any.
UNSAFE_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    (lambda z: _share(z.exp()), OVERFLOW),
    (lambda z: _share((z - z.max()).exp()), WHOLE_MAXIMUM),
    (
        lambda z: _share((z - z.abs().max()).exp()),
        "The largest |z| is taken away, of the whole tensor: a row far below 0 is pushed further "
        "down, and every exp is 0.",
    ),
    (
        lambda z: _share((z - z.abs().max(dim=-1, keepdim=True).values).exp()),
        "The largest |z| is taken away: a row far below 0 is pushed further down, and every exp "
        "is 0. Which number of a row makes its largest exp 1?",
    ),
    (
        lambda z: _share((z - _most(z).clamp(min=0)).exp()),
        "What is taken away is never below 0: a row whose logits are all far below 0 keeps them, "
        "and every exp is 0. The largest logit may be negative.",
    ),
    (
        lambda z: _share((z - z.mean(dim=-1, keepdim=True)).exp()),
        "The mean is taken away, and a logit far above it still overflows. Which number of a row "
        "makes its largest exp 1?",
    ),
    (
        lambda z: _share((z - z.min(dim=-1, keepdim=True).values).exp()),
        "The smallest logit is taken away, so exp still grows with the spread. Which number of a "
        "row makes its largest exp 1?",
    ),
    (
        lambda z: _share((z - z.max(dim=0, keepdim=True).values).exp()),
        f"The maximum is that of a column. Each row needs its own. {LAST}",
    ),
    (
        lambda z: _share((z + _most(z)).exp()),
        "The maximum is added: the exponents grow instead of shrinking.",
    ),
    (
        lambda z: _share(z.exp()).nan_to_num(0.0),
        f"nan is turned into 0, and the row adds up to 0, not to 1. {OVERFLOW}",
    ),
    *(
        (
            lambda z, eps=eps: z.exp() / (z.exp().sum(dim=-1, keepdim=True) + eps),
            "The small number in the denominator keeps 0 / 0 away and makes the row 0. " + OVERFLOW,
        )
        for eps in (1e-6, 1e-8, 1e-10, 1e-12)
    ),
    *(
        (
            lambda z, most=most: _share(z.clamp(-most, most).exp()),
            f"Logits are cut at a bound, and those beyond it look alike. {OVERFLOW}",
        )
        for most in (20.0, 30.0, 50.0, 80.0, 88.0, 100.0)
    ),
)
NO_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    (
        lambda z: (z / z.exp().sum(dim=-1, keepdim=True)).exp(),
        "A bracket: exp is of the quotient here. The quotient is of exps.",
    ),
    (
        lambda z: ((z - _most(z)) / (z - _most(z)).exp().sum(dim=-1, keepdim=True)).exp(),
        "A bracket: exp is of the quotient here. The quotient is of exps.",
    ),
    (
        lambda z: (z / z.sum(dim=-1, keepdim=True)).exp(),
        "exp is of a quotient of logits here. The quotient is of exps.",
    ),
    (torch.exp, "exp(z) is not divided yet: the C values of a row should add up to 1."),
    (torch.sigmoid, "This is the sigmoid of each logit alone; softmax compares a row's C."),
    (lambda z: _softmax(z, 0), f"This normalizes along the first axis. {LAST}"),
    (
        lambda z: _softmax(z, 1),
        f"This normalizes along axis 1, which is the last one only of a matrix. {LAST}",
    ),
    (lambda z: z.exp() / z.exp().sum(), f"This divides by the sum of the whole tensor. {ROW}"),
    (
        lambda z: (z - z.max()).exp() / (z - z.max()).exp().sum(),
        f"This divides by the sum of the whole tensor. {ROW}",
    ),
    (
        lambda z: (z - _most(z)).exp() / (z - _most(z)).exp().sum(),
        f"This divides by the sum of the whole tensor. {ROW}",
    ),
    (
        lambda z: z.exp() / z.exp().sum(dim=0, keepdim=True),
        f"This normalizes along the first axis. {LAST}",
    ),
    (
        lambda z: (z - _most(z)).exp() / z.exp().sum(dim=-1, keepdim=True),
        "The maximum is taken away above the line, and not below it: it cancels only if both "
        "have it.",
    ),
    (
        lambda z: z.exp() / (z - _most(z)).exp().sum(dim=-1, keepdim=True),
        "The maximum is taken away below the line, and not above it: it cancels only if both "
        "have it.",
    ),
    (
        lambda z: (z - _most(z)).exp(),
        "exp(z − max) is not divided yet: the C values of a row should add up to 1.",
    ),
    (_log_softmax, "This is the logarithm of softmax: one log too many."),
    (lambda z: z / z.sum(dim=-1, keepdim=True), "The logits are divided, not their exp."),
    (
        lambda z: z.exp() / z.sum(dim=-1, keepdim=True).exp(),
        "This divides by the exp of the sum: the sum is of the C exps.",
    ),
    (
        lambda z: z.exp() / z.exp().mean(dim=-1, keepdim=True),
        "This divides by the mean of a row's exps, so a row adds up to C: divide by their sum.",
    ),
    (
        lambda z: z.exp() / z.exp().amax(dim=-1, keepdim=True),
        "This divides by the largest exp of a row: divide by the sum of all C.",
    ),
    (
        lambda z: (z == _most(z)).to(z.dtype),
        "This is 1 for the largest logit and 0 for others. Softmax gives each class its share.",
    ),
    (lambda z: _softmax(_softmax(z)), "Softmax is applied twice."),
)
# Of these the logarithm is no known mistake of log-softmax.
WRONG_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    (
        lambda z: _softmax(z / _most(z)),
        "z is divided by its maximum, and that changes the result. Taking it away does not.",
    ),
    (
        lambda z: _softmax(z / z.abs().max(dim=-1, keepdim=True).values),
        "z is divided by its largest size, and that changes the result. Taking a number away does "
        "not.",
    ),
    (
        lambda z: _softmax(z.abs()),
        "|z| is taken first: a logit of −3 should count less than one of 0.",
    ),
    (lambda z: _softmax(-z), "The sign of z is flipped: the largest logit should get the most."),
    (lambda z: _share(2.0**z), "This is 2 to the power of z: softmax takes e to that power."),
    (lambda z: _share(10.0**z), "This is 10 to the power of z: softmax takes e to that power."),
    (
        lambda z: z.exp() / z.exp().norm(dim=-1, keepdim=True),
        "This divides by the square root of the sum of squares: divide by the sum itself.",
    ),
)

# Right values, with a gradient that is not.
CUT_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    (
        lambda z: z.exp() / z.exp().sum(dim=-1, keepdim=True).detach(),
        "The values are right, and the gradient misses the denominator: something cuts the graph "
        "there, such as .detach(), .item() or no_grad.",
    ),
    (
        lambda z: (z - _most(z)).exp() / (z - _most(z)).exp().sum(dim=-1, keepdim=True).detach(),
        "The values are right, and the gradient misses the denominator: something cuts the graph "
        "there, such as .detach(), .item() or no_grad.",
    ),
)
BRANCHED_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    (lambda z: torch.where(_most(z).abs() > 50, _softmax(z), _share(z.exp())), BRANCHES),
    (lambda z: torch.where(_most(z) > 50, _softmax(z), _share(z.exp())), BRANCHES),
)
SOFTMAX = tuple(
    Mistake(formula, hint)
    for formula, hint in (
        *UNSAFE_SOFTMAX,
        *BRANCHED_SOFTMAX,
        *CUT_SOFTMAX,
        *NO_SOFTMAX,
        *WRONG_SOFTMAX,
    )
)

# Log-softmax.
UNSAFE_LOG_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    (lambda z: _share(z.exp()).log(), OVERFLOW),
    (lambda z: z - _log_sum_exp(z), OVERFLOW),
    (lambda z: _softmax(z).log(), UNDERFLOW),
    *(
        (
            lambda z, eps=eps: (_softmax(z) + eps).log(),
            f"A number as small as {eps:g} keeps a probability from 0, and hides what is below. "
            + UNDERFLOW,
        )
        for eps in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-20, 1e-30)
    ),
    *(
        (
            lambda z, eps=eps: _softmax(z).clamp(min=eps).log(),
            f"A number as small as {eps:g} keeps a probability from 0, and hides what is below. "
            + UNDERFLOW,
        )
        for eps in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-20, 1e-30)
    ),
    (
        lambda z: _softmax(z).log().clamp(min=-100),
        "Logarithms stop at −100 here. That bound is nn.BCELoss's; log-softmax has none. "
        + UNDERFLOW,
    ),
    (
        lambda z: (z - z.max()) - (z - z.max()).exp().sum(dim=-1, keepdim=True).log(),
        WHOLE_MAXIMUM,
    ),
    (
        lambda z: (
            (z - z.mean(dim=-1, keepdim=True)) - _log_sum_exp(z - z.mean(dim=-1, keepdim=True))
        ),
        "The mean is taken away, and a logit far above it still overflows. Which number of a row "
        "makes its largest exp 1?",
    ),
)
WRONG_LOG_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    *(
        (
            lambda z, log=log: (z - _most(z)) - log((z - _most(z)).exp().sum(dim=-1, keepdim=True)),
            f"log{base} takes back powers of {base}, and exp makes powers of e: use torch.log.",
        )
        for base, log in ((2, torch.log2), (10, torch.log10))
    ),
    *(
        (
            lambda z, log=log: z - log(z.exp().sum(dim=-1, keepdim=True)),
            f"log{base} takes back powers of {base}, and exp makes powers of e: use torch.log.",
        )
        for base, log in ((2, torch.log2), (10, torch.log10))
    ),
    (
        lambda z: (z - _most(z)) - (z - _most(z)).sum(dim=-1, keepdim=True),
        "The sum of the logits is taken away: it is the logarithm of the sum of their exps.",
    ),
    (
        lambda z: (z - _most(z)) - (z - _most(z)).exp().sum(dim=-1, keepdim=True),
        "The sum of the exps is taken away, and not its logarithm.",
    ),
    (
        lambda z: z - _most(z) - (z.exp() - _most(z)).sum(dim=-1, keepdim=True).log(),
        "A bracket: the maximum is taken from exp(z), and should be taken from z before exp.",
    ),
    (lambda z: _log_softmax(z, 0), f"This normalizes along the first axis. {LAST}"),
    (lambda z: z - z.exp().sum().log(), f"This takes the sum of the whole tensor. {ROW}"),
    (
        lambda z: z - z.flatten().logsumexp(dim=0),
        f"This takes the sum of the whole tensor. {ROW}",
    ),
    (
        lambda z: (z - _most(z)) - (z - _most(z)).exp().sum().log(),
        f"This takes the sum of the whole tensor. {ROW}",
    ),
    (
        lambda z: z - _log_sum_exp(z - _most(z)),
        "The maximum is taken away inside the exp and not added back: log(sum) is too small by it.",
    ),
    (
        lambda z: (z - _most(z)) - _log_sum_exp(z),
        "The maximum is taken away twice: from z, where the logarithm of the sum is still that of "
        "the old z.",
    ),
    (
        lambda z: z - z.exp().sum(dim=-1, keepdim=True),
        "The sum of the exps is taken away, and not its logarithm.",
    ),
    (
        lambda z: z - z.sum(dim=-1, keepdim=True).log(),
        "The logarithm is of the sum of the logits: the sum is of their exps.",
    ),
    (
        lambda z: z - z.sum(dim=-1, keepdim=True),
        "The sum of the logits is taken away: it is the logarithm of the sum of their exps.",
    ),
    (
        lambda z: z / z.logsumexp(dim=-1, keepdim=True),
        "log(a / b) is log a − log b: this divides where it should subtract.",
    ),
    (
        lambda z: z + z.logsumexp(dim=-1, keepdim=True),
        "The logarithm of the sum is added. A quotient's logarithm is a difference.",
    ),
    (
        lambda z: z - z.exp().mean(dim=-1, keepdim=True).log(),
        "This is the mean of the exps: it is their sum that a row is divided by.",
    ),
    (
        lambda z: z.log() - z.sum(dim=-1, keepdim=True).log(),
        "The logits are divided, not their exp.",
    ),
    (
        lambda z: torch.sigmoid(z).log(),
        "This is the sigmoid of each logit alone; softmax compares a row's C.",
    ),
    (
        lambda z: nn.functional.logsigmoid(z),
        "This is the sigmoid of each logit alone; softmax compares a row's C.",
    ),
)
# What cross-entropy has other words for.
NO_LOG_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    (_softmax, "This is softmax itself: the logarithm is still to come."),
    (lambda z: -_log_softmax(z), "The sign is flipped: log-probabilities are negative."),
    (
        lambda z: _log_softmax(z, 1),
        f"This normalizes along axis 1, which is the last one only of a matrix. {LAST}",
    ),
    (
        lambda z: z - _most(z),
        "Only the maximum is taken away. The logarithm of the sum is missing.",
    ),
    (lambda z: z, "z is returned as it is: nothing is normalized yet."),
    (
        lambda z: z.logsumexp(dim=-1, keepdim=True) - z,
        "The sign is flipped: log-probabilities are negative.",
    ),
    (
        lambda z: _log_softmax(_softmax(z)),
        "Softmax is applied first, and its logarithm normalizes again: once is enough.",
    ),
)
CUT_LOG_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    (
        lambda z: z - _most(z) - (z - _most(z)).logsumexp(dim=-1, keepdim=True).detach(),
        "The values are right, and the gradient misses the logarithm of the sum: something cuts "
        "the graph there, such as .detach(), .item() or no_grad.",
    ),
    (
        lambda z: z - z.logsumexp(dim=-1, keepdim=True).detach(),
        "The values are right, and the gradient misses the logarithm of the sum: something cuts "
        "the graph there, such as .detach(), .item() or no_grad.",
    ),
)
BRANCHED_LOG_SOFTMAX: tuple[tuple[Rows, str], ...] = (
    (
        lambda z: (
            z
            - torch.where(
                _log_sum_exp(z).isinf(), z.logsumexp(dim=-1, keepdim=True), _log_sum_exp(z)
            )
        ),
        BRANCHES,
    ),
)
LOG_SOFTMAX = tuple(
    Mistake(formula, hint)
    for formula, hint in (
        *UNSAFE_LOG_SOFTMAX,
        *BRANCHED_LOG_SOFTMAX,
        *CUT_LOG_SOFTMAX,
        *NO_LOG_SOFTMAX,
        *WRONG_LOG_SOFTMAX,
    )
)


# The negative log-likelihood.


def picked(log_probs: Tensor, y: Tensor) -> Tensor:
    """Minus each row's value of its class."""
    return -log_probs.gather(-1, y.unsqueeze(-1)).squeeze(-1)


def _one_hot(values: Tensor, y: Tensor) -> Tensor:
    return nn.functional.one_hot(y, values.shape[-1]).to(values.dtype)


def _each_class(log_probs: Tensor, y: Tensor) -> Tensor:
    """Binary cross-entropy of every class."""
    target = _one_hot(log_probs, y)
    return -(target * log_probs + (1 - target) * (1 - log_probs.exp()).log().clamp(min=-100))


OF_LOG_PROBS: tuple[tuple[Losses, str], ...] = (
    (
        lambda log_probs, y: picked(_log_softmax(log_probs.exp()), y),
        "The argument holds log-probabilities already: it is exponentiated and normalized again.",
    ),
    (
        lambda log_probs, y: picked(log_probs.exp(), y),
        "This is minus the probability; the loss is minus its logarithm, and the argument holds "
        "logarithms already.",
    ),
    (
        lambda log_probs, y: -picked(log_probs.exp(), y),
        "This is the probability of the right class; the loss is minus its logarithm, and the "
        "argument holds logarithms already.",
    ),
)
PICKS: tuple[tuple[Losses, str], ...] = (
    (
        lambda log_probs, y: -log_probs.gather(0, y.unsqueeze(1)).squeeze(1),
        "gather goes along axis 0: labels pick rows there. They should pick a column in each row.",
    ),
    (
        lambda log_probs, y: -picked(log_probs, y),
        "The sign is flipped: the loss is minus the log-probability of the right class.",
    ),
    (
        lambda log_probs, y: -log_probs[:, y],
        "[:, y] takes every row's value for every label: N × N numbers. Pair row i with y[i].",
    ),
    (
        lambda log_probs, y: -log_probs[y],
        "[y] takes whole rows, those whose number is y[i]. Row i belongs to example i, and y[i] "
        "says which of its columns.",
    ),
    (
        lambda log_probs, y: -log_probs.sum(dim=-1),
        "This sums over all classes. Only the right class of each row counts.",
    ),
    (
        lambda log_probs, y: -log_probs.mean(dim=-1),
        "This is the mean over all classes. Only the right class of each row counts.",
    ),
    (
        lambda log_probs, y: -log_probs.max(dim=-1).values,
        "The labels take no part: this is the most probable class of each row, not the right one.",
    ),
    (
        lambda log_probs, y: -log_probs[:, 0],
        "The labels take no part: this is the first class of each row.",
    ),
    (
        lambda log_probs, y: -log_probs.min(dim=-1).values,
        "The labels take no part: this is the least probable class of each row.",
    ),
    (
        lambda log_probs, y: picked(log_probs, (y - 1) % log_probs.shape[-1]),
        "Classes are counted from 0: this takes the class before y, so 1 is taken away too much.",
    ),
    (
        lambda log_probs, y: picked(log_probs, (y + 1) % log_probs.shape[-1]),
        "Classes are counted from 0: this takes the class after y, so 1 is added too much.",
    ),
    (
        lambda log_probs, y: picked(log_probs, y) / log_probs.shape[-1],
        "This divides by C. A row's loss is the one picked value, not a mean over classes.",
    ),
    (
        lambda log_probs, y: -_one_hot(log_probs, y) * log_probs,
        "The zeros of the other classes are still there: N × C numbers. One loss is left of a row.",
    ),
    (
        lambda log_probs, y: -log_probs * y.unsqueeze(-1),
        "The label is used as a factor. It is an index: it says which column of the row counts.",
    ),
    (
        lambda log_probs, y: -(log_probs * y.unsqueeze(-1)).sum(dim=-1),
        "The label is used as a factor. It is an index: it says which column of the row counts.",
    ),
    (
        lambda log_probs, y: picked(log_probs, y) * y,
        "The loss is multiplied by the label: class 0 costs nothing. The label is an index alone.",
    ),
    (
        lambda log_probs, y: _each_class(log_probs, y).sum(dim=-1),
        "This is binary cross-entropy of every class, added up. Only the right class of each row "
        "counts here.",
    ),
    (
        lambda log_probs, y: _each_class(log_probs, y).mean(dim=-1),
        "This is binary cross-entropy of every class, averaged. Only the right class of each row "
        "counts here.",
    ),
    (
        _each_class,
        "This is binary cross-entropy of every class: N × C numbers, where each row has "
        "one loss, that of its right class.",
    ),
    (
        lambda log_probs, y: -(1 - log_probs.exp().gather(-1, y.unsqueeze(-1)).squeeze(-1)),
        "This is the probability of the other classes. The loss is minus the logarithm of the "
        "right one's.",
    ),
    (
        lambda log_probs, y: 1 - log_probs.exp().gather(-1, y.unsqueeze(-1)).squeeze(-1),
        "This is 1 minus the probability of the right class. The loss is minus its logarithm.",
    ),
    (
        lambda log_probs, y: (
            picked(log_probs, y) * log_probs.exp().gather(-1, y.unsqueeze(-1)).squeeze(-1)
        ),
        "The loss is weighed by the probability too: −p·log p. It is minus the logarithm alone.",
    ),
    (
        lambda log_probs, y: -(log_probs.exp() * log_probs).sum(dim=-1),
        "This is the entropy of the prediction: the labels take no part.",
    ),
)
NLL = tuple(Mistake(reduced(formula), hint) for formula, hint in (*OF_LOG_PROBS, *PICKS))


# Cross-entropy.


SIGMOIDS = "This is binary cross-entropy of every class, by the sigmoid of each logit"
ONE_LOSS = "Here the C classes share one softmax, and only the right one of each row counts."


def _sigmoids(z: Tensor, y: Tensor) -> Tensor:
    target = _one_hot(z, y)
    return nn.functional.binary_cross_entropy_with_logits(z, target, reduction="none")


def _of_logits(formula: Rows) -> Losses:
    return lambda z, y: picked(formula(z), y)


CROSS_ENTROPY = (
    *(Mistake(reduced(_of_logits(formula)), hint) for formula, hint in UNSAFE_LOG_SOFTMAX),
    *(Mistake(reduced(_of_logits(formula)), hint) for formula, hint in BRANCHED_LOG_SOFTMAX),
    *(Mistake(reduced(_of_logits(formula)), hint) for formula, hint in CUT_LOG_SOFTMAX),
    Mistake(
        reduced(lambda z, y: z.exp().sum(dim=-1).log() + picked(z, y)),
        OVERFLOW,
    ),
    Mistake(
        reduced(picked),
        "This takes the logits for log-probabilities. Something has to normalize them first.",
    ),
    Mistake(
        reduced(lambda z, y: picked(_log_softmax(_softmax(z)), y)),
        "Softmax is applied twice: cross-entropy takes logits and normalizes them itself.",
    ),
    Mistake(
        reduced(lambda z, y: picked(_softmax(z), y)),
        "This is minus the probability; the loss is minus its logarithm.",
    ),
    Mistake(
        reduced(lambda z, y: z.logsumexp(dim=-1)),
        "The labels take no part: the logit of the right class is still to be taken away.",
    ),
    Mistake(
        reduced(lambda z, y: z.logsumexp(dim=-1) - picked(z, y)),
        "The logit of the right class is added. It is taken away: a large one should cost little.",
    ),
    Mistake(
        reduced(lambda z, y: z.max(dim=-1).values + picked(z, y)),
        "The largest logit stands where the logarithm of the sum of exps should: a loss of 0 for "
        "whoever is right is too little.",
    ),
    *(
        Mistake(reduced(formula), hint)
        for formula, hint in (
            (lambda z, y: _sigmoids(z, y).sum(dim=-1), f"{SIGMOIDS} and added up. {ONE_LOSS}"),
            (lambda z, y: _sigmoids(z, y).mean(dim=-1), f"{SIGMOIDS} and averaged. {ONE_LOSS}"),
            (_sigmoids, f"{SIGMOIDS}. {ONE_LOSS}"),
        )
    ),
    *(
        Mistake(
            reduced(
                lambda z, y, s=s: (
                    (1 - s) * picked(_log_softmax(z), y) - s * _log_softmax(z).mean(dim=-1)
                )
            ),
            f"The labels are smoothed by {s:g}: that is another loss than the one asked for.",
        )
        for s in (0.05, 0.1, 0.2)
    ),
    *(
        Mistake(
            reduced(lambda z, y, formula=formula: formula(_log_softmax(z), y)),
            hint,
        )
        for formula, hint in PICKS
    ),
    *(Mistake(reduced(_of_logits(formula)), hint) for formula, hint in WRONG_LOG_SOFTMAX),
    *(
        Mistake(reduced(lambda z, y, formula=formula: picked(formula(z).log(), y)), hint)
        for formula, hint in WRONG_SOFTMAX
    ),
)
