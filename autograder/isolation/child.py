"""A process forked from a zygote, as whoever asked for it has it.

It ends when its socket is closed, by hand or because its owner is gone: nothing is left behind
that has to be remembered.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.isolation.errors import ZygoteError

FORK_SECONDS = 30.0
TICKS = os.sysconf("SC_CLK_TCK")
MOST_RESIDENT = re.compile(rb"^VmHWM:\s+(\d+) kB$", re.MULTILINE)  # proc_pid_status(5)


@dataclass(frozen=True)
class Child:
    """A forked process: a socket to speak to it, and a descriptor that stands for it."""

    socket: socket.socket
    pidfd: int

    def interrupt(self) -> None:
        """Sends it what Ctrl-C sends; called when an answer is late."""
        self._send(signal.SIGINT)

    def readable(self, seconds: float) -> bool:
        """Whether its socket has something to read, or is closed, within so long."""
        return _readable(self.socket.fileno(), seconds)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after at most so long; 0 asks whether it still runs."""
        return _readable(self.pidfd, seconds)

    def thread_seconds(self) -> dict[int, float]:
        """The processor seconds of its threads, by their ids; of none once it has ended."""
        seconds = {}
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{self._pid()}/task").iterdir():
                with contextlib.suppress(OSError):  # the thread has ended
                    seconds[int(task.name)] = _processor_seconds(task)
        return seconds

    def most_resident_bytes(self) -> int | None:
        """The most memory that it has had at once so far; None once it has ended.

        The system counts that. What the process says of itself, its name, is in the same file.
        """
        with contextlib.suppress(OSError):  # it has ended
            status = Path(f"/proc/{self._pid()}/status").read_bytes()
            if found := MOST_RESIDENT.search(status):  # a process that has ended has no such line
                return int(found[1]) * 1024
        return None

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
        fdinfo = Path(f"/proc/self/fdinfo/{self.pidfd}").read_text()
        return int(fdinfo.partition("Pid:")[2].split()[0])

    def kill(self) -> None:
        """Ends it at once, and closes its descriptors: called once, when nobody needs it."""
        self._send(signal.SIGKILL)
        self.wait(FORK_SECONDS)
        self.socket.close()
        os.close(self.pidfd)

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended
            signal.pidfd_send_signal(self.pidfd, number)


def _processor_seconds(task: Path) -> float:
    """How much of the processor a thread has had."""
    stat = (task / "stat").read_text(errors="replace")  # the name in it is the thread's own
    fields = stat.rpartition(")")[2].split()
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
