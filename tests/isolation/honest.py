"""Styles by hand that the exercises' tests do not have, as text of cells that define `f`.

Each is named "exercise-style"; what it has to equal is torch's own, without a reduction.
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor

EXPECTED: dict[str, Callable[..., Tensor]] = {
    "bce": lambda p, y: F.binary_cross_entropy(p, y, reduction="none"),
    "bce_with_logits": lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none"),
    "softmax": lambda z: F.softmax(z, -1),
    "log_softmax": lambda z: F.log_softmax(z, -1),
    "nll": lambda log_probs, y: F.nll_loss(log_probs, y, reduction="none"),
    "cross_entropy": lambda z, y: F.cross_entropy(z, y, reduction="none"),
}

HONEST = {
    "bce-xlogy": "f = lambda p, y: -(torch.xlogy(y, p) + torch.special.xlog1py(1 - y, -p))",
    "bce-logit": "f = lambda p, y: F.softplus(torch.logit(p)) - y * torch.logit(p)",
    "bce-entropy-and-divergence": """
def f(p, y):
    entropy = torch.special.entr(y) + torch.special.entr(1 - y)
    divergence = y * (torch.where(y > 0, y, 1).log() - p.log())
    return entropy + divergence + (1 - y) * (torch.where(y < 1, 1 - y, 1).log() - (1 - p).log())
""",
    "bce-masks": """
def f(p, y):
    losses = torch.zeros_like(p)
    losses = losses.masked_scatter(y == 1, -p[y == 1].log())
    losses = losses.masked_scatter(y == 0, -(1 - p)[y == 0].log())
    soft = (y > 0) & (y < 1)
    own = -(y[soft] * p[soft].log() + (1 - y[soft]) * (1 - p[soft]).log())
    return losses.masked_scatter(soft, own)
""",
    "bce-module": """
class Loss(nn.Module):
    def __init__(self, bound=-100.0):
        super().__init__()
        self.register_buffer("bound", torch.tensor(bound))
    def forward(self, p, y):
        bounded = lambda x: torch.maximum(x.log(), self.bound)
        return -(y * bounded(p) + (1 - y) * bounded(1 - p))
f = Loss()
""",
    "bce-in-place-on-a-copy": """
def f(p, y):
    log_p, log_q = p.clone().log_(), (1 - p).log_()
    return log_p.mul_(y).add_(log_q.mul_(1 - y)).neg_()
""",
    "bce_with_logits-double-where": """
def f(z, y):
    safe = torch.where(z > 0, -z, z)
    return torch.where(z > 0, z, torch.zeros_like(z)) - z * y + torch.log1p(safe.exp())
""",
    "bce_with_logits-modules": """
def f(z, y):
    return -(y * nn.LogSigmoid()(z) - (1 - y) * nn.Softplus()(z))
""",
    "bce_with_logits-own-backward": """
class Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return z.clamp(min=0) - z * y + torch.log1p((-z.abs()).exp())
    @staticmethod
    def backward(ctx, grad):
        z, y = ctx.saved_tensors
        return grad * (z.sigmoid() - y), None
def f(z, y):
    return Loss.apply(z, y)
""",
    "bce_with_logits-vmap": """
def f(z, y):
    return torch.vmap(lambda a, b: torch.logaddexp(torch.zeros_like(a), a) - a * b)(z, y)
""",
    "bce_with_logits-two-classes": """
def f(z, y):
    both = torch.stack([torch.zeros_like(z), z], dim=-1)
    return both.logcumsumexp(-1)[..., -1] - y * z
""",
    "bce_with_logits-compiled": """
@torch.compile(fullgraph=True)
def f(z, y):
    return F.relu(z) - z * y + torch.log1p(torch.exp(-torch.abs(z)))
""",
    "bce_with_logits-kept-in-a-class": """
from dataclasses import dataclass
@dataclass
class Loss:
    beta: float = 1.0
    def __call__(self, z, y):
        return F.softplus(z, beta=self.beta) - y * z
f = Loss()
""",
    "bce_with_logits-checkpoint": """
from torch.utils.checkpoint import checkpoint
def f(z, y):
    return checkpoint(lambda a: F.softplus(a) - y * a, z, use_reentrant=False)
""",
    "softmax-gradient-of-logsumexp": """
def f(z):
    return torch.func.vmap(torch.func.grad(lambda row: row.logsumexp(0)))(z)
""",
    "softmax-own-backward": """
class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        e = (z - z.max(dim=-1, keepdim=True).values).exp()
        p = e / e.sum(dim=-1, keepdim=True)
        ctx.save_for_backward(p)
        return p
    @staticmethod
    def backward(ctx, grad):
        p, = ctx.saved_tensors
        return p * (grad - (grad * p).sum(dim=-1, keepdim=True))
def f(z):
    return Softmax.apply(z)
""",
    "softmax-vmap": """
def one(row):
    e = (row - row.max()).exp()
    return e / e.sum()
f = torch.vmap(one)
""",
    "softmax-einsum": """
def f(z):
    e = torch.exp(z - z.amax(-1, keepdim=True))
    return torch.einsum("nc,n->nc", e, 1 / torch.einsum("nc->n", e))
""",
    "softmax-sigmoids": """
def f(z):
    others = z[:, None, :] - z[:, :, None]
    masked = others.masked_fill(torch.eye(z.shape[1], dtype=torch.bool), -torch.inf)
    return torch.sigmoid(-masked.logsumexp(-1))
""",
    "softmax-in-place-on-a-copy": """
def f(z):
    e = z.clone()
    e -= e.detach().max(dim=-1, keepdim=True)[0]
    e = e.exp()
    return e.div(e.sum(-1, keepdim=True))
""",
    "softmax-matmul": """
def f(z):
    e = (z - z.max()).exp()
    return e / (e @ torch.ones(z.shape[1], 1, dtype=z.dtype))
""",
    "softmax-threads": """
from concurrent.futures import ThreadPoolExecutor
def one(row):
    return (row - row.logsumexp(0)).exp()
def f(z):
    with ThreadPoolExecutor(2) as pool:
        return torch.stack(list(pool.map(one, z)))
""",
    "softmax-normalized": """
def f(z):
    return F.normalize((z - z.amax(-1, keepdim=True)).exp(), p=1, dim=-1)
""",
    "log_softmax-folded": """
from functools import reduce
def f(z):
    return z - reduce(torch.logaddexp, z.unbind(-1)).unsqueeze(-1)
""",
    "log_softmax-special": "f = lambda z: z - torch.special.logsumexp(z, -1, keepdim=True)",
    "log_softmax-linear-algebra": """
def f(z):
    top = z.topk(1, dim=-1).values
    return z - top - torch.linalg.vector_norm((z - top).exp(), 1, dim=-1, keepdim=True).log()
""",
    "log_softmax-nested": """
def outer():
    def largest(z):
        return z.sort(dim=-1, descending=True).values[..., :1]
    def f(z):
        shifted = z - largest(z)
        def total():
            return torch.expm1(shifted).add(1).sum(-1, keepdim=True)
        return shifted - total().log()
    return f
f = outer()
""",
    "log_softmax-own-backward": """
class LogSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        out = z - z.logsumexp(-1, keepdim=True)
        ctx.save_for_backward(out)
        return out
    @staticmethod
    def backward(ctx, grad):
        out, = ctx.saved_tensors
        return grad - out.exp() * grad.sum(-1, keepdim=True)
f = LogSoftmax.apply
""",
    "log_softmax-vjp": """
def f(z):
    total, pull = torch.func.vjp(lambda a: a.logsumexp(-1), z)
    return torch.log(pull(torch.ones_like(total))[0])
""",
    "nll-scatter": """
def f(log_probs, y):
    mask = torch.zeros_like(log_probs).scatter_(1, y[:, None], 1.0)
    return -(mask * log_probs).sum(1)
""",
    "nll-index-select": """
def f(log_probs, y):
    flat = log_probs.reshape(-1)
    return -flat.index_select(0, torch.arange(len(y)) * log_probs.shape[1] + y)
""",
    "nll-take": """
def f(log_probs, y):
    return -torch.take(log_probs, y + log_probs.shape[1] * torch.arange(len(y)))
""",
    "nll-where": """
def f(log_probs, y):
    right = torch.arange(log_probs.shape[1]) == y.unsqueeze(1)
    return torch.where(right, -log_probs, 0.0).sum(1)
""",
    "nll-masked-select": """
def f(log_probs, y):
    return -log_probs.masked_select(F.one_hot(y, log_probs.shape[1]).bool())
""",
    "nll-vmap": "f = torch.vmap(lambda row, label: -row.gather(0, label[None])[0])",
    "nll-batched-product": """
def f(log_probs, y):
    return -torch.bmm(log_probs[:, None], hot(log_probs, y)[:, :, None]).flatten()
""",
    "nll-embedding": """
def f(log_probs, y):
    table = torch.eye(log_probs.shape[1], dtype=log_probs.dtype)
    return -torch.sum(log_probs * F.embedding(y, table), dim=1)
""",
    "cross_entropy-own-backward": """
class Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return z.logsumexp(1) - z[range(len(y)), y]
    @staticmethod
    def backward(ctx, grad):
        z, y = ctx.saved_tensors
        p = (z - z.logsumexp(1, keepdim=True)).exp()
        p[range(len(y)), y] -= 1
        return grad[:, None] * p, None
def f(z, y):
    return Loss.apply(z, y)
""",
    "cross_entropy-margins": """
def f(z, y):
    return F.softplus((z - z.gather(1, y[:, None])).masked_fill(hot(z, y).bool(), -torch.inf)
                      .logsumexp(1))
""",
    "cross_entropy-parts": """
def softmax(z):
    e = torch.exp(z - z.max(-1, keepdim=True).values)
    return e / e.sum(-1, keepdim=True)
def nll(log_probs, y):
    return -log_probs[torch.arange(len(y)), y]
def f(z, y):
    return nll(softmax(z).log(), y)
""",
    "cross_entropy-module": """
class Loss(nn.Module):
    def forward(self, z, y):
        z = z - z.amax(1, keepdim=True)
        return z.exp().sum(1).log() - z.gather(1, y.unsqueeze(1)).squeeze(1)
f = nn.Sequential
f = Loss().eval()
""",
    "cross_entropy-vmap": "f = torch.vmap(lambda row, label: row.logsumexp(0) - row.take(label))",
    "cross_entropy-double": """
def f(z, y):
    wide = z.to(torch.float64)
    return (wide.exp().sum(1).log() - wide[torch.arange(len(y)), y]).to(z.dtype)
""",
    "cross_entropy-autocast-off": """
def f(z, y):
    with torch.autocast("cpu", enabled=False):
        return z.logsumexp(1) - torch.sum(z * hot(z, y), 1)
""",
}
