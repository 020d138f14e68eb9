"""What both notebooks use: to show values, to check your functions, and to draw.

look shows text and tensors as one line of Markdown. Checks compares a function of yours with
torch's and says what differs, and why, where the numbers show it. compare_prediction comments on a
guess, and is_written tells whether a function is there. What begins with plot_ draws a picture.

Nothing here is an answer: you may read it all. The formulas at the end are what goes wrong.
"""

import base64
import html
import io
import math
import re
import traceback
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from IPython.display import Markdown, display
from torch import nn
from torch.overrides import TorchFunctionMode

# Room for float32 rounding, in any sensible order of steps. An error as small as that passes too,
# such as 1e-8 added inside a log; the hidden tests may see it.
RTOL, ATOL = 1e-4, 1e-5
HERE = Path(__file__).resolve()


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


def compare_prediction(prediction, answer):
    """Print how far a guess is from the answer; never raise, since a guess costs nothing."""
    if prediction is None:
        print("No prediction yet: write a number in the place of None, then run this cell again.")
        return
    try:
        guess, answer = float(prediction), float(answer)
    except (TypeError, ValueError, RuntimeError):
        print("That is not a number: write it like 0.69.")
        return
    near = abs(guess - answer) <= 0.02 * max(1.0, abs(answer))
    verdict = "Well predicted." if near else "Read on to see why."
    print(f"You predicted {guess:.4g}; it is {answer:.4g}. {verdict}")


# Checks --------------------------------------------------------------------------------------


class CheckError(AssertionError):
    """What differs, in words; Jupyter shows it without a traceback."""

    def _render_traceback_(self):
        return [f"AssertionError: {self}"]


class ChangedError(CheckError):
    """That a check can't be made, because the notebook's numbers are not what they were."""


class Checks:
    """The checks of one function. Each calls it with copies, and prints a line with ✓ or ✗.

    Args:
        call: how the function is called: "bce(y_hat, y)".
        function: gives the function, which may not be there yet: lambda: bce.
        reference: torch's: the class of a loss, or a module such as torch.nn.Softmax(dim=-1).
    """

    def __init__(self, call, function, reference):
        self.call = call
        self.name, _, names = call.rstrip(")").partition("(")
        self._names = names.split(", ")
        self._function = function
        self._reference = reference
        self._told = set()  # an error that comes in every check is told once
        self._waits = False  # for values without which no other check says anything

    def lecture(self, *arguments):
        """Print a ✓ if the values are right; else raise what differs. The one that is graded."""
        WRONG.add(self.call)
        print("✓", self._values(arguments))
        WRONG.remove(self.call)

    def needs(self, *arguments):
        """Where these values are wrong, a sentence says so, and no other check is made."""
        try:
            self._values(arguments)
        except ChangedError as error:
            self._waits = True
            print("✗", error)
        except Exception:
            self._waits = True
            print(f"✗ Mend {self.call} first: the check above says what differs.")
            if self.call not in WRONG:
                print("  (It says ✓? Run it again: another call gives something else.)")

    def values(self, *arguments, of=""):
        """The values are torch's."""
        self._print(self._values, arguments, of)

    def reductions(self, *arguments, of=""):
        """Each reduction is torch's."""
        for word in WORDS:
            self._print(self._values, arguments, of, reduction=word)

    def dtype(self, *arguments):
        """What comes back has the dtype of the first argument, float32 or float64."""
        for kind in (torch.float32, torch.float64):
            cast = [a.to(kind) if a.is_floating_point() else a for a in arguments]
            self._print(self._dtype, cast, _name(kind))

    def gradient(self, *arguments, of=""):
        """The gradient with respect to the first argument is torch's, with each reduction."""
        self._print(self._gradient, arguments, of)

    def stable(self, *arguments, of=""):
        """The values are torch's, and then the gradient."""
        if self._print(self._values, arguments, of):
            self._print(self._gradient, arguments, of, hint=BRANCHES)

    def unchanged(self, *arguments, of=""):
        """The arguments are left as they were."""
        self._print(self._unchanged, arguments, of)

    def _print(self, check, arguments, of, **options):
        """Whether a check is passed; prints what it says."""
        if self._waits:
            return False
        try:
            print("✓", check(arguments, of, **options))
        except Exception as error:
            render = getattr(error, "_render_traceback_", None)
            text = render()[0] if render else f"{self.call}: {type(error).__name__}: {error}"
            if text not in self._told:
                print("✗", text.removeprefix("AssertionError: "))
            self._told.add(text)
            return False
        return True

    def _values(self, arguments, of="", **options):
        call = self._text(of, **options)
        actual, remark = _as_tensor(self._answer(arguments, **options), call)
        expected = self._expected(arguments, **options)
        _require_shape(actual, tuple(expected.shape), call)
        if wrong := _wrong(actual, expected):
            if options:
                cause = self._other_reduction(actual, arguments, **options)
            else:
                cause = self._there(actual, expected, arguments)
                cause += "" if of else self._reason(arguments)
            raise CheckError(f"{call}{wrong}{cause}")
        return f"{call} is right{remark}"

    def _there(self, actual, expected, arguments):
        """What the arguments are at the worst place, as a line of its own, where each has one."""
        if actual.dim() == 0 or any(a.shape != actual.shape for a in arguments):
            return ""
        worst = _worst(actual, expected)
        pairs = zip(self._names, arguments, strict=True)
        return "\nThere " + ", ".join(f"{name} = {a[worst].item():.6g}" for name, a in pairs) + "."

    def _reason(self, arguments):
        """The first cause that gives the function's values, as a line of its own; or "".

        It has to give those for other labels too: the lecture's go with the signs of its logits.
        """
        asked = [arguments]
        if len(arguments) == 2:
            first, y = arguments
            asked.append((first, 1 - y if y.is_floating_point() else y.roll(1)))
        try:
            answers = [_as_tensor(self._answer(each), "")[0] for each in asked]
            right = [self._expected(each) for each in asked]
        except Exception:
            return ""
        return _cause(self.name, answers, right, asked)

    def _other_reduction(self, actual, arguments, reduction):
        """What was done in the place of a reduction, as a line of its own; or ""."""
        for word in WORDS:
            other = self._expected(arguments, reduction=word)
            if other.shape == actual.shape and not _wrong(actual, other):
                return f'\nThis is what reduction="{word}" asks for.'
        losses = self._expected(arguments)
        count = (losses.sum() / actual).item() if actual.dim() == 0 else 0.0
        if reduction == "mean" and count >= 1 and math.isclose(count, round(count), rel_tol=1e-4):
            return f"\nThe sum is divided by {round(count)}, and there are {losses.numel()} losses."
        return ""

    def _dtype(self, arguments, of):
        call, kind = self._text(of), _name(arguments[0].dtype)
        actual, _ = _as_tensor(self._answer(arguments), call)
        if _name(actual.dtype) != kind:
            first = self._names[0]
            hint = f"Make new tensors of {first}'s own dtype: torch.zeros_like({first})."
            raise CheckError(f"{call} returns {_name(actual.dtype)}. {hint}")
        return f"{call} returns {kind}"

    def _gradient(self, arguments, of, hint=""):
        words = [{"reduction": word} for word in WORDS] if self._is_loss else [{}]
        for options in words:
            self._one_gradient(arguments, of, options, hint)
        each = ", with each reduction" if self._is_loss else ""
        return f"the gradient of {self._text(of)} is right{each}"

    def _one_gradient(self, arguments, of, options, hint):
        call = self._text(of, **options)
        first, *others = arguments
        leaf = first.detach().clone().requires_grad_()
        # A leaf itself refuses changes in place, so the function is given a copy of it.
        output = self._answer((leaf, *others), **options)
        right = self._expected((leaf, *others), **options)
        _require_shape(_as_tensor(output, call)[0], tuple(right.shape), call)
        if not getattr(output, "requires_grad", False):
            raise CheckError(LOST.format(call))
        weights = torch.linspace(1, 2, right.numel()).reshape(right.shape)
        (expected,) = torch.autograd.grad((right * weights).sum(), leaf)
        try:
            (actual,) = torch.autograd.grad((output * weights).sum(), leaf, allow_unused=True)
        except RuntimeError as error:
            reason = str(error).partition(": [")[0]
            raise CheckError(f"torch can't differentiate {call}: {reason}.") from None
        if actual is None:
            raise CheckError(LOST.format(call))
        if wrong := _wrong(actual, expected):
            hint = hint if actual.isnan().any() else ""
            raise CheckError(f"the gradient of {call}{wrong}{hint}")

    def _unchanged(self, arguments, of):
        copies = [argument.clone() for argument in arguments]
        self._called(copies)
        for name, before, after in zip(self._names, arguments, copies, strict=True):
            if before.shape != after.shape or not torch.equal(before, after):
                hint = "Names that end in _, and -= or x[...] = on what was given, do that."
                raise CheckError(f"{self.call} changes {name} in place. {hint}")
        return f"{self._text(of)} leaves its arguments as they were"

    def _text(self, of, **options):
        """The call in words: 'bce(y_hat, y, reduction="mean") for large logits'."""
        named = "".join(f', {name}="{word}"' for name, word in options.items())
        return f"{self.call[:-1]}{named})" + (f" for {of}" if of else "")

    @property
    def _is_loss(self):
        """Whether the function reduces."""
        return isinstance(self._reference, type)

    def _expected(self, arguments, reduction="none"):
        """What torch's function gives."""
        reference = self._reference(reduction=reduction) if self._is_loss else self._reference
        try:
            return reference(*arguments)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            raise ChangedError(f"{CHANGED} ({type(error).__name__}: {error})") from None

    def _answer(self, arguments, **options):
        """What the function returns for copies of the arguments."""
        return self._called([argument.clone() for argument in arguments], **options)

    def _called(self, arguments, **options):
        """What the function returns for these arguments."""
        try:
            function = self._function()
        except NameError as error:
            raise _in_a_line(error, f"{self.name} is not there yet: {RUN}") from None
        rule = _Rule()
        try:
            with rule:
                answer = function(*arguments, **options)
        except Exception as error:
            raise _in_a_line(error, self._raised(error)) from None
        if rule.broken:
            raise CheckError(f"{self.name} calls torch's {rule.broken[0]}. {FORBIDDEN}")
        return answer

    def _raised(self, error):
        """What is said of an error in the function: the line of yours, and no other."""
        frame = _own_frame(error)
        if isinstance(error, NotImplementedError) and not str(error):
            return f"{frame.name if frame else self.name} is not written yet: {WRITE}"
        if "Can't call numpy()" in str(error):  # torch's advice is to detach
            return LOST.format(self.call)
        text = f"{self.call} raises {type(error).__name__}: {error}"
        if frame:
            text += f"\n    in line {frame.lineno} of {frame.name}"
            text += f": {frame.line}" if frame.line else ""
        return text


WRONG = set()  # the calls whose check that is graded was not passed when it was made last
WORDS = ("none", "mean", "sum")
RUN = (
    "run the cell that defines it. If that cell shows an error, such as a SyntaxError, it is the "
    "one to mend."
)
WRITE = (
    "put your code in the place of raise NotImplementedError(), then run that cell and this one "
    "again."
)
FORBIDDEN = "The rule forbids that: after you submit, a function that does so gets no points."
CHANGED = (
    "The numbers of this check are not what they were: was one of the notebook's names bound anew, "
    "such as z, y or y_hat? Run the cells from the lecture's examples on again."
)
LOST = (
    "no gradient flows through {}: .item(), .detach(), torch.tensor(...) and numpy lose it, and so "
    "does a name of the notebook in the place of the argument."
)
BRANCHES = (
    "\nThe values are right, so a step overflows whose result is not used: torch.where, for one, "
    "computes both branches."
)


class _Rule(TorchFunctionMode):
    """Sees which of torch's functions run that the rule forbids, by whatever name."""

    NAMES = re.compile(
        "softmax|softmin|cross_entropy|nll_loss|soft_margin_loss|kl_div|ctc_loss|attention"
    )

    def __init__(self):
        super().__init__()
        self.broken = []

    def __torch_function__(self, function, types, arguments=(), options=None):
        name = getattr(function, "__name__", "")
        if self.NAMES.search(name):
            self.broken.append(name)
        return function(*arguments, **(options or {}))


def _name(dtype):
    return str(dtype).removeprefix("torch.")


def _in_a_line(error, text):
    """The same error, which Jupyter then shows as this text, without a traceback."""
    error._render_traceback_ = lambda: [text]
    return error


def _own_frame(error):
    """The last place of yours on an error's way: in a cell, or in a file beside the notebook."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        is_cell = not file.exists() and not frame.filename.startswith("<frozen")
        if is_cell or (file.parent == HERE.parent and file != HERE):
            return frame
    return None


def is_written(name, call):
    """Whether a function is there and runs; if not, a sentence says so.

    Args:
        name: the function's.
        call: calls it: lambda: cross_entropy(z, y).
    """
    try:
        call()
    except Exception:
        print(f"{name} doesn't run yet: write it, see its checks pass, then run this cell.")
        return False
    return True


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


def _wrong(actual, expected):
    """How many values differ and the worst of them; "" where none does."""
    wrong = _unequal(actual, expected)
    if not wrong.any():
        return ""
    worst = _worst(actual, expected)
    index = ", ".join(str(int(i)) for i in worst)
    count = f": {int(wrong.sum())} of {wrong.numel()} values wrong, the worst at index [{index}]"
    yours, right = actual[worst].item() + 0.0, expected[worst].item() + 0.0  # no -0
    hint = ""
    if math.isnan(yours):
        hint = "\nnan comes of 0 · inf, inf - inf, inf / inf, 0 / 0 or the log of a number below 0."
    elif math.isinf(yours):
        hint = "\ninf comes of log(0), of exp of a large number or of a division by 0."
    return (
        f"{count if index else ' is wrong'}\n    expected   {right:12.6g}\n"
        f"    yours      {yours:12.6g}\n    difference {abs(yours - right):12.6g}{hint}"
    )


def _unequal(actual, expected):
    """Of each value whether it is further off than rounding explains."""
    actual, expected = actual.detach().double(), expected.detach().double()
    return ~torch.isclose(actual, expected, rtol=RTOL, atol=ATOL, equal_nan=True)


def _worst(actual, expected):
    """Where two tensors that differ do so most."""
    wrong = _unequal(actual, expected)
    distance = (
        (actual.detach().double() - expected.detach().double())
        .abs()
        .nan_to_num(nan=math.inf, posinf=math.inf)
    )
    return torch.unravel_index(distance.where(wrong, -1).argmax(), wrong.shape)


# Causes --------------------------------------------------------------------------------------
# What a function computes instead, told by torch's own losses on the wrong numbers. A cause is
# named only where it gives all of your values.

FACTORS = (
    (-1, "Every value has the right size and the wrong sign."),
    (1 / math.log(2), "Every value is 1/ln 2 times the right one: that is what log2 gives."),
    (1 / math.log(10), "Every value is 1/ln 10 times the right one: that is what log10 gives."),
    (2, "Every value is twice the right one."),
    (1 / 2, "Every value is half of the right one."),
)
# Of the two binary losses; `loss` is the right one, which takes what the function takes.
BINARY = (
    (
        lambda loss, x, y: loss(x, 1 - y),
        "Every example is charged as if its target were the other one: which logarithm goes with "
        "y = 1?",
    ),
    (
        lambda loss, x, y: y * loss(x, y),
        "Examples with y = 0 cost nothing here: where is their term?",
    ),
    (
        lambda loss, x, y: (1 - y) * loss(x, y),
        "Examples with y = 1 cost nothing here: where is their term?",
    ),
    (
        lambda loss, x, y: 2 * y * loss(x, y),
        "Look at the two terms: what should be different in the second?",
    ),
    (
        lambda loss, x, y: (2 * y - 1) * loss(x, y),
        "Examples with y = 0 have the wrong sign: the minus belongs to both terms.",
    ),
    (
        lambda loss, x, y: (1 - 2 * y) * loss(x, y),
        "Examples with y = 1 have the wrong sign: the minus belongs to both terms.",
    ),
    (
        lambda loss, x, y: loss(x, torch.zeros_like(y)),
        "y makes no difference here: every example is charged as if the truth were no.",
    ),
    (
        lambda loss, x, y: loss(x, torch.ones_like(y)),
        "y makes no difference here: every example is charged as if the truth were yes.",
    ),
    (
        lambda loss, x, y: -torch.exp(-loss(x, y)),
        "This is minus the probability of what happened: the logarithm is missing.",
    ),
    (
        lambda loss, x, y: 1 - torch.exp(-loss(x, y)),
        "This is 1 minus the probability of what happened. The loss is minus its logarithm.",
    ),
)
LABELLED = (
    (
        lambda loss, x, y: loss(x, (y + 1) % x.shape[-1]),
        "Each row is charged for the class after its label. Classes are counted from 0.",
    ),
    (
        lambda loss, x, y: loss(x, (y - 1) % x.shape[-1]),
        "Each row is charged for the class before its label. Classes are counted from 0.",
    ),
    (
        lambda loss, x, y: loss(x, y) / x.shape[-1],
        "Every loss is divided by the number of classes.",
    ),
    (
        lambda loss, x, y: -torch.exp(-loss(x, y)),
        "This is minus the probability of the label: the logarithm is missing.",
    ),
)
LAST = "Classes are on the last axis: dim=-1."
OWN_ROW = "All rows are normalized together here. Each row has a sum of its own: keepdim=True."
MOST = "Each row is off by its largest logit: taken away, it has to be given back, once."
TWICE = "Softmax is applied twice."


def _all_rows(function, z):
    """A function of one row, on all rows as if they were one."""
    return function(z.flatten(), dim=0).reshape(z.shape)


def _bce(y_hat, y):
    return nn.functional.binary_cross_entropy(y_hat, y, reduction="none")


def _bce_with_logits(z, y):
    return nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")


def _nll(log_probs, y):
    return nn.functional.nll_loss(log_probs, y, reduction="none")


def _cross_entropy(z, y):
    return nn.functional.cross_entropy(z, y, reduction="none")


def _of(loss, formulas):
    return tuple(
        (lambda x, y, formula=formula: formula(loss, x, y), text) for formula, text in formulas
    )


INSTEAD = {
    "bce": (
        *_of(_bce, BINARY),
        (lambda y_hat, y: _bce(y, y_hat), "The two arguments are exchanged."),
        (_bce_with_logits, "A sigmoid is taken of what is a probability already."),
    ),
    "bce_with_logits": (
        *_of(_bce_with_logits, BINARY),
        (lambda z, y: _bce_with_logits(y, z), "The two arguments are exchanged."),
        (
            lambda z, y: _bce_with_logits(z, -y),
            "The part with y has the wrong sign: a large z should make the loss for y = 1 small.",
        ),
        (
            lambda z, y: _bce_with_logits(z, y) + z.abs(),
            "Every loss is too large by |z|: should the exponent be negative?",
        ),
        (
            lambda z, y: _bce_with_logits(z, y) + (-z).clamp(min=0),
            "Right for z > 0, and too large by |z| for z < 0: what may grow on one side alone?",
        ),
        (
            lambda z, y: _bce_with_logits(z, y) - z.clamp(min=0),
            "Right for z < 0, and too small by z for z > 0: what grows with z is missing.",
        ),
        (lambda z, y: _bce_with_logits(torch.sigmoid(z), y), "The sigmoid is applied twice."),
        (
            lambda z, y: nn.functional.softplus(-y * z),
            "log(1 + exp(-y z)) is for labels of -1 and 1. Here they are 0 and 1.",
        ),
    ),
    "softmax": (
        (torch.exp, "exp(z) is not divided yet: the values of a row should add up to 1."),
        (torch.sigmoid, "This is the sigmoid of each logit alone: softmax compares a row's."),
        (lambda z: _all_rows(torch.softmax, z), OWN_ROW),
        (lambda z: torch.softmax(z, dim=0), f"This goes along the first axis. {LAST}"),
        (lambda z: torch.softmax(-z, dim=-1), "The sign of z is flipped."),
        (lambda z: torch.softmax(torch.softmax(z, dim=-1), dim=-1), TWICE),
        (lambda z: torch.log_softmax(z, dim=-1), "This is the logarithm of softmax."),
        (lambda z: z / z.sum(dim=-1, keepdim=True), "The logits are divided, not their exp."),
    ),
    "log_softmax": (
        (lambda z: _all_rows(torch.log_softmax, z), OWN_ROW),
        (lambda z: torch.log_softmax(z, dim=0), f"This goes along the first axis. {LAST}"),
        (lambda z: torch.softmax(z, dim=-1), "This is softmax: the logarithm is missing."),
        (nn.functional.logsigmoid, "This is the logarithm of each logit's sigmoid."),
        *(
            (lambda z, n=n: torch.log_softmax(z, dim=-1) + n * z.amax(dim=-1, keepdim=True), MOST)
            for n in (1, -1)
        ),
        (
            lambda z: 2 * z - torch.log_softmax(z, dim=-1),
            "Something is added that should be taken away: the logarithm of a quotient is a "
            "difference.",
        ),
    ),
    "nll": (
        *_of(_nll, LABELLED),
        (lambda log_probs, y: -log_probs.mean(dim=-1), "The labels take no part: this is a mean."),
        (lambda log_probs, y: -log_probs.sum(dim=-1), "The labels take no part: this is a sum."),
        (
            lambda log_probs, y: -log_probs.amax(dim=-1),
            "This takes the class that the model liked best, not the label's.",
        ),
    ),
    "cross_entropy": (
        *_of(_cross_entropy, LABELLED),
        (_nll, "The logits are taken for log-probabilities: what normalizes them?"),
        (lambda z, y: _cross_entropy(torch.softmax(z, dim=-1), y), TWICE),
        (
            lambda z, y: _nll(torch.log_softmax(z, dim=0), y),
            f"This normalizes along the first axis. {LAST}",
        ),
        (lambda z, y: _nll(_all_rows(torch.log_softmax, z), y), OWN_ROW),
        (lambda z, y: torch.logsumexp(z, dim=-1), "The labels take no part."),
        *((lambda z, y, n=n: _cross_entropy(z, y) + n * z.amax(dim=-1), MOST) for n in (1, -1)),
        (
            lambda z, y: _cross_entropy(z, y) - 2 * _nll(z, y),
            "The logit of the label is added. A large one should make the loss small.",
        ),
    ),
}


def _cause(name, answers, right, asked):
    """The first cause that gives all answers, as a line of its own; "" where none does.

    Args:
        name: the function's.
        answers: what it gave, each to its arguments.
        right: what it should have given.
        asked: the arguments.
    """
    if not all(answer.isfinite().all() and answer.any() for answer in answers):
        return ""  # very different formulas end there

    def gives(formula):
        return all(
            value.shape == answer.shape and not _wrong(answer, value)
            for value, answer in zip(map(formula, asked, right), answers, strict=True)
        )

    for factor, text in FACTORS:
        if gives(lambda arguments, value, factor=factor: factor * value):
            return f"\n{text}"
    for formula, text in INSTEAD.get(name, ()):
        if gives(lambda arguments, value, formula=formula: formula(*arguments)):
            return f"\n{text}"
    pairs = zip(answers, right, strict=True)
    if all(torch.allclose(a.double(), r.double(), rtol=0.02, atol=0.005) for a, r in pairs):
        return "\nEvery value is nearly right: what rounds, or adds a small number?"
    return ""


# Pictures ------------------------------------------------------------------------------------


def plot_bce():
    """The loss of one example over the predicted probability, for five targets."""
    probabilities = torch.sigmoid(torch.linspace(-16, 16, 2001))  # close to 0 and to 1
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for name, target in {"0": 0.0, "¼": 0.25, "½": 0.5, "¾": 0.75, "1": 1.0}.items():
        color = plt.cm.viridis(0.9 * target)
        curve = _bce(probabilities, torch.full_like(probabilities, target))
        lowest = curve.argmin()
        axes.plot(probabilities, curve, color=color, label=f"y = {name}")
        axes.plot(probabilities[lowest], curve[lowest], "o", color=color, clip_on=False, zorder=3)
    axes.set(xlabel=r"predicted probability $\hat{y}$", ylabel="loss of one example")
    axes.set(xlim=(0, 1), ylim=(0, 4))
    axes.set_title("Binary cross-entropy; the dots mark each curve's lowest point", fontsize=11)
    axes.legend(loc="upper center", ncols=5, frameon=False, columnspacing=1.2, handlelength=1.4)
    _show(
        figure,
        "Five curves of the loss over the predicted probability, for targets 0, 1/4, 1/2, 3/4 and "
        "1. Each is lowest where the probability equals the target. Those for 0 and 1 are 0 there "
        "and rise without limit at the other end, the others rise at both. All cross at 1/2.",
    )


def plot_detour():
    """The loss of a confident mistake, through the sigmoid in float32 and exactly."""
    logits = torch.linspace(10, 20, 2001)
    truth = torch.zeros_like(logits)
    figure, axes = plt.subplots(figsize=(7, 4.2))
    detour = _bce(torch.sigmoid(logits), truth)
    axes.plot(logits, detour, color="tab:red", label="through the sigmoid, in float32")
    exact = _bce_with_logits(logits, truth)
    axes.plot(logits, exact, color="black", linestyle="--", label="exact")
    axes.text(16.8, 18.8, "and 100\nfrom here on", color="tab:red")
    axes.set(xlabel="logit $z$", ylabel="loss of one example", xlim=(10, 20), ylim=(10, 20))
    axes.set_title("The loss of a confident mistake: y = 0", fontsize=11)
    axes.legend(loc="upper left", frameon=False)
    _show(
        figure,
        "The loss at y = 0 over the logit, from 10 to 20. The exact loss is a straight line, equal "
        "to the logit. Through the sigmoid it follows in steps that grow from about 14 on, and "
        "near 16.6 it leaves the picture: from there it is 100.",
    )


def plot_competition():
    """How three probabilities share 1 while one logit moves."""
    moving = torch.linspace(-6, 6, 241)
    scores = torch.stack([moving, torch.full_like(moving, 1.0), torch.zeros_like(moving)], dim=-1)
    shares = torch.softmax(scores, dim=-1)
    figure, axes = plt.subplots(figsize=(7, 4))
    for share, name in zip(
        shares.T, ["class 0: moving", "class 1: logit 1", "class 2: logit 0"], strict=True
    ):
        axes.plot(moving, share, label=name)
    axes.set(xlabel="logit of class 0", ylabel="probability", xlim=(-6, 6), ylim=(0, 1))
    axes.set_title("What class 0 wins, the others lose in proportion", fontsize=11)
    axes.legend(loc="center left", bbox_to_anchor=(0.01, 0.5), frameon=False)
    _show(
        figure,
        "Three probabilities over the logit of class 0, from -6 to 6. That of class 0 rises from "
        "0 to 1 in an S; those of class 1, with logit 1, and class 2, with logit 0, fall from "
        "0.73 and 0.27 to 0, always in the same proportion.",
    )


def plot_typed():
    """Where the logarithm of softmax, typed as printed, has an answer."""
    moving = torch.linspace(-150, 150, 3001)
    scores = torch.stack([moving, torch.zeros_like(moving), torch.zeros_like(moving)], dim=-1)
    exponentials = torch.exp(scores)
    typed = -torch.log(exponentials[:, 0] / exponentials.sum(dim=-1))
    survives = typed.isfinite()
    figure, axes = plt.subplots(figsize=(7, 4))
    axes.axvspan(-150, moving[survives].min(), color="tab:red", alpha=0.12, linewidth=0)
    axes.axvspan(moving[survives].max(), 150, color="tab:orange", alpha=0.18, linewidth=0)
    style = {"color": "tab:blue", "linewidth": 5, "alpha": 0.5}
    axes.plot(moving[survives], typed[survives], label="log of softmax as printed", **style)
    exact = -torch.log_softmax(scores, dim=-1)[:, 0]
    axes.plot(moving, exact, color="black", linestyle="--", label="exact")
    axes.text(-127, 20, "inf", ha="center", color="tab:red")
    axes.text(119, 20, "nan", ha="center", color="tab:brown")
    axes.set(xlabel="logit of class 0", ylabel=r"$-\log\,\hat{y}_0$")
    axes.set(xlim=(-150, 150), ylim=(-8, 160))
    axes.set_title("Where the log of the printed softmax has an answer at all", fontsize=11)
    axes.legend(loc="upper right", frameon=False)
    _show(
        figure,
        "The loss of class 0 over its logit, from -150 to 150. Exact, it falls in a straight line "
        "from 150 to 0 and stays there. Typed as printed it is the same from about -103 to 88; "
        "below that it is inf, and above nan.",
    )


def plot_picked(z, y):
    """The loss of every class for every example, with what the labels pick outlined.

    Args:
        z: logits, shape (N, C).
        y: labels, shape (N,).
    """
    costs = -torch.log_softmax(z, dim=-1)
    figure, axes = plt.subplots(figsize=(5, 4.6))
    image = axes.imshow(costs, cmap="Blues", vmin=0, vmax=5, aspect="auto")
    for i, row in enumerate(costs.tolist()):
        for c, cost in enumerate(row):
            shade = "white" if cost > 3 else "black"
            axes.text(c, i, f"{cost:.3g}", ha="center", va="center", color=shade)
        outline = {"fill": False, "color": "tab:red", "lw": 2.5}
        axes.add_patch(plt.Rectangle((y[i] - 0.47, i - 0.46), 0.94, 0.92, **outline))
    axes.set(xlabel="class $c$", ylabel="example, counted from 0")
    axes.set(xticks=range(costs.shape[1]), yticks=range(costs.shape[0]))
    axes.set_title(r"$-\log\,\hat{y}$; outlined: what $y$ picks", fontsize=11)
    figure.colorbar(image, label="loss if this were the true class")
    picked = ", ".join(
        f"{row[label]:.3g}" for row, label in zip(costs.tolist(), y.tolist(), strict=True)
    )
    _show(
        figure,
        "A table of the loss of each class, a row an example, darker where it is larger. In each "
        f"row the label's entry is outlined: {picked}.",
        grid=False,
    )


def _show(figure, description, *, grid=True):
    """Shows a figure, with a description for who doesn't see it."""
    if grid:
        figure.axes[0].grid(alpha=0.3)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, bbox_inches="tight")
    plt.close(figure)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    image = f'<img alt="{html.escape(description)}" src="data:image/png;base64,{data}">'
    display({"text/html": image, "text/plain": description}, raw=True)
