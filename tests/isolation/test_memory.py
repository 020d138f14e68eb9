"""What a notebook's kernels take of memory is measured from outside, whatever becomes of them."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.isolation.child import Child
from autograder.isolation.clock import Patience
from autograder.isolation.errors import ZygoteError
from autograder.isolation.memory import MOST_BYTES, Memory, read_bytes
from autograder.isolation.student_kernel import StudentKernel

NewKernel = Callable[..., StudentKernel]
Say = Callable[[StudentKernel, str], str]

MIB = 1 << 20
LITTLE = 30  # MiB: what small cells take, and torch's code that they read
# Bytes that are written to lie in memory.
TAKE = "x = bytearray(b'1') * (300 << 20)\n"


def most_mib(kernel: StudentKernel) -> float:
    """The most that is known so far of the kernels of a notebook."""
    most = kernel.most_memory()
    assert most is not None
    return most / MIB


@pytest.fixture
def little(new_kernel: NewKernel, say: Say) -> float:
    """What a kernel takes that does next to nothing."""
    kernel = new_kernel()
    assert say(kernel, "import torch\ntorch.ones(3).sum().item()") == "3.0"
    most = most_mib(kernel)
    assert 0 <= most < LITTLE
    return most


TAKEN = {
    "at-the-end": TAKE,
    "given-back": f"{TAKE}del x",
    "numpy": "import numpy as np\nx = np.ones(300 << 17)",
    "torch": "import torch\nx = torch.ones(300 << 18)",
    "shared": "import mmap\nx = mmap.mmap(-1, 300 << 20)\n"
    "for _ in range(300): n = x.write(b'1' * (1 << 20))",
    "thread": "import threading\ndef take():\n    b'1' * (300 << 20)\n"
    "t = threading.Thread(target=take)\nt.start()\nt.join()",
}


@pytest.mark.parametrize("source", TAKEN.values(), ids=list(TAKEN))
def test_what_a_cell_takes_is_told(new_kernel: NewKernel, little: float, source: str) -> None:
    """About as much as it took at once, whether it still has it or not."""
    kernel = new_kernel()
    assert kernel.run(1, source).outputs == []
    kernel.close()
    assert 290 < most_mib(kernel) - little < 330


def test_what_is_asked_for_and_never_used_is_not_taken(new_kernel: NewKernel) -> None:
    """The limit counts it, as it is of address space; the machine has no less for it."""
    kernel = new_kernel(memory_bytes=1 << 30)
    assert kernel.run(1, "import mmap\nx = mmap.mmap(-1, 900 << 20)").stopped is None
    kernel.run(2, "y = mmap.mmap(-1, 900 << 20)")
    assert most_mib(kernel) < LITTLE


def test_who_asks_for_more_than_the_limit_has_taken_what_it_got(new_kernel: NewKernel) -> None:
    """The kernel goes on, and nothing was refused that it had taken before."""
    kernel = new_kernel(memory_bytes=512 * MIB)
    ran = kernel.run(1, f"{TAKE}y = bytearray(b'1') * (300 << 20)")
    assert ran.stopped is not None
    assert ran.stopped.reason == "memory-limit"
    kernel.close()
    assert 290 < most_mib(kernel) < 300 + LITTLE


def test_who_is_killed_is_measured_before(new_kernel: NewKernel) -> None:
    """It hears no interrupt, so it is ended."""
    kernel = new_kernel(cell_seconds=1, wall_factor=1)
    deaf = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    ran = kernel.run(1, f"{deaf}{TAKE}while True: pass")
    assert ran.stopped is not None
    assert ran.lost
    assert 290 < most_mib(kernel) < 300 + LITTLE


def test_who_ends_itself_was_measured_while_it_was_asked(new_kernel: NewKernel) -> None:
    """Of the last moments nothing is known, and that is no trouble."""
    kernel = new_kernel()
    ran = kernel.run(1, f"{TAKE}import os, time\ntime.sleep(1)\nos._exit(1)")
    assert ran.lost
    assert 290 < most_mib(kernel) < 300 + LITTLE
    other = new_kernel()
    assert other.run(1, "import os\nos.kill(os.getpid(), 9)").lost
    assert 0 <= (other.most_memory() or 0) < LITTLE * MIB


def test_the_greediest_kernel_of_a_notebook_counts(new_kernel: NewKernel) -> None:
    """Of those that followed one another, and of others for the same notebook."""
    kernel = new_kernel()
    kernel.run(1, TAKE)
    kernel.close()
    kernel.run(2, "x = None")
    kernel.close()
    assert 290 < most_mib(kernel) < 300 + LITTLE
    beside = new_kernel()
    beside.run(1, "y = 1")
    other = beside.another()
    other.run(1, TAKE)
    other.close()
    assert 290 < most_mib(beside) < 300 + LITTLE


def test_a_kernel_that_never_started_was_not_measured(tmp_path: Path) -> None:
    """Neither before the first question, nor where the zygote is gone."""
    control, zygote = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    zygote.close()
    limits: Any = None
    kernel = StudentKernel(control, tmp_path, {}, [], [], limits, Patience(60))
    assert kernel.most_memory() is None
    with control, pytest.raises(ZygoteError):
        kernel.ready()
    kernel.close()
    assert kernel.most_memory() is None


NAMES = (b"VmHWM:\t 9 kB", b"a\nVmHWM:\t9 kB", b"\xff\xfe", b"\x1b[2J")


@pytest.mark.parametrize("name", NAMES, ids=["line", "next-line", "no-text", "escape"])
def test_a_process_can_not_say_how_much_it_takes(
    new_kernel: NewKernel, say: Say, name: bytes
) -> None:
    """It may call itself anything, which stands in the same file."""
    kernel = new_kernel()
    called = f"ctypes.CDLL(None).prctl(15, {name!r}, 0, 0, 0)"
    assert say(kernel, f"import ctypes\n{TAKE}{called}") == "0"
    assert 290 < most_mib(kernel) < 300 + LITTLE


# A process of any kind.


@pytest.fixture
def sleeper(processes: None) -> Iterator[tuple[Child, subprocess.Popen[bytes]]]:
    """A process that sleeps, and what stands for it here."""
    ours, theirs = socket.socketpair()
    with ours, theirs, subprocess.Popen(["sleep", "1000"]) as process:
        pidfd = os.pidfd_open(process.pid)
        yield Child(ours, pidfd), process
        process.kill()
        os.close(pidfd)


def test_of_a_process_that_has_ended_nothing_is_known(
    sleeper: tuple[Child, subprocess.Popen[bytes]],
) -> None:
    """Neither before it is waited for nor after."""
    child, process = sleeper
    assert 0 < (child.most_resident_bytes() or 0) < 20 * MIB
    process.kill()
    assert child.wait(30)
    assert child.most_resident_bytes() is None
    process.wait()
    assert child.most_resident_bytes() is None


def test_measuring_takes_far_less_than_a_millisecond(
    sleeper: tuple[Child, subprocess.Popen[bytes]],
) -> None:
    """Each process is measured a few times; a tenth of a millisecond each on a slow machine."""
    took = []
    for _ in range(200):
        start = time.perf_counter()
        sleeper[0].most_resident_bytes()
        took.append(time.perf_counter() - start)
    assert min(took) < 0.0005


def test_what_is_known_of_both_ends_counts() -> None:
    """A process whose beginning or end was missed changes nothing."""
    memory = Memory()
    memory.note(None, 5 * MIB)
    memory.note(5 * MIB, None)
    assert memory.most_bytes is None
    memory.note(5 * MIB, 5 * MIB)
    assert memory.most_bytes == 0
    memory.note(5 * MIB, 8 * MIB)
    memory.note(1 * MIB, 2 * MIB)
    assert memory.most_bytes == 3 * MIB


@pytest.mark.parametrize("value", [None, 0, 1 << 40])
def test_a_number_of_bytes_is_read(value: Any) -> None:
    """Or that it is not known."""
    assert read_bytes(value) == value


@pytest.mark.parametrize("value", [-1, MOST_BYTES, 10**400, 1.0, "1", True, [], float("nan")])
def test_what_is_no_number_of_bytes_is_refused(value: Any) -> None:
    """Another machine, or a damaged record, may say anything."""
    with pytest.raises((TypeError, ValueError)):
        read_bytes(value)
