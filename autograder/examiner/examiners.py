"""Examiners, asked for by a coordinator: which gives a notebook, and gets what came of it.

The processes are `opened`'s, and `pool` keeps those of several notebooks. Nothing here imports
torch.
"""

from __future__ import annotations

import base64
import contextlib
import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from autograder.examiner.jobs import ExaminerError, ExercisesError, Facts, Job, Source
from autograder.examiner.opened import Opened
from autograder.examiner.pool import Pool
from autograder.isolation.child import fork
from autograder.isolation.errors import SandboxError, WireError, ZygoteError
from autograder.isolation.wire import Connection

__all__ = ["ExaminerError", "Examiners", "ExercisesError", "Facts", "Job", "Source"]

EXAMINE = "examine"  # an opening runs one thing alone
MOST_ENDS = 6  # examiners of a notebook that its tests may end
MOST_OPENED = 8  # notebooks whose first cells are kept
IMPORTED = (".py", ".so", ".pyd", ".pyc")
SPARE_SECONDS = 60.0  # for what the examiner itself does, beyond the notebook's own time

# What an examiner tells instead of a result.
ERRORS = {"zygote": ZygoteError, "sandbox": SandboxError, "error": ExaminerError}


def _text(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def _own_modules(job: Job) -> list[str]:
    """The student's own files that an import finds: not the course's, as the course has them."""
    given = job.source.files
    return [p for p, text in job.files.items() if p.endswith(IMPORTED) and given.get(p) != text]


class Examiners:
    """Where notebooks are examined; may be used by many threads at once.

    The processes start at the first notebook; a context manager ends them.

    Args:
        room: how many notebooks are open at once, at most; a thread with another one waits.
    """

    def __init__(self, room: int = MOST_OPENED) -> None:
        self.pool = Pool(room)

    def examine(self, job: Job) -> dict[str, Any]:
        """What came of a notebook: `outputs` of each cell by its index, and `flags`.

        A zygote that dies is started again, and the notebook examined once more.

        Raises:
            SandboxError: students' code can't be held in here.
            ExaminerError: the kit itself failed, its processes died twice, or it was stopped.
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
            ExercisesError: modules of the assignment's exercises can't be used.
            ExaminerError: the kit itself failed.
        """
        job = Job(source, [], source.files, "", trusted=True)
        try:
            with self.pool.opened(source) as opened:
                return Facts(**_asked(opened, job, {"facts": True})[1])
        except ZygoteError as error:
            raise ExaminerError(str(error)) from error

    def _examine(self, job: Job) -> dict[str, Any]:
        with self.pool.opened(job.source) as opened:
            return _outlived(opened, job)

    def close(self) -> None:
        """Ends all processes; the next notebook starts new ones."""
        self.pool.close()

    def stop(self) -> None:
        """Ends all processes at once, and whatever waits for them: no others are started."""
        self.pool.stop()

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


def _outlived(opened: Opened, job: Job) -> dict[str, Any]:
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
            shown, result = _asked(opened, job, {**way, "lost": lost})
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
    opened: Opened, job: Job, way: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an examiner says of a notebook: before its hidden tests, and in the end.

    Args:
        opened: the processes of the notebook, of which the examiner and its kernels are forked.
        job: the notebook.
        way: what is known of it, or what else is wanted.

    Raises:
        SandboxError: a kernel can't be held in.
        ExaminerError: it failed, or does not come to an end.
        ZygoteError: it is gone, or what it was to be forked from.
        _EndedInError: it is gone, and what it was forked from is not.
    """
    sockets = (opened.zygote.control, opened.kernels.socket)
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
        if test and opened.alive():
            raise _EndedInError(test, shown) from error
        raise ZygoteError(f"the examiner died: {error}") from error
    finally:
        child.kill()
    for key, kind in ERRORS.items():
        if key in result:
            raise kind(result[key])
    return shown, result


def _hidden(job: Job) -> list[str]:
    """The cells with tests that students must not see, by grade_id."""
    tests = (cell for cell in job.source.cells if cell["role"] == "test")
    return [cell["grade_id"] for cell in tests if cell["text"] != cell["released"]]
