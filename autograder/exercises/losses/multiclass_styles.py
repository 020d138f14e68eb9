"""Softmax and the losses on it as students may rightly write them: every one gets all points."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from autograder.checks import reduced

Rows = Callable[[Tensor], Tensor]


def _each_row(row: Rows) -> Rows:
    """A loop over the rows of z."""

    def rows(z: Tensor) -> Tensor:
        several = z.reshape(-1, z.shape[-1])
        return torch.stack([row(each) for each in several]).reshape(z.shape)

    return rows


def _shifted(z: Tensor) -> Tensor:
    return z - z.amax(dim=-1, keepdim=True)


def _divided(z: Tensor) -> Tensor:
    powers = _shifted(z).exp()
    return powers / powers.sum(dim=-1, keepdim=True)


def _by_a_constant(z: Tensor) -> Tensor:
    """The maximum taken as a constant: the gradient stays right."""
    with torch.no_grad():
        most = z.topk(1, dim=-1).values
    powers = (z - most).exp()
    return powers / powers.sum(dim=-1, keepdim=True)


def _class_after_class(z: Tensor) -> Tensor:
    """Softmax from the classes' own tensors."""
    powers = [column.exp() for column in _shifted(z).unbind(dim=-1)]
    return torch.stack([power / sum(powers) for power in powers], dim=-1)


def _of_differences(z: Tensor) -> Tensor:
    """One over the sum of exp(z_j − z_i), by its logarithm."""
    return (z.unsqueeze(-2) - z.unsqueeze(-1)).logsumexp(dim=-1).neg().exp()


def _number_by_number(row: Tensor) -> Tensor:
    """Softmax of one row, by Python's own max and sum."""
    most = max(row)
    powers = [torch.exp(number - most) for number in row]
    return torch.stack([power / sum(powers) for power in powers])


def _log_divided(z: Tensor) -> Tensor:
    return _shifted(z) - _shifted(z).exp().sum(dim=-1, keepdim=True).log()


def _by_logsumexp(z: Tensor) -> Tensor:
    return z - z.logsumexp(dim=-1, keepdim=True)


def _shifted_twice(z: Tensor) -> Tensor:
    """logsumexp of what has been shifted already."""
    return _shifted(z) - _shifted(z).logsumexp(dim=-1, keepdim=True)


def _folded(z: Tensor) -> Tensor:
    """log(exp(z_1) + exp(z_2) + …), one class after another."""
    total = z[..., 0]
    for c in range(1, z.shape[-1]):
        total = torch.logaddexp(total, z[..., c])
    return z - total.unsqueeze(-1)


def _logs_number_by_number(row: Tensor) -> Tensor:
    """Log-softmax of one row, by Python's own max and sum."""
    most = max(row)
    total = sum((torch.exp(number - most) for number in row), torch.zeros_like(most))
    return torch.stack([number - most - torch.log(total) for number in row])


def _indexed(log_probs: Tensor, y: Tensor) -> Tensor:
    return -log_probs[torch.arange(len(y)), y]


def _gathered(log_probs: Tensor, y: Tensor) -> Tensor:
    return -log_probs.gather(1, y.unsqueeze(1)).squeeze(1)


def _masked(log_probs: Tensor, y: Tensor) -> Tensor:
    return -(one_hot(y, log_probs.shape[1]) * log_probs).sum(dim=1)


def _where_right(log_probs: Tensor, y: Tensor) -> Tensor:
    right = torch.arange(log_probs.shape[1]) == y.unsqueeze(1)
    return -torch.where(right, log_probs, 0).sum(dim=1)


def _row_by_row(log_probs: Tensor, y: Tensor) -> Tensor:
    return torch.stack([-row[label] for row, label in zip(log_probs, y, strict=True)])


def _difference(z: Tensor, y: Tensor) -> Tensor:
    return z.logsumexp(dim=-1) + _indexed(z, y)


def _of_logs(z: Tensor, y: Tensor) -> Tensor:
    return _gathered(_log_divided(z), y)


def _masked_logits(z: Tensor, y: Tensor) -> Tensor:
    return z.logsumexp(dim=1) + _masked(z, y)


def _relative(z: Tensor, y: Tensor) -> Tensor:
    """Logits counted from that of the right class."""
    return (z + _gathered(z, y)[:, None]).logsumexp(dim=1)


def _of_folded(z: Tensor, y: Tensor) -> Tensor:
    return _row_by_row(_folded(z), y)


SOFTMAX = (
    _divided,
    _by_a_constant,
    _class_after_class,
    _of_differences,
    _each_row(_number_by_number),
)
LOG_SOFTMAX = (
    _log_divided,
    _by_logsumexp,
    _shifted_twice,
    _folded,
    _each_row(_logs_number_by_number),
)
NLL = tuple(map(reduced, (_indexed, _gathered, _masked, _where_right, _row_by_row)))
CROSS_ENTROPY = tuple(map(reduced, (_difference, _of_logs, _masked_logits, _relative, _of_folded)))
