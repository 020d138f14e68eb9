"""What a student's code must not be able to do, tried for real in a kernel.

What it is tried on belongs to the uid that kernels have: nothing but the sandbox protects it. Where
a kernel's Python refuses by itself (`refusals`), the attempt is made by the C library, as a
student's code could.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograder.isolation import scratch
from autograder.isolation.outputs import Output
from autograder.isolation.sandbox import NOBODY, Part
from autograder.limits import MIB, Limits
from autograder.words import line, short

Run = Callable[[Sequence[str]], Sequence[Sequence[Output]]]  # of cells, the outputs of each

PORT, UNIX = "a port of 127.0.0.1", "a Unix socket"
PROCESS, PROGRAM = "another process", "a program"
SIGNAL = "SIGTERM to another process"
OUTSIDE = "a file outside its own folder"
KERNELS = "other kernels' folders"

STOPPED = "stopped"
REFUSALS = ("EPERM", "EACCES", "EFBIG", STOPPED)  # seccomp's, Landlock's, RLIMIT_FSIZE's, ours

POLICY = 'c.Sandbox.policy = "on", or --sandbox on, refuses it'
HOLE = "grade nothing here: this machine does not hold students' code in"
READABLE = (
    "kernels read the interpreter's folders: keep the course, its gradebook and temporary files "
    "out of them"
)
CAUSE = "find out why before you grade here"
ROOM = "lower c.Sandbox.scratch_mib, or make room"

PRELUDE = """
import ctypes, errno, json, os

libc = ctypes.PyDLL(None, use_errno=True)  # it keeps Python's lock, which a fork's child needs

def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result

def read(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.read(descriptor, 1)
    os.close(descriptor)

def connect(family, address):
    descriptor = checked(libc.socket(family, 1, 0))
    try:
        checked(libc.connect(descriptor, address, len(address)))
    finally:
        os.close(descriptor)

def fork():
    pid = checked(libc.fork())
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)

def start():
    pid = ctypes.c_int()
    arguments = (ctypes.c_char_p * 4)(b"sh", b"-c", b":", None)
    if error := libc.posix_spawn(ctypes.byref(pid), b"/bin/sh", None, None, arguments, None):
        raise OSError(error, "")
    os.waitpid(pid.value, 0)

def write(path, place=0):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(descriptor, b"x", place)
    finally:
        os.close(descriptor)

def fill(size, file_size):
    block, number = os.urandom(1 << 20), 0
    while size > 0:
        left = min(size, file_size)
        with open(f"filled-{number}", "wb") as file:
            while left > 0:
                written = file.write(block[:left])
                left, size = left - written, size - written
        number += 1

def attempt(what, function, *arguments):
    try:
        function(*arguments)
        print(json.dumps([what, ""]))
    except OSError as error:
        print(json.dumps([what, errno.errorcode.get(error.errno, str(error))]))
"""


@dataclass(frozen=True)
class _Attempt:
    """One attempt: a line of a cell.

    Args:
        part: which part it belongs to: "read", say.
        what: what is tried, in words.
        call: a function of the prelude and its arguments; "" of what is known without it not to be
            refused.
        advice: what to do where it is not refused, though the sandbox is on.
    """

    part: str
    what: str
    call: str
    advice: str = HOLE


@dataclass(frozen=True)
class _Bystanders:
    """What attempts are made on, and no kernel may reach.

    Args:
        files: to be read, each by a folder that it lies in.
        new: a path where no file is.
        port: a TCP socket that listens at 127.0.0.1.
        unix: a Unix socket that listens.
        process: it waits, and does nothing.
    """

    files: Mapping[Path, Path]
    new: Path
    port: socket.socket
    unix: socket.socket
    process: subprocess.Popen[bytes]

    def touched(self) -> Iterator[str]:
        """What was done to them, as it is seen from outside."""
        for what, listener in ((PORT, self.port), (UNIX, self.unix)):
            with contextlib.suppress(BlockingIOError):  # nobody came
                listener.accept()[0].close()
                yield what
        if self.process.poll() is not None:
            yield SIGNAL
        if self.new.exists():
            yield OUTSIDE


def check(run: Run, limits: Limits, folders: Sequence[Path]) -> list[Part]:
    """Whether a kernel refuses to read, connect, fork, signal and fill the disk: a part each.

    Args:
        run: runs cells in a new kernel; called once.
        limits: what the kernel is said to use at most.
        folders: whose files it must not read; one is made in each, and one in a temporary folder.

    Raises:
        OSError: what it is to be tried on can't be made. Besides, whatever `run` raises.
    """
    with _bystanders(folders) as others:
        tried = list(_attempts(others, limits))
        outputs = [output for cell in run(_cells(tried)) for output in cell]
        answers = _answers(outputs, tried) | dict.fromkeys(others.touched(), "")
    names = dict.fromkeys(one.part for one in tried)
    return [
        _part(name, [one for one in tried if one.part == name], answers, limits) for name in names
    ]


@contextmanager
def _bystanders(folders: Sequence[Path]) -> Iterator[_Bystanders]:
    """Makes what attempts are made on, and removes it whatever was done to it."""
    with ExitStack() as stack:
        own = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doctor-")))
        files = {folder: stack.enter_context(_file(folder)) for folder in folders}
        files[own.parent] = stack.enter_context(_file(own))
        if os.geteuid() == 0:
            os.chown(own, NOBODY, NOBODY)
        port = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind("")  # autobind: an abstract name that is nobody's, unix(7)
        unix.listen()
        for listener in (port, unix):
            listener.setblocking(False)
        process = stack.enter_context(_process())
        yield _Bystanders(files, own / "new", port, unix, process)


@contextmanager
def _file(folder: Path) -> Iterator[Path]:
    """A file in a folder."""
    with tempfile.NamedTemporaryFile(prefix=".doctor-", dir=folder) as file:
        file.write(b"another's")
        file.flush()
        yield Path(file.name)


@contextmanager
def _process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits until this one closes its input, or is gone."""
    with subprocess.Popen(
        ["/bin/sh", "-c", "read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=NOBODY if os.geteuid() == 0 else None,
    ) as process:
        yield process


def _attempts(others: _Bystanders, limits: Limits) -> Iterator[_Attempt]:
    """All of them; the last is the one that is to end the kernel."""
    for folder, path in others.files.items():
        yield _Attempt("read", f"a file in {short(str(folder))}", _call("read", path), READABLE)
    yield _Attempt("read", KERNELS, "os.listdir, '..'")
    address = socket.inet_aton("127.0.0.1") + bytes(8)
    inet = struct.pack("=H", socket.AF_INET) + struct.pack("!H", others.port.getsockname()[1])
    yield _Attempt("connect", PORT, f"connect, {int(socket.AF_INET)}, {inet + address!r}")
    name = struct.pack("=H", socket.AF_UNIX) + others.unix.getsockname()
    yield _Attempt("connect", UNIX, f"connect, {int(socket.AF_UNIX)}, {name!r}")
    yield _Attempt("fork", PROCESS, "fork")
    yield _Attempt("fork", PROGRAM, "start")
    yield _Attempt("signal", SIGNAL, f"os.kill, {others.process.pid}, {int(signal.SIGTERM)}")
    yield _Attempt("disk", OUTSIDE, _call("write", others.new))
    large = f"more than {limits.file_bytes // MIB} MiB in a file"
    yield _Attempt("disk", large, f"write, 'large', {limits.file_bytes}")
    yield _in_all(limits)


def _in_all(limits: Limits) -> _Attempt:
    """The attempt to write more than a kernel may in all, which a disk may have no room for."""
    size, folder = limits.scratch_bytes, tempfile.gettempdir()
    in_all = f"{size // MIB} MiB in all"
    if 2 * size > shutil.disk_usage(folder).free:
        where = f"more than half of what is free in {short(folder)}"
        return _Attempt("disk", f"{in_all}, {where}", "", ROOM)
    return _Attempt("disk", f"more than {in_all}", f"fill, {size + MIB}, {limits.file_bytes}")


def _call(function: str, path: Path) -> str:
    return f"{function}, {os.fsencode(path)!r}"


def _cells(tried: Sequence[_Attempt]) -> list[str]:
    """The cells that make the attempts; the last one has a cell of its own."""
    lines = [f"attempt({one.what!r}, {one.call})\n" if one.call else "" for one in tried]
    return [PRELUDE + "".join(lines[:-1]), lines[-1]]


def _answers(outputs: Sequence[Output], tried: Sequence[_Attempt]) -> dict[str, str]:
    """What came of each attempt, by what was tried: the name of an error, or "" where it was done.

    Args:
        outputs: of the cells that made them.
        tried: all attempts; the last is refused by ending its kernel.
    """
    errors = [str(output["evalue"]) for output in outputs if output["output_type"] == "error"]
    stops = [error for error in errors if error.endswith(f"{scratch.TOO_MUCH}.")]
    why = next((error for error in errors if error not in stops), "no answer")
    answers = {one.what: why if one.call else "" for one in tried}
    if stops:
        answers[tried[-1].what] = STOPPED
    for output in outputs:
        for text in str(output.get("text", "")).splitlines():
            with contextlib.suppress(ValueError, TypeError):  # no line of `attempt`
                what, error = json.loads(text)
                answers[what] = str(error)
    return answers


def _part(name: str, tried: Sequence[_Attempt], answers: Mapping[str, str], limits: Limits) -> Part:
    """What is told of a part's attempts, given what came of each."""
    found = [(one, answers[one.what]) for one in tried]
    done = [one for one, error in found if not error]
    other = [
        f"{one.what} ({line(error, 80)})" for one, error in found if error not in {"", *REFUSALS}
    ]
    if done:
        advice = dict.fromkeys(
            one.advice if limits.sandbox or not one.call else POLICY for one in done
        )
        return Part(name, False, f"not refused: {_listed(done)}; {'; '.join(advice)}")
    if other:
        return Part(name, False, f"not known: {', '.join(other)}; {CAUSE}")
    return Part(name, True, f"refused: {_listed(tried)}")


def _listed(tried: Sequence[_Attempt]) -> str:
    return ", ".join(one.what for one in tried)
