"""Asking a zygote for a process: from the side of whoever wants one.

A child ends when its socket is closed, by hand or because its owner is gone: nothing is left
behind that has to be remembered.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from autograder.isolation import scratch
from autograder.isolation.zygote import READY

KIT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
FORK_SECONDS = 30.0
TICKS = os.sysconf("SC_CLK_TCK")
PROGRAM = (
    "import sys; sys.path.append({kit!r}); "
    "from autograder.isolation.zygote import main; main({control}, {folder!r})"
)


class ZygoteError(Exception):
    """The zygote can't be started, or is gone: what was in hand has to be done again."""


class SandboxError(Exception):
    """This machine can't hold a student's code in: nothing of it was run."""


@dataclass(frozen=True)
class Child:
    """A forked process: a socket to speak to it, and a descriptor that stands for it."""

    socket: socket.socket
    pidfd: int

    def interrupt(self) -> None:
        """Sends it what Ctrl-C sends."""
        self._send(signal.SIGINT)

    def readable(self, seconds: float) -> bool:
        """Whether its socket has something to read, or is closed, within so long."""
        return _readable(self.socket.fileno(), seconds)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after at most so long."""
        return _readable(self.pidfd, seconds)

    def thread_seconds(self) -> dict[int, float]:
        """The processor seconds of its threads, by their ids; of none once it has ended."""
        seconds = {}
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{self._pid()}/task").iterdir():
                with contextlib.suppress(OSError):  # the thread has ended
                    seconds[int(task.name)] = _processor_seconds(task)
        return seconds

    def unnamed_bytes(self, file_bytes: int) -> int:
        """What files take that it has open or mapped, and that are in no folder any more.

        Args:
            file_bytes: what a file counts that is mapped alone: only root could ask its size.
        """
        size = 0
        counted = set()
        with contextlib.suppress(OSError):  # it has ended
            pid = self._pid()
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):  # closed meanwhile
                    found = entry.stat()
                    if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                        counted.add(found.st_ino)
                        size += found.st_blocks * 512
            maps = Path(f"/proc/{pid}/maps").read_text(errors="replace")
            deleted = [line for line in maps.splitlines() if line.endswith(" (deleted)")]
            for line in deleted:
                _, _, _, _, inode_text, *path = line.split(maxsplit=5)
                if path != ["/dev/zero (deleted)"]:  # shared memory without a file
                    inode = int(inode_text)
                    size += 0 if inode in counted else file_bytes
                    counted.add(inode)
        return size

    def _pid(self) -> int:
        told = Path(f"/proc/self/fdinfo/{self.pidfd}").read_text()
        return int(told.partition("Pid:")[2].split()[0])

    def kill(self) -> None:
        """Ends it, and everything that this side has of it."""
        self._send(signal.SIGKILL)
        self.wait(FORK_SECONDS)
        self.socket.close()
        os.close(self.pidfd)

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended
            signal.pidfd_send_signal(self.pidfd, number)


def _processor_seconds(task: Path) -> float:
    """What a thread has had of the processor."""
    fields = (task / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS  # utime and stime: proc_pid_stat(5)


def _readable(descriptor: int, seconds: float) -> bool:
    poll = select.poll()  # select(2) takes no descriptor above 1023
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def hung_up(control: socket.socket) -> bool:
    """Whether the zygote at the other end is gone."""
    poll = select.poll()
    poll.register(control, 0)  # POLLHUP is always reported
    return bool(poll.poll(0))


def fork(
    control: socket.socket,
    entry: str,
    descriptors: Sequence[int] = (),
    kind: int = socket.SOCK_STREAM,
) -> Child:
    """A child of the zygote at the other end of `control`.

    Args:
        control: a zygote's socket; many processes may share it.
        entry: "module:function": what the child runs, with its sockets as arguments.
        descriptors: sockets that it gets besides its own.
        kind: of its own socket.

    Raises:
        ZygoteError: the zygote is gone.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    try:
        ours.settimeout(FORK_SECONDS)
        with theirs:
            socket.send_fds(control, [entry.encode()], [theirs.fileno(), *descriptors])
        _, (pidfd,), _, _ = socket.recv_fds(ours, 1, 1)
    except (OSError, ValueError) as error:
        ours.close()
        raise ZygoteError(f"the zygote does not answer: {error}") from error
    ours.settimeout(None)
    return Child(ours, pidfd)


class Zygote:
    """A zygote of one's own: a context manager, or closed by hand.

    Args:
        wait: whether to wait here until it is ready; else `await_ready` does, before a fork.

    Raises:
        ZygoteError: it could not be started; the text has what it said.
    """

    def __init__(self, *, wait: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="autograder-"))
        self.folder.chmod(0o711)  # kernels have folders inside, and another uid
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = PROGRAM.format(kit=str(KIT), control=theirs.fileno(), folder=str(self.folder))
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (`close` closes it)
        with theirs:  # or its end would go unnoticed
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", program],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                env=_environment(self.folder),
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for the coordinator, which then closes this
            )
        if wait:
            self.await_ready()

    def await_ready(self) -> None:
        """Waits until it can fork; another thread may end the waiting by `kill`.

        Raises:
            ZygoteError: it did not come so far, and is closed; the text has what it said.
        """
        self.control.settimeout(START_SECONDS)
        try:
            started = self.control.recv(len(READY)) == READY
        except OSError:
            started = False
        if not started:
            self._end()
            self._said.seek(0)
            reason = self._said.read().decode(errors="replace").strip()[-500:] or "it said nothing"
            self.close()
            raise ZygoteError(f"the zygote did not start: {reason}")
        self.control.settimeout(None)

    def fork(
        self, entry: str, descriptors: Sequence[int] = (), kind: int = socket.SOCK_STREAM
    ) -> Child:
        """As the function of that name."""
        return fork(self.control, entry, descriptors, kind)

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """Ends it and its children at once, from any thread; it has to be closed all the same."""
        self.process.kill()

    def close(self) -> None:
        """Ends it and its children, and removes its folder."""
        self._end()
        self._said.close()
        if self.folder.exists():  # the zygote was killed before it could
            scratch.remove(self.folder)

    def _end(self) -> None:
        self.control.close()
        try:
            self.process.wait(FORK_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _environment(folder: Path) -> dict[str, str]:
    """What a kernel sees of the environment: nothing of its starter's."""
    return {
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "TMPDIR": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
