"""Forking on request: what a process does whose children are all that it is there for.

It has one thread. A request is one datagram with the descriptors that the child is to have. The
child lives as long as the other end of its socket is open.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import select
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

PR_SET_PDEATHSIG = 1  # prctl(2)
MAX_REQUEST_BYTES = 4096
MAX_DESCRIPTORS = 8
READY = b"ready"

Run = Callable[..., None]


def is_ready(control: socket.socket, seconds: float) -> bool:
    """Whether the process at the other end forks on request, after at most so long.

    Called once, by whoever has started it, before the first request; where it is not ready by then
    it is to be ended.
    """
    control.settimeout(seconds)
    try:
        ready = control.recv(len(READY)) == READY
    except OSError:
        ready = False
    else:
        control.settimeout(None)
    return ready


def serve(control: socket.socket, run: Run | None = None) -> None:
    """Forks a child for each request on the socket, until its other end closes.

    Args:
        control: brings requests: "module:function" to run, with the descriptors of sockets to
            pass to it. The first is the child's own.
        run: what every child runs, whatever the request says.
    """
    gc.collect()
    gc.freeze()  # what is never collected is never written to: the children share it
    control.send(READY)
    children: list[_Child] = []
    while True:
        poll = select.poll()
        poll.register(control, select.POLLIN)
        for child in children:
            poll.register(child.pidfd, select.POLLIN)
            if child.wanted:
                poll.register(child.socket, 0)  # POLLHUP is always reported
        events = {descriptor for descriptor, _ in poll.poll()}
        for child in children:
            if child.socket.fileno() in events:  # its other end is closed: nobody wants it now
                child.end()
            if child.pidfd in events:  # it has ended
                child.reap()
        children = [child for child in children if child.pidfd not in events]
        if control.fileno() in events:
            request, descriptors, _, _ = socket.recv_fds(
                control, MAX_REQUEST_BYTES, MAX_DESCRIPTORS
            )
            if not request:
                break
            ours = {control.fileno(), *(d for c in children for d in (c.pidfd, c.socket.fileno()))}
            children.append(_forked(run or _named(request.decode()), descriptors, ours))
    for child in children:
        child.end()
        child.reap()


@dataclass
class _Child:
    """A forked process, until it is reaped."""

    pid: int
    pidfd: int
    socket: socket.socket
    wanted: bool = True

    def end(self) -> None:
        """Kills it; called when its other end is closed, or this process ends."""
        self.wanted = False
        signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def reap(self) -> None:
        """Takes its exit status, so that the system forgets it; called when it has ended."""
        os.waitpid(self.pid, 0)
        os.close(self.pidfd)
        self.socket.close()


def _named(entry: str) -> Run:
    """The function "module:function", imported in the child: nobody else has it in memory."""

    def run(*sockets: socket.socket) -> None:
        module, _, name = entry.partition(":")
        getattr(importlib.import_module(module), name)(*sockets)

    return run


def _forked(run: Run, descriptors: list[int], ours: set[int]) -> _Child:
    """A child that runs this with the sockets of these descriptors; it closes those of ours."""
    sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become(run, sockets, ours, parent)
    pidfd = os.pidfd_open(pid)
    with contextlib.suppress(OSError):  # who asked is gone: the hang-up ends the child
        socket.send_fds(sockets[0], [b"."], [pidfd])
    for sock in sockets[1:]:
        sock.close()
    return _Child(pid, pidfd, sockets[0])


def _become(run: Run, sockets: list[socket.socket], ours: set[int], parent: int) -> NoReturn:
    """The child: gives up what is not its own, and does its work."""
    try:
        end_with_parent()
        if os.getppid() != parent:  # it was gone before that could be said
            os._exit(0)
        for descriptor in ours:  # whose objects live as long as this process
            os.close(descriptor)
        _give_up_all_but({0, 1, 2, *(sock.fileno() for sock in sockets)})
        run(*sockets)
    finally:
        os._exit(0)


def _give_up_all_but(own: set[int]) -> None:
    """Lets every other descriptor lead nowhere.

    They are not closed: an object that was forked with one, a font say, closes the number when it
    goes, and the number would be another file's by then, or a socket's.
    """
    inherited = {int(name) for name in os.listdir("/proc/self/fd")} - own  # noqa: PTH208 (numbers)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in inherited - {null}:  # it has the number by which they were listed
        os.dup2(null, descriptor)
    os.close(null)


def end_with_parent() -> None:
    """Lets the system kill this process when the one that forked it is gone.

    To be said again after a change of uid, which clears it: prctl(2).

    Raises:
        OSError: the system refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")
