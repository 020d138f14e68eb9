"""A kernel's time is its own processor time: whoever else uses the machine costs it nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from autograder.isolation.errors import Stopped
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from autograder.limits import MOST_THREADS

NewKernel = Callable[..., StudentKernel]
Say = Callable[[StudentKernel, str], str]

# Works so many seconds of its own, however long that takes.
WORK = """
import time
def work(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end: pass
"""
# Hashing lets other threads run: each of these takes a core, where there is one.
BUSY = """
import hashlib, threading
def hash_for_ever():
    while True: hashlib.sha256(bytes(1 << 20))
def busy(count):
    for _ in range(count): threading.Thread(target=hash_for_ever, daemon=True).start()
"""

NEIGHBOURS = 4 * (os.cpu_count() or 1)  # threads: half a second of work takes two beside them


def test_a_neighbours_load_costs_nobody_a_cell(new_kernel: NewKernel) -> None:
    """A cell within its limit is not stopped while another kernel keeps every core busy."""
    neighbour = new_kernel()
    neighbour.run(1, f"{BUSY}busy({NEIGHBOURS})")
    kernel = new_kernel(cell_seconds=0.8, wall_factor=100)
    start = time.monotonic()
    ran = kernel.run(1, f"{WORK}work(0.5)")

    assert ran.stopped is None
    assert ran.outputs == []
    assert time.monotonic() - start > 0.8


@pytest.mark.slow
def test_a_neighbours_load_costs_nobody_a_call(new_kernel: NewKernel) -> None:
    """Nor is a call stopped."""
    kernel = new_kernel(call_seconds=0.8, wall_factor=100)
    kernel.run(1, f"{WORK}def f():\n    work(0.5)\n    return 7")
    function = kernel.get("f", lambda tree: RemoteFunction(kernel, "f", tree))
    neighbour = new_kernel()
    neighbour.run(1, f"{BUSY}busy({NEIGHBOURS})")
    start = time.monotonic()

    assert function() == 7
    assert time.monotonic() - start > 0.8


def test_a_loop_is_stopped_after_its_own_time(new_kernel: NewKernel, say: Say) -> None:
    """It has had about as much of the processor as a cell may."""
    kernel = new_kernel(cell_seconds=1.5, wall_factor=100)
    kernel.run(1, "import time\nstart = time.process_time()")
    stopped = kernel.run(2, "while True: pass").stopped
    assert stopped is not None
    assert (stopped.reason, str(stopped)) == ("timeout", "ran for more than 1.5 s")
    assert 1.4 < float(say(kernel, "time.process_time() - start")) < 2.5


def test_a_loop_on_another_thread_is_stopped_too(new_kernel: NewKernel) -> None:
    """The busiest thread counts, not the one that waits for it."""
    kernel = new_kernel(cell_seconds=1, wall_factor=100)
    source = f"{BUSY}t = threading.Thread(target=hash_for_ever, daemon=True)\nt.start()\nt.join()"
    stopped = kernel.run(1, source).stopped
    assert stopped is not None
    assert stopped.reason == "timeout"


def test_threads_that_work_at_once_are_not_added(new_kernel: NewKernel) -> None:
    """Two threads may each take most of what a cell may."""
    kernel = new_kernel(cell_seconds=1, wall_factor=100)
    source = f"""{WORK}
import hashlib, threading
def hash_for(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end: hashlib.sha256(bytes(1 << 20))
threads = [threading.Thread(target=hash_for, args=[0.7]) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
"""
    assert kernel.run(1, source).stopped is None


@pytest.mark.slow
def test_threads_that_follow_one_another_are_stopped(new_kernel: NewKernel) -> None:
    """A thread that has ended tells nothing of its time; the kernel's and the wall clock do."""
    source = (
        f"{WORK}import threading\nwhile True:\n    t = threading.Thread(target=work, args=[.02])"
    )
    source += "\n    t.start(); t.join()"
    assert new_kernel(cell_seconds=1, wall_factor=3).run(1, source).stopped is not None
    assert new_kernel(cpu_seconds=1).run(1, source).stopped is not None


@pytest.mark.parametrize(
    ("seconds", "reason"), [pytest.param(1.5, None, id="a-while"), (60, "timeout")]
)
def test_who_waits_has_more_time(new_kernel: NewKernel, seconds: float, reason: Any) -> None:
    """A cell that only waits may take `wall_factor` times its limit, and no more."""
    start = time.monotonic()
    stopped = new_kernel(cell_seconds=1, wall_factor=3).run(
        1, f"import time\ntime.sleep({seconds})"
    )
    assert (stopped.stopped.reason if stopped.stopped else None) == reason
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    ("source", "least", "most"),
    [
        pytest.param("work(1)", 0.8, 1.6, id="work"),
        pytest.param("time.sleep(1)", 0.2, 0.7, id="sleep"),
    ],
)
def test_the_time_of_a_notebook_is_counted_alike(
    new_kernel: NewKernel, source: str, least: float, most: float
) -> None:
    """Of the notebook's time, work takes what it used and waiting a part of what it took."""
    kernel = new_kernel(wall_factor=5)
    kernel.run(1, WORK)
    before = kernel.patience.seconds_left
    kernel.run(2, source)
    assert least < before - kernel.patience.seconds_left < most


def test_what_threads_do_between_two_questions_is_not_the_next_ones(new_kernel: NewKernel) -> None:
    """A thread that goes on working while nothing is asked leaves the next cell its time."""
    kernel = new_kernel(cell_seconds=0.5)
    kernel.run(1, f"{BUSY}import time\nbusy(1)")
    assert kernel.process is not None
    deadline = time.monotonic() + 60
    while max(kernel.process.child.thread_seconds().values()) < 1.5 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert kernel.run(2, "time.sleep(0.3)").stopped is None


def test_a_quick_answer_costs_no_look(new_kernel: NewKernel) -> None:
    """Who answers at once is not looked at more often than once in a while."""
    kernel = new_kernel()
    kernel.run(1, "def f(x): return x")
    function = kernel.get("f", lambda tree: RemoteFunction(kernel, "f", tree))
    looks = set()
    start = time.monotonic()
    for number in range(300):
        assert function(number) == number
        looks.add(kernel.process.clock._looked)
    assert len(looks) <= 2 + 10 * (time.monotonic() - start)


def test_more_threads_than_a_notebook_may_have_are_an_exception(
    new_kernel: NewKernel, say: Say
) -> None:
    """The cell is told, nothing ends, and once some have ended there are new ones."""
    kernel = new_kernel()
    source = """
import threading
from concurrent.futures import ThreadPoolExecutor
waiting, threads = threading.Event(), []
while True:
    threads.append(threading.Thread(target=waiting.wait, daemon=True))
    threads[-1].start()
"""
    told = f"RuntimeError: can't start new thread: the grader lets a notebook have {MOST_THREADS}"
    assert say(kernel, source) == told
    first = kernel.generation
    assert say(kernel, "waiting.set()\nfor t in threads[:-1]: t.join()\nlen(threads)") == str(
        MOST_THREADS + 1
    )
    assert say(
        kernel, "with ThreadPoolExecutor(32) as p: print(sum(p.map(abs, range(99))))"
    ) == str(sum(range(99)))
    assert kernel.generation == first


def test_threads_that_no_python_starts_are_limited(new_kernel: NewKernel) -> None:
    """Those of torch are counted from outside, and too many end the kernel."""
    source = f"""
import torch
torch.set_num_threads({2 * MOST_THREADS + 20})
torch.ones(1 << 24).exp()
import time; time.sleep(60)
"""
    with pytest.raises(Stopped, match=r"^started too many threads$"):
        raise new_kernel(memory_bytes=16 << 30).run(1, source).stopped or AssertionError


def test_a_kernel_comes_after_whoever_asks_it(new_kernel: NewKernel, say: Say) -> None:
    """It has a lower priority than the coordinator, and can't take it back."""
    kernel = new_kernel()
    assert say(kernel, "import os\nos.nice(-1)").startswith("PermissionError")
    assert kernel.process is not None
    pid = kernel.process.child._pid()
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)


@pytest.mark.parametrize("name", [b"\xff\xfe", b"a) b (c"], ids=["no-text", "brackets"])
def test_what_a_thread_calls_itself_hides_nothing(new_kernel: NewKernel, name: bytes) -> None:
    """The name is the student's to choose, and stands beside what is read."""
    kernel = new_kernel(cell_seconds=0.5)
    called = f"import ctypes\nctypes.CDLL(None).prctl(15, {name!r}, 0, 0, 0)"
    stopped = kernel.run(1, f"{called}\nwhile True: pass").stopped
    assert stopped is not None
    assert stopped.reason == "timeout"
