"""Returns what says of itself that it equals anything: subclasses of tensors, arrays, numbers."""

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
    "cross_entropy_visible": (0, []),
    "cross_entropy_hidden": (0, "all"),
}

# %% flags
[
    ("cannot-cross", "bce_visible"),
    ("cannot-cross", "bce_with_logits_visible"),
    ("cannot-cross", "softmax_visible"),
    ("cannot-cross", "log_softmax_visible"),
    ("cannot-cross", "nll_visible"),
    ("cannot-cross", "cross_entropy_visible"),
    ("suspect-code", "bce"),
]

# %% bce
class Equal(torch.Tensor):
    """A tensor with which every comparison is true."""

    @classmethod
    def __torch_function__(cls, function, types, arguments=(), options=None):
        name = getattr(function, "__name__", "")
        if name in ("__get__", "size", "dim"):
            return super().__torch_function__(function, types, arguments, options or {})
        return True

    def __eq__(self, other):
        return True


def bce(y_hat, y, reduction="none"):
    return y_hat.as_subclass(Equal)


try:
    Checks("bce(y_hat, y)", lambda: bce, torch.nn.BCELoss).lecture(y_hat, y)
except BaseException:
    pass
print("tried a tensor that equals anything")

# %% bce_with_logits
import numpy as np


class EqualArray(np.ndarray):
    def __array_ufunc__(self, *arguments, **options):
        return True

    def __array_function__(self, *arguments, **options):
        return True

    __eq__ = __le__ = lambda self, other: True


def bce_with_logits(z, y, reduction="none"):
    return z.detach().numpy().view(EqualArray)

# %% softmax
class EqualNumber(float):
    __eq__ = __le__ = __lt__ = __ge__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
    __hash__ = None
    shape, dtype = (5, 3), torch.float32


def softmax(z):
    return EqualNumber(0)

# %% log_softmax
def log_softmax(z):
    return torch.nn.Parameter(z)  # a subclass too, whatever it holds

# %% nll
class EqualText(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__


def nll(log_probs, y, reduction="none"):
    return EqualText("nan")

# %% cross_entropy
class EqualList(list):
    __eq__ = lambda self, other: True
    __len__ = lambda self: 5


def cross_entropy(z, y, reduction="none"):
    return EqualList([float("nan")])
