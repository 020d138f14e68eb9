"""Examiners, asked for by a coordinator: which gives a notebook, and gets what came of it.

A zygote is started once and kept. From it the examiners' own zygote is forked, which then loads
the exercises; so no student's kernel, forked from the first, has them in memory. Nothing here
imports torch.
"""

from __future__ import annotations

import base64
import functools
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.isolation.files import readable
from autograder.isolation.processes import Child, SandboxError, Zygote, ZygoteError, fork
from autograder.isolation.wire import Connection, WireError
from autograder.isolation.zygote import READY
from autograder.limits import Limits

ZYGOTE = "autograder.examiner.process:zygote"
EXAMINE = "autograder.examiner.process:examine"
START_SECONDS = 60.0
SPARE_SECONDS = 60.0  # for what the examiner itself does, beyond the notebook's own time


class ExaminerError(Exception):
    """The examiner itself failed: the student is not to blame."""


@dataclass(frozen=True)
class Job:
    """One notebook to examine, as plain data.

    Args:
        source: the instructor's code cells; `notebook.SourceCell` says what they are.
        cells: the submission's; `notebook.StudentCell` likewise.
        given: the instructor's files beside the notebook, for the grade cells.
        files: the files beside the student's.
        key: the student's own, in hexadecimal digits.
        limits: what the student's kernel may use.
        hidden: folders that it must not read, wherever they are.
        drawn: outputs of the instructor's cells, by their text, as `notebook.Examination` has it.
    """

    source: Sequence[Mapping[str, Any]]
    cells: Sequence[Mapping[str, Any]]
    given: Mapping[str, bytes]
    files: Mapping[str, bytes]
    key: str
    limits: Limits
    hidden: Sequence[str] = ()
    drawn: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self, folder: Path) -> dict[str, Any]:
        """The job as an examiner gets it, with the folder that it may use."""
        return {
            "source": list(self.source),
            "cells": list(self.cells),
            "given": _text(self.given),
            "files": _text(self.files),
            "key": self.key,
            "drawn": dict(self.drawn),
            "limits": asdict(self.limits),
            "readable": _readable(tuple(self.hidden)),
            "folder": str(folder),
        }


@functools.cache
def _readable(hidden: tuple[str, ...]) -> list[str]:
    return [str(path) for path in readable([Path(folder) for folder in hidden])]


def _text(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


class Examiners:
    """Where notebooks are examined; may be used by many threads at once.

    The processes start at the first notebook, or by `start`; a context manager ends them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zygote: Zygote | None = None
        self._child: Child | None = None

    def start(self) -> tuple[Zygote, socket.socket]:
        """The zygote of the kernels, and the socket of the examiners'; started if they are not.

        Raises:
            ZygoteError: they can't be.
        """
        with self._lock:
            if self._zygote and not self._zygote.alive():
                self._close()
            if self._zygote is None or self._child is None:
                self._zygote = Zygote()
                self._child = self._zygote.fork(ZYGOTE, kind=socket.SOCK_SEQPACKET)
                self._child.socket.settimeout(START_SECONDS)
                if self._child.socket.recv(len(READY)) != READY:
                    self._close()
                    raise ZygoteError("the examiners' zygote did not start")
                self._child.socket.settimeout(None)
            return self._zygote, self._child.socket

    def examine(self, job: Job) -> dict[str, Any]:
        """What came of a notebook: `outputs` of each cell by its index, and `flags`.

        A zygote that dies is started again, and the notebook examined once more.

        Raises:
            SandboxError: students' code can't be held in here.
            ExaminerError: the kit itself failed.
            ZygoteError: the zygote died twice.
        """
        try:
            return self._examine(job)
        except ZygoteError:
            return self._examine(job)

    def _examine(self, job: Job) -> dict[str, Any]:
        zygote, control = self.start()
        child = fork(control, EXAMINE, [zygote.control.fileno()])
        connection = Connection(child.socket, trusted=True)
        deadline = time.monotonic() + job.limits.notebook_seconds + SPARE_SECONDS
        try:
            connection.send(job.to_json(zygote.folder), deadline=deadline)
            result, _ = connection.receive(deadline)
        except TimeoutError:
            raise ExaminerError("a grade cell did not come to an end") from None
        except WireError as error:
            if not zygote.alive():
                raise ZygoteError("the zygote died") from error
            raise ExaminerError(f"the examiner died: {error}") from error
        finally:
            child.kill()
        if "sandbox" in result:
            raise SandboxError(result["sandbox"])
        if "zygote" in result:
            self.close()
            raise ZygoteError(result["zygote"])
        if "error" in result:
            raise ExaminerError(result["error"])
        return result

    def close(self) -> None:
        """Ends all processes."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._child:
            self._child.kill()
            self._child = None
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
