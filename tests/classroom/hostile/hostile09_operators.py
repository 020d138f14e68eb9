"""Returns objects, and tensors of other kinds, that answer every operator as if all were right."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
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
    ("cannot-cross", "softmax_visible"),
    ("cannot-cross", "log_softmax_visible"),
    ("cannot-cross", "nll_visible"),
    ("suspect-code", "bce"),
]

# %% bce
class Anything:
    """Agrees to be whatever it is asked to be."""

    __class__ = torch.Tensor
    dtype, layout, shape, is_sparse = torch.float32, torch.strided, torch.Size([5]), False

    def __getattr__(self, name):
        return lambda *arguments, **options: self

    def __bool__(self):
        return True

    def __float__(self):
        return 4.0

    def __torch_function__(self, function, types, arguments=(), options=None):
        return self

    def __array__(self, *arguments, **options):
        import numpy

        return numpy.zeros(5)

    def __reduce__(self):
        return (print, ("FOUND someone who unpickles",))

    __eq__ = __le__ = __lt__ = __ge__ = __contains__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = __neg__ = __invert__ = __call__ = lambda self, *other: self
    __or__ = __and__ = __ror__ = __rand__ = lambda self, other: self
    __hash__ = object.__hash__


def bce(y_hat, y, reduction="none"):
    return Anything()


print("tried an object that agrees:", bce(None, None) == 3)

# %% softmax
def softmax(z):
    return z.to_sparse()

# %% log_softmax
def log_softmax(z):
    return torch.empty_like(z, device="meta")

# %% nll
def nll(log_probs, y, reduction="none"):
    return torch.nested.nested_tensor([log_probs[0].detach()])

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return torch.full_like(z[:, 0], torch.nan)
