"""Where notebooks are examined by the workers of a Dask cluster."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from distributed import Client

from autograder.batch.cluster import at_worker
from autograder.batch.cluster.address import require_private
from autograder.batch.cluster.at_worker import Errand
from autograder.batch.cluster.proof import UnfitWorkerError
from autograder.batch.cluster.workers import ENDED, LostWorkerError, Worker, Workers, awaited
from autograder.config import CourseError
from autograder.examiner.job_text import (
    AnswerError,
    job_text,
    read_examined,
    read_facts,
    source_text,
)
from autograder.examiner.jobs import (
    Examined,
    ExaminerError,
    ExercisesError,
    Facts,
    Job,
    Source,
)
from autograder.examiner.messages import Failed
from autograder.limits import Limits
from autograder.words import few, line

MOST_FAILURES = 3  # workers that one notebook may end
MOST_SOURCES = 64
MOST_JOBS = 256
LOGGERS = ("distributed", "distributed.client")  # Dask sets the level of both

T = TypeVar("T")


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
        require_private(scheduler)
        self._client = _client(scheduler)
        self._workers = Workers(self._client, scheduler, limits, tell)
        try:
            self._workers.start()
        except BaseException:  # Ctrl-C too
            self.close()
            raise

    @property
    def jobs(self) -> int:
        """How many submissions to run at once: workers that join later are busy at once, too."""
        return min(2 * self._workers.slots, MOST_JOBS)

    def examine(self, job: Job) -> Examined:
        """What came of a notebook; errors as of `ExaminesNotebooks`."""
        errand = functools.partial(Errand, source=_text_of(job.source), job=job_text(job))
        return self._done(errand, lambda text: read_examined(text, job))

    def facts(self, source: Source) -> Facts:
        """What the instructor's own solutions tell; errors as of `ExaminesNotebooks`."""
        errand = functools.partial(Errand, source=_text_of(source))
        return self._done(errand, lambda text: read_facts(text, source))

    def stop(self) -> None:
        """Cancels all tasks; a notebook that runs on a worker ends there, and nobody is told."""
        self._workers.stop(ExaminerError("the work was stopped"))

    def close(self) -> None:
        """Ends the connection."""
        self._workers.close()
        self._client.close()

    def _done(self, errand: Callable[[str], Errand], read: Callable[[str], T | Failed]) -> T:
        """What a worker answers; another one is asked where one ends, or gives no answer.

        The last worker that a notebook may end does nothing else meanwhile: or the notebooks beside
        it would be taken for those that have ended it.
        """
        failures: list[str] = []
        while len(failures) < MOST_FAILURES:
            worker = self._workers.take(alone=len(failures) == MOST_FAILURES - 1)
            try:
                return self._asked(worker, errand(worker.process), read)
            except LostWorkerError as error:
                failures.append(str(error))
                self._workers.forget(worker)  # or it is taken again, until that is noticed
            except AnswerError as error:
                failures.append(str(error))
            except UnfitWorkerError as error:
                self._workers.drop(worker, str(error))
            finally:
                self._workers.give_back(worker)
        reasons = few(list(dict.fromkeys(failures)))
        raise ExaminerError(f"{MOST_FAILURES} workers had it, one after the other: {reasons}")

    def _asked(self, worker: Worker, errand: Errand, read: Callable[[str], T | Failed]) -> T:
        """What this worker answers.

        Raises:
            LostWorkerError: it is gone, or is another process now.
            AnswerError: it answers what can't have come of the notebook.
            UnfitWorkerError: it runs no task, or can't hold students' code in.
            ExaminerError: it says that the notebook could not be examined.
        """
        task = worker.executor.submit(at_worker.answer, errand)
        found = read(awaited(task, worker.lost, self._workers))
        if not isinstance(found, Failed):
            return found
        if found.kind == at_worker.OTHER:
            raise LostWorkerError(ENDED)
        if found.kind == "sandbox":
            raise UnfitWorkerError(f"students' code can't be held in there: {found.text}")
        raise (ExercisesError if found.kind == "exercises" else ExaminerError)(found.text)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@functools.lru_cache(MOST_SOURCES)
def _text_of(source: Source) -> str:
    """The text of a source, which is that of a whole class."""
    return source_text(source)


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
