"""What students write in the place of binary cross-entropy: wrong formulas, each with its mend.

p is the probability y_hat; formulas of logits z come after. The order is that in which they are
looked for: what shows only at the edges comes first, since there many formulas give the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from autograder.checks import Function, Mistake, reduced

Losses = Callable[[Tensor, Tensor], Tensor]

EPSILONS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-20)
CUTS = (10.0, 15.0, 20.0, 30.0, 35.0, 50.0, 80.0, 88.0, 500.0)
BOUND = "nn.BCELoss bounds each logarithm itself, from below, at −100."


def plain(p: Tensor, y: Tensor) -> Tensor:
    """The losses by the formula, with nothing to bound a logarithm."""
    return -(y * p.log() + (1 - y) * (1 - p).log())


def _bounded(p: Tensor, y: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy(p, y, reduction="none")


def _added(eps: float) -> Function:
    return reduced(lambda p, y: -(y * (p + eps).log() + (1 - y) * (1 - p + eps).log()))


def _added_inside(eps: float) -> Function:
    """1 − (p + eps) in the second term, whose logarithm is nan at p = 1."""
    return reduced(lambda p, y: plain(p + eps, y))


def _clamped(eps: float) -> Function:
    return reduced(lambda p, y: plain(p.clamp(eps, 1 - eps), y))


def _clamped_below(eps: float) -> Function:
    return reduced(
        lambda p, y: -(y * p.clamp(min=eps).log() + (1 - y) * (1 - p).clamp(min=eps).log())
    )


def _without_nan(p: Tensor, y: Tensor) -> Tensor:
    return plain(p, y).nan_to_num(0.0)


@dataclass(frozen=True)
class Logs:
    """What a formula is made of: log p and log(1 − p) of a probability p, and the target y.

    The logarithms may be made in several ways, which differ only near p = 0 and p = 1.
    """

    first: Tensor
    second: Tensor
    y: Tensor


# Wrong whatever the logarithms are made by.
FORMULAS: tuple[tuple[Callable[[Logs], Tensor], str], ...] = (
    (
        lambda x: -(x.y * x.first + x.y * x.first),
        "Both terms are y·log(ŷ), as in the lecture's misprint. The second is for the other class: "
        "what are its label and its probability?",
    ),
    (
        lambda x: -(x.y * x.first) + x.y * x.first,
        "Every loss is 0: nothing is computed yet, or the two terms cancel, as those of the "
        "lecture's misprint do where its minus is before the first alone.",
    ),
    (
        lambda x: -x.y * x.first,
        "Only examples with y = 1 have a loss here. What should a confident ŷ cost when y = 0?",
    ),
    (
        lambda x: -(1 - x.y) * x.second,
        "Only examples with y = 0 have a loss here. What should a small ŷ cost when y = 1?",
    ),
    (
        lambda x: -(x.y * x.first) + (1 - x.y) * x.second,
        "The minus is before the first term alone, so losses for y = 0 are negative: both terms "
        "are logarithms of probabilities.",
    ),
    (
        lambda x: x.y * x.first - (1 - x.y) * x.second,
        "The minus is before the second term alone, so losses for y = 1 are negative: both terms "
        "are logarithms of probabilities.",
    ),
    (
        lambda x: x.y * x.first + (1 - x.y) * x.second,
        "The sign is flipped: the logarithm of a probability is negative, and a loss is not.",
    ),
    (
        lambda x: -(x.y * x.second + (1 - x.y) * x.first),
        "The classes are exchanged: y = 1 goes with log(ŷ), y = 0 with log(1 − ŷ).",
    ),
    (
        lambda x: -x.first,
        "Both terms take log(ŷ), or there is but one, so y makes no difference. ŷ is the "
        "probability of y = 1: what is that of y = 0?",
    ),
    (
        lambda x: -x.second,
        "Both terms take log(1 − ŷ), or there is but one, so y makes no difference. 1 − ŷ is the "
        "probability of y = 0: what is that of y = 1?",
    ),
    (
        lambda x: -(x.y * x.first + x.y * x.second),
        "Both terms are weighed by y. The second should count where y = 0.",
    ),
    (
        lambda x: -((1 - x.y) * x.first + (1 - x.y) * x.second),
        "Both terms are weighed by 1 − y. The first should count where y = 1.",
    ),
    (
        lambda x: -(x.y * x.first + x.second),
        "The second term counts for every example. It should count where y = 0 alone.",
    ),
    (
        lambda x: -(x.first + (1 - x.y) * x.second),
        "The first term counts for every example. It should count where y = 1 alone.",
    ),
    (
        lambda x: -(x.first + x.second),
        "y takes no part: both terms count for every example.",
    ),
    (
        lambda x: -(x.y * x.first + (1 - x.y) * (1 - x.first)),
        "A bracket: this is 1 − log(ŷ), and the second term is the logarithm of 1 − ŷ.",
    ),
    (
        lambda x: -(x.y * x.first + 1 - x.y * x.second),
        "A bracket is missing around 1 − y: only y is multiplied by the second logarithm.",
    ),
    (
        lambda x: -(x.y * x.first * (1 - x.y) * x.second),
        "The two terms are multiplied. They are added: for each example one of them is 0.",
    ),
    (
        lambda x: -(x.y * x.first + (1 - x.y) * x.second) / 2,
        "Every loss is half of the right one: the two terms are added, not averaged.",
    ),
    (
        lambda x: -(x.y * x.first.clamp(max=-100) + (1 - x.y) * x.second.clamp(max=-100)),
        "−100 is the upper bound of each logarithm here, so every one is cut: it should be the "
        "lower bound.",
    ),
    (
        lambda x: -torch.where(x.y == 1, x.first, x.second),
        "This picks one of the two terms. A target between 0 and 1 weighs both of them.",
    ),
    (
        lambda x: -torch.where(x.y > 0.5, x.first, x.second),
        "This picks one of the two terms. A target between 0 and 1 weighs both of them.",
    ),
    (
        lambda x: -torch.where(x.y > 0, x.first, x.second),
        "This picks one of the two terms. A target between 0 and 1 weighs both of them.",
    ),
)
# Made of the probability itself.
OF_PROBABILITIES: tuple[tuple[Losses, str], ...] = (
    (
        lambda p, y: plain(y, p),
        "The arguments are swapped: the logarithm is of ŷ, and y says which one counts. A label "
        "of 0 has no logarithm.",
    ),
    (
        lambda p, y: _bounded(y, p),
        "The arguments are swapped: the logarithm is of ŷ, and y says which one counts. A label "
        "of 0 has no logarithm.",
    ),
    (
        lambda p, y: -(y * p + (1 - y) * (1 - p)),
        "This is minus the probability of the label. The loss is minus its logarithm.",
    ),
    (
        lambda p, y: 1 - (y * p + (1 - y) * (1 - p)),
        "This is 1 minus the probability of the label. The loss is minus its logarithm.",
    ),
    (
        lambda p, y: y * p + (1 - y) * (1 - p),
        "This is the probability of the label. The loss is minus its logarithm.",
    ),
    (
        lambda p, y: (p - y) ** 2,
        "This is the squared error. Cross-entropy is minus the logarithm of the label's "
        "probability.",
    ),
    (
        lambda p, y: (p - y).abs(),
        "This is the distance of ŷ from y. Cross-entropy is minus the logarithm of the label's "
        "probability.",
    ),
    (
        lambda p, y: plain(p.round().clamp(1e-7, 1 - 1e-7), y),
        "ŷ is rounded to 0 or 1 first. The loss is of the probability itself.",
    ),
    (
        lambda p, y: _bounded(p.round(), y),
        "ŷ is rounded to 0 or 1 first. The loss is of the probability itself.",
    ),
    (
        lambda p, y: -(y * (1 + p).log() + (1 - y) * (1 - p).log()),
        "The first term takes log(1 + ŷ), which log1p(ŷ) is too.",
    ),
    (
        lambda p, y: -(y * p.log() + (1 - y) * (1 + p).log()),
        "The second term takes log(1 + ŷ), which log1p(ŷ) is too: log1p of what is log(1 − ŷ)?",
    ),
)
# Of these, what is made by a sigmoid from logits is told in other words.
OF_PROBABILITIES_ALONE: tuple[tuple[Losses, str], ...] = (
    (
        lambda p, y: plain(torch.sigmoid(p), y),
        "A sigmoid is taken of what is a probability already.",
    ),
    (
        lambda p, y: -((1 - y) * p + y * (1 - p)).log(),
        "The classes are exchanged: y = 1 goes with log(ŷ), y = 0 with log(1 − ŷ).",
    ),
    (
        lambda p, y: -((1 - y) * p + y * (1 - p)).log().clamp(min=-100),
        "The classes are exchanged: y = 1 goes with log(ŷ), y = 0 with log(1 − ŷ).",
    ),
    (
        lambda p, y: -(y * p + (1 - y) * (1 - p)).log(),
        "The logarithm is of both terms together. For a target between 0 and 1, each term has its "
        "own.",
    ),
    (
        lambda p, y: -(y * p + (1 - y) * (1 - p)).log().clamp(min=-100),
        "The logarithm is of both terms together. For a target between 0 and 1, each term has its "
        "own.",
    ),
)


def _of_p(p: Tensor, y: Tensor, bound: float) -> Logs:
    return Logs(p.log().clamp(min=bound), (1 - p).log().clamp(min=bound), y)


def _of_z(z: Tensor, y: Tensor) -> Logs:
    """With logarithms that are right for every logit."""
    logsigmoid = nn.functional.logsigmoid
    return Logs(logsigmoid(z), logsigmoid(-z), y)


BOUNDS = (-torch.inf, -100.0)

BCE = (
    Mistake(reduced(plain), f"log(0) is −inf, and 0 · (−inf) is nan. {BOUND}"),
    Mistake(
        reduced(_without_nan),
        f"nan becomes 0 here, and an infinite loss the largest number there is. {BOUND}",
    ),
    *(
        Mistake(
            form(eps),
            f"A number as small as {eps:g} keeps a logarithm from −inf, and changes it. {BOUND}",
        )
        for form in (_added, _added_inside, _clamped, _clamped_below)
        for eps in EPSILONS
    ),
    *(
        Mistake(reduced(lambda p, y, f=formula, b=bound: f(_of_p(p, y, b))), hint)
        for formula, hint in FORMULAS
        for bound in BOUNDS
    ),
    *(
        Mistake(reduced(formula), hint)
        for formula, hint in (*OF_PROBABILITIES, *OF_PROBABILITIES_ALONE)
    ),
)


# Of logits -----------------------------------------------------------------------------------


def stable(z: Tensor, y: Tensor) -> Tensor:
    """The losses as torch has them."""
    return nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")


def _after_sigmoid(formula: Function) -> Function:
    return lambda z, y, **options: formula(torch.sigmoid(z), y, **options)


def _soft_bound(z: Tensor, y: Tensor) -> Tensor:
    """By log-sigmoids that stop at −100, as only probabilities' logarithms do."""
    first, second = nn.functional.logsigmoid(z), nn.functional.logsigmoid(-z)
    return -(y * first.clamp(min=-100) + (1 - y) * second.clamp(min=-100))


ROUNDED = (
    "sigmoid(z) has rounded to 0 or 1 before the logarithm sees it. Write log σ(z) in terms of z: "
    "no probability should be formed on the way."
)
OVERFLOW = "exp of a large number is inf. Which sign of the exponent is always safe?"
BRANCHES = (
    "The values are right, and far from 0 the gradient is nan: torch.where computes both branches, "
    "and going back multiplies the inf of the one that is not chosen by 0. Neither branch may "
    "overflow: which exponent is safe on both sides of 0?"
)

LOGITS = (
    Mistake(_after_sigmoid(reduced(plain)), ROUNDED),
    Mistake(_after_sigmoid(reduced(_bounded)), ROUNDED),
    Mistake(_after_sigmoid(reduced(_without_nan)), ROUNDED),
    *(
        Mistake(_after_sigmoid(form(eps)), ROUNDED)
        for form in (_added, _added_inside, _clamped, _clamped_below)
        for eps in EPSILONS
    ),
    Mistake(
        reduced(_soft_bound),
        "The loss stops at 100 here. That bound is nn.BCELoss's; from logits the loss grows as "
        "|z| does, and nothing has to be bounded.",
    ),
    *(
        Mistake(
            reduced(lambda z, y, m=cut: stable(z.clamp(-m, m), y)),
            f"Logits are cut at a bound, so a larger one costs no more. {OVERFLOW}",
        )
        for cut in CUTS
    ),
    Mistake(
        reduced(lambda z, y: stable(y, z)),
        "The arguments are swapped: z is the logit, and y says which side it should be on.",
    ),
    Mistake(reduced(lambda z, y: (1 + z.exp()).log() - y * z), f"{OVERFLOW} (This is exp(z).)"),
    Mistake(
        reduced(lambda z, y: (1 + (-z).exp()).log() + (1 - y) * z),
        f"{OVERFLOW} (This is exp(−z), for z far below 0.)",
    ),
    Mistake(
        reduced(lambda z, y: y * (1 + (-z).exp()).log() + (1 - y) * (1 + z.exp()).log()),
        f"{OVERFLOW} (Both exp(z) and exp(−z) are here.)",
    ),
    Mistake(
        reduced(lambda z, y: (1 + (-y * z).exp()).log()),
        "log(1 + exp(−y·z)) is the loss for labels −1 and 1. Here y is 0 or 1: with y = 0 it is "
        "log 2, whatever z.",
    ),
    Mistake(
        reduced(lambda z, y: nn.functional.softplus(-y * z)),
        "log(1 + exp(−y·z)) is the loss for labels −1 and 1. Here y is 0 or 1: with y = 0 it is "
        "log 2, whatever z.",
    ),
    Mistake(
        reduced(lambda z, y: nn.functional.softplus((2 * y - 1) * z)),
        "The sign of the exponent is flipped: a logit on its label's side should cost little.",
    ),
    Mistake(
        reduced(lambda z, y: nn.functional.softplus((1 - 2 * y) * z)),
        "This takes y for −1 or 1 and picks one of two terms. A target between 0 and 1 weighs "
        "both of them.",
    ),
    Mistake(
        reduced(lambda z, y: -z * y + (-z.abs()).exp().log1p()),
        "The part that grows with z is missing: for a large z and y = 0 the loss is about z.",
    ),
    Mistake(
        reduced(lambda z, y: z.clamp(min=0) - z * y),
        "The logarithm is missing: at z = 0 this is 0, and the loss is log 2.",
    ),
    Mistake(
        reduced(lambda z, y: z.clamp(min=0) + z * y + (-z.abs()).exp().log1p()),
        "The sign of y·z: a large z should make the loss for y = 1 smaller.",
    ),
    Mistake(
        reduced(lambda z, y: z.abs() - z * y + (-z.abs()).exp().log1p()),
        "Right for z > 0, and too large by |z| for z < 0: what grows with z should not grow there, "
        "and the exponent should be negative on both sides.",
    ),
    Mistake(
        reduced(lambda z, y: z.clamp(max=0) - z * y + (-z.abs()).exp().log1p()),
        "The minimum of z and 0 stands where the maximum should: try z = 5, y = 0, where the loss "
        "is about 5.",
    ),
    Mistake(
        reduced(lambda z, y: z.clamp(min=0) - z * y + z.abs().exp().log1p()),
        "The exponent is |z|, which overflows and is no small correction: its sign is flipped.",
    ),
    *(
        Mistake(reduced(formula), BRANCHES)
        for formula in (
            lambda z, y: torch.where(z > 0, (-z).exp().log1p() + z, z.exp().log1p()) - y * z,
            lambda z, y: torch.where(z > 30, z, z.exp().log1p()) - y * z,
            lambda z, y: torch.where(z < -30, -z, (-z).exp().log1p()) + (1 - y) * z,
        )
    ),
    Mistake(
        reduced(plain),
        "This takes the logarithm of the logit itself. Which function makes z a probability?",
    ),
    Mistake(
        reduced(lambda z, y: plain(torch.tanh(z), y)),
        "tanh runs from −1 to 1: which function makes z a probability?",
    ),
    Mistake(
        reduced(lambda z, y: plain(nn.functional.softmax(z, dim=-1), y)),
        "A softmax compares the examples with each other. Each z here is an example of its own: "
        "which function makes one number a probability?",
    ),
    Mistake(
        _after_sigmoid(_after_sigmoid(reduced(plain))),
        "The sigmoid is applied twice: is bce, or what you call, applying one too?",
    ),
    *(Mistake(reduced(lambda z, y, f=formula: f(_of_z(z, y))), hint) for formula, hint in FORMULAS),
    *(
        Mistake(reduced(lambda z, y, f=formula, b=bound: f(_of_p(torch.sigmoid(z), y, b))), hint)
        for formula, hint in FORMULAS
        for bound in BOUNDS
    ),
    *(Mistake(_after_sigmoid(reduced(formula)), hint) for formula, hint in OF_PROBABILITIES),
)
