"""compare accepts what equals the expected tensor, and says of the rest what differs."""

import math
import warnings

import numpy as np
import pytest
import torch

from autograder.checks.comparison import Failure, compare

EXPECTED = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
ORDINARY = "returns a tensor that is not an ordinary one: dense, real, on the CPU."


class Boastful(torch.Tensor):
    """Says that it equals everything."""

    def __eq__(self, other):
        return torch.ones(self.shape, dtype=torch.bool)

    __hash__ = torch.Tensor.__hash__


def text(actual, expected=EXPECTED, **options):
    """What compare says of a wrong answer."""
    with pytest.raises(Failure) as caught:
        compare(actual, expected, **options)
    return str(caught.value)


def tensor(*values, dtype=torch.float32):
    return torch.tensor(values, dtype=dtype)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        pytest.param(tensor(1, 2, 3), EXPECTED, id="float32"),
        pytest.param(EXPECTED.clone(), EXPECTED, id="float64"),
        pytest.param(tensor(1, 2, 3, dtype=torch.float16), EXPECTED, id="float16"),
        pytest.param(tensor(1, 2, 3).requires_grad_(), EXPECTED, id="requires-grad"),
        pytest.param(tensor(3, 2, 1).flip(0), EXPECTED, id="view"),
        pytest.param(tensor(1, 2, 3), EXPECTED.clone().requires_grad_(), id="expected-grad"),
        pytest.param(np.array([1.0, 2.0, 3.0], dtype=np.float32), EXPECTED, id="array"),
        pytest.param(np.array([3.0, 2.0, 1.0])[::-1], EXPECTED, id="array-backwards"),
        pytest.param(np.broadcast_to(np.float64(2), (3,)), 2 + 0 * EXPECTED, id="array-read-only"),
        pytest.param(np.float32(2), torch.tensor(2.0), id="numpy-number"),
        pytest.param(2.0, torch.tensor(2.0), id="number"),
        pytest.param(torch.tensor(2.0), torch.tensor(2.0), id="0-d"),
        pytest.param(torch.zeros(0, 3), torch.zeros(0, 3), id="empty"),
        pytest.param(tensor(math.inf, -math.inf), tensor(math.inf, -math.inf), id="inf"),
        pytest.param(tensor(math.nan, 1), tensor(math.nan, 1), id="nan"),
    ],
)
def test_equal_values_are_accepted(actual, expected):
    """A tensor, an array or a number with the expected values is right."""
    compare(actual, expected)


@pytest.mark.parametrize(
    ("actual", "message"),
    [
        pytest.param(None, "returns None: is a `return` missing?", id="none"),
        pytest.param([1.0, 2.0, 3.0], "returns a list, not a torch tensor.", id="list"),
        pytest.param((EXPECTED,), "returns a tuple, not a torch tensor.", id="tuple"),
        pytest.param("1, 2, 3", "returns a str, not a torch tensor.", id="text"),
        pytest.param(2 + 0j, "returns a complex, not a torch tensor.", id="complex-number"),
        pytest.param(
            EXPECTED.as_subclass(Boastful),
            "returns an object of a class of its own, not a torch tensor.",
            id="subclass",
        ),
        pytest.param(
            torch.nn.Parameter(tensor(1, 2, 3)),
            "returns a Parameter, not a torch tensor.",
            id="parameter",
        ),
        pytest.param(EXPECTED.to_sparse(), ORDINARY, id="sparse"),
        pytest.param(EXPECTED + 0j, ORDINARY, id="complex"),
        pytest.param(EXPECTED.to("meta"), ORDINARY, id="meta"),
        pytest.param(
            np.array([1, 2, 3]) + 0j,
            "returns a numpy array of a dtype that torch has no numbers for.",
            id="complex-array",
        ),
        pytest.param(
            np.array([1.0, 2.0, 3.0], dtype=object),
            "returns a numpy array of a dtype that torch has no numbers for.",
            id="object-array",
        ),
        pytest.param(tensor(1, 2, 3).long(), "has dtype int64, not a floating one.", id="integer"),
        pytest.param(EXPECTED == 1, "has dtype bool, not a floating one.", id="bool"),
        pytest.param(
            np.array([1, 2, 3], dtype=np.int32),
            "has dtype int32, not a floating one.",
            id="integer-array",
        ),
    ],
)
def test_another_kind_of_answer_is_named(actual, message):
    """What is no dense, real, floating CPU tensor fails, whatever values it holds."""
    assert text(actual) == message


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: np.array([9, 9, 9], dtype=np.longdouble), id="longdouble-array"),
        pytest.param(lambda: np.array([9, 9, 9], dtype=">f4"), id="big-endian-array"),
        pytest.param(lambda: torch.nested.as_nested_tensor([tensor(9, 9, 9)]), id="nested"),
        pytest.param(lambda: tensor(9, 9, 9).to(torch.float8_e4m3fn), id="float8-e4m3fn"),
        pytest.param(lambda: tensor(9, 9, 9).to(torch.float8_e5m2), id="float8-e5m2"),
        pytest.param(lambda: 10**30, id="huge-integer"),
    ],
)
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_an_answer_that_torch_can_hardly_hold_is_a_failure(make):
    """No answer, however odd, is an error of the kit, or right by its own coarse rounding."""
    with pytest.raises(Failure):
        compare(make(), EXPECTED, scale=1e4)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        pytest.param((), "has shape () where (3,) is expected.", id="0-d"),
        pytest.param((1,), "has shape (1,) where (3,) is expected.", id="one"),
        pytest.param((1, 3), "has shape (1, 3) where (3,) is expected.", id="row"),
        pytest.param((3, 1), "has shape (3, 1) where (3,) is expected.", id="column"),
        pytest.param((2,), "has shape (2,) where (3,) is expected.", id="short"),
    ],
)
def test_nothing_broadcasts(shape, message):
    """Another shape is wrong, even one that broadcasts to equal values."""
    assert text(torch.ones(shape), torch.ones(3)) == message


def test_the_shape_is_told_before_dtype_and_values():
    """Of several things that differ, the first layer is told."""
    assert text(torch.zeros(2, dtype=torch.int64)) == "has shape (2,) where (3,) is expected."
    assert text(torch.zeros(3, dtype=torch.int64)) == "has dtype int64, not a floating one."


@pytest.mark.parametrize(
    ("actual", "expected", "message"),
    [
        pytest.param(
            tensor(1, 2.5, 3.25),
            EXPECTED,
            "is wrong at 2 of 3 places: the worst, at [1], is 0.5 too large (up to 0.0004 is "
            "allowed).",
            id="large",
        ),
        pytest.param(
            tensor(0.5, 2, 3),
            EXPECTED,
            "is wrong at 1 of 3 places: the worst, at [0], is 0.5 too small (up to 0.0002 is "
            "allowed).",
            id="small",
        ),
        pytest.param(
            tensor(2, 10002.5),
            tensor(1, 10000),
            "is wrong at 2 of 2 places: the worst, at [0], is 1 too large (up to 0.0002 is "
            "allowed).",
            id="worst-beyond-its-allowance",
        ),
        pytest.param(
            torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]]),
            torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
            "is wrong at 1 of 6 places: the worst, at [1, 2], is 1 too large (up to 0.001 is "
            "allowed).",
            id="matrix",
        ),
        pytest.param(
            1.0,
            torch.tensor(2.0),
            "is wrong at 1 of 1 places: the worst, at its only place, is 1 too small (up to 0.0002 "
            "is allowed).",
            id="0-d",
        ),
        pytest.param(
            tensor(9, math.nan, math.inf),
            EXPECTED,
            "is wrong at 3 of 3 places: the first, at [1], is nan.",
            id="nan",
        ),
        pytest.param(
            tensor(1, 2, -math.inf),
            EXPECTED,
            "is wrong at 1 of 3 places: the first, at [2], is -inf.",
            id="inf",
        ),
        pytest.param(
            torch.tensor(math.nan),
            torch.tensor(2.0),
            "is wrong at 1 of 1 places: the first, at its only place, is nan.",
            id="nan-0-d",
        ),
    ],
)
def test_wrong_values_are_counted_and_the_worst_is_told(actual, expected, message):
    """The message says at how many places, where the worst is, its error and its allowance."""
    assert text(actual, expected) == message


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        pytest.param(1.0, math.nan, id="number-for-nan"),
        pytest.param(math.nan, math.inf, id="nan-for-inf"),
        pytest.param(math.inf, math.nan, id="inf-for-nan"),
        pytest.param(1.0, math.inf, id="number-for-inf"),
        pytest.param(-math.inf, math.inf, id="wrong-infinity"),
    ],
)
def test_nan_and_inf_equal_only_themselves(actual, expected):
    """No tolerance reaches an infinity, and NaN equals only a NaN of the reference."""
    with pytest.raises(Failure):
        compare(tensor(actual), tensor(expected))


def test_a_wrong_answer_with_a_graph_is_told_without_a_warning():
    """A message is made of plain numbers: torch warns when a tensor with a graph becomes one."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert text(tensor(1, 2, 4).requires_grad_()).startswith("is wrong at 1 of 3 places")


def test_the_place_ends_the_message():
    """What the function was called with follows every layer of the message."""
    where = "z of shape (3,)"
    assert text(tensor(1, 2), where=where) == (
        "has shape (2,) where (3,) is expected for z of shape (3,)."
    )
    assert text(tensor(1, 2, 3).long(), where=where) == (
        "has dtype int64, not a floating one for z of shape (3,)."
    )
    assert text(tensor(1, 2, 4), where=where).endswith(" is allowed) for z of shape (3,).")


@pytest.mark.parametrize(
    ("dtype", "expected", "allowed"),
    [
        pytest.param(torch.float32, 0.0, 2e-5, id="float32-at-0"),
        pytest.param(torch.float32, 100.0, 2e-5 + 2e-2, id="float32-at-100"),
        pytest.param(torch.float32, -100.0, 2e-5 + 2e-2, id="float32-at--100"),
        pytest.param(torch.float64, 0.0, 2e-5, id="float64-at-0"),
        pytest.param(torch.float64, 100.0, 2e-5 + 1e-2, id="float64-at-100"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1], ids=["above", "below"])
def test_the_tolerance_is_that_of_the_answers_dtype(dtype, expected, allowed, sign):
    """Nine tenths of the allowance is right, eleven tenths are wrong."""
    exact = torch.tensor([expected], dtype=torch.float64)
    compare((exact + sign * 0.9 * allowed).to(dtype), exact)
    with pytest.raises(Failure):
        compare((exact + sign * 1.1 * allowed).to(dtype), exact)


def test_the_tolerance_grows_with_what_entered_the_computation():
    """logsumexp(z) - z[y] may be off by roundings of z, near 1e4, though the result is small."""
    expected, off = torch.tensor([0.5], dtype=torch.float64), tensor(0.505)
    compare(off, expected, scale=1e4)
    for answer, scale in ((off, 1e3), (off.double(), 1e4), (tensor(0.515), 1e4)):
        with pytest.raises(Failure):
            compare(answer, expected, scale=scale)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=["float16", "bfloat16"])
def test_a_coarse_dtype_widens_no_tolerance(dtype):
    """An answer coarser than float32 is judged as float32: zeros are no softmax of big logits."""
    softmax = torch.tensor([0.25, 0.75], dtype=torch.float64)
    with pytest.raises(Failure):
        compare(torch.zeros(2).to(dtype), softmax, scale=1e4)
    compare(torch.ones(2).to(dtype), torch.full((2,), 1 + 5e-5, dtype=torch.float64))
