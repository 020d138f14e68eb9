"""helper.py, which students get: what look renders, and what the checks say."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from autograder.exercises.losses import binary, multiclass

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


Z, LABELS = multiclass.DEMO_Z, multiclass.DEMO_Y
LECTURE = {
    "bce": (binary.bce, (binary.DEMO_Z.sigmoid(), binary.DEMO_Y)),
    "bce_with_logits": (binary.bce_with_logits, (binary.DEMO_Z, binary.DEMO_Y)),
    "softmax": (multiclass.softmax, (Z,)),
    "log_softmax": (multiclass.log_softmax, (Z,)),
    "nll": (multiclass.nll, (multiclass.log_softmax(Z), LABELS)),
    "cross_entropy": (multiclass.cross_entropy, (Z, LABELS)),
}
EXPECTED = torch.tensor([1.0, 2.0, 3.0])


def checks(function, reference=lambda x: EXPECTED, call="f(x)"):
    """The checks of a function that is there."""
    return helper.Checks(call, lambda: function, reference)


def says(check, *arguments, capfd, **options):
    """What a check prints."""
    check(*arguments, **options)
    out, err = capfd.readouterr()
    assert err == ""
    return out.rstrip("\n")


def refused(function, *arguments, **options):
    """The error of the lecture's check, which is graded."""
    with pytest.raises(AssertionError) as caught:
        checks(function, **options).lecture(*arguments)
    return str(caught.value)


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
            "    difference          0.5\n"
            "There x = 1.",
            id="values",
        ),
        pytest.param(
            -EXPECTED,
            "f(x): 3 of 3 values wrong, the worst at index [2]\n"
            "    expected              3\n"
            "    yours                -3\n"
            "    difference            6\n"
            "There x = 2.\n"
            "Every value has the right size and the wrong sign.",
            id="sign",
        ),
        pytest.param(
            torch.tensor([1.0, 2.5, float("nan")]),
            "f(x): 2 of 3 values wrong, the worst at index [2]\n"
            "    expected              3\n"
            "    yours               nan\n"
            "    difference          nan\n"
            "nan comes of 0 · inf, inf - inf, inf / inf, 0 / 0 or the log of a number below 0.\n"
            "There x = 2.",
            id="nan",
        ),
        pytest.param(
            torch.tensor([float("inf"), 2.0, 3.0]),
            "f(x): 1 of 3 values wrong, the worst at index [0]\n"
            "    expected              1\n"
            "    yours               inf\n"
            "    difference          inf\n"
            "inf comes of log(0), of exp of a large number or of a division by 0.\n"
            "There x = 0.5.",
            id="inf",
        ),
    ],
)
def test_the_lecture_check_says_what_differs(actual, message):
    """A wrong answer is told its kind, its shape, or its worst value."""
    assert refused(lambda x: actual, POINT) == message


def test_an_unreduced_answer_is_told():
    """A reduction that kept every loss is told so."""
    assert refused(lambda x: EXPECTED, POINT, reference=lambda x: EXPECTED.sum()) == (
        "f(x) has shape (3,), where () is expected. It was not reduced to a single number."
    )


def test_one_example_is_told_of_no_pairs(capfd):
    """With one example a matrix holds the right number of values: nothing was paired."""
    check = checks(lambda x: torch.zeros(1, 1), lambda x: torch.zeros(1))
    assert says(check.values, POINT, of="one example", capfd=capfd) == (
        "✗ f(x) for one example has shape (1, 1), where (1,) is expected."
        " The number of values is right, their arrangement is not."
    )


def test_complex_numbers_are_refused():
    """A complex tensor is no answer, even where its imaginary part is 0."""
    assert "a tensor of real numbers is expected" in refused(lambda x: EXPECTED + 0j, POINT)


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
def test_a_right_answer_gets_one_line(actual, expected, line, capfd):
    """It is printed to stdout, and nothing to stderr."""
    check = checks(lambda x: actual, lambda x: expected)
    assert says(check.lecture, POINT, capfd=capfd) == line


def test_the_other_checks_print_and_never_raise(capfd):
    """All lines of a cell run: what differs stands beside a ✗."""
    check = checks(lambda x: x[:2], square)
    wrong = "f(x) has shape (2,), where (3,) is expected."
    assert says(check.values, POINT, capfd=capfd) == f"✗ {wrong}"
    assert says(check.unchanged, POINT, capfd=capfd) == "✓ f(x) leaves its arguments as they were"


def test_each_reduction_is_told_apart(capfd):
    """A word that gives what another asks for is told so, and a mean of another number too."""

    def loss(y_hat, y, reduction="none"):
        losses = torch.nn.functional.binary_cross_entropy(y_hat, y, reduction="none")
        return losses.sum() / 2 if reduction != "none" else losses

    with pytest.raises(AssertionError):  # it calls what the rule forbids
        checks(loss, torch.nn.BCELoss, "bce(y_hat, y)").lecture(HALVES, ONES)
    check = checks(
        lambda y_hat, y, reduction="none": {
            "none": -y_hat.log(),
            "mean": -y_hat.log().sum() / 2,
            "sum": -y_hat.log().mean(),
        }[reduction],
        torch.nn.BCELoss,
        "bce(y_hat, y)",
    )
    none, mean, total = says(check.reductions, HALVES, ONES, capfd=capfd).split("\n✗ ")
    assert none == '✓ bce(y_hat, y, reduction="none") is right'
    assert mean.endswith("\nThe sum is divided by 2, and there are 4 losses.")
    assert total.endswith('\nThis is what reduction="mean" asks for.')


HALVES, ONES = torch.full((2, 2), 0.5), torch.ones(2, 2)


def test_a_dtype_has_to_come_back(capfd):
    """float32 as float32, float64 as float64."""
    check = checks(lambda x: x.float() ** 2, square)
    assert says(check.dtype, POINT, capfd=capfd) == (
        "✓ f(x) for float32 returns float32\n✗ f(x) for float64 returns float32. "
        "Make new tensors of x's own dtype: torch.zeros_like(x)."
    )


def test_an_argument_that_is_changed_is_named(capfd):
    """The name is that of the call."""
    check = checks(lambda a, b: b.mul_(2), square, "f(a, b)")
    assert says(check.unchanged, POINT, POINT.clone(), capfd=capfd).startswith(
        "✗ f(a, b) changes b in place. Names that end in _"
    )
    assert POINT.tolist() == [0.5, 1.0, 2.0]


def test_what_is_not_there_is_told_once(capfd):
    """After a SyntaxError a name is missing: the cell to mend is named, in one sentence."""
    check = helper.Checks("f(x)", lambda: undefined, square)  # noqa: F821
    with pytest.raises(NameError) as caught:
        check.lecture(POINT)
    sentence = (
        "f is not there yet: run the cell that defines it. If that cell shows an error, such as a "
        "SyntaxError, it is the one to mend."
    )
    assert caught.value._render_traceback_() == [sentence]
    assert says(check.values, POINT, capfd=capfd) == f"✗ {sentence}"
    assert says(check.values, POINT, capfd=capfd) == ""


def test_what_is_not_written_is_told_in_a_sentence():
    """The error stays what it is, and Jupyter shows where the code goes."""

    def unwritten(x):
        raise NotImplementedError

    with pytest.raises(NotImplementedError) as caught:
        checks(unwritten).lecture(POINT)
    (line,) = caught.value._render_traceback_()
    assert line.startswith("f is not written yet: put your code in the place of raise")


def test_a_wrong_function_is_asked_for_nothing_more(capfd):
    """Where the values are wrong, one line says that they come first."""
    helper.WRONG.clear()
    check = checks(lambda x: x, square)
    assert says(check.needs, POINT, capfd=capfd) == (
        "✗ Mend f(x) first: the check above says what differs.\n"
        "  (It says ✓? Run it again: another call gives something else.)"
    )
    assert says(check.gradient, POINT, capfd=capfd) == ""
    refused(lambda x: x, POINT, reference=square)
    assert says(check.needs, POINT, capfd=capfd) == (
        "✗ Mend f(x) first: the check above says what differs."
    )
    right = checks(square, square)
    assert says(right.needs, POINT, capfd=capfd) == ""
    assert says(right.gradient, POINT, capfd=capfd) == "✓ the gradient of f(x) is right"


def test_a_function_that_breaks_the_rule_is_told():
    """Before it is handed in: with torch's name of what it called, and nothing of the values."""
    assert refused(lambda x: x.softmax(-1), POINT) == (
        "f calls torch's softmax. The rule forbids that: after you submit, a function that does so "
        "gets no points."
    )


@pytest.mark.parametrize("name", sorted(helper.INSTEAD))
def test_a_cause_is_named_only_where_it_is_one(name):
    """Each wrong formula is told its own text, for two sets of labels, and none is right."""
    reference, (first, *labels) = LECTURE[name]
    other = [1 - y if y.is_floating_point() else y.roll(1) for y in labels]
    asked = [(first, *labels), (first, *other)]
    right = [reference(*arguments) for arguments in asked]
    for formula, text in helper.INSTEAD[name]:
        answers = [formula(*arguments) for arguments in asked]
        assert helper._wrong(answers[0], right[0])
        if all(answer.isfinite().all() for answer in answers):
            assert helper._cause(name, answers, right, asked) == f"\n{text}"


def test_the_lectures_labels_alone_name_no_cause():
    """There y = 1 goes with z < 0: what ignores y looks like a mistake that it is not."""

    def forgets_the_maximum(z, y):
        return -z * y + torch.log1p(torch.exp(-z.abs()))

    reference, arguments = LECTURE["bce_with_logits"]
    options = {"reference": reference, "call": "bce_with_logits(z, y)"}
    told = refused(forgets_the_maximum, *arguments, **options)
    assert told.endswith(
        "There z = 1.541, y = 0.\nRight for z < 0, and too small by z for z > 0: "
        "what grows with z is missing."
    )
    told = refused(
        lambda z, y: z.clamp(max=0) - z * y + torch.log1p(torch.exp(-z.abs())),
        *arguments,
        **options,
    )
    assert told.endswith("There z = -2.17879, y = 1.")


def test_numbers_that_were_changed_are_told(capfd):
    """Where torch's own function refuses them, it is not the student's that is wrong."""
    check = checks(lambda y_hat, y: y_hat, torch.nn.BCELoss, "bce(y_hat, y)")
    arguments = torch.ones(3), torch.ones(5)
    with pytest.raises(AssertionError, match="bound anew, such as z, y or y_hat"):
        check.lecture(*arguments)
    assert says(check.needs, *arguments, capfd=capfd).startswith("✗ The numbers of this check are")
    assert says(check.dtype, *arguments, capfd=capfd) == ""


def test_an_unwritten_function_is_named_where_another_calls_it():
    """Not the one that is checked, which is written."""
    shell = InteractiveShell()
    shell.user_ns.update(Checks=helper.Checks, x=POINT, square=square)
    shell.run_cell("def first(x):\n    raise NotImplementedError()")
    shell.run_cell("def f(x):\n    return first(x)")
    error = shell.run_cell("Checks('f(x)', lambda: f, square).lecture(x)").error_in_exec
    assert error._render_traceback_()[0].startswith("first is not written yet: ")


def test_an_error_is_one_line_with_the_line_that_is_the_students(capfd):
    """In IPython no frame of helper.py or of torch is shown."""
    shell = InteractiveShell()
    shell.user_ns.update(Checks=helper.Checks, torch=torch, x=POINT, square=square)
    shell.run_cell("def f(x):\n    y = x + torch.ones(2)\n    return y")
    result = shell.run_cell("Checks('f(x)', lambda: f, square).lecture(x)")
    assert isinstance(result.error_in_exec, RuntimeError)
    out, err = capfd.readouterr()
    assert (out, err) == (
        "f(x) raises RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at "
        "non-singleton dimension 0\n    in line 2 of f: y = x + torch.ones(2)\n",
        "",
    )


def test_is_written_says_what_to_do(capfd):
    """A function that raises is told in a sentence, one that runs is told nothing."""
    assert helper.is_written("f", lambda: square(POINT))
    assert capfd.readouterr() == ("", "")
    assert not helper.is_written("f", lambda: undefined)  # noqa: F821
    assert capfd.readouterr().out.startswith("f doesn't run yet: write it")


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
    said = says(checks(function, square).gradient, POINT, capfd=capfd)
    assert said == "✓ the gradient of f(x) is right"
    assert torch.equal(before, POINT)


NO_GRADIENT = (
    "no gradient flows through f(x): .item(), .detach(), torch.tensor(...) and numpy lose it, and "
    "so does a name of the notebook in the place of the argument."
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
def test_check_gradient_says_what_differs(function, message, capfd):
    """A gradient that is lost, wrong or not to be had is told so, whatever torch would advise."""
    assert says(checks(function, square).gradient, POINT, capfd=capfd) == f"✗ {message}"


def test_a_branch_that_overflows_is_told(capfd):
    """Where the values are right and the gradient nan; of wrong values no gradient is told."""
    check = checks(lambda x: torch.where(x < 3, x**2, torch.exp(1000 * x)), square)
    right, wrong = says(check.stable, POINT, capfd=capfd).split("\n", maxsplit=1)
    assert right == "✓ f(x) is right"
    assert wrong.endswith("torch.where, for one, computes both branches.")
    assert "gradient" not in says(checks(torch.exp, square).stable, POINT, capfd=capfd)


def test_check_gradient_weighs_the_values_apart(capfd):
    """Two gradients of the same sum differ."""
    check = checks(lambda x: x.flip(0), lambda x: 1 * x)
    assert "2 of 3 values wrong" in says(check.gradient, POINT, capfd=capfd)


def test_a_failed_check_is_shown_without_a_traceback(capfd):
    """In IPython the student sees the message and no frame of helper.py."""
    shell = InteractiveShell()
    shell.user_ns.update(check=checks(lambda x: None), x=POINT)
    result = shell.run_cell("check.lecture(x)")
    assert isinstance(result.error_in_exec, AssertionError)
    out, err = capfd.readouterr()
    assert (out, err) == ("AssertionError: f(x) returned None: is a return missing?\n", "")


@pytest.mark.parametrize(
    ("prediction", "line"),
    [
        pytest.param(0.7, "You predicted 0.7; it is 0.6931. Well predicted.", id="near"),
        pytest.param(0.5, "You predicted 0.5; it is 0.6931. Read on to see why.", id="far"),
        pytest.param(
            None,
            "No prediction yet: write a number in the place of None, then run this cell again.",
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
