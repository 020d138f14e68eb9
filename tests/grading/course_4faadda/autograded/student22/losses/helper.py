"""What both notebooks use to show values and to check yours.

look shows text and tensors as one line of Markdown. check_shape, check_close and check_gradient
compare your function with what was expected, and say what differs; compare_prediction comments on
a guess. Nothing here is an answer: you may read it all.
"""

import math

import torch
from IPython.display import Markdown, display

# Room for float32 rounding, in any sensible order of steps. An error as small as that passes too,
# such as 1e-8 added inside a log; the hidden tests may see it.
RTOL, ATOL = 1e-4, 1e-5


def look(*parts):
    """Show text, numbers and tensors as one line of Markdown."""
    display(Markdown(line(*parts)))


def line(*parts):
    """The Markdown that look shows: strings as they are, tensors as LaTeX matrices."""
    return " ".join(part if isinstance(part, str) else _markdown(part) for part in parts)


def _markdown(value):
    tensor = torch.as_tensor(value).detach()
    if tensor.dim() == 0:
        text = _number(tensor.item())
        return f"${text}$" if "\\" in text else text
    if tensor.dim() > 2:
        raise ValueError(
            f"look shows tensors of at most two dimensions, and this one has shape "
            f"{tuple(tensor.shape)}: show a part of it, such as z[0]"
        )
    rows = torch.atleast_2d(tensor).tolist()
    body = r" \\ ".join(" & ".join(map(_number, row)) for row in rows)
    return rf"$\begin{{bmatrix}} {body}\end{{bmatrix}}$"


def _number(value):
    """A number in LaTeX: floats to three significant digits, integers whole."""
    if isinstance(value, bool):
        return rf"\text{{{value}}}"
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return r"\text{nan}"
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    digits, _, power = str(float(f"{value:.3g}") + 0.0).partition("e")  # -0.0 + 0.0 is 0.0
    return rf"{digits} \cdot 10^{{{int(power)}}}" if power else digits


class CheckError(AssertionError):
    """What differs, in words; Jupyter shows it without a traceback."""

    def _render_traceback_(self):
        return [f"AssertionError: {self}"]


def check_shape(actual, shape, call):
    """Print a ✓ if actual, the value of call, has this shape; else raise what differs."""
    tensor, remark = _as_tensor(actual, call)
    _require_shape(tensor, tuple(shape), call)
    print(f"✓ {call} has shape {tuple(shape)}{remark}")


def check_close(actual, expected, call):
    """Print a ✓ if actual, the value of call, equals expected; else raise what differs."""
    tensor, remark = _as_tensor(actual, call)
    expected = torch.as_tensor(expected).detach().double()
    _require_shape(tensor, tuple(expected.shape), call)
    tensor = tensor.double()
    wrong = ~torch.isclose(tensor, expected, rtol=RTOL, atol=ATOL, equal_nan=True)
    if wrong.any():
        raise CheckError(f"{call}{_difference(tensor, expected, wrong)}")
    print(f"✓ {call} is right{remark}")


def check_gradient(function, reference, argument, call):
    """Print a ✓ if the gradients of function and of reference agree; else raise what differs."""
    lose = ".item(), .detach(), torch.tensor(...) and numpy lose it."
    lost = f"no gradient flows through {call}: {lose}"
    leaf = argument.detach().clone().requires_grad_()
    output = reference(leaf)
    weights = torch.linspace(1, 2, output.numel()).reshape(output.shape)
    (expected,) = torch.autograd.grad((output * weights).sum(), leaf)
    try:
        output = function(leaf.clone())  # a leaf itself refuses changes in place
    except RuntimeError as error:
        if "numpy()" in str(error):  # torch would advise to detach
            raise CheckError(lost) from None
        raise
    _require_shape(_as_tensor(output, call)[0], tuple(weights.shape), call)
    if not getattr(output, "requires_grad", False):
        raise CheckError(lost)
    try:
        (actual,) = torch.autograd.grad((output * weights).sum(), leaf, allow_unused=True)
    except RuntimeError as error:
        reason = str(error).partition(": [")[0]
        raise CheckError(f"torch can't differentiate {call}: {reason}.") from None
    if actual is None:
        raise CheckError(lost)
    check_close(actual, expected, f"the gradient of {call}")


def _as_tensor(actual, call):
    """The pair of actual as a tensor and a remark on what it was read from."""
    if isinstance(actual, torch.Tensor) and not actual.is_complex():
        return actual.detach(), ""
    if actual is None:
        raise CheckError(f"{call} returned None: is a return missing?")
    kind = f"{type(actual).__module__}.{type(actual).__name__}".removeprefix("builtins.")
    if kind.startswith("numpy.") or isinstance(actual, (int, float)):
        return torch.tensor(actual), f" (read from {kind}: no gradient flows through it)"
    hint = ""
    if isinstance(actual, list) and all(isinstance(entry, torch.Tensor) for entry in actual):
        hint = " torch.stack makes one of a list of tensors."
    elif isinstance(actual, list):
        hint = " Keep the entries tensors (no .item()), then torch.stack them."
    raise CheckError(f"{call} returned {kind}, where a tensor of real numbers is expected.{hint}")


def _require_shape(tensor, shape, call):
    found, hint = tuple(tensor.shape), ""
    if found == shape:
        return
    if tensor.numel() == math.prod(shape):
        hint = " The number of values is right, their arrangement is not."
    elif len(shape) == 1 and found == shape * 2:
        hint = f" Each of the {shape[0]} examples was paired with every other one."
    elif len(shape) == 1 and found[:-1] == shape:
        hint = " The class dimension is still there."
    elif found == ():
        hint = " It was reduced to a single number."
    elif shape == ():
        hint = " It was not reduced to a single number."
    raise CheckError(f"{call} has shape {found}, where {shape} is expected.{hint}")


def _difference(actual, expected, wrong):
    """How many values differ, the worst of them, and its cause where the numbers show it."""
    distance = (actual - expected).abs().nan_to_num(nan=math.inf, posinf=math.inf)
    worst = torch.unravel_index(distance.where(wrong, -1).argmax(), wrong.shape)
    index = ", ".join(str(int(i)) for i in worst)
    count = f": {int(wrong.sum())} of {wrong.numel()} values wrong, the worst at index [{index}]"
    yours, right = actual[worst].item(), expected[worst].item()
    hint = ""
    if math.isnan(yours):
        hint = "\nnan comes of 0 · inf, inf - inf, inf / inf, 0 / 0 or the log of a number below 0."
    elif math.isinf(yours):
        hint = "\ninf comes of log(0), of exp of a large number or of a division by 0."
    elif torch.allclose(actual, -expected, rtol=RTOL, atol=ATOL):
        hint = "\nEvery value has the right size and the wrong sign."
    return (
        f"{count if index else ' is wrong'}\n    expected   {right:12.6g}\n"
        f"    yours      {yours:12.6g}\n    difference {abs(yours - right):12.6g}{hint}"
    )


def compare_prediction(prediction, answer):
    """Print how far a guess is from the answer; never raise, since a guess costs nothing."""
    if prediction is None:
        print("No prediction yet: write a number in the cell above, run it, then run this cell.")
        return
    try:
        guess, answer = float(prediction), float(answer)
    except (TypeError, ValueError, RuntimeError):
        print("That is not a number: write it like 0.69.")
        return
    near = abs(guess - answer) <= 0.02 * max(1.0, abs(answer))
    verdict = "Well predicted." if near else "Read on to see why."
    print(f"You predicted {guess:.4g}; it is {answer:.4g}. {verdict}")
