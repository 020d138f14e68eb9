"""Binary cross-entropy as students may rightly write it: every one gets all points."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from autograder.checks import reduced

Losses = Callable[[Tensor, Tensor], Tensor]


def _each(loss: Losses) -> Losses:
    """A loop over every number, stacked so that gradients still flow."""

    def losses(first: Tensor, y: Tensor) -> Tensor:
        pairs = zip(first.reshape(-1), y.reshape(-1), strict=True)
        return torch.stack([loss(a, b) for a, b in pairs]).reshape(first.shape)

    return losses


def _clamped(p: Tensor, y: Tensor) -> Tensor:
    return -(y * p.log().clamp(min=-100) + (1 - y) * (1 - p).log().clamp(min=-100))


def _by_log1p(p: Tensor, y: Tensor) -> Tensor:
    return (y - 1) * torch.log1p(-p).clamp_min(-100) - y * p.log().clamp_min(-100)


def _where_finite(p: Tensor, y: Tensor) -> Tensor:
    """The logarithm of what is not 0, and −100 for what is."""
    bound = torch.full_like(p, -100.0)
    log_p = torch.where(p > 0, torch.where(p > 0, p, 1.0).log(), bound)
    log_q = torch.where(p < 1, torch.where(p < 1, 1 - p, 1.0).log(), bound)
    return -(y * log_p + (1 - y) * log_q)


def _filled(p: Tensor, y: Tensor) -> Tensor:
    """Logarithms whose −inf is filled with −100."""
    log_p = p.log().masked_fill(p == 0, -100.0)
    log_q = (1 - p).log().masked_fill(p == 1, -100.0)
    return log_q * (y - 1) - log_p * y


def _of_two_classes(p: Tensor, y: Tensor) -> Tensor:
    """The binary case as a one-hot target of two classes."""
    log_probs = torch.stack([1 - p, p], dim=-1).log().clamp(min=-100)
    return -(torch.stack([1 - y, y], dim=-1) * log_probs).sum(dim=-1)


def _interpolated(p: Tensor, y: Tensor) -> Tensor:
    return torch.lerp(-(1 - p).log().clamp(min=-100), -p.log().clamp(min=-100), y)


def _positive_part(z: Tensor, y: Tensor) -> Tensor:
    return z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))


def _by_softplus(z: Tensor, y: Tensor) -> Tensor:
    return softplus(z) - z * y


def _by_logsigmoid(z: Tensor, y: Tensor) -> Tensor:
    return -(y * logsigmoid(z) + (1 - y) * logsigmoid(-z))


def _by_logaddexp(z: Tensor, y: Tensor) -> Tensor:
    return torch.logaddexp(torch.zeros_like(z), z) - y * z


def _safe_branches(z: Tensor, y: Tensor) -> Tensor:
    """Both branches of a where, each with an argument that can't overflow."""
    up, down = torch.where(z > 0, z, 0), torch.where(z > 0, 0, z)
    log_term = torch.where(z > 0, up + torch.log1p((-up).exp()), torch.log1p(down.exp()))
    return log_term - z * y


def _by_sign(z: Tensor, y: Tensor) -> Tensor:
    """Of one number: the stable branch for its sign, chosen by an if."""
    loss = torch.log1p(torch.exp(-z)) if z > 0 else torch.log1p(torch.exp(z)) - z
    return loss + (1 - y) * z


BCE = tuple(
    map(
        reduced,
        (
            _clamped,
            _by_log1p,
            _where_finite,
            _filled,
            _of_two_classes,
            _interpolated,
            _each(_clamped),
        ),
    )
)
LOGITS = tuple(
    map(
        reduced,
        (
            _positive_part,
            _by_softplus,
            _by_logsigmoid,
            _by_logaddexp,
            _safe_branches,
            _each(_by_sign),
        ),
    )
)
