"""The processes that examine notebooks, as a coordinator starts and ends them.

A pair of zygotes is started first. The second is forked from the first and then loads what
judges; so no student's kernel, forked from the first, has it in memory. From each of the pair
one process is forked for every notebook, and runs the notebook's first cells. Which notebooks are
open, and for how long, is `pool`'s business. Nothing here imports torch.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from autograder.examiner.jobs import ExercisesError, Source
from autograder.examiner.messages import Begin, Begun, Setting
from autograder.isolation import scratch
from autograder.isolation.bundle import Bundle
from autograder.isolation.child import Child, fork
from autograder.isolation.errors import WireError, ZygoteError
from autograder.isolation.file_access import readable
from autograder.isolation.fork_server import is_ready
from autograder.isolation.messages import FirstCells, FirstOutputs
from autograder.isolation.outputs import Output
from autograder.isolation.wire import Connection
from autograder.isolation.zygote import Zygote

OPENINGS = "autograder.examiner.worker:fork_openings"
EXAMINERS = "autograder.examiner.worker:fork_examiners"
KERNELS = "autograder.isolation.kernel:fork_kernels"
START_SECONDS = 60.0

T = TypeVar("T")


class Once(Generic[T]):
    """What the first thread that asks for it makes; the others wait, and share what came of it.

    Args:
        make: makes it.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self.made: T | None = None
        self.error: BaseException | None = None

    def get(self) -> T:
        """What was made, now or before.

        Raises:
            ZygoteError: another thread could not make it; who tries gets what went wrong.
        """
        with self._lock:
            if self.error:
                raise ZygoteError(str(self.error)) from self.error
            if self.made is None:
                try:
                    self.made = self._make()
                except BaseException as error:  # Ctrl-C too: what is half made is of no use
                    self.error = error
                    raise
            return self.made


class Zygotes:
    """The two processes that all others are forked from: they live and die together.

    The first has begun to start when this returns; `ready` waits for both.

    Args:
        many: whether many notebooks will be examined.

    Raises:
        OSError: the system starts no process.
    """

    def __init__(self, *, many: bool = False) -> None:
        self.users = 0  # threads that have something to do with them: the pool counts
        self.zygote = Zygote(wait=False, many=many)
        self.examiners: Child | None = None
        self._started = Once(self._start)

    def ready(self) -> tuple[Zygote, Child]:
        """The zygote, and that of the examiners, when both can fork.

        Raises:
            ZygoteError: they can't be started, or were ended meanwhile.
        """
        return self._started.get()

    def _start(self) -> tuple[Zygote, Child]:
        self.zygote.await_ready()
        self.examiners = self.zygote.fork(OPENINGS, kind=socket.SOCK_SEQPACKET)
        _await(self.examiners)
        return self.zygote, self.examiners

    def alive(self) -> bool:
        """Whether both still run, or start."""
        ended = self.examiners is not None and self.examiners.wait(0)
        return not (self._started.error or ended) and self.zygote.alive()

    def kill(self) -> None:
        """Ends them, and all that were forked from them, at once; threads that wait for one go on.

        Any thread may call it at any time; `close` is still to be called.
        """
        self.zygote.kill()

    def close(self) -> None:
        """Ends them, and gives up what this side has of them: when no thread uses them."""
        if self.examiners:
            self.examiners.kill()
        self.zygote.close()


@dataclass(frozen=True)
class Opened:
    """The processes of a notebook whose first cells have run.

    Args:
        zygote: forks kernels that have run nothing.
        kernels: forks kernels that have run the first cells, and `examiners` examiners.
        folder: the files beside the instructor's notebook, and what its first cells have written.
        setting: where they are.
        given: the files as they were before.
    """

    zygote: Zygote
    kernels: Child
    examiners: Child
    folder: Path
    setting: Setting
    given: Bundle

    def alive(self) -> bool:
        """Whether all still run."""
        ended = self.examiners.wait(0) or self.kernels.wait(0)
        return not ended and self.zygote.alive()

    def close(self) -> None:
        """Ends its own, and removes its folder: when no thread uses them."""
        self.examiners.kill()
        self.kernels.kill()
        self.given.close()
        _remove(self.folder)


def start(zygote: Zygote, examiners: Child, source: Source) -> Opened:
    """Starts the processes of a notebook, and lets them run its first cells.

    Raises:
        ZygoteError: they don't come so far, or were ended meanwhile; nothing is left of them.
        ExercisesError: modules of exercises can't be used; nor is anything left then.
    """
    with contextlib.ExitStack() as undo, contextlib.ExitStack() as done:
        folder = Path(tempfile.mkdtemp(prefix="opening-", dir=zygote.folder))
        undo.callback(_remove, folder)
        folder.chmod(0o755)  # a kernel reads the source of what it imported here
        given = Bundle.of(source.files, zygote.folder)
        undo.callback(given.close)
        scratch.fill(folder, given)
        kernels, to_kernels = _forked(zygote.control, KERNELS)
        undo.callback(kernels.kill)
        done.callback(to_kernels.close)
        judges, to_judges = _forked(examiners.socket, EXAMINERS, kernels.socket)
        undo.callback(judges.kill)
        done.callback(to_judges.close)
        opened = Opened(zygote, kernels, judges, folder, _setting(zygote, source, folder), given)
        forbidden = _begun(to_judges, source, opened)
        outputs = _first_outputs(to_kernels, source, opened, forbidden)
        with _naming_failure("the instructor's cells did not run"):
            to_judges.send(FirstOutputs(outputs).to_json())
            _await(judges, 2 * _seconds(source))  # the first cells once more, and then what draws
        undo.pop_all()
        return opened


def _setting(zygote: Zygote, source: Source, folder: Path) -> Setting:
    paths = [*_readable(tuple(source.hidden)), str(folder)]
    return Setting(source.limits, str(zygote.folder), paths)


def _begun(connection: Connection, source: Source, opened: Opened) -> Sequence[str]:
    """The patterns of operators that the exercises forbid; their modules are loaded then.

    Raises:
        ExercisesError: they can't be used.
        ZygoteError: the process ended, or was too slow.
    """
    begin = Begin(
        opened.setting,
        str(opened.folder),
        source.cells,
        source.changed,
        source.leaves,
        source.exercises,
    )
    with _naming_failure("the exercises were not loaded"):
        connection.send(begin.to_json())
        begun = Begun(**connection.receive(time.monotonic() + START_SECONDS)[0])
    if begun.broken:
        raise ExercisesError(" ".join(begun.broken))
    return begun.forbidden


def _first_outputs(
    connection: Connection, source: Source, opened: Opened, forbidden: Sequence[str]
) -> list[list[Output]]:
    """What the first cells have shown in what now forks kernels.

    Raises:
        ZygoteError: the process ended, or was too slow.
    """
    first = [cell["text"] for cell in itertools.takewhile(_is_given, source.cells)]
    expected = [cell["released"] for cell in source.cells]
    job = FirstCells(source.limits, str(opened.folder), first, expected, forbidden)
    with _naming_failure("the notebook's first cells did not run"):
        connection.send(job.to_json())
        shown = FirstOutputs(**connection.receive(time.monotonic() + _seconds(source))[0])
        _await(opened.kernels)
    return shown.outputs


def _seconds(source: Source) -> float:
    """How long a process may take that runs the first cells."""
    return source.limits.notebook_wall_seconds + START_SECONDS


@contextmanager
def _naming_failure(what: str) -> Iterator[None]:
    """Names what failed, where a process in the block ends or is too slow.

    Raises:
        ZygoteError: it does, or is.
    """
    try:
        yield
    except (WireError, TimeoutError, ZygoteError) as error:
        raise ZygoteError(f"{what}: {error}") from error


def _remove(folder: Path) -> None:
    """Removes the files of a notebook; what can't be removed goes with the zygote's folder."""
    shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _readable(hidden: tuple[str, ...]) -> list[str]:
    return [str(path) for path in readable([Path(folder) for folder in hidden])]


def _is_given(cell: Mapping[str, Any]) -> bool:
    return bool(cell["role"] == "given")


def _forked(control: socket.socket, entry: str, *others: socket.socket) -> tuple[Child, Connection]:
    """A child that will fork, and a connection by which it is told what to do before."""
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            descriptors = [sock.fileno() for sock in (theirs, *others)]
            child = fork(control, entry, descriptors, socket.SOCK_SEQPACKET)
    except ZygoteError:
        ours.close()
        raise
    return child, Connection(ours, trusted=True)


def _await(child: Child, seconds: float = START_SECONDS) -> None:
    """Waits until a child is ready to fork.

    Raises:
        ZygoteError: it did not come so far.
    """
    if not is_ready(child.socket, seconds):
        raise ZygoteError("a process that forks others did not start")
