"""An account of a check: the call that decided it, with numbers that are right."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.accounts import MOST_LETTERS, MOST_LINES, Account
from autograder.checks import Check, Draw, Exercise, Failure, judge, kinds
from autograder.checks.accounting import shown
from autograder.checks.draws import Seeds
from autograder.checks.trial import Trial
from tests.asked import EXERCISES

KEY, OTHER = b"someone's", b"someone else's"


def twice(x: Tensor, y: Tensor) -> Tensor:
    return 2 * x + y


def case(draw: Draw) -> tuple[Tensor, Tensor]:
    return draw.normal((3,)), draw.uniform((3,), 1.0, 2.0)


def accounts(function, check: Check | None = None, key: bytes | None = KEY) -> list[Account]:
    """The accounts of a function that should be twice its first argument and its second."""
    found: list[Account] = []
    checks = (check or kinds.values("values", 1.0, case, "", draws=4),)
    judge(Exercise("twice", twice, checks), function, key, found)
    return found


def numbers(text: str) -> list[float]:
    """The numbers between the brackets of a tensor's text."""
    return [float(n) for n in re.search(r"\[(.*)\]", text, re.DOTALL)[1].split()]


def test_a_failed_check_tells_the_call_that_it_failed_by() -> None:
    """Its arguments, answer, reference and distance, and from which seed they are."""
    (account,) = accounts(lambda x, y: 2 * x)
    x, y = case(Seeds("twice").draw("values", 0))
    first, second = account.arguments.splitlines()
    assert first.startswith("x = float32 (3,) [")
    assert second.startswith("y = float32 (3,) [")
    assert np.allclose(numbers(first), x)
    assert np.allclose(numbers(account.answer), 2 * x)
    assert np.allclose(numbers(account.expected), twice(x.double(), y.double()))
    assert (account.calls, account.own, account.secret, account.index) == (1, 0, False, 0)
    assert account.seed == Seeds("twice").seed("values", 0)
    worst = int(y.argmax())
    assert account.distance.startswith(f"{float(y[worst]):.3g} at [")


class WrongOnce:
    """A function that is wrong at its second call: the first on a student's own numbers."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        self.calls += 1
        return x if self.calls == 2 else twice(x, y)


def test_the_students_own_draw_is_theirs_alone() -> None:
    """The same key gives the same account, another one other numbers from another seed."""
    (mine,), (again,), (theirs,) = (accounts(WrongOnce(), key=key) for key in (KEY, KEY, OTHER))
    assert mine == again
    assert (mine.secret, mine.index, mine.own) == (True, 1, 1)
    assert np.allclose(
        numbers(mine.arguments.splitlines()[0]), case(Seeds("twice", KEY).draw("values", 1))[0]
    )
    assert mine.seed != theirs.seed
    assert mine.arguments != theirs.arguments


def test_a_passed_check_tells_the_answer_that_was_furthest_off() -> None:
    """Of all its calls."""
    calls: list[int] = []

    def off(x: Tensor, y: Tensor) -> Tensor:
        calls.append(len(calls))
        return twice(x.double(), y.double()) + (calls[-1] == 2) * torch.tensor([0, 1e-6, 0])

    (account,) = accounts(off)
    assert (account.calls, account.own, account.index) == (4, 2, 2)
    assert account.distance.startswith("1e-06 at [1]; up to ")


def test_of_one_answer_the_place_is_told_that_has_most_of_its_tolerance() -> None:
    """A little less off where the value is smallest is nearer to what is allowed."""
    places: list[int] = []

    def off(x: Tensor, y: Tensor) -> Tensor:
        exact = twice(x.double(), y.double())
        size = exact.abs()
        places.append(int(size.argmin()))
        return exact + 1e-6 * (size == size.min()) + 1.1e-6 * (size == size.max())

    (account,) = accounts(off, kinds.values("values", 1.0, case, "", draws=1))
    assert account.distance.startswith(f"1e-06 at [{places[0]}]; up to ")


def fixed(draw: Draw) -> tuple[Tensor, Tensor]:
    """Numbers that everyone meets, from no seed."""
    return torch.tensor([1.0, 2.0, 3.0]), draw.cycle((torch.ones(3), torch.zeros(3)))


@pytest.mark.parametrize(
    ("check", "is_fixed"),
    [
        (kinds.values("values", 1.0, fixed, "", draws=4), True),
        (kinds.same_dtype(1.0, fixed, needs=""), True),
        (kinds.values("values", 1.0, case, "", draws=4), False),
        (kinds.gradient(1.0, fixed), False),  # its weights are drawn
    ],
    ids=["values", "dtype", "drawn", "gradient"],
)
@pytest.mark.parametrize("key", [None, KEY], ids=["public", "own"])
def test_fixed_numbers_are_nobodys_own(check: Check, is_fixed: bool, key: bytes | None) -> None:
    """No number of theirs is drawn from a seed, whatever draw the case was made of."""
    (account,) = accounts(twice, check, key)
    assert account.fixed == is_fixed
    assert bool(account.own) == (key is not None and not is_fixed)


def test_which_of_a_draws_drawings_is_told() -> None:
    """The reductions are asked for on cases that are made of one draw, one after the other."""
    seen: list[str] = []

    def off(x: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
        seen.append(reduction)
        return add(x, y, reduction) + (len(seen) == 5)

    found: list[Account] = []
    judge(Exercise("add", add, (kinds.reductions(1.0, case),)), off, KEY, found)
    (account,) = found
    assert (account.index, account.turn, account.turns) == (1, 2, 3)
    draw = Seeds("add", KEY).draw("reductions", 1)
    case(draw)
    assert np.allclose(numbers(account.arguments.splitlines()[0]), case(draw)[0])


def test_any_text_of_an_account_is_bounded_and_printable() -> None:
    """Whoever makes one."""
    account = Account("twice", "\x1b[2J" * 1000, answer="\x1b[2J\n" * 10_000)
    assert account.check.isprintable()
    assert len(account.check) <= 500
    assert len(account.answer.splitlines()) <= MOST_LINES + 1
    assert all(line.isprintable() for line in account.answer.splitlines())


def test_a_gradient_has_its_weights() -> None:
    """The reference's is that of the same weighted sum."""
    (account,) = accounts(lambda x, y: x.detach() + x, kinds.gradient(1.0, case))
    weights = numbers(account.arguments.splitlines()[2])
    assert account.arguments.splitlines()[2].startswith("weights of the outputs = float32 (3,)")
    assert account.gradient
    assert np.allclose(numbers(account.answer), weights)
    assert np.allclose(numbers(account.expected), [2 * weight for weight in weights])


def test_what_a_call_has_changed_in_place_is_told() -> None:
    """Beside what it was called with."""

    def changing(x: Tensor, y: Tensor) -> Tensor:
        answer = twice(x, y)
        y.zero_()
        return answer

    values = kinds.values("values", 1.0, case, "")
    exercise = Exercise("twice", twice, (values, kinds.inputs_unchanged(1.0, case)))
    found: list[Account] = []
    judge(exercise, changing, KEY, found)
    assert found[1].changed == "y = float32 (3,) [0. 0. 0.]"
    assert np.all(numbers(found[1].arguments.splitlines()[1]))


def test_an_exception_says_what_it_says_and_is_printable() -> None:
    """To a person who may see it: a student's are not told its text."""

    def raising(x: Tensor, y: Tensor) -> Tensor:
        raise ValueError(f"\x1b[31mred\nof {x.shape}")

    (account,) = accounts(raising)
    assert account.answer.startswith("raises a ValueError")
    assert "It says: ?[31mred of torch.Size([3])" in account.answer
    assert account.distance == ""


def test_no_words_of_ours_are_put_into_a_students_mouth() -> None:
    """What ended otherwise than by an exception of theirs says nothing itself."""

    def stopped(x: Tensor, y: Tensor) -> Tensor:
        try:
            raise RuntimeError("ended the kernel")
        except RuntimeError as stop:
            raise Failure(f"{stop}.") from None

    (account,) = accounts(stopped)
    assert account.answer == "ended the kernel."


class Own:
    """What a student's class may be."""

    def __repr__(self) -> str:
        raise AssertionError("a student's code ran")


ANSWERS = {
    "none": None,
    "own": Own(),
    "long": "\x1b]0;title\x07" * 10_000,
    "nested": [[[[[[[[1]]]]]]]] * 10_000,
    "complex": torch.zeros(3, dtype=torch.complex64),
    "sparse": torch.eye(3).to_sparse(),
    "bfloat16": torch.ones(3, dtype=torch.bfloat16),
    "bool": torch.ones(3, dtype=torch.bool),
    "empty": torch.zeros(0),
    "large": torch.zeros(1000, 1000),
    "deep": torch.zeros((1,) * 40),
    "array": np.ones(3),
    "objects": np.array([Own()]),
    "nan": torch.tensor([torch.nan, torch.inf, 1.0]),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_any_answer_is_told_in_few_printable_lines(answer: object) -> None:
    """Whatever comes back; none of its own code runs."""
    (account,) = accounts(lambda x, y: answer)
    assert account.answer
    assert len(account.answer) <= MOST_LETTERS + 1
    assert len(account.answer.splitlines()) <= MOST_LINES
    assert all(each.isprintable() for each in account.answer.splitlines())


def test_values_are_told_with_their_kind() -> None:
    """A dtype and a shape, or a type."""
    assert shown(torch.tensor([1, 2])) == "int64 (2,) [1 2]"
    assert shown(np.float32(2)) == "float32 of numpy, 2."
    assert shown(Own()) == "an object of a class of its own"
    assert shown("mean") == "'mean'"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_an_account_changes_no_verdict(exercise: Exercise) -> None:
    """Nor a word of what is told: mistakes and right answers get what they get without."""
    formulas = [exercise.reference, *(m.formula for m in exercise.mistakes[::20])]
    for formula in formulas:
        found: list[Account] = []
        assert judge(exercise, formula, KEY, found) == judge(exercise, formula, KEY)
        assert [account.check for account in found] == [check.name for check in exercise.checks]


def test_calls_are_noted_only_where_that_is_asked() -> None:
    """A grading keeps nothing of them."""
    trial = Trial("values", twice, twice, Seeds("twice"))
    trial.call(case(Draw(0, 1)))
    assert trial.calls is None


def test_a_function_that_is_none_has_one_call() -> None:
    """What is no function, and is not written, is told as what came back."""
    (account,) = accounts(3)
    assert account.answer == "is an int, not a function."

    def blank(x: Tensor, y: Tensor) -> Tensor:
        raise NotImplementedError

    assert accounts(blank)[0].answer.startswith("is not written yet")


def large(draw: Draw) -> tuple[Tensor, Tensor]:
    """Numbers far larger than their sum, whose size alone allows a hundred times as much."""
    x = draw.uniform((3,), 1e3, 1e4)
    return x, draw.uniform((3,), 1.0, 2.0) - x


def add(x: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
    """The sum of its arguments, as losses are reduced."""
    total = x + y
    return total if reduction == "none" else getattr(total, reduction)()


COMPARING = {
    "values": kinds.values("values", 1.0, large, ""),
    "reductions": kinds.reductions(1.0, large),
    "dtype": kinds.same_dtype(1.0, large, needs=""),
    "gradient": kinds.gradient(1.0, large),
}


@pytest.mark.parametrize("check", COMPARING.values(), ids=COMPARING)
def test_the_tolerance_is_that_by_which_the_student_failed(check: Check) -> None:
    """Whatever a check compares by: large arguments excuse no gradient."""
    found: list[Account] = []

    def off(x: Tensor, y: Tensor, reduction: str = "none") -> Tensor:
        return 1.5 * add(x, y, reduction)

    result = judge(Exercise("add", add, (check,)), off, KEY, found)
    told = re.search(r"up to (\S+) is allowed", result.checks[0].message)[1]
    stated = re.search(r"; up to (\S+) is allowed", found[0].distance)[1]
    assert f"{float(stated):.1g}" == told


def test_what_is_not_compared_has_no_distance() -> None:
    """Whether arguments are left alone is asked of no value."""
    (account,) = accounts(twice, kinds.inputs_unchanged(1.0, case, needs=""))
    assert (account.calls, account.distance) == (2, "")
    (account,) = accounts(lambda x, y: twice(x, y).double(), kinds.same_dtype(1.0, case, needs=""))
    assert account.distance == ""
