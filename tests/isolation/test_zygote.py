"""A zygote is clean and has one thread; its children have their own and nothing else, and all end.

The last tests end zygotes of their own, each as it may end in a night of grading.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.isolation.child import Child, _readable, fork
from autograder.isolation.errors import ZygoteError
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.student_process import ENTRY
from autograder.isolation.wire import Connection
from autograder.isolation.zygote import KIT_PARENT, Zygote

Say = Callable[[StudentKernel, str], str]
NewKernel = Callable[..., StudentKernel]

SECONDS = 60.0  # until a process has ended, on the slowest machine
FORKS = 50

HIDDEN = ("autograder.exercises", "autograder.checks", "autograder.examiner", "nbgrader")
ENVIRONMENT = [
    "HOME",
    "IPYTHONDIR",
    "LANG",
    "MKL_NUM_THREADS",
    "MPLBACKEND",
    "MPLCONFIGDIR",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PATH",
    "TMPDIR",
]
ENDLESS = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass"

# A coordinator: starts a zygote with a kernel, says who they are, and waits.
COORDINATOR = """
import sys
sys.path.append({kit!r})
from autograder.isolation.zygote import Zygote
zygote = Zygote()
child = zygote.fork({entry!r})
print(zygote.process.pid, child.pidfd, zygote.folder, flush=True)
sys.stdin.read()
"""
# Another process with the zygote's socket: forks, asks each child's number, and ends them.
SHARER = """
import socket, sys
sys.path.append({kit!r})
from autograder.isolation.child import fork
control = socket.socket(fileno={control})
for _ in range({forks}):
    child = fork(control, {entry!r})
    fields = dict(line.split(":", 1) for line in open(f"/proc/self/fdinfo/{{child.pidfd}}"))
    print(int(fields["Pid"]))
    child.kill()
"""
# A zygote's child, and one of a process that has ended: each says that it does its work.
ORPHAN = """
import os
from functools import partial
from autograder.isolation.fork_server import _become
def become(word, parent):
    _become(partial(os.write, 1, word), [], set(), parent)
me = os.getpid()
if os.fork() == 0:
    become(b"child ", me)
os.wait()
if os.fork() == 0:
    gone = os.getpid()
    if os.fork() == 0:
        while os.getppid() == gone:
            pass
        become(b"orphan ", gone)
    os._exit(0)
os.wait()
"""


def number(pidfd: int, process: int | str = "self") -> int:
    """The process number of a descriptor that stands for one: proc_pid_fdinfo(5)."""
    lines = Path(f"/proc/{process}/fdinfo/{pidfd}").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pid:")).split()[1])


def entries(pid: int, folder: str) -> list[str]:
    """What is in a folder of /proc/PID."""
    return sorted(entry.name for entry in Path(f"/proc/{pid}/{folder}").iterdir())


def links(pid: int) -> dict[int, str]:
    """The descriptors of a process, and what they lead to."""
    found = {}
    for name in entries(pid, "fd"):
        with contextlib.suppress(FileNotFoundError):  # what this process lists its folder with
            found[int(name)] = str(Path(f"/proc/{pid}/fd/{name}").readlink())
    return found


def children(pid: int) -> list[int]:
    """The children of a process, those that have ended and are not waited for among them."""
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def environment(pid: int) -> list[str]:
    """The names and values of a process's environment."""
    return Path(f"/proc/{pid}/environ").read_text().rstrip("\0").split("\0")


def endless(kernel: StudentKernel) -> Child:
    """The process of a kernel in which a cell runs that never looks at its socket again."""
    kernel.ready()
    assert kernel.process
    child = kernel.process.child
    question = {"do": "run", "id": 0, "number": 1, "source": ENDLESS, "shown": False}
    Connection(child.socket).send(question)
    return child


@contextmanager
def watching(*pids: int) -> Iterator[list[int]]:
    """Descriptors that stand for processes, and are readable when those have ended."""
    descriptors = [os.pidfd_open(pid) for pid in pids]
    try:
        yield descriptors
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def ended(pidfd: int) -> bool:
    """Whether a process ends before long."""
    return _readable(pidfd, SECONDS)


@pytest.fixture
def mortal(processes: None) -> Iterator[Zygote]:
    """A zygote for one test, which may end it."""
    zygote = Zygote()
    try:
        yield zygote
    finally:
        zygote.close()


# Clean ---------------------------------------------------------------------------------------


def test_it_has_one_thread(zygote: Zygote, kernel: StudentKernel) -> None:
    """A fork takes only the thread that asks along, so there is no other, after a fork as before.

    A second OpenMP thread would hang the child at its first matrix product.
    """
    assert entries(zygote.process.pid, "task") == [str(zygote.process.pid)]
    kernel.run(1, "torch = __import__('torch'); torch.rand(300, 300) @ torch.rand(300, 300)")
    assert entries(zygote.process.pid, "task") == [str(zygote.process.pid)]


def test_its_environment_is_its_own(zygote: Zygote, secret: tuple[str, str]) -> None:
    """Nothing of its starter's environment is in the zygote's: not one variable beyond its list."""
    name, value = secret
    assert os.environ[name] == value
    assert [pair.partition("=")[0] for pair in sorted(environment(zygote.process.pid))] == (
        ENVIRONMENT
    )
    assert value not in "".join(environment(zygote.process.pid))


def test_a_childs_environment_has_no_secret(
    kernel: StudentKernel, say: Say, secret: tuple[str, str]
) -> None:
    """A secret of the starter's is neither in what a kernel's cells see nor in its /proc entry."""
    child = endless(kernel)
    assert secret[1] not in "".join(environment(number(child.pidfd)))
    kernel.close()
    assert say(kernel, "import os\nprint(len(os.environ) > 5)") == "True"
    assert secret[0] not in say(kernel, "print(dict(os.environ))")
    assert secret[1] not in say(kernel, "print(dict(os.environ))")


def test_a_child_is_in_isolated_mode(shared_kernel: StudentKernel, say: Say) -> None:
    """No PYTHON* variable, no user's site-packages and no folder of the starter's is looked at."""
    assert say(shared_kernel, "import sys\nprint(sys.flags.isolated)") == "1"
    assert say(shared_kernel, "print(sys.path[0] == '', len(sys.argv))") == "True 1"
    assert say(shared_kernel, f"print({str(Path.cwd())!r} in sys.path[:-1])") == "False"


def test_a_child_holds_no_hidden_module(shared_kernel: StudentKernel, say: Say) -> None:
    """No exercise, check, examiner or gradebook is in memory, where a student's code could read."""
    loaded = say(shared_kernel, "import sys\nprint(*sys.modules)").split()
    assert "torch" in loaded
    assert [name for name in loaded if name.startswith(HIDDEN)] == []


# Children ------------------------------------------------------------------------------------


def test_a_child_has_no_descriptor_but_its_own(new_kernel: NewKernel) -> None:
    """Beside its socket all that a child has lead nowhere: no other kernel's, and no control."""
    for _ in range(3):  # the first two live while the last is forked
        kernel = new_kernel()
        kernel.ready()
    assert kernel.process
    found = links(number(kernel.process.child.pidfd))
    sockets = [link for link in found.values() if link.startswith("socket:")]
    assert len(sockets) == 1
    assert {*found.values()} - {*sockets} == {"/dev/null"}
    assert {0, 1, 2} < found.keys()


def test_a_childs_standard_streams_lead_nowhere(kernel: StudentKernel) -> None:
    """What is written past Python's streams is in no file outside of the kernel's own folder."""
    kernel.ready()
    assert kernel.process
    found = links(number(kernel.process.child.pidfd))
    assert [found[0], found[1], found[2]] == ["/dev/null"] * 3


def test_many_forks_leave_nothing_behind(zygote: Zygote) -> None:
    """After fifty children came and went, the zygote has as many descriptors and no zombie."""

    def state() -> tuple[int, list[int]]:
        """Its descriptors and children beside one new child: all before it are reaped then."""
        child = zygote.fork(ENTRY)
        present = children(zygote.process.pid)
        present.remove(number(child.pidfd))
        found = len(entries(zygote.process.pid, "fd"))
        child.kill()
        return found, present

    before = state()
    for _ in range(FORKS):
        zygote.fork(ENTRY).kill()
    assert state() == before


def test_forking_leaves_nothing_in_the_asker(zygote: Zygote) -> None:
    """Whoever asks for children has no descriptor more when they are killed."""
    before = links(os.getpid())
    for _ in range(5):
        zygote.fork(ENTRY).kill()
    assert links(os.getpid()) == before


def test_closing_the_socket_ends_the_child(kernel: StudentKernel) -> None:
    """A child that never looks at its socket is killed when the other end is closed."""
    child = endless(kernel)
    with watching(number(child.pidfd)) as (pidfd,):
        child.socket.close()
        assert ended(pidfd)


def test_a_fork_does_not_wait_for_one_that_hangs(
    kernel: StudentKernel, new_kernel: NewKernel, say: Say
) -> None:
    """While one kernel runs an endless cell, another is forked and answers."""
    hanging = endless(kernel)
    assert say(new_kernel(), "1 + 1") == "2"
    assert not hanging.wait(0)


def test_two_processes_share_a_zygote(zygote: Zygote) -> None:
    """Children asked for by two processes at once come to whoever asked, each to one."""
    code = SHARER.format(
        kit=str(KIT_PARENT), control=zygote.control.fileno(), forks=FORKS // 2, entry=ENTRY
    )
    command = [sys.executable, "-c", code]
    pass_fds = [zygote.control.fileno()]
    with subprocess.Popen(command, pass_fds=pass_fds, stdout=subprocess.PIPE, text=True) as other:
        ours = []
        while other.poll() is None or len(ours) < FORKS // 2:
            child = zygote.fork(ENTRY)
            ours.append(number(child.pidfd))
            child.kill()
        assert other.stdout
        theirs = [int(line) for line in other.stdout]
    assert other.returncode == 0
    assert len(theirs) == FORKS // 2
    assert not set(ours) & set(theirs)


def test_an_unknown_entry_ends_the_child_alone(zygote: Zygote) -> None:
    """A child that can't find what it is to run ends, and the zygote forks the next."""
    child = zygote.fork("autograder.isolation.nowhere:run")
    assert child.wait(SECONDS)
    child.kill()
    zygote.fork(ENTRY).kill()


# Chance --------------------------------------------------------------------------------------


def test_torch_starts_from_its_own_seed(shared_kernel: StudentKernel, say: Say) -> None:
    """The generator has the seed that torch itself gives a new one, and has drawn nothing."""
    fresh = "import torch\nprint(*torch.Generator().get_state().tolist())"
    assert say(shared_kernel, fresh) == say(shared_kernel, "print(*torch.get_rng_state().tolist())")


def test_torch_draws_the_same_in_every_kernel(new_kernel: NewKernel, say: Say) -> None:
    """A kernel that is forked again draws what the first one drew."""
    draws = {say(new_kernel(), "import torch\nprint(torch.rand(5))") for _ in range(2)}
    assert len(draws) == 1


@pytest.mark.parametrize(
    "draw",
    ["import random\nprint(random.random())", "import numpy\nprint(numpy.random.rand())"],
    ids=["random", "numpy"],
)
def test_chance_is_new_in_every_kernel(new_kernel: NewKernel, say: Say, draw: str) -> None:
    """Python's and numpy's generators are no copies of the zygote's."""
    assert len({say(new_kernel(), draw) for _ in range(3)}) == 3


# Its end -------------------------------------------------------------------------------------


def test_killing_the_zygote_ends_its_children(mortal: Zygote, new_kernel: NewKernel) -> None:
    """No student's code runs on when the zygote is gone: whom it runs as makes no difference."""
    kernel = replace(new_kernel(), control=mortal.control, folder=mortal.folder)
    child, bare = endless(kernel), mortal.fork(ENTRY)
    os.kill(mortal.process.pid, signal.SIGKILL)
    try:
        assert bare.wait(SECONDS)
        assert child.wait(SECONDS)
    finally:
        bare.kill()
        kernel.close()


@pytest.mark.usefixtures("processes")
def test_a_child_whose_zygote_is_gone_does_nothing() -> None:
    """The zygote was killed before its child could ask to end with it."""
    done = subprocess.run(
        [sys.executable, "-c", ORPHAN], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    assert done.stdout.split() == ["child"]


def test_a_dead_zygote_is_an_error_at_once(mortal: Zygote) -> None:
    """Asking a zygote that was killed says so, and leaves nothing open."""
    assert mortal.alive()
    os.kill(mortal.process.pid, signal.SIGKILL)
    with watching(mortal.process.pid) as (pidfd,):
        assert ended(pidfd)
    before = links(os.getpid())
    with pytest.raises(
        ZygoteError, match=r"^the zygote does not answer: \[Errno 32\] Broken pipe$"
    ):
        mortal.fork(ENTRY)
    assert links(os.getpid()) == before
    assert not mortal.alive()


def test_closing_the_coordinators_end_ends_the_zygote(mortal: Zygote) -> None:
    """It needs no signal: when nobody can ask any more, it ends its children and clears up."""
    child = mortal.fork(ENTRY)
    with watching(number(child.pidfd)) as (pidfd,):
        mortal.control.close()
        assert mortal.process.wait(SECONDS) == 0
        assert ended(pidfd)
    child.kill()
    assert not mortal.folder.exists()


@pytest.mark.usefixtures("processes")
def test_killing_the_coordinator_ends_everything() -> None:
    """A coordinator that is killed leaves no zygote, no child and no folder."""
    command = [sys.executable, "-c", COORDINATOR.format(kit=str(KIT_PARENT), entry=ENTRY)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as coordinator:
        assert coordinator.stdout
        pid, pidfd, folder = coordinator.stdout.readline().split()
        child = number(int(pidfd), coordinator.pid)
        assert Path(folder).is_dir()
        with watching(int(pid), child) as descriptors:
            coordinator.kill()
            assert [ended(descriptor) for descriptor in descriptors] == [True, True]
    assert not Path(folder).exists()


@pytest.mark.usefixtures("processes")
def test_one_that_can_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has what the zygote itself said, and nothing is left of it."""
    before = links(os.getpid())
    monkeypatch.setattr("autograder.isolation.zygote.PROGRAM", "raise SystemExit('no torch')")
    with pytest.raises(ZygoteError, match=r"^the zygote did not start: no torch$"):
        Zygote()
    assert links(os.getpid()) == before


def test_what_answers_nothing_is_no_zygote() -> None:
    """A socket whose other end is closed is as good as a dead zygote."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.close()
    with ours, pytest.raises(ZygoteError, match=r"^the zygote does not answer: "):
        fork(ours, ENTRY)
