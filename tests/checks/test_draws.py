"""Draws come again from their seed, and only every second one is the student's own."""

import pytest
import torch

from autograder.checks.draws import Draw, Seeds

SHAPE = (50,)
MAKERS = {
    "uniform": lambda draw: draw.uniform(SHAPE, -3.0, 5.0),
    "normal": lambda draw: draw.normal(SHAPE, 2.0),
    "integers": lambda draw: draw.integers(SHAPE, 7),
    "signs": lambda draw: draw.signs(SHAPE),
}
by_maker = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def numbers(key=None, exercise="f", check="values"):
    """The first number of each of 24 draws."""
    draws = Seeds(exercise, key).draws(check, 24)
    return [float(draw.uniform((1,), 0.0, 1.0)) for draw in draws]


@by_maker
def test_a_seed_gives_the_same_tensor_again(make):
    """Equal seeds give equal tensors, other seeds others."""
    assert torch.equal(make(Draw(0, 1)), make(Draw(0, 1)))
    assert not torch.equal(make(Draw(0, 1)), make(Draw(0, 2)))


@by_maker
def test_the_global_generator_is_left_alone(make):
    """A draw neither reads nor moves torch's own generator."""
    state = torch.get_rng_state()
    first = make(Draw(0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(1)
    assert torch.equal(make(Draw(0, 1)), first)


@by_maker
def test_a_default_dtype_changes_no_draw(make):
    """A notebook that sets another default dtype meets the same float32 numbers."""
    usual = make(Draw(0, 1))
    torch.set_default_dtype(torch.float64)
    try:
        unusual = make(Draw(0, 1))
    finally:
        torch.set_default_dtype(torch.float32)
    assert unusual.dtype == usual.dtype
    assert torch.equal(unusual, usual)


def test_tensors_have_the_promised_range():
    """Each maker keeps to its dtype, shape and range."""
    draw = Draw(0, 1)
    uniform = draw.uniform((200, 5), -3.0, 5.0)
    assert (uniform.dtype, uniform.shape) == (torch.float32, (200, 5))
    assert -3.0 <= uniform.min() < -2.8 < 4.8 < uniform.max() < 5.0
    normal = draw.normal((1000,), 2.0)
    assert normal.dtype == torch.float32
    assert 1.8 < normal.std() < 2.2
    assert abs(normal.mean()) < 0.2
    assert draw.integers((200,), 3).unique().tolist() == [0, 1, 2]
    assert draw.integers((200,), 3).dtype == torch.int64
    assert draw.signs((200,)).unique().tolist() == [-1.0, 1.0]


@pytest.mark.parametrize("make", ["uniform", "normal", "integers", "signs"])
def test_a_scalar_can_be_drawn(make):
    """A shape without axes is one number, the same as that of one axis of length 1."""
    more = {"uniform": (0.0, 1.0), "integers": (1000,)}.get(make, ())
    scalar = getattr(Draw(0, 1), make)((), *more)
    assert scalar.shape == ()
    assert scalar == getattr(Draw(0, 1), make)((1,), *more)


def test_the_draws_of_a_check_differ():
    """Within a check, between checks and between exercises no number comes twice."""
    several = numbers() + numbers(check="edges") + numbers(exercise="g")
    assert len(set(several)) == 3 * 24


def test_a_key_changes_exactly_the_odd_draws():
    """Draws 0, 2, 4 are everyone's; 1, 3, 5 are the student's own."""
    public, own = numbers(), numbers(b"a student's key")
    assert [mine != theirs for mine, theirs in zip(own, public, strict=True)] == [False, True] * 12


def test_two_students_meet_different_numbers():
    """Different keys share the public draws and no other; one key gives the same ones again."""
    one, other = numbers(b"one"), numbers(b"other")
    assert one[::2] == other[::2]
    assert not set(one[1::2]) & set(other[1::2])
    assert numbers(b"one") == one


def test_no_key_draws_in_public():
    """None and an empty key are the same."""
    assert numbers(b"") == numbers(None)


def test_a_seed_is_kept_for_good():
    """A draw can be replayed years later: the first public number never changes."""
    assert numbers()[:2] == pytest.approx([0.0696817, 0.5374920], abs=1e-6)
    uniform, normal = Draw(0, 5).uniform((2, 2), 0.0, 1.0), Draw(0, 5).normal((2, 2))
    assert uniform.flatten().tolist() == pytest.approx([0.8302519, 0.1261109, 0.9074697, 0.8199270])
    assert normal.flatten().tolist() == pytest.approx([-0.486781, -0.603822, -0.558096, 0.667524])


def test_a_cycle_leaves_no_option_out():
    """Twice as many draws as options take each one in public and in the student's own numbers."""
    draws = Seeds("f", b"key").draws("values", 8)
    assert "".join(draw.cycle("abc") for draw in draws) == "aabbccaa"
