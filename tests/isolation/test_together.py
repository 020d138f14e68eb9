"""Calls that are sent together are answered as if each had been made alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import pytest
import torch

from autograder.isolation.clock import LEAST_SECONDS
from autograder.isolation.errors import ChangedError, OpaqueError
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import MOST_TOGETHER, StudentKernel

NewKernel = Callable[..., StudentKernel]


def function(kernel: StudentKernel, source: str) -> RemoteFunction:
    """A cell's `f`; the kernel has started."""
    ran = kernel.run(1, f"import os, time, torch\n{dedent(source)}")
    assert [output for output in ran.outputs if output["output_type"] == "error"] == []
    return kernel.get("f", lambda tree: RemoteFunction(kernel, "f", tree))  # type: ignore[no-any-return]


def replies(f: RemoteFunction, *arguments: Any) -> list[Callable[[], Any]]:
    """What gives the answers to calls with one argument each, which are on their way."""
    asked = f.together([((argument,), {}) for argument in arguments])
    assert len(asked) == len(arguments)
    return asked


def outcomes(asked: list[Callable[[], Any]]) -> Iterator[Any]:
    """Each answer, or the text of what was raised."""
    for reply in asked:
        try:
            yield reply()
        except Exception as error:
            yield f"{type(error).__name__}: {error}"


def test_each_has_its_own_answer(kernel: StudentKernel) -> None:
    """Values, options and exceptions come in the order in which they were asked for."""
    f = function(kernel, "def f(x, times=1): return [1 / x] * times")
    asked = f.together([((1,), {}), ((0,), {}), ((2,), {"times": 2}), ((4,), {})])
    expected = [[1.0], "ZeroDivisionError: division by zero", [0.5, 0.5], [0.25]]
    assert list(outcomes(asked)) == expected
    assert f.raised


def test_what_cannot_cross_is_its_own_calls(kernel: StudentKernel) -> None:
    """As where a call is made alone."""
    f = function(kernel, "def f(x): return x.mul_(1j) if len(x) > 2 else x and object()")
    first, second = replies(f, [1], [])
    with pytest.raises(OpaqueError):
        first()
    assert second() == []
    with pytest.raises(ChangedError):
        function(kernel, "def f(x): x.data = x * 1j").together([((torch.ones(2),), {})])[0]()


def test_arguments_change_with_their_own_answer(kernel: StudentKernel) -> None:
    """Not before it is taken, though the kernel has long been done."""
    f = function(kernel, "def f(x): return float(x.add_(1).sum())")
    first, second = torch.zeros(2), torch.zeros(3)
    one, other = replies(f, first, second)
    assert one() == 2
    assert (first.tolist(), second.tolist()) == ([1, 1], [0, 0, 0])
    assert other() == 3
    assert second.tolist() == [1, 1, 1]


def test_gradients_flow_after_all_have_answered(kernel: StudentKernel) -> None:
    """Each call has a graph of its own."""
    f = function(kernel, "def f(x): return x ** 2")
    leaves = [torch.tensor([n], requires_grad=True) for n in (1.0, 2.0, 3.0)]
    for result in [reply() for reply in replies(f, *leaves)]:
        result.sum().backward()
    assert [float(leaf.grad) for leaf in leaves if leaf.grad is not None] == [2, 4, 6]


def test_only_the_call_that_ends_the_kernel_is_lost(kernel: StudentKernel) -> None:
    """Those before it were answered, and those after it are asked again, in the next kernel."""
    f = function(kernel, "def f(x): return x if x != 2 else os._exit(1)")
    kernel.incidents.begin(3)
    assert list(outcomes(replies(f, 0, 1, 2, 3, 4))) == [0, 1, "Stopped: ended the kernel", 3, 4]
    assert (kernel.generation, len(kernel.incidents.stops)) == (2, 1)
    assert kernel.incidents.tally.strikes == 2


def test_only_the_call_that_takes_too_long_is_lost(new_kernel: NewKernel) -> None:
    """It is interrupted, and the kernel goes on with those after it."""
    kernel = new_kernel(call_seconds=1.0, wall_factor=1.0)
    f = function(
        kernel,
        """
        def f(x):
            while x == 2:
                pass
            return x
        """,
    )
    kernel.incidents.begin(3)
    stopped = "Stopped: ran for more than 1 s"
    assert list(outcomes(replies(f, 0, 1, 2, 3, 4))) == [0, 1, stopped, 3, 4]
    assert (kernel.generation, len(kernel.incidents.stops)) == (1, 1)


def test_calls_that_were_not_made_are_asked_of_the_next_kernel(new_kernel: NewKernel) -> None:
    """Where this one ends while the answers between are passed over."""
    kernel = new_kernel(call_seconds=1.0, wall_factor=1.0, scratch_files=20)
    f = function(
        kernel,
        """
        def f(x):
            try:
                while x == 0:
                    pass
            finally:
                for number in range(30 if x == 0 else 0):
                    open(str(number), "w").close()
            return x
        """,
    )
    kernel.incidents.begin(3)
    stopped = "Stopped: ran for more than 1 s"
    assert list(outcomes(replies(f, 0, 1, 2))) == [stopped, 1, 2]
    assert kernel.generation == 2


def test_each_has_its_own_time(new_kernel: NewKernel) -> None:
    """Together they may take longer than one may."""
    kernel = new_kernel(call_seconds=1.0, wall_factor=1.0)
    f = function(kernel, "def f(x): time.sleep(0.5); return x")
    start = time.monotonic()
    assert list(outcomes(replies(f, 0, 1, 2, 3))) == [0, 1, 2, 3]
    assert time.monotonic() - start > 1.5
    assert kernel.incidents.stops == []


def test_answers_that_nobody_wants_are_passed_over(kernel: StudentKernel) -> None:
    """Whatever is asked next has its own answer, and what they changed is not seen here."""
    f = function(kernel, "def f(x): x.add_(1); return float(x.sum())")
    arguments = [torch.zeros(1) for _ in range(4)]
    asked = replies(f, *arguments)
    assert asked[0]() == 1
    assert f(torch.zeros(2)) == 2
    assert [float(argument) for argument in arguments] == [1, 0, 0, 0]
    assert kernel.get("f", lambda tree: "a function") == "a function"
    assert asked[2]() == 1  # it is asked again
    assert kernel.generation == 1


def test_unwanted_calls_that_have_no_end_cost_nobody(new_kernel: NewKernel) -> None:
    """The first is interrupted soon, without a strike, and no other is made."""
    kernel = new_kernel(call_seconds=60.0, wall_factor=1.0)
    f = function(
        kernel,
        """
        def f(x):
            while x:
                pass
            return x
        """,
    )
    asked, start = replies(f, 0, *range(1, 20)), time.monotonic()
    assert asked[0]() == 0
    assert f(0) == 0
    assert LEAST_SECONDS < time.monotonic() - start < 10
    assert (kernel.incidents.stops, kernel.incidents.tally.strikes, kernel.generation) == ([], 1, 1)


def test_an_unwanted_call_that_ends_the_kernel_costs_nobody(kernel: StudentKernel) -> None:
    """What is asked next is answered by another."""
    f = function(kernel, "def f(x): return x if x != 1 else os._exit(1)")
    asked = replies(f, 0, 1, 2)
    assert asked[0]() == 0
    assert f(3) == 3
    assert (kernel.incidents.stops, kernel.incidents.tally.strikes, kernel.generation) == ([], 1, 2)


def test_nobody_waits_for_the_other_to_read(kernel: StudentKernel) -> None:
    """Questions and answers that are larger than any buffer of the system's."""
    f = function(kernel, "def f(x): return x.repeat(200)")
    arguments = [torch.full((5000,), float(n)) for n in range(20)]
    for n, result in enumerate(outcomes(replies(f, *arguments))):
        assert result.shape == (1_000_000,)
        assert bool((result == n).all())


def test_what_is_better_asked_alone_is(kernel: StudentKernel) -> None:
    """After a slow answer, with a million numbers, while others wait, or with no kernel."""
    f = function(kernel, "def f(x): return len(x)")
    many = torch.zeros(MOST_TOGETHER // 8)
    assert f.together([((many,), {}), ((many,), {}), ((many,), {})]) == []
    waiting = replies(f, [1], [2])
    assert f.together([(([3],), {}), (([4],), {})]) == []
    assert list(outcomes(waiting)) == [1, 1]
    kernel.close()
    assert f.together([(([1],), {}), (([2],), {})]) == []
    slow = function(kernel, "def f(x): time.sleep(0.2); return x")
    assert slow(1) == 1
    assert slow.together([((1,), {}), ((2,), {})]) == []


def test_what_they_write_together_is_seen(new_kernel: NewKernel) -> None:
    """Before the last of them has answered."""
    kernel = new_kernel(scratch_files=20)
    f = function(kernel, "def f(x): open(str(x), 'w').close()")
    assert "Stopped: wrote more files, or larger ones, than it may" in [
        *outcomes(replies(f, *range(30)))
    ]


def test_no_more_are_made_after_the_last_strike(kernel: StudentKernel) -> None:
    """As where each is made alone."""
    f = function(kernel, "def f(x): os._exit(1)")
    text = "Stopped: ended the kernel"
    assert list(outcomes(replies(f, 0, 1, 2))) == [text] * 3
    assert len(kernel.incidents.stops) == 1
