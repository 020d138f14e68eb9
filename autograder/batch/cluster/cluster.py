"""Where notebooks are examined by the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from distributed import Client

from autograder.batch.cluster import at_worker
from autograder.batch.cluster.address import require_confidential
from autograder.batch.cluster.at_scheduler import require_fit
from autograder.batch.cluster.at_worker import Errand, FailureKind
from autograder.batch.cluster.workers import (
    ENDED,
    LostWorkerError,
    NoAnswerError,
    Worker,
    Workers,
    awaited,
)
from autograder.config import CourseError
from autograder.examiner.examiners import MOST_ENDS, SPARE_SECONDS
from autograder.examiner.job_text import AnswerError, job_text, read_examined, source_text
from autograder.examiner.jobs import Examined, ExaminerError, ExercisesError, Job, Source
from autograder.examiner.messages import Failed
from autograder.limits import Limits
from autograder.words import few, line

MOST_FAILURES = 3  # workers that have given no answer to one notebook
CLOSE_SECONDS = 5.0  # for the scheduler to take leave
MOST_SOURCES = 64
MOST_JOBS = 256
LOGGERS = ("distributed", "distributed.client")  # Dask sets the level of both


class Cluster:
    """Examines notebooks on the workers of a scheduler: an `ExaminesNotebooks`.

    A context manager; it ends the connection, and leaves scheduler and workers as they are.

    Args:
        scheduler: its address.
        limits: of students' code, which each worker is to hold in.
        tell: is given a sentence of each worker that is not used.

    Raises:
        CourseError: it may not be used, does not answer, or has no worker that can be used.
    """

    def __init__(self, scheduler: str, limits: Limits, tell: Callable[[str], None]) -> None:
        require_confidential(scheduler)
        self._answer_seconds = answer_seconds(limits)
        self._client = _client(scheduler)
        self._workers = Workers(self._client, scheduler, limits, tell)
        try:
            require_fit(self._client, scheduler)
            self._workers.start()
        except BaseException:  # Ctrl-C too
            self.close()
            raise

    @property
    def jobs(self) -> int:
        """How many submissions to run at once: workers that join later are busy at once, too."""
        return min(2 * self._workers.slots, MOST_JOBS)

    def examine(self, job: Job) -> Examined:
        """What came of a notebook; errors as of `ExaminesNotebooks`.

        Another worker is asked where one gives no answer. The last one that is asked does nothing
        else meanwhile: or the notebooks beside it would be taken for those that have ended it.
        """
        failures: list[str] = []
        while len(failures) < MOST_FAILURES:
            worker = self._workers.take(alone=len(failures) == MOST_FAILURES - 1)
            try:
                return self._asked(worker, job)
            except LostWorkerError as error:
                failures.append(str(error))
                self._workers.forget(worker)  # or it is taken again, until that is noticed
            except (NoAnswerError, AnswerError) as error:
                failures.append(str(error))
                self._workers.doubt(worker)
            finally:
                self._workers.give_back(worker)
        reasons = few(list(dict.fromkeys(failures)))
        raise ExaminerError(f"{MOST_FAILURES} workers had it, one after the other: {reasons}")

    def stop(self) -> None:
        """Cancels all tasks; a notebook that runs on a worker ends there, and nobody is told."""
        self._workers.stop(ExaminerError("the work was stopped"))

    def close(self) -> None:
        """Ends the connection."""
        self._workers.close()
        with contextlib.suppress(TimeoutError):  # the scheduler hangs
            self._client.close(timeout=CLOSE_SECONDS)

    def _asked(self, worker: Worker, job: Job) -> Examined:
        """What this worker answers.

        Raises:
            LostWorkerError: it is gone, or is another process now.
            NoAnswerError: it could not run the notebook, or did not come to an end.
            AnswerError: it answers what can't have come of the notebook.
            ExaminerError: it says that the notebook could not be examined.
        """
        digest, source = _source(job.source)
        first = "" if digest in worker.sources else source
        errand = Errand(worker.process, digest, first, job_text(job))
        found = self._answer(worker, errand, job)
        if isinstance(found, Failed) and found.kind == FailureKind.NO_SOURCE:
            found = self._answer(worker, replace(errand, source=source), job)
        worker.sources.add(digest)
        if not isinstance(found, Failed):
            return found
        if found.kind == FailureKind.OTHER_PROCESS:
            raise LostWorkerError(ENDED)
        if found.kind == FailureKind.SANDBOX:
            raise NoAnswerError(f"students' code can't be held in there: {found.text}")
        raise (ExercisesError if found.kind == FailureKind.EXERCISES else ExaminerError)(found.text)

    def _answer(self, worker: Worker, errand: Errand, job: Job) -> Examined | Failed:
        """What comes back of an errand; errors as of `_asked`."""
        task = worker.executor.submit(at_worker.answer, errand)
        return read_examined(awaited(task, worker.lost, self._workers, self._answer_seconds), job)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def answer_seconds(limits: Limits) -> float:
    """How long a worker may take for a notebook: as long as an examiner that tests end."""
    return MOST_ENDS * (limits.notebook_wall_seconds + SPARE_SECONDS)


@functools.lru_cache(MOST_SOURCES)
def _source(source: Source) -> tuple[str, str]:
    """The digest and the text of a source, which is that of a whole class."""
    text = source_text(source)
    return hashlib.sha256(text.encode()).hexdigest(), text


def _client(scheduler: str) -> Client:
    """A connection to a scheduler.

    Raises:
        CourseError: nothing answers there.
    """
    for name in LOGGERS:  # what concerns an operator, the command tells
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(scheduler, set_as_default=False, direct_to_workers=False)
    except (OSError, ImportError, ValueError, TypeError, RuntimeError) as error:
        raise CourseError(
            f"--scheduler {line(scheduler, 200)}: no scheduler answers: {line(str(error), 200)}"
        ) from None
