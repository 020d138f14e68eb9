"""Wrong answers to `softmax`."""

from __future__ import annotations

from tests.exercises.wrong_answers.answer import WrongAnswer

SOFTMAX: tuple[WrongAnswer, ...] = (
    # Axes
    WrongAnswer(
        "softmax-whole-tensor",
        "softmax",
        """\
def softmax(z):
    e = torch.exp(z - torch.max(z))
    return e / torch.sum(e)
""",
        "The sum is over the whole tensor instead of over each row: a row does not add up to 1.",
        "https://splunktool.com/in-python-calculate-the-softmax-of-an-array-columnwise-using-numpy",
    ),
    WrongAnswer(
        "softmax-first-axis",
        "softmax",
        """\
def softmax(z):
    z = z - z.amax(dim=0)
    return torch.exp(z) / torch.exp(z).sum(dim=0)
""",
        "It normalizes along the first axis; the classes are the last one.",
        "https://github.com/MicrosoftDocs/pytorchfundamentals/pull/21",
    ),
    WrongAnswer(
        "softmax-second-axis",
        "softmax",
        """\
def softmax(X):
    X_exp = torch.exp(X - X.amax(1, keepdim=True))
    partition = X_exp.sum(1, keepdim=True)
    return X_exp / partition
""",
        "The axis is 1 instead of -1: right for matrices only; a vector raises, and three axes are "
        "normalized along the middle one.",
        "https://github.com/pytorch/pytorch/issues/3238",
    ),
    WrongAnswer(
        "softmax-transposed",
        "softmax",
        """\
def softmax(z):
    zt = z.T if z.dim() == 2 else z
    e = torch.exp(zt - zt.amax(dim=0))
    return e / e.sum(dim=0)
""",
        "A matrix is transposed for the division and not transposed back; three axes are "
        "normalized along the first.",
    ),
    # Values
    WrongAnswer(
        "softmax-no-exp",
        "softmax",
        """\
def softmax(z):
    return z / z.sum(dim=-1, keepdim=True)
""",
        "The logits themselves are divided by their sum; the exponential is missing.",
    ),
    WrongAnswer(
        "softmax-exp-of-the-quotient",
        "softmax",
        """\
def softmax(z):
    z = z - z.max(dim=-1, keepdim=True).values
    return torch.exp(z / torch.sum(torch.exp(z), dim=-1, keepdim=True))
""",
        "A bracket is in the wrong place: exp is taken of the quotient instead of z alone.",
        "a question on softmax regression in NumPy, of a transposed matrix",
    ),
    WrongAnswer(
        "softmax-only-numerator-shifted",
        "softmax",
        """\
def softmax(z):
    top = torch.exp(z - z.amax(dim=-1, keepdim=True))
    bottom = torch.exp(z).sum(dim=-1, keepdim=True)
    return top / bottom
""",
        "The maximum is subtracted above the fraction and not below, so it does not cancel.",
    ),
    WrongAnswer(
        "softmax-divided-by-maximum",
        "softmax",
        """\
def softmax(z):
    z = z / z.amax(dim=-1, keepdim=True)
    e = z.exp()
    return e / e.sum(dim=-1, keepdim=True)
""",
        "The logits are divided by the largest instead of having it subtracted, which changes the "
        "probabilities.",
    ),
    WrongAnswer(
        "softmax-log-returned",
        "softmax",
        """\
def softmax(z):
    return z - torch.logsumexp(z, dim=-1, keepdim=True)
""",
        "These are log-probabilities: the last step, exp, is missing.",
    ),
    # Large logits
    WrongAnswer(
        "softmax-overflow",
        "softmax",
        """\
def softmax(z):
    e = torch.exp(z)
    return e / e.sum(dim=-1, keepdim=True)
""",
        "exp of a large logit is inf, and inf / inf is nan; far below 0 it is 0 / 0: no maximum is "
        "subtracted.",
        "https://github.com/deeplearning4j/deeplearning4j-examples/issues/730",
    ),
    WrongAnswer(
        "softmax-maximum-of-the-whole",
        "softmax",
        """\
def softmax(z):
    e = torch.exp(z - z.max())
    return e / e.sum(dim=-1, keepdim=True)
""",
        "The maximum is that of the whole tensor instead of each row's: a row far below it becomes "
        "0 / 0.",
        "https://github.com/githubharald/CTCWordBeamSearch/pull/19",
    ),
    WrongAnswer(
        "softmax-maximum-of-absolute-values",
        "softmax",
        """\
def softmax(z):
    e = torch.exp(z - z.abs().amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)
""",
        "The largest absolute value is subtracted instead of the largest value: a row of large "
        "negative logits becomes 0 / 0.",
    ),
    WrongAnswer(
        "softmax-maximum-at-least-zero",
        "softmax",
        """\
def softmax(z):
    biggest = torch.zeros_like(z[..., :1])
    for c in range(z.shape[-1]):
        biggest = torch.maximum(biggest, z[..., c : c + 1])
    e = torch.exp(z - biggest)
    return e / e.sum(-1, keepdim=True)
""",
        "The search for the maximum starts at 0, so a row of negative logits has 0 subtracted, and "
        "underflows to 0 / 0.",
        "https://github.com/FluxML/NNlib.jl/pull/43",
    ),
    WrongAnswer(
        "softmax-nan-replaced",
        "softmax",
        """\
def softmax(z):
    p = torch.exp(z) / torch.exp(z).sum(dim=-1, keepdim=True)
    return torch.nan_to_num(p, nan=1.0)
""",
        "exp overflows, and the nan is replaced by 1 afterwards: a row with two large logits does "
        "not add up to 1.",
    ),
    WrongAnswer(
        "softmax-where-large",
        "softmax",
        """\
def softmax(z):
    m = z.amax(dim=-1, keepdim=True)
    simple = torch.exp(z) / torch.exp(z).sum(dim=-1, keepdim=True)
    stable = torch.exp(z - m) / torch.exp(z - m).sum(dim=-1, keepdim=True)
    return torch.where(m.abs() > 50, stable, simple)
""",
        "where computes both branches: for large logits the simple one is inf / inf or 0 / 0, and "
        "though it is not chosen the gradient is nan.",
        "https://github.com/pytorch/pytorch/issues/108618",
    ),
    # Gradient, dtype, shape, inputs
    WrongAnswer(
        "softmax-denominator-detached",
        "softmax",
        """\
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    total = e.sum(dim=-1, keepdim=True).detach()
    return e / total
""",
        "The denominator is detached, so the gradient misses its part: the values are right, the "
        "derivative is not.",
    ),
    WrongAnswer(
        "softmax-half-precision",
        "softmax",
        """\
def softmax(z):
    e = torch.exp((z - z.amax(dim=-1, keepdim=True)).half())
    return (e / e.sum(dim=-1, keepdim=True)).to(z.dtype)
""",
        "It is computed in half precision, which keeps three digits only.",
        "https://github.com/nod-ai/amd-shark-ai/pull/2062",
    ),
    WrongAnswer(
        "softmax-loop-into-zeros",
        "softmax",
        """\
def softmax(z):
    out = torch.zeros(z.shape)
    for i in range(z.shape[0]):
        row = torch.exp(z[i] - z[i].max())
        out[i] = row / row.sum()
    return out
""",
        "Two things: torch.zeros(shape) is float32 whatever z is; and the loop over the first axis "
        "takes z[i] for a row, which is so for matrices only.",
    ),
    WrongAnswer(
        "softmax-in-place",
        "softmax",
        """\
def softmax(z):
    z -= z.max(dim=-1, keepdim=True)[0]
    e = z.exp()
    return e / e.sum(dim=-1, keepdim=True)
""",
        "-= changes the caller's z.",
        "https://github.com/NVlabs/VILA/pull/199",
    ),
    WrongAnswer(
        "softmax-squeezed",
        "softmax",
        """\
def softmax(z):
    e = torch.exp(z - torch.amax(z, dim=-1, keepdim=True))
    p = e / e.sum(dim=-1, keepdim=True)
    return p.squeeze()
""",
        "squeeze drops every axis of length 1, so one example or one class loses its axis.",
        "https://github.com/layumi/Person_reID_baseline_pytorch/issues/77",
    ),
    # Exceptions
    WrongAnswer(
        "softmax-keepdim-missing",
        "softmax",
        """\
def softmax(z):
    e = torch.exp(z - torch.max(z, dim=-1, keepdim=True).values)
    return e / e.sum(dim=-1)
""",
        "keepdim=True is missing, so the sums of the rows do not line up with the rows.",
        "https://github.com/Mak-GIBA/e_qualifications",
    ),
    WrongAnswer(
        "softmax-max-gives-two",
        "softmax",
        """\
def softmax(z):
    biggest = torch.max(z, dim=-1, keepdim=True)
    e = torch.exp(z - biggest)
    return e / torch.sum(e, dim=-1, keepdim=True)
""",
        "torch.max with a dim returns values and indices; the values must be taken from it.",
        "https://pytorch.org/docs/stable/generated/torch.max.html",
    ),
)
