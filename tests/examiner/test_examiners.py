"""Examiners go on: a dead zygote is started again, a dead kernel replaced, two work at once.

The notebooks here wait for a file in their own folder, so that a test knows where they are.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.environment import STUDENT_KEY
from autograder.examiner.examiners import ExaminerError, Examiners
from autograder.isolation.errors import ZygoteError
from tests.examiner.office import (
    ORDINARY,
    SECONDS,
    TEXT,
    WAITS,
    Office,
    children,
    descriptors,
    errors,
    family,
    goes_on,
    gone,
    job,
    until,
)

pytestmark = pytest.mark.usefixtures("processes")


@pytest.fixture(scope="module")
def shared_office(processes: None) -> Iterator[Office]:
    """Examiners for all tests here."""
    office = Office()
    yield office
    office.examiners.close()
    office.pool.shutdown()


@pytest.fixture
def office(shared_office: Office) -> Iterator[Office]:
    """The same; where a test leaves them unfit for work, the next one has new ones."""
    yield shared_office
    try:
        shared_office.examiners.examine(ORDINARY)
    except (ExaminerError, ZygoteError):
        shared_office.examiners.close()


# Going on ------------------------------------------------------------------------------------


def test_a_notebook_is_examined(office: Office) -> None:
    """Outputs come for each cell by its index, and flags for what a person should see."""
    examined = office.examiners.examine(job())
    assert list(examined.outputs) == [0, 1, 2]
    assert errors(examined) == []
    assert examined.flags == []


def test_two_threads_examine_at_once(office: Office) -> None:
    """Two notebooks wait in their kernels at the same time, and each gets its own result."""
    futures = [office.begin(job(f"{WAITS}def f(x):\n    return {n} * x")) for n in (2, 3)]
    assert len(set(office.waiting(2))) == 2
    right, wrong = (goes_on(office, future) for future in futures)
    assert errors(right) == []
    assert errors(wrong) == ["AssertionError: "]


@pytest.mark.slow
def test_many_threads_start_one_zygote(office: Office) -> None:
    """Examiners that are asked by four threads before they have started start once."""
    examiners = Examiners()
    before = children(os.getpid())
    with examiners:
        futures = [office.pool.submit(examiners.examine, job()) for _ in range(4)]
        assert [errors(future.result()) for future in futures] == [[]] * 4
        assert len(children(os.getpid()) - before) == 1
    assert children(os.getpid()) == before


def victim(office: Office, which: str) -> int:
    """A process to be killed: the zygote, or one of those that it has forked to fork others."""
    if which == "zygote":
        return office.zygote.process.pid
    child = office.zygotes.examiners
    if which in ("openings", "kernels"):
        last = office.opened()[-1]
        child = last.examiners if which == "openings" else last.kernels
    assert child
    lines = Path(f"/proc/self/fdinfo/{child.pidfd}").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pid:")).split()[1])


def each(*slow: str) -> list[Any]:
    """Each of these; those by which much is started again are slow."""
    return [
        pytest.param(which, marks=pytest.mark.slow if which in slow else ())
        for which in ("zygote", "examiners", "openings", "kernels")
    ]


@pytest.mark.parametrize("which", each("examiners", "zygote"))
def test_one_that_died_between_notebooks_is_started_again(office: Office, which: str) -> None:
    """Whichever process that forks others was killed, the next notebook is examined."""
    one = job()
    assert errors(office.examiners.examine(one)) == []
    os.kill(victim(office, which), signal.SIGKILL)
    assert errors(office.examiners.examine(one)) == []


@pytest.mark.parametrize("which", each("zygote"))
def test_one_that_dies_under_a_notebook_is_started_again(office: Office, which: str) -> None:
    """The notebook in hand is examined once more, by new processes, and gets its grades."""
    future = office.begin(job(f"{WAITS}{TEXT['solution']}"))
    office.waiting()
    os.kill(victim(office, which), signal.SIGKILL)
    examined = goes_on(office, future)
    assert errors(examined) == []
    assert examined.flags == []


@pytest.mark.slow
def test_all_notebooks_in_hand_are_examined_again(office: Office) -> None:
    """Two threads had a notebook each when the zygote died: both get their grades."""
    futures = [office.begin(job(f"{WAITS}{TEXT['solution']}")) for _ in range(2)]
    office.waiting(2)
    os.kill(office.zygote.process.pid, signal.SIGKILL)
    assert [errors(goes_on(office, future)) for future in futures] == [[], []]


@pytest.mark.slow
def test_a_notebook_is_examined_again_once(office: Office) -> None:
    """Where the zygote dies under it a second time, that is told; the next notebook goes on."""
    future = office.begin(job(f"{WAITS}{TEXT['solution']}"))
    office.waiting()
    first = office.zygote
    os.kill(first.process.pid, signal.SIGKILL)
    second = until(lambda: z if (z := office.zygote) is not first else None)
    assert second is not first
    office.waiting()
    os.kill(second.process.pid, signal.SIGKILL)
    with pytest.raises(ExaminerError):
        future.result(SECONDS)
    assert errors(office.examiners.examine(ORDINARY)) == []


def test_a_killed_kernel_is_replaced(office: Office) -> None:
    """A kernel that was killed from outside, for its memory perhaps, costs the cell it was in."""
    before = family(office.zygote.process.pid)
    gone = frozenset(office.zygote.folder.glob("kernel-*"))  # of killed ones, being removed
    future = office.begin(job(test=TEXT["test"], answer=f"{TEXT['solution']}\n{WAITS}"))
    [folder] = office.waiting(besides=gone)
    inside = [
        pid
        for pid in family(office.zygote.process.pid) - before
        if Path(f"/proc/{pid}/cwd").readlink() == folder
    ]
    assert len(inside) == 1
    os.kill(inside[0], signal.SIGKILL)
    examined = goes_on(office, future)
    assert [flag.kind for flag in examined.flags] == ["kernel-died"]
    assert "DeadKernelError: This cell ended the kernel." in errors(examined)


def test_a_kernel_that_kills_itself_in_a_call_is_replaced(office: Office) -> None:
    """One call that ends its kernel is one stop; the calls after it go to a new one."""
    once = (
        "from pathlib import Path\nimport os, signal\ndef f(x):\n"
        "    if x == 1:\n        os.kill(os.getpid(), signal.SIGKILL)\n    return 2 * x"
    )
    patient = "try:\n    f(1)\nexcept RuntimeError as error:\n    pass\nassert f(2) == 4"
    examined = office.examiners.examine(job(once, patient))
    assert errors(examined) == []
    assert [flag.kind for flag in examined.flags] == ["kernel-died"]


def test_a_test_that_ends_examiners_is_a_persons(office: Office) -> None:
    """It is nobody's wrong answer; the next notebook goes on."""
    examined = office.examiners.examine(job(test="import os\nos._exit(1)"))
    assert ("timeout", "test") in [(flag.kind, flag.cell) for flag in examined.flags]
    assert "did not come to an end" in errors(examined)[0]
    assert errors(office.examiners.examine(ORDINARY)) == []


@pytest.mark.slow
def test_what_a_notebook_took_is_known_though_its_examiner_ended(office: Office) -> None:
    """The examiners after it, whose kernels take little, are told of it."""
    soon = time.time() + 6
    once = (
        f"import time\nx = bytearray(b'1') * (300 << 20) if time.time() < {soon} else None\n"
        f"while time.time() < {soon}: time.sleep(0.05)\n{TEXT['solution']}"
    )
    ends = job(once, "import os\nos._exit(1)")
    hidden = [
        {**cell, "released": "pass"} if cell["role"] == "test" else cell
        for cell in ends.source.cells
    ]
    examined = office.examiners.examine(replace(ends, source=replace(ends.source, cells=hidden)))
    assert ("timeout", "test") in [(flag.kind, flag.cell) for flag in examined.flags]
    assert 290 << 20 < (examined.memory_bytes or 0) < 350 << 20
    assert (office.examiners.examine(ORDINARY).memory_bytes or 0) < 30 << 20


def test_an_examiner_that_dies_takes_no_other_with_it(office: Office) -> None:
    """The notebook beside it goes on in the processes that it has."""
    beside = office.begin(job(f"{WAITS}{TEXT['solution']}"))
    office.waiting()
    zygote = office.zygote
    assert errors(office.examiners.examine(job(test="import os\nos._exit(1)")))
    assert errors(goes_on(office, beside)) == []
    assert office.zygote is zygote


# One notebook and the next ---------------------------------------------------------------------


def test_nothing_of_one_student_reaches_the_next(office: Office) -> None:
    """What a notebook binds, patches and writes is gone with it, on both sides."""
    poison = (
        f"{TEXT['solution']}\nimport builtins, torch\nbuiltins.abs = torch.ones = None\n"
        "left = 1\nopen('left', 'w').write('x')"
    )
    test = (
        "import torch\ntorch.zeros = None\ntested = 1\nopen('tested', 'w').write('x')\n"
        "assert f(2) == 4"
    )
    first = job(poison, test)
    assert errors(office.examiners.examine(first)) == []
    look = (
        f"{TEXT['solution']}\nimport os, torch\n"
        "assert 'left' not in globals() and os.listdir() == [] and abs and "
        "torch.ones and torch.zeros"
    )
    again = replace(
        first, cells=[*first.cells[:1], {**first.cells[1], "text": look}, first.cells[2]]
    )
    assert errors(office.examiners.examine(again)) == []
    clean = (
        "import os, torch\nassert 'tested' not in globals() and 'left' not in globals()\n"
        "assert 'tested' not in os.listdir() and torch.zeros and abs\nassert f(2) == 4"
    )
    assert errors(office.examiners.examine(job(test=clean))) == []


def test_the_key_is_the_students_own(office: Office) -> None:
    """A grade cell finds the key of the student in hand; their kernel finds none."""
    test = f"import os\nassert os.environ[{STUDENT_KEY!r}] == key()\nassert not own()"
    answer = (
        f"def key():\n    return '%s'\nimport os\ndef own():\n"
        f"    return os.environ.get({STUDENT_KEY!r})"
    )
    for key in ("aa" * 32, "bb" * 32):
        assert errors(office.examiners.examine(job(answer % key, test, key=key))) == []


def test_files_are_the_students_own(office: Office) -> None:
    """What lies beside a notebook lies in its kernel's folder, and in no other's."""
    reading = f"{TEXT['solution']}\nprint(open('mine.txt').read())"
    examined = office.examiners.examine(job(reading, files={"mine.txt": b"mine"}))
    assert errors(examined) == []
    assert errors(office.examiners.examine(job(reading))) == [
        "FileNotFoundError: [Errno 2] No such file or directory: 'mine.txt'"
    ]


def test_a_notebook_leaves_no_process_and_no_file(office: Office) -> None:
    """After a notebook there are the processes and files that there were before it."""
    office.examiners.close()  # what earlier notebooks opened
    one = job(f"{TEXT['solution']}\nopen('x', 'w').write('x')")
    office.examiners.examine(one)
    before = descriptors()
    for _ in range(10):
        office.examiners.examine(one)
    # The zygote, that of the examiners, and two for this notebook's first cells.
    until(lambda: len(family(office.zygote.process.pid)) == 4)
    names = [path.name for path in office.zygote.folder.iterdir()]
    assert [name for name in names if name.startswith(("kernel", "examiner"))] == []
    assert descriptors() == before


@pytest.mark.slow
def test_closing_leaves_nothing() -> None:
    """The processes and the folder of examiners go with them; they can be used again after."""
    before, opened = children(os.getpid()), descriptors()
    examiners = Examiners()
    for _ in range(2):
        assert errors(examiners.examine(job())) == []
        assert examiners.pool.zygotes
        zygote = examiners.pool.zygotes.zygote
        pids = family(zygote.process.pid)
        assert len(pids) >= 4
        examiners.close()
        until(lambda pids=pids: all(map(gone, pids)))
        assert not zygote.folder.exists()
    assert children(os.getpid()) == before
    assert descriptors() == opened


def test_a_coordinator_needs_no_torch() -> None:
    """What asks for examiners imports neither torch nor an exercise: it starts in no time."""
    code = (
        "import sys, autograder.examiner.examiners\n"
        "print([m for m in sys.modules if m in ('torch', 'IPython') or "
        "m.startswith('autograder.ex')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = ["", *(f".{name}" for name in ("examiners", "jobs", "messages", "opened", "pool"))]
    where = ["autograder.exercises", "autograder.exercises.modules"]  # they lie, and no more
    expected = [*(f"autograder.examiner{name}" for name in modules), *where]
    assert sorted(literal_eval(done.stdout)) == expected
