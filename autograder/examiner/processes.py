"""Examiners, asked for by a coordinator: which gives a notebook, and gets what came of it.

A zygote is started once and kept. From it the examiners' own zygote is forked, which then loads
the exercises; so no student's kernel, forked from the first, has them in memory. Nothing here
imports torch.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import itertools
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.isolation import scratch
from autograder.isolation.files import readable
from autograder.isolation.processes import (
    Child,
    SandboxError,
    Zygote,
    ZygoteError,
    fork,
    hung_up,
)
from autograder.isolation.wire import Connection, WireError
from autograder.isolation.zygote import READY
from autograder.limits import Limits

ZYGOTE = "autograder.examiner.process:zygote"
EXAMINERS = "autograder.examiner.process:opening"
EXAMINE = "examine"  # an opening runs one thing alone
KERNELS = "autograder.isolation.kernel:opening"
MOST_ENDS = 6  # examiners of a notebook that its tests may end
MOST_OPENED = 8  # notebooks whose first cells are kept
IMPORTED = (".py", ".so", ".pyd", ".pyc")
START_SECONDS = 60.0
SPARE_SECONDS = 60.0  # for what the examiner itself does, beyond the notebook's own time


class ExaminerError(Exception):
    """The examiner itself failed: the student is not to blame."""


# What an examiner tells instead of a result.
ERRORS = {"zygote": ZygoteError, "sandbox": SandboxError, "error": ExaminerError}


@dataclass(frozen=True, eq=False)
class Source:
    """The instructor's side of a notebook, as plain data: the same for a whole class.

    Args:
        cells: the code cells; `source_cells.SourceCell` says what they are.
        files: what lies beside the notebook.
        limits: what a student's kernel may use.
        hidden: folders that it must not read, wherever they are.
        changed: names of the instructor's whose objects a solution changes in place.
        leaves: what each of its cells was seen to leave as it was; nothing where that is not known.
    """

    cells: Sequence[Mapping[str, Any]]
    files: Mapping[str, bytes]
    limits: Limits
    hidden: Sequence[str] = ()
    changed: Sequence[str] = ()
    leaves: Sequence[Sequence[str] | None] = ()


@dataclass(frozen=True)
class Job:
    """One notebook to examine, as plain data.

    Args:
        source: the instructor's side.
        cells: the submission's code cells; `opening.StudentCell` says what they are.
        files: the files beside the student's.
        key: the student's own, in hexadecimal digits.
        trusted: whether it is the instructor's own, and errors are told in full.
    """

    source: Source
    cells: Sequence[Mapping[str, Any]]
    files: Mapping[str, bytes]
    key: str
    trusted: bool = False


@dataclass(frozen=True)
class Facts:
    """What running the instructor's own solutions tells: `proving` says what each is.

    Args:
        changed: names of given cells whose objects the solutions change in place.
        leaves: of each given cell the names of plain data that it leaves as they were; None of one
            that draws random numbers, and of any other cell.
        unsolved: the places of cells that use what has no solution, among all that are run.
        imports: names that a test uses and only solutions import, by its grade_id.
    """

    changed: Sequence[str]
    leaves: Sequence[Sequence[str] | None]
    unsolved: Sequence[int]
    imports: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Opened:
    """The processes of a notebook whose first cells have run.

    Args:
        kernels: forks kernels, and `examiners` examiners.
        setting: what both are told of where they are.
    """

    kernels: Child
    examiners: Child
    setting: Mapping[str, Any]

    def alive(self) -> bool:
        """Whether both still run."""
        return not (hung_up(self.examiners.socket) or hung_up(self.kernels.socket))

    def close(self) -> None:
        self.examiners.kill()
        self.kernels.kill()


@functools.cache
def _readable(hidden: tuple[str, ...]) -> list[str]:
    return [str(path) for path in readable([Path(folder) for folder in hidden])]


def _text(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def _own_modules(job: Job) -> list[str]:
    """The student's own files that an import finds: not the course's, as the course has them."""
    given = job.source.files
    return [p for p, text in job.files.items() if p.endswith(IMPORTED) and given.get(p) != text]


class Examiners:
    """Where notebooks are examined; may be used by many threads at once.

    The processes start at the first notebook; a context manager ends them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zygote: Zygote | None = None
        self._examiners: Child | None = None
        self._opened: dict[Source, _Opened] = {}
        self._stopped = False

    def examine(self, job: Job) -> dict[str, Any]:
        """What came of a notebook: `outputs` of each cell by its index, and `flags`.

        A zygote that dies is started again, and the notebook examined once more.

        Raises:
            SandboxError: students' code can't be held in here.
            ExaminerError: the kit itself failed, or its processes died twice.
        """
        with contextlib.suppress(ZygoteError):
            return self._examine(job)
        try:
            return self._examine(job)
        except ZygoteError as error:
            raise ExaminerError(str(error)) from error

    def facts(self, source: Source) -> Facts:
        """What the instructor's own solutions tell of a notebook, which they are run for.

        Raises:
            SandboxError: no notebook can be run here.
            ExaminerError: the kit itself failed.
        """
        try:
            zygote, opened = self._open(source)
            job = Job(source, [], source.files, "", trusted=True)
            return Facts(**_asked(zygote, opened, job, {"facts": True})[1])
        except ZygoteError as error:
            raise ExaminerError(str(error)) from error

    def _examine(self, job: Job) -> dict[str, Any]:
        zygote, opened = self._open(job.source)
        try:
            return _outlived(zygote, opened, job)
        except ZygoteError:
            with self._lock:
                if self._zygote is zygote and not (zygote.alive() and opened.alive()):
                    self._close()
            raise

    def _open(self, source: Source) -> tuple[Zygote, _Opened]:
        """The zygote, and the processes of the notebook: started where they are not.

        Raises:
            ZygoteError: they can't be.
        """
        with self._lock:
            if self._stopped:
                raise ExaminerError("the work was stopped")
            if self._zygote and not self._zygote.alive():
                self._close()
            if self._zygote is None or self._examiners is None:
                self._zygote = Zygote()
                self._examiners = self._zygote.fork(ZYGOTE, kind=socket.SOCK_SEQPACKET)
                _await(self._examiners)
            if source not in self._opened:
                while len(self._opened) >= MOST_OPENED:
                    self._opened.pop(next(iter(self._opened))).close()
                self._opened[source] = _opening(self._zygote, self._examiners.socket, source)
            return self._zygote, self._opened[source]

    def close(self) -> None:
        """Ends all processes."""
        with self._lock:
            self._close()

    def stop(self) -> None:
        """Ends all processes, and whatever waits for them: no others are started."""
        self._stopped = True
        self.close()

    def _close(self) -> None:
        while self._opened:
            self._opened.popitem()[1].close()
        if self._examiners:
            self._examiners.kill()
            self._examiners = None
        if self._zygote:
            self._zygote.close()
            self._zygote = None

    def __enter__(self) -> Examiners:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _EndedInError(Exception):
    """An examiner ended in a test: with what a student gave, it may have no end.

    Args:
        test: its grade_id.
        shown: what came of the notebook before its hidden tests, where it had come to them.
    """

    def __init__(self, test: str, shown: dict[str, Any]) -> None:
        super().__init__(test)
        self.test, self.shown = test, shown


def _outlived(zygote: Zygote, opened: _Opened, job: Job) -> dict[str, Any]:
    """What examiners say of a notebook without the tests that end examiners.

    A test may take more of an examiner's process than it may have, with a number that a student
    gave. Where that has happened twice, or where tests have ended so many examiners, it is not
    asked again. What was shown before the hidden tests stays as it is, whatever these do.
    Arguments and errors as of `_asked`.
    """
    ends: Counter[str] = Counter()
    outputs: list[Any] = []
    way: dict[str, Any] = {"known": {}, "patience": [job.source.limits.notebook_seconds, 0]}
    while True:
        lost = [test for test, times in ends.items() if times > 1]
        if ends.total() >= MOST_ENDS:
            lost = [cell["grade_id"] for cell in job.source.cells if cell["role"] == "test"]
        try:
            shown, result = _asked(zygote, opened, job, {**way, "lost": lost})
        except _EndedInError as ended:
            ends[ended.test] += 1
            if not ended.shown:
                continue
            shown, known = ended.shown, {**ended.shown["known"], "waiting": _hidden(job)}
            result = {**shown, "outputs": [], "known": known}
        outputs += [*shown.get("outputs", ()), *result["outputs"]]
        if not result["known"]["waiting"]:
            return {"outputs": outputs, "flags": result["known"]["flags"]}
        way = {key: result[key] for key in way}


def _asked(
    zygote: Zygote, opened: _Opened, job: Job, way: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an examiner says of a notebook: before its hidden tests, and in the end.

    Args:
        zygote: forks kernels that have run nothing.
        opened: forks the examiner, and kernels that have run the first cells.
        job: the notebook.
        way: what is known of it, or what else is wanted.

    Raises:
        SandboxError: a kernel can't be held in.
        ExaminerError: it failed, or does not come to an end.
        ZygoteError: it is gone, or what it was to be forked from.
        _EndedInError: it is gone, and what it was forked from is not.
    """
    sockets = (zygote.control, opened.kernels.socket)
    child = fork(opened.examiners.socket, EXAMINE, [sock.fileno() for sock in sockets])
    own = {"cells": list(job.cells), "files": _text(job.files), "key": job.key}
    own["modules"] = _own_modules(job)
    body = {**own, "trusted": job.trusted, "facts": False, "lost": [], **way}
    deadline = time.monotonic() + job.source.limits.notebook_wall_seconds + SPARE_SECONDS
    connection, test = Connection(child.socket, trusted=True), ""
    shown: dict[str, Any] = {}
    try:
        connection.send({**opened.setting, **body}, deadline=deadline)
        result, _ = connection.receive(deadline)
        while "test" in result or "shown" in result:
            test, shown = result.get("test", test), result.get("shown", shown)
            if test in _hidden(job) and not (shown or way["known"]):
                raise ExaminerError("a hidden test was asked before all that is shown had come")
            result, _ = connection.receive(deadline)
    except TimeoutError:
        raise ExaminerError("a grade cell did not come to an end") from None
    except WireError as error:
        if test and zygote.alive() and opened.alive():
            raise _EndedInError(test, shown) from error
        raise ZygoteError(f"the examiner died: {error}") from error
    finally:
        child.kill()
    for key, kind in ERRORS.items():
        if key in result:
            raise kind(result[key])
    return shown, result


def _opening(zygote: Zygote, examiners: socket.socket, source: Source) -> _Opened:
    """Starts the processes of a notebook, and lets them run its first cells."""
    folder = Path(tempfile.mkdtemp(prefix="opening-", dir=zygote.folder))
    folder.chmod(0o755)  # a kernel reads the source of what it imported here
    scratch.fill(folder, source.files)
    cells = [cell["text"] for cell in itertools.takewhile(_is_given, source.cells)]
    limits = asdict(source.limits)
    seconds = source.limits.notebook_wall_seconds + START_SECONDS
    kernels, connection = _started(zygote.control, KERNELS)
    try:
        connection.send({"folder": str(folder), "cells": cells, "limits": limits})
        shown, _ = connection.receive(time.monotonic() + seconds)
        _await(kernels)
    except (WireError, TimeoutError, ZygoteError) as error:
        kernels.kill()
        raise ZygoteError(f"the notebook's first cells did not run: {error}") from error
    finally:
        connection.close()
    setting = {
        "folder": str(zygote.folder),
        "limits": limits,
        "readable": [*_readable(tuple(source.hidden)), str(folder)],
    }
    opened, connection = _started(examiners, EXAMINERS, kernels.socket)
    both = _Opened(kernels, opened, setting)
    try:
        theirs = {"source": list(source.cells), "changed": list(source.changed)}
        theirs["leaves"] = list(source.leaves)
        connection.send({**setting, **theirs, "opening": str(folder), **shown})
        _await(opened, 2 * seconds)  # the first cells once more, and then what draws
    except (WireError, ZygoteError):
        both.close()
        raise ZygoteError("the instructor's cells did not run") from None
    finally:
        connection.close()
    return both


def _is_given(cell: Mapping[str, Any]) -> bool:
    return bool(cell["role"] == "given")


def _hidden(job: Job) -> list[str]:
    """The cells with tests that students must not see, by grade_id."""
    tests = (cell for cell in job.source.cells if cell["role"] == "test")
    return [cell["grade_id"] for cell in tests if cell["text"] != cell["released"]]


def _started(
    control: socket.socket, entry: str, *others: socket.socket
) -> tuple[Child, Connection]:
    """A child that will fork, and a connection by which it is told what to do before."""
    ours, theirs = socket.socketpair()
    with theirs:
        descriptors = [sock.fileno() for sock in (theirs, *others)]
        child = fork(control, entry, descriptors, socket.SOCK_SEQPACKET)
    return child, Connection(ours, trusted=True)


def _await(child: Child, seconds: float = START_SECONDS) -> None:
    """Waits until a child is ready to fork.

    Raises:
        ZygoteError: it did not come so far.
    """
    child.socket.settimeout(seconds)
    try:
        ready = child.socket.recv(len(READY)) == READY
    except OSError:
        ready = False
    if not ready:
        raise ZygoteError("a process that forks others did not start")
    child.socket.settimeout(None)
