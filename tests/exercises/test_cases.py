"""What each check calls a function with: the numbers that DESIGN asks for, and no others."""

from dataclasses import replace

import pytest
import torch

from autograder.checks import judge
from tests.asked import EXERCISES

BY_NAME = {exercise.name: exercise for exercise in EXERCISES}
KEYS = (None, *(bytes([number]) for number in range(20)))
BINARY = ("bce", "bce_with_logits")
LABELLED = ("nll", "cross_entropy")
ROWWISE = ("softmax", "log_softmax")


def having(check, *names):
    """Parametrizes over the exercises that have this check; of these names, if any are given."""
    there = [
        name
        for name, exercise in BY_NAME.items()
        if check in [each.name for each in exercise.checks] and name in (names or BY_NAME)
    ]
    return pytest.mark.parametrize("name", there)


def calls(name, check, key=None):
    """The arguments of every call that a check makes."""
    exercise, met = BY_NAME[name], []

    def note(*arguments, **options):
        met.append(tuple(argument.detach().clone() for argument in arguments))
        return exercise.reference(*arguments, **options)

    only = tuple(replace(c, needs="") for c in exercise.checks if c.name == check)
    assert judge(replace(exercise, checks=only), note, key).score > 0
    return met


def all_calls(name, check):
    """The calls that students with different keys meet."""
    return [arguments for key in KEYS for arguments in calls(name, check, key)]


def shapes(name, check):
    """The first argument's shapes, each once."""
    return {tuple(first.shape) for first, *_ in all_calls(name, check)}


@having("values")
def test_values_has_at_least_20_draws_over_unequal_shapes(name):
    """20 draws, no two axes alike, so that a transpose or a fixed axis shows."""
    assert len(calls(name, "values")) == 20
    met = shapes(name, "values")
    assert len(met) >= 4
    assert all(len(set(shape)) == len(shape) for shape in met)
    if name not in LABELLED:
        assert {len(shape) for shape in met} == {1, 2, 3}


@pytest.mark.parametrize("name", BY_NAME)
def test_everything_but_dtype_is_float32(name):
    """Floating arguments are float32, in both dtypes where dtypes are asked for; labels int64."""
    for check in BY_NAME[name].checks:
        dtypes = {first.dtype for first, *_ in calls(name, check.name)}
        both = {torch.float32, torch.float64}
        assert dtypes == (both if check.name == "dtype" else {torch.float32})
        labels = {y.dtype for _, *rest in calls(name, check.name) for y in rest}
        if name in LABELLED:
            assert labels == {torch.int64}


@having("values", *BINARY)
def test_ordinary_targets_are_0_and_1(name):
    """Both classes occur among the targets, and nothing between."""
    assert torch.cat([y.flatten() for _, y in all_calls(name, "values")]).unique().tolist() == [
        0,
        1,
    ]


@having("values", *LABELLED)
def test_labels_reach_every_class(name):
    """Class 0 and the last class occur."""
    reached = [(y.min() == 0, y.max() == first.shape[1] - 1) for first, y in calls(name, "values")]
    low, high = zip(*reached, strict=True)
    assert any(low)
    assert any(high)
    assert all(len(first) == len(y) for first, y in all_calls(name, "values"))


@pytest.mark.parametrize("check", ["values", "reductions", "dtype", "edges", "gradient", "inputs"])
@pytest.mark.parametrize(
    ("name", "low", "high"), [("bce", 0.01, 0.99), ("bce_with_logits", 0.0, 20.0)], ids=BINARY
)
def test_ordinary_numbers_are_away_from_the_edges(name, check, low, high):
    """y_hat stays in [0.01, 0.99] and 0 < |z| <= 20, where torch's gradient is the real one."""
    sizes = torch.cat([first.abs().flatten() for first, _ in all_calls(name, check)])
    assert low < sizes.min() < sizes.max() < high


def test_saturated_has_every_combination():
    """y_hat of exactly 0 and 1 meets both targets, with an ordinary value beside them."""
    for y_hat, y in all_calls("bce", "saturated"):
        pairs = set(zip(y_hat.tolist(), y.tolist(), strict=True))
        assert {(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)} < pairs
        assert any(0.05 < p < 0.95 for p, _ in pairs)


@having("soft-targets")
def test_soft_targets_are_strictly_between(name):
    """y is neither 0 nor 1."""
    targets = torch.cat([y.flatten() for _, y in all_calls(name, "soft-targets")])
    assert 0.0 < targets.min() < 0.1 < 0.9 < targets.max() < 1.0


@having("large-logits")
def test_large_logits_reach_far(name):
    """Some logits are in the thousands, none above 1e4, and both signs occur."""
    for key in KEYS:
        z = torch.cat([first.flatten() for first, *_ in calls(name, "large-logits", key)])
        assert 2000 < z.max() <= 1e4
        assert -1e4 <= z.min() < -900


def test_large_logits_are_right_and_wrong():
    """Both signs meet both targets."""
    calls_ = calls("bce_with_logits", "large-logits")
    met = {(a > 0, b) for z, y in calls_ for a, b in zip(z.tolist(), y.tolist(), strict=True)}
    assert met == {(True, 0.0), (True, 1.0), (False, 0.0), (False, 1.0)}


@having("large-logits", "softmax", "log_softmax", "cross_entropy")
def test_large_logits_are_also_close_together(name):
    """Rows near 1,000 and near -1,000 overflow and underflow, though their softmax is ordinary."""
    rows = torch.cat([z for z, *_ in calls(name, "large-logits")])
    close = rows[(rows.amax(-1) - rows.amin(-1)) < 10].mean(-1)
    assert (close > 990).any()
    assert (close < -990).any()


@having("edges")
def test_edges_have_one_example_and_one_class(name):
    """N = 1, and in the multiclass family C = 1, for every student."""
    expected = {(1,), (1, 1)} if name in BINARY else {(1, 4), (5, 1)}
    assert all({tuple(z.shape) for z, *_ in calls(name, "edges", key)} == expected for key in KEYS)


@pytest.mark.parametrize("check", [check.name for check in BY_NAME["nll"].checks])
def test_nll_gets_finite_log_probabilities(check):
    """Each row's exponentials add up to 1, and none is 0: 0 * -inf would fail an honest mask."""
    for log_probs, _ in all_calls("nll", check):
        assert log_probs.isfinite().all()
        assert torch.allclose(log_probs.exp().sum(-1), torch.ones((), dtype=log_probs.dtype))


@having("gradient", *ROWWISE, "cross_entropy")
def test_gradients_are_asked_for_at_moderate_logits(name):
    """No logit of the gradient check is beyond 20."""
    assert max(z.abs().max() for z, *_ in all_calls(name, "gradient")) < 20


@pytest.mark.parametrize("name", BY_NAME)
def test_a_key_changes_part_of_each_check(name):
    """Apart from demo and edges, each check has numbers of the student's own and public ones."""
    for check in BY_NAME[name].checks:
        if check.name not in ("demo", "edges"):
            public, own = (calls(name, check.name, key) for key in (None, b"a student's key"))
            same = [torch.equal(a, b) for (a, *_), (b, *_) in zip(public, own, strict=True)]
            assert set(same) == {True, False}
