"""Each kind of check accepts a right function and rejects one that is planted wrong."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.autograd import Function

from autograder.checks import judge, kinds
from autograder.checks.draws import Seeds

PLACE = "for z of shape (3,) and k of shape (3,)"


@pytest.fixture
def run(exercise):
    """The result of one check on one function."""

    def judged(check, function):
        (result,) = judge(replace(exercise, checks=(replace(check, needs=""),)), function).checks
        return result

    return judged


def weigh(z, k, reduction="none"):
    """A right answer, written as a student would."""
    if reduction == "none":
        return k * z
    return torch.sum(k * z) / (z.numel() if reduction == "mean" else 1)


def noted(calls, function=weigh):
    """The function, which also notes what it is called with."""

    def note(z, k, reduction="none"):
        calls.append((z, k, reduction))
        return function(z, k, reduction)

    return note


# values --------------------------------------------------------------------------------------


def test_values_accepts_a_right_function(run, case):
    """A right function gets the check's points, and nothing is said."""
    result = run(kinds.values("edges", 0.75, case, "Think."), weigh)
    assert (result.name, result.passed, result.points, result.max_points) == (
        "edges",
        True,
        0.75,
        0.75,
    )
    assert (result.message, result.hint) == ("", "")


def test_values_rejects_a_wrong_value(run, case):
    """One wrong number in one draw costs the check, and the place is told."""
    fourth, _ = case(Seeds("weigh").draw("values", 3))

    def once(z, k, reduction="none"):
        return z * k + 0.01 * torch.equal(z, fourth)

    result = run(kinds.values("values", 1.0, case, "Think."), once)
    assert (result.passed, result.points) == (False, 0.0)
    assert result.message.startswith("weigh is wrong at 8 of 8 places: the worst, at [")
    assert result.message.endswith(" for z of shape (2, 4) and k of shape (2, 4).")
    assert result.hint == "Think."


def test_values_calls_as_often_as_asked(run, case):
    """20 draws, or as many as given, in float32, each over the case's next shape."""
    calls = []
    run(kinds.values("values", 1.0, case, "Think."), noted(calls))
    assert [tuple(z.shape) for z, _, _ in calls] == [(3,), (3,), (2, 4), (2, 4)] * 5
    assert {z.dtype for z, _, _ in calls} == {torch.float32}
    calls.clear()
    run(kinds.values("values", 1.0, case, "Think.", draws=5), noted(calls))
    assert len(calls) == 5


def test_values_leaves_the_reduction_to_its_default(run, case):
    """A function whose default is another reduction is wrong here."""
    result = run(kinds.values("values", 1.0, case, "Think."), lambda z, k: weigh(z, k, "mean"))
    assert result.message == f"weigh has shape () where (3,) is expected {PLACE}."


# reductions ----------------------------------------------------------------------------------


def test_reductions_accepts_a_right_function(run, case):
    """none, mean and sum are each asked for by name on each draw."""
    calls = []
    assert run(kinds.reductions(0.5, case), noted(calls)).passed
    assert [reduction for _, _, reduction in calls] == ["none", "mean", "sum"] * 4


@pytest.mark.parametrize(
    ("function", "message"),
    [
        pytest.param(
            lambda z, k, reduction: z * k,
            "weigh has shape (3,) where () is expected for z of shape (3,), k of shape (3,) and "
            "reduction='mean'.",
            id="ignored",
        ),
        pytest.param(
            lambda z, k, reduction: weigh(z, k, reduction)[None].squeeze(),
            "",
            id="right",
        ),
        pytest.param(
            lambda z, k, reduction: weigh(z, k, "none" if reduction == "sum" else reduction),
            "weigh has shape (3,) where () is expected for z of shape (3,), k of shape (3,) and "
            "reduction='sum'.",
            id="sum-forgotten",
        ),
        pytest.param(
            lambda z, k, reduction: weigh(z, k, "mean"),
            "weigh has shape () where (3,) is expected for z of shape (3,), k of shape (3,) and "
            "reduction='none'.",
            id="always-mean",
        ),
    ],
)
def test_reductions_says_which_one_is_wrong(run, case, function, message):
    """The first reduction that is wrong is told by name."""
    assert run(kinds.reductions(0.5, case), function).message == message


def test_reductions_rejects_a_mean_over_rows(run, case):
    """A mean that divides by the first axis alone is wrong on a matrix."""

    def rowwise(z, k, reduction):
        return (z * k).sum() / len(z) if reduction == "mean" else weigh(z, k, reduction)

    result = run(kinds.reductions(0.5, case), rowwise)
    assert result.message.endswith("for z of shape (2, 4), k of shape (2, 4) and reduction='mean'.")


# dtype ---------------------------------------------------------------------------------------


def test_dtype_asks_for_both_dtypes(run, case):
    """Floating arguments come as float32 and as float64; whole numbers stay whole."""
    calls = []
    assert run(kinds.same_dtype(0.25, case), noted(calls)).passed
    pairs = [(z.dtype, k.dtype) for z, k, _ in calls]
    assert pairs == [(torch.float32, torch.int64), (torch.float64, torch.int64)] * 2


@pytest.mark.parametrize(
    ("function", "message"),
    [
        pytest.param(
            lambda z, k: z.float() * k,
            "weigh returns float32 for float64 arguments.",
            id="always-float32",
        ),
        pytest.param(
            lambda z, k: z.double() * k,
            "weigh returns float64 for float32 arguments.",
            id="always-float64",
        ),
        pytest.param(
            lambda z, k: k,
            "weigh returns int64 for float32 arguments.",
            id="integer",
        ),
        pytest.param(
            lambda z, k: (z * k).numpy(), "weigh returns a ndarray, not a torch tensor.", id="array"
        ),
        pytest.param(lambda z, k: 1.0, "weigh returns a float, not a torch tensor.", id="number"),
        pytest.param(lambda z, k: None, "weigh returns None: is a `return` missing?", id="nothing"),
        pytest.param(
            lambda z, k: (z * k)[:, None],
            f"weigh has shape (3, 1) where (3,) is expected {PLACE}.",
            id="shape",
        ),
        pytest.param(
            lambda z, k: torch.zeros_like(z),
            "weigh is wrong at 3 of 3 places: ",
            id="zeros",
        ),
    ],
)
def test_dtype_rejects_another_dtype_shape_or_value(run, case, function, message):
    """What comes out must be a tensor of the dtype that went in, and right."""
    result = run(kinds.same_dtype(0.25, case), function)
    assert not result.passed
    assert result.message.startswith(message)
    assert result.message == message or message.endswith(": ")


def test_dtype_judges_at_the_answers_precision(run, case):
    """An error that float32 may have fails in float64."""
    result = run(kinds.same_dtype(0.25, case), lambda z, k: z * k * (1 + 1.5e-4))
    assert result.message.startswith("weigh is wrong at 3 of 3 places: ")


# gradient ------------------------------------------------------------------------------------


class Scaled(Function):
    """k * z, whose backward is wrong, or raises."""

    @staticmethod
    def forward(context, z, k, backward):
        context.save_for_backward(k)
        context.backward = backward
        return k * z

    @staticmethod
    def backward(context, gradient):
        (k,) = context.saved_tensors
        return context.backward(gradient, k), None, None


def missing(gradient, k):
    return {}["gradient"]


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(weigh, id="formula"),
        pytest.param(lambda z, k: z.mul_(k), id="in-place"),
        pytest.param(lambda z, k: z.double() * k, id="float64"),
        pytest.param(lambda z, k: Scaled.apply(z, k, torch.mul), id="own-backward"),
        pytest.param(
            lambda z, k: torch.stack(
                [a * b for a, b in zip(z.ravel(), k.ravel(), strict=True)]
            ).reshape(z.shape),
            id="loop",
        ),
    ],
)
def test_gradient_accepts_a_right_graph(run, case, function):
    """A graph from argument to answer passes, however it was built."""
    result = run(kinds.gradient(0.5, case), function)
    assert (result.passed, result.message) == (True, "")


CUT = "weigh returns a value that gradients can't flow through."
BROKEN = "weigh returns a value that torch can't differentiate."


@pytest.mark.parametrize(
    ("function", "message"),
    [
        pytest.param(lambda z, k: (z * k).detach(), CUT, id="detached"),
        pytest.param(lambda z, k: torch.tensor((z * k).tolist()), CUT, id="rebuilt"),
        pytest.param(lambda z, k: torch.from_numpy((z * k).detach().numpy()), CUT, id="numpy"),
        pytest.param(lambda z, k: k, CUT, id="integer"),
        pytest.param(
            lambda z, k: (z * k).detach().numpy(),
            "weigh returns a ndarray, not a torch tensor.",
            id="array",
        ),
        pytest.param(
            lambda z, k: z.detach().requires_grad_() * k,
            "weigh returns a value whose graph does not reach its first argument.",
            id="another-leaf",
        ),
        pytest.param(lambda z, k: (z * k).exp_().log_(), BROKEN, id="in-place"),
        pytest.param(lambda z, k: Scaled.apply(z, k, missing), BROKEN, id="backward-raises"),
        pytest.param(
            lambda z, k: (z * k).sum(),
            f"weigh has shape () where (3,) is expected {PLACE}.",
            id="sum",
        ),
    ],
)
def test_gradient_rejects_a_graph_that_is_cut(run, case, function, message):
    """A value without a way back to the argument fails, and is told where the way ends."""
    assert run(kinds.gradient(0.5, case), function).message == message


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda z, k: Scaled.apply(z, k, lambda g, k: -g * k), id="sign"),
        pytest.param(lambda z, k: Scaled.apply(z, k, lambda g, k: 1.0 * k), id="deaf-to-weights"),
        pytest.param(lambda z, k: Scaled.apply(z, k, lambda g, k: g * torch.nan), id="nan"),
        pytest.param(lambda z, k: z.detach() * k + 0 * z, id="zero"),
    ],
)
def test_gradient_rejects_a_wrong_gradient(run, case, function):
    """Right values with a wrong gradient fail, even one that is right for a plain sum."""
    result = run(kinds.gradient(0.5, case), function)
    assert not result.passed
    assert result.message.startswith("weigh has a gradient that is wrong at ")
    assert result.message.endswith(f"{PLACE}.")


def test_gradient_asks_for_no_gradient_of_the_other_arguments(run, exercise):
    """Only the first argument requires grad, and it is no leaf."""
    seen = []

    def note(z, w):
        seen.append((z.requires_grad, z.is_leaf, w.requires_grad))
        return z * w

    check = kinds.gradient(0.5, lambda draw: (draw.normal((3,)), draw.normal((3,))))
    assert run(check, note).passed
    assert set(seen) == {(True, False, False)}


def test_gradient_is_judged_where_a_notebook_turned_gradients_off(run, case):
    """torch.set_grad_enabled(False) in a scratch cell costs an honest function nothing."""
    with torch.no_grad():
        result = run(kinds.gradient(0.5, case), weigh)
    assert result.message == ""


# inputs --------------------------------------------------------------------------------------


def becomes(argument, other):
    """Makes the caller's tensor another one in place."""
    argument.data = other


def test_inputs_accepts_a_function_that_leaves_them(run, case):
    """A function that makes new tensors passes, whatever it returns."""
    assert run(kinds.inputs_unchanged(0.25, case), weigh).passed
    assert run(kinds.inputs_unchanged(0.25, case), lambda z, k: "anything").passed


@pytest.mark.parametrize(
    ("function", "name"),
    [
        pytest.param(lambda z, k: z.mul_(k), "z", id="first"),
        pytest.param(lambda z, k: z * k.clamp_(max=1), "k", id="second"),
        pytest.param(lambda z, k: z.detach().numpy().sort(), "z", id="through-numpy"),
        pytest.param(lambda z, k: z.unsqueeze_(0) * k, "z", id="shape"),
        pytest.param(lambda z, k: z.add_(1e-6), "z", id="slightly"),
        pytest.param(lambda z, k: z.data.copy_(z.data.nextafter(z + 1)), "z", id="one-bit"),
        pytest.param(lambda z, k: becomes(z, z.double()), "z", id="double"),
        pytest.param(lambda z, k: becomes(z, z.to(torch.complex64)), "z", id="complex"),
        pytest.param(lambda z, k: becomes(k, k.float()), "k", id="labels-to-float"),
        pytest.param(lambda z, k: becomes(z, z[None]), "z", id="another-shape"),
    ],
)
def test_inputs_rejects_a_change_in_place(run, case, function, name):
    """The argument that was changed is named."""
    result = run(kinds.inputs_unchanged(0.25, case), function)
    assert result.message == f"weigh changes its argument {name} in place."


def test_numpy_arrays_and_numbers_count_for_values(run, case):
    """Where the graph is not asked for, an array or a Python number is an answer."""

    def detour(z, k, reduction="none"):
        answer = weigh(z, k, reduction).numpy()
        return answer if reduction == "none" else answer.item()

    assert run(kinds.values("values", 1.0, case, "Think."), detour).passed
    assert run(kinds.reductions(0.5, case), detour).passed
    assert isinstance(detour(torch.ones(3), torch.ones(3)), np.ndarray)


@pytest.mark.parametrize(
    ("check", "needs"),
    [
        pytest.param(lambda case: kinds.values("v", 1.0, case, ""), "", id="values"),
        pytest.param(lambda case: kinds.reductions(1.0, case), "", id="reductions"),
        pytest.param(lambda case: kinds.same_dtype(1.0, case), "values", id="dtype"),
        pytest.param(lambda case: kinds.gradient(1.0, case), "", id="gradient"),
        pytest.param(lambda case: kinds.inputs_unchanged(1.0, case), "values", id="inputs"),
    ],
)
def test_side_checks_need_right_values(check, needs, case):
    """What a constant gets right too pays only where the values are right."""
    assert check(case).needs == needs


# A function that returns one number ----------------------------------------------------------


def _pairs(draw):
    size = draw.cycle(((7,), (4, 3)))
    return draw.normal(size), draw.normal(size)


SCALAR = {
    "values": kinds.values("values", 1.0, _pairs, "Think."),
    "dtype": kinds.same_dtype(1.0, _pairs),
    "gradient": kinds.gradient(1.0, _pairs),
    "inputs": kinds.inputs_unchanged(1.0, _pairs),
}


@pytest.mark.parametrize("check", SCALAR.values(), ids=SCALAR)
def test_every_kind_judges_a_function_that_returns_one_number(exercise, check):
    """A loss that is reduced already is right; one of another value or place is wrong."""
    exercise = replace(
        exercise,
        reference=lambda z, k: torch.nn.MSELoss()(z, k),
        checks=(replace(check, needs=""),),
        mistakes=(),
    )

    def wrong(z, k):
        z -= k
        return (z.double() ** 2).sum()

    assert judge(exercise, lambda z, k: ((z - k) ** 2).mean()).score == 1.0
    assert judge(exercise, wrong).score == 0.0


KINDS = (kinds.reductions, kinds.same_dtype, kinds.gradient, kinds.inputs_unchanged)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_a_check_needs_and_its_hint_are_the_exercises_to_say(kind):
    """An exercise that calls its values otherwise can have every kind of check."""
    check = kind(0.5, lambda draw: (draw.normal((3,)),), needs="ordinary", hint="Think.")
    assert (check.needs, check.hint) == ("ordinary", "Think.")
