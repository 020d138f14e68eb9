"""The demo check asks for the lecture's exact numbers."""

from dataclasses import replace

import pytest
import torch

from autograder.checks import judge
from tests.asked import EXERCISES

BY_NAME = {exercise.name: exercise for exercise in EXERCISES}
BINARY = [1.74, 0.851, 2.29, 1.02, 1.38]
MULTICLASS = [1.45, 3.78, 2.16, 1.27, 1.5]
# What the lecture shows, to three significant digits.
SHOWN = {
    "bce": BINARY,
    "bce_with_logits": BINARY,
    "softmax": [
        [0.235, 0.103, 0.662],
        [0.909, 0.0688, 0.0227],
        [0.0494, 0.115, 0.836],
        [0.389, 0.282, 0.328],
        [0.223, 0.755, 0.0213],
    ],
    "log_softmax": [
        [-1.45, -2.28, -0.412],
        [-0.0959, -2.68, -3.78],
        [-3.01, -2.16, -0.179],
        [-0.943, -1.27, -1.11],
        [-1.5, -0.281, -3.85],
    ],
    "nll": MULTICLASS,
    "cross_entropy": MULTICLASS,
}
by_name = pytest.mark.parametrize("name", SHOWN)


@pytest.fixture
def lecture():
    """The arguments of each function in the lecture's run, drawn as it drew them."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        z = torch.randn(5)
        y = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0])
        fourth = [torch.randn(5, 3) for _ in range(4)][-1]
    labels = torch.tensor([0, 2, 1, 1, 0])
    return {
        "bce": (torch.sigmoid(z), y),
        "bce_with_logits": (z, y),
        "softmax": (fourth,),
        "log_softmax": (fourth,),
        "nll": (torch.log_softmax(fourth, dim=-1), labels),
        "cross_entropy": (fourth, labels),
    }


@by_name
def test_the_tensors_are_the_lectures(name, lecture):
    """The function is called once, whoever asks, with the drawn tensors bit for bit."""
    exercise, calls = BY_NAME[name], []

    def note(*arguments, **options):
        calls.append((arguments, options))
        return exercise.reference(*arguments, **options)

    judge(replace(exercise, checks=exercise.checks[:1]), note, b"a student's key")
    ((arguments, options),) = calls
    assert (exercise.checks[0].name, options) == ("demo", {})
    assert [a.dtype for a in arguments] == [a.dtype for a in lecture[name]]
    assert all(map(torch.equal, arguments, lecture[name]))


@by_name
def test_the_expected_values_are_those_shown(name, lecture):
    """The reference gives what the lecture shows, at its three digits."""
    expected = BY_NAME[name].reference(*lecture[name])
    rounded = [[float(f"{v:.3g}") for v in row] for row in torch.atleast_2d(expected).tolist()]
    assert (rounded if expected.dim() == 2 else rounded[0]) == SHOWN[name]


def test_a_fresh_run_would_draw_other_logits(lecture):
    """The lecture's matrix is the fourth draw; a fresh run has only the first one."""
    (z,) = lecture["softmax"]
    assert z[0].tolist() == pytest.approx([0.0627, -0.7663, 1.0993], abs=1e-4)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        torch.randn(5)
        first = torch.randn(5, 3)
    assert first[0].tolist() == pytest.approx([-1.3986, 0.4033, 0.8380], abs=1e-4)


@by_name
def test_the_hint_quotes_the_lecture(name):
    """The numbers in the demo check's hint are the first ones shown."""
    hint = BY_NAME[name].checks[0].hint.replace("−", "-")
    shown = SHOWN[name] if isinstance(SHOWN[name][0], float) else SHOWN[name][0]
    assert ", ".join(map(str, shown)) in hint or name == "bce_with_logits"
