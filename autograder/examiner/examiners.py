"""Examiners, asked for by a coordinator: which gives a notebook, and gets what came of it.

The processes are `opened`'s, and `pool` keeps those of several notebooks. Nothing here imports
torch.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from autograder.examiner.jobs import Examined, ExaminerError, ExercisesError, Facts, Job, Source
from autograder.examiner.messages import (
    AllShown,
    Answer,
    BeginsTest,
    Examine,
    Failed,
    Findings,
    Observe,
    Order,
    order_json,
    read_answer,
)
from autograder.examiner.opened import Opened
from autograder.examiner.pool import Pool
from autograder.isolation.bundle import Bundle
from autograder.isolation.child import fork
from autograder.isolation.errors import SandboxError, WireError, ZygoteError
from autograder.isolation.outputs import Output
from autograder.isolation.wire import Connection

__all__ = [
    "Examined",
    "ExaminerError",
    "Examiners",
    "ExercisesError",
    "Facts",
    "Job",
    "Source",
    "room_for",
]

EXAMINE = "examine"  # an opening runs one thing alone
MOST_ENDS = 6  # examiners of a notebook that its tests may end
OPENED = 8  # notebooks whose first cells are kept, however little memory there is
OPENED_BYTES = 96 << 20  # of one of them; those of the bundled assignment take 74 MiB each
SHARE = 4  # of the machine's memory, one part in so many is for them
SPARE_SECONDS = 60.0  # for what the examiner itself does, beyond the notebook's own time

# What an examiner tells of instead of a result, by `Failed.kind`.
ERRORS = {"zygote": ZygoteError, "sandbox": SandboxError, "error": ExaminerError}


class Examiners:
    """Where notebooks are examined; may be used by many threads at once.

    The processes start at the first notebook; a context manager ends them.

    Args:
        room: how many notebooks are open at once, at most; a thread with another one waits.
        many: whether many notebooks will be examined: it is worth a longer start then.
    """

    def __init__(self, room: int = OPENED, *, many: bool = False) -> None:
        self.pool = Pool(room, many=many)

    def examine(self, job: Job) -> Examined:
        """What came of a notebook.

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
        try:
            with self.pool.opened(source) as opened:
                return _observed(opened)
        except ZygoteError as error:
            raise ExaminerError(str(error)) from error

    def _examine(self, job: Job) -> Examined:
        with self.pool.opened(job.source) as opened:
            own = job.own_files()
            given = opened.given.only([path for path in job.files if path not in own])
            with contextlib.closing(Bundle.of(own, opened.zygote.folder)) as students:
                return _outlived(opened, job, students.beside(given))

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


def shown_by(examiners: Examiners, source: Source, cells: Sequence[str]) -> list[list[Output]]:
    """The outputs of each cell of a notebook, given their texts."""
    numbered = [{"index": i, "grade_id": "", "text": text} for i, text in enumerate(cells)]
    return list(examiners.examine(Job(source, numbered, {}, "")).outputs.values())


def room_for(notebooks: int) -> int:
    """How many notebooks of an assignment are to be open at once: all, where memory allows.

    Where one less is open than a submission has, each is opened anew for every student.

    Args:
        notebooks: how many it has.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(OPENED, min(notebooks, memory // SHARE // OPENED_BYTES))


class _EndedInError(Exception):
    """An examiner ended in a test: with what a student gave, it may have no end.

    Args:
        test: its grade_id.
        shown: what came of the notebook before its hidden tests, where it had come to them.
    """

    def __init__(self, test: str, shown: AllShown | None) -> None:
        super().__init__(test)
        self.test, self.shown = test, shown


def _outlived(opened: Opened, job: Job, files: Bundle) -> Examined:
    """What examiners say of a notebook without the tests that end examiners.

    A test may take more of an examiner's process than it may have, with a number that a student
    gave. Where that has happened twice, or where tests have ended so many examiners, it is not
    asked again. What was shown before the hidden tests stays as it is, whatever these do.
    Arguments and errors as of `_examined`.
    """
    ends: Counter[str] = Counter()
    outputs: dict[int, list[Output]] = {}
    found = Findings([], (job.source.limits.notebook_seconds, 0), None, {})
    while True:
        lost = [test for test, times in ends.items() if times > 1]
        if ends.total() >= MOST_ENDS:
            lost = [cell["grade_id"] for cell in job.source.cells if cell["role"] == "test"]
        try:
            shown, result = _examined(opened, job, files, found, lost)
        except _EndedInError as ended:
            ends[ended.test] += 1
            if not ended.shown:
                continue
            shown, known = ended.shown, {**ended.shown.known, "waiting": job.source.hidden_tests()}
            result = Findings([], shown.patience, shown.memory_bytes, known)
        outputs |= dict(shown.outputs if shown else ()) | dict(result.outputs)
        if not result.known["waiting"]:
            own = {"outputs": outputs.items(), "memory_bytes": result.memory_bytes}
            return Examined.from_json({**result.known, **own})
        found = result


def _examined(
    opened: Opened, job: Job, files: Bundle, found: Findings, lost: Sequence[str]
) -> tuple[AllShown | None, Findings]:
    """What an examiner says of a notebook: before its hidden tests, and in the end.

    Args:
        opened: the processes of the notebook, of which the examiner and its kernels are forked.
        job: the notebook.
        files: those that `job` has.
        found: what has come of it with examiners before.
        lost: tests that are not asked.

    Raises:
        SandboxError: a kernel can't be held in.
        ExaminerError: it failed, or does not come to an end.
        ZygoteError: it is gone, or what it was to be forked from.
        _EndedInError: it is gone, and what it was forked from is not.
    """
    shown: AllShown | None = None
    test, hidden = "", job.source.hidden_tests()
    with _examiner(opened, _order(opened, job, files, found, lost)) as receive:
        try:
            while not isinstance(answer := receive(), Findings) or isinstance(answer, AllShown):
                if isinstance(answer, AllShown):
                    shown = answer
                elif isinstance(answer, BeginsTest):
                    test = answer.test
                    if test in hidden and not (shown or found.known):
                        text = "a hidden test was asked before all that is shown had come"
                        raise ExaminerError(text)
        except WireError as error:
            if test and opened.alive():
                raise _EndedInError(test, shown) from error
            raise
    return shown, answer


def _order(
    opened: Opened, job: Job, files: Bundle, found: Findings, lost: Sequence[str]
) -> Examine:
    """What an examiner is told to do; arguments as of `_examined`."""
    return Examine(
        opened.setting,
        job.cells,
        files,
        job.own_modules(),
        job.key,
        job.trusted,
        job.explain,
        lost,
        found.patience,
        found.memory_bytes,
        found.known,
    )


def _observed(opened: Opened) -> Facts:
    """What an examiner says of the instructor's own solutions; errors as of `_examiner`."""
    with _examiner(opened, Observe(opened.setting, opened.given)) as receive:
        while not isinstance(answer := receive(), Facts):
            continue
    return answer


@contextmanager
def _examiner(opened: Opened, order: Order) -> Iterator[Callable[[], Answer]]:
    """What gives the answers to an order, one after the other; the examiner ends with the block.

    Raises:
        SandboxError: a kernel can't be held in.
        ExaminerError: it failed, or does not come to an end.
        ZygoteError: it is gone, or what it was to be forked from.
    """
    sockets = (opened.zygote.control, opened.kernels.socket)
    child = fork(opened.examiners.socket, EXAMINE, [sock.fileno() for sock in sockets])
    deadline = time.monotonic() + order.setting.limits.notebook_wall_seconds + SPARE_SECONDS
    connection = Connection(child.socket, trusted=True)
    try:
        order.files.send(child.socket)
        connection.send(order_json(order), deadline=deadline)
        yield lambda: _received(connection, deadline)
    except TimeoutError:
        raise ExaminerError("a grade cell did not come to an end") from None
    except WireError as error:
        raise ZygoteError(f"the examiner died: {error}") from error
    finally:
        child.kill()


def _received(connection: Connection, deadline: float) -> Answer:
    """The next answer of an examiner; errors as of `_examiner`, and of the connection."""
    answer = read_answer(connection.receive(deadline)[0])
    if isinstance(answer, Failed):
        raise ERRORS[answer.kind](answer.text)
    return answer
