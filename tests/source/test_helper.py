"""helper.py, which students get: what look renders, and what the checks say."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

HERE = Path(__file__).parent
HELPER = HERE.parents[1] / "source" / "losses" / "helper.py"
INDENT = "&nbsp;&nbsp;&nbsp;&nbsp;"


def load_helper():
    """The helper module, from the file that is released."""
    spec = importlib.util.spec_from_file_location("losses_helper", HELPER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


helper = load_helper()


def demo_parts():
    """The arguments of the demo's look calls, in order, on the demo's tensors."""
    torch.manual_seed(0)
    z = torch.randn(5)
    y_hat, y = torch.sigmoid(z), torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0])
    losses = -(y * y_hat.log() + (1 - y) * (1 - y_hat).log())
    yield ("# Binary case",)
    yield "$z=$", z
    yield r"$\hat{y} = \sigma(z)=$", y_hat
    yield "$y=$", y
    formula = r"$-(y log(\hat{y}) + (1 - y) log(1 - \hat{y}))=$"
    yield f"**Negative log-likelihood** {formula}", losses
    for y_hat_i, y_i, loss_i in zip(y_hat, y.long(), losses, strict=True):
        yes = (y_i, r"$ \cdot log($", y_hat_i, "$) + (1 - $")
        yield INDENT, *yes, y_i, r"$) \cdot log(1-$", y_hat_i, "$)=-$", loss_i
    yield r"**BCE** $L(\hat{y}, y)=$", torch.nn.BCELoss(reduction="none")(y_hat, y)
    yield r"**BCELogit** $L(\hat{y}, z)=$", torch.nn.BCEWithLogitsLoss(reduction="none")(z, y)

    z = [torch.randn(5, 3) for _ in range(4)][-1]
    y_hat, y = torch.softmax(z, dim=-1), torch.tensor([0, 2, 1, 1, 0])
    log_probs = torch.log_softmax(z, dim=-1)
    rows = torch.arange(5)
    yield ("# Multiclass case",)
    yield "$z=$", z
    yield r"$\hat{y} = softmax(z)=$", y_hat
    yield "$y=$", y
    yield r"$-log(\hat{y})=$", -y_hat.log()
    yield r"$-log(\hat{y})$", "masked with", "$y=$", -y_hat.log()[rows, y]
    yield "$-log(softmax(z))=$", -log_probs
    yield "$-log(softmax(z))$", "masked with", "$y=$", -log_probs[rows, y]
    yield r"$NLLLoss(log(\hat{y}), y)$", torch.nn.NLLLoss(reduction="none")(y_hat.log(), y)
    yield "$CELoss(z, y)$", torch.nn.CrossEntropyLoss(reduction="none")(z, y)


def test_line_equals_every_displayed_line_of_the_demo():
    """The demo's calls give the demo's lines, character for character."""
    expected = (HERE / "demo_lines.txt").read_text(encoding="utf-8").splitlines()
    assert [helper.line(*parts) for parts in demo_parts()] == expected


def test_look_displays_the_line_as_markdown(monkeypatch):
    """look hands its line to IPython as Markdown."""
    shown = []
    monkeypatch.setattr(helper, "display", shown.append)
    helper.look("$y=$", torch.tensor([0, 1]))
    assert [item.data for item in shown] == [r"$y=$ $\begin{bmatrix} 0 & 1\end{bmatrix}$"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(7, "7", id="int"),
        pytest.param(0.12345, "0.123", id="float"),
        pytest.param(torch.tensor(-0.0), "0.0", id="negative-zero"),
        pytest.param(12345.0, "12300.0", id="large"),
        pytest.param(1.5e-7, r"$1.5 \cdot 10^{-7}$", id="tiny"),
        pytest.param(float("inf"), r"$\infty$", id="inf"),
        pytest.param(torch.tensor(True), r"$\text{True}$", id="bool"),
        pytest.param(
            torch.tensor([float("nan"), float("-inf")], requires_grad=True),
            r"$\begin{bmatrix} \text{nan} & -\infty\end{bmatrix}$",
            id="non-finite-matrix",
        ),
        pytest.param(np.ones((2, 1)), r"$\begin{bmatrix} 1.0 \\ 1.0\end{bmatrix}$", id="column"),
    ],
)
def test_line_renders_a_value(value, expected):
    """Numbers stand bare unless they need LaTeX; tensors become matrices."""
    assert helper.line(value) == expected


def test_line_refuses_three_dimensions():
    """A tensor that no matrix can show is refused with a way out."""
    with pytest.raises(ValueError, match=r"at most two dimensions.*\(2, 3, 4\).*such as z\[0\]"):
        helper.line(torch.zeros(2, 3, 4))


EXPECTED = torch.tensor([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("actual", "message"),
    [
        pytest.param(None, "f(x) returned None: is a return missing?", id="none"),
        pytest.param(
            [torch.tensor(1.0)] * 3,
            "f(x) returned list, where a tensor of real numbers is expected."
            " torch.stack makes one of a list of tensors.",
            id="list",
        ),
        pytest.param(
            [1.0, 2.0, 3.0],
            "f(x) returned list, where a tensor of real numbers is expected."
            " Keep the entries tensors (no .item()), then torch.stack them.",
            id="list-of-numbers",
        ),
        pytest.param(
            "1, 2, 3",
            "f(x) returned str, where a tensor of real numbers is expected.",
            id="text",
        ),
        pytest.param(
            EXPECTED.sum(),
            "f(x) has shape (), where (3,) is expected. It was reduced to a single number.",
            id="reduced",
        ),
        pytest.param(
            EXPECTED[:, None],
            "f(x) has shape (3, 1), where (3,) is expected."
            " The number of values is right, their arrangement is not.",
            id="column",
        ),
        pytest.param(
            EXPECTED * EXPECTED[:, None],
            "f(x) has shape (3, 3), where (3,) is expected."
            " Each of the 3 examples was paired with every other one.",
            id="paired",
        ),
        pytest.param(
            EXPECTED[:, None].expand(3, 4),
            "f(x) has shape (3, 4), where (3,) is expected. The class dimension is still there.",
            id="class-dimension",
        ),
        pytest.param(
            torch.tensor([1.0, 2.5, 3.25]),
            "f(x): 2 of 3 values wrong, the worst at index [1]\n"
            "    expected              2\n"
            "    yours               2.5\n"
            "    difference          0.5",
            id="values",
        ),
        pytest.param(
            -EXPECTED,
            "f(x): 3 of 3 values wrong, the worst at index [2]\n"
            "    expected              3\n"
            "    yours                -3\n"
            "    difference            6\n"
            "Every value has the right size and the wrong sign.",
            id="sign",
        ),
        pytest.param(
            torch.tensor([1.0, 2.5, float("nan")]),
            "f(x): 2 of 3 values wrong, the worst at index [2]\n"
            "    expected              3\n"
            "    yours               nan\n"
            "    difference          nan\n"
            "nan comes of 0 · inf, inf - inf, inf / inf, 0 / 0 or the log of a number below 0.",
            id="nan",
        ),
        pytest.param(
            torch.tensor([float("inf"), 2.0, 3.0]),
            "f(x): 1 of 3 values wrong, the worst at index [0]\n"
            "    expected              1\n"
            "    yours               inf\n"
            "    difference          inf\n"
            "inf comes of log(0), of exp of a large number or of a division by 0.",
            id="inf",
        ),
    ],
)
def test_check_close_says_what_differs(actual, message):
    """A wrong answer is told its kind, its shape, or its worst value."""
    with pytest.raises(AssertionError) as caught:
        helper.check_close(actual, EXPECTED, "f(x)")
    assert str(caught.value) == message


def test_check_close_tells_an_unreduced_answer():
    """A reduction that kept every loss is told so."""
    with pytest.raises(AssertionError) as caught:
        helper.check_close(EXPECTED, EXPECTED.sum(), "f(x)")
    assert str(caught.value) == (
        "f(x) has shape (3,), where () is expected. It was not reduced to a single number."
    )


def test_check_shape_of_one_example_speaks_of_no_pairs():
    """With one example a matrix holds the right number of values: nothing was paired."""
    with pytest.raises(AssertionError) as caught:
        helper.check_shape(torch.zeros(1, 1), (1,), "f(x)")
    assert str(caught.value) == (
        "f(x) has shape (1, 1), where (1,) is expected."
        " The number of values is right, their arrangement is not."
    )


def test_check_close_refuses_complex_numbers():
    """A complex tensor is no answer, even where its imaginary part is 0."""
    with pytest.raises(AssertionError, match="a tensor of real numbers is expected"):
        helper.check_close(EXPECTED + 0j, EXPECTED, "f(x)")


@pytest.mark.parametrize(
    ("actual", "expected", "line"),
    [
        pytest.param(EXPECTED * (1 + 1e-5), EXPECTED, "✓ f(x) is right", id="rounding"),
        pytest.param(EXPECTED.clone().requires_grad_(), EXPECTED, "✓ f(x) is right", id="graph"),
        pytest.param(EXPECTED.double(), EXPECTED, "✓ f(x) is right", id="float64"),
        pytest.param(
            np.broadcast_to(np.float32(2), (3,)),
            torch.full((3,), 2.0),
            "✓ f(x) is right (read from numpy.ndarray: no gradient flows through it)",
            id="numpy-read-only",
        ),
        pytest.param(
            2.0,
            torch.tensor(2.0),
            "✓ f(x) is right (read from float: no gradient flows through it)",
            id="number",
        ),
    ],
)
def test_check_close_prints_one_line_when_right(actual, expected, line, capfd):
    """A right answer prints its line to stdout and nothing to stderr."""
    helper.check_close(actual, expected, "f(x)")
    assert capfd.readouterr() == (line + "\n", "")


def test_check_shape_prints_or_raises(capfd):
    """check_shape accepts the shape asked for and no other."""
    helper.check_shape(torch.zeros(5, 3), (5, 3), "f(z)")
    assert capfd.readouterr() == ("✓ f(z) has shape (5, 3)\n", "")
    with pytest.raises(AssertionError, match=r"f\(z\) has shape \(3, 5\), where \(5, 3\)"):
        helper.check_shape(torch.zeros(3, 5), (5, 3), "f(z)")


POINT = torch.tensor([0.5, 1.0, 2.0])


def square(x):
    return x**2


def clamping(x):
    """Right, though it changes its argument."""
    return x.clamp_(min=0) ** 2


def overwriting(x):
    """Changes in place what the gradient of exp needs."""
    e = x.exp()
    e += 1
    return e


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(square, id="same"),
        pytest.param(lambda x: torch.where(x > 1, x * x, x.pow(2)), id="where"),
        pytest.param(lambda x: torch.stack([number**2 for number in x]), id="loop"),
        pytest.param(lambda x: x.double() ** 2, id="float64"),
        pytest.param(clamping, id="in-place"),
    ],
)
def test_check_gradient_prints_one_line_when_right(function, capfd):
    """A function of the same gradient gets its line, and the argument is left as it was."""
    before = POINT.clone()
    helper.check_gradient(function, square, POINT, "f(x)")
    assert capfd.readouterr() == ("✓ the gradient of f(x) is right\n", "")
    assert torch.equal(before, POINT)


NO_GRADIENT = (
    "no gradient flows through f(x): .item(), .detach(), torch.tensor(...) and numpy lose it."
)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        pytest.param(lambda x: x.detach() ** 2, NO_GRADIENT, id="detach"),
        pytest.param(lambda x: x.detach().requires_grad_() ** 2, NO_GRADIENT, id="new-leaf"),
        pytest.param(lambda x: torch.tensor([v.item() ** 2 for v in x]), NO_GRADIENT, id="item"),
        pytest.param(lambda x: torch.from_numpy(np.square(x)), NO_GRADIENT, id="numpy"),
        pytest.param(lambda x: np.square(x.detach().numpy()), NO_GRADIENT, id="array"),
        pytest.param(
            lambda x: x * x.detach(),
            "the gradient of f(x): 3 of 3 values wrong, the worst at index [2]\n"
            "    expected              8\n"
            "    yours                 4\n"
            "    difference            4",
            id="half-detached",
        ),
        pytest.param(
            lambda x: torch.where(x < 3, x**2, torch.exp(1000 * x)),
            "the gradient of f(x): 3 of 3 values wrong, the worst at index [0]\n"
            "    expected              1\n"
            "    yours               nan\n"
            "    difference          nan\n"
            "nan comes of 0 · inf, inf - inf, inf / inf, 0 / 0 or the log of a number below 0.",
            id="where-of-inf",
        ),
        pytest.param(
            overwriting,
            "torch can't differentiate f(x): one of the variables needed for gradient computation"
            " has been modified by an inplace operation.",
            id="overwritten",
        ),
        pytest.param(
            lambda x: (x**2).sum(),
            "f(x) has shape (), where (3,) is expected. It was reduced to a single number.",
            id="shape",
        ),
        pytest.param(lambda x: None, "f(x) returned None: is a return missing?", id="none"),
    ],
)
def test_check_gradient_says_what_differs(function, message):
    """A gradient that is lost, wrong or not to be had is told so, whatever torch would advise."""
    with pytest.raises(AssertionError) as caught:
        helper.check_gradient(function, square, POINT, "f(x)")
    assert str(caught.value) == message


def test_check_gradient_weighs_the_values_apart():
    """Two gradients of the same sum differ."""
    with pytest.raises(AssertionError, match="2 of 3 values wrong"):
        helper.check_gradient(lambda x: x.flip(0), lambda x: 1 * x, POINT, "f(x)")


@pytest.mark.parametrize("error", [NotImplementedError, RuntimeError, ValueError])
def test_check_gradient_lets_other_errors_through(error):
    """A function that is not written yet, or fails in itself, fails as it would anywhere."""

    def failing(x):
        raise error("its own words")

    with pytest.raises(error, match="its own words"):
        helper.check_gradient(failing, square, POINT, "f(x)")


def test_a_failed_check_is_shown_without_a_traceback(capfd):
    """In IPython the student sees the message and no frame of helper.py."""
    shell = InteractiveShell()
    shell.user_ns.update(check_shape=helper.check_shape)
    result = shell.run_cell("check_shape(None, (5,), 'f(z)')")
    assert isinstance(result.error_in_exec, AssertionError)
    out, err = capfd.readouterr()
    assert (out, err) == ("AssertionError: f(z) returned None: is a return missing?\n", "")


@pytest.mark.parametrize(
    ("prediction", "line"),
    [
        pytest.param(0.7, "You predicted 0.7; it is 0.6931. Well predicted.", id="near"),
        pytest.param(0.5, "You predicted 0.5; it is 0.6931. Read on to see why.", id="far"),
        pytest.param(
            None,
            "No prediction yet: write a number in the cell above, run it, then run this cell.",
            id="none",
        ),
        *(
            pytest.param(value, "That is not a number: write it like 0.69.", id=name)
            for name, value in {"text": "low", "comma": (0, 69), "many": torch.ones(2)}.items()
        ),
    ],
)
def test_compare_prediction_comments_and_never_raises(prediction, line, capfd):
    """A guess near, far, missing or no number gets one line."""
    helper.compare_prediction(prediction, torch.tensor(2.0).log())
    assert capfd.readouterr() == (line + "\n", "")
