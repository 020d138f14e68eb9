"""Grading many submissions: workers run them, this process alone reads and records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.config import Settings
from autograder.grading import submission
from autograder.grading.execution import Execution, execute
from autograder.grading.gradebook import patiently
from autograder.grading.record import failed, record
from autograder.results import Flag, SubmissionResult


def grade_class(
    settings: Settings, assignment: str, students: Sequence[str], jobs: int
) -> Iterator[SubmissionResult]:
    """The results as they come in; each is on record before it is yielded.

    What goes wrong with one submission is in its own record, and touches no other.

    Args:
        students: whom to grade; each has handed something in.
        jobs: how many submissions run at once.
    """
    lost: list[str] = []  # their worker died, or that of another which ran beside them
    with TemporaryDirectory(prefix="autograder-") as folder:
        scratch = Path(folder)
        with _pool(jobs) as pool:
            for student, run in _runs(pool, settings, assignment, students, scratch, 2 * jobs):
                if isinstance(run.exception(), BrokenProcessPool):
                    lost.append(student)
                else:
                    yield _recorded(settings, student, run.result)
        for student in lost:  # alone, so that only who kills a worker is not graded
            with _pool(1) as pool:
                ((_, run),) = _runs(pool, settings, assignment, [student], scratch, 1)
                yield _recorded(settings, student, run.result)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # Workers are started afresh: a fork would carry the open gradebook into them.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def _runs(
    pool: Executor,
    settings: Settings,
    assignment: str,
    students: Sequence[str],
    scratch: Path,
    limit: int,
) -> Iterator[tuple[str, Future[Execution]]]:
    """Each student with the run of their submission, as it ends; at most `limit` are in memory."""
    running: dict[Future[Execution], str] = {}
    for student in students:
        running[_submitted(pool, settings, assignment, student, scratch)] = student
        if len(running) == limit:
            yield from _ended(running)
    while running:
        yield from _ended(running)


def _ended(running: dict[Future[Execution], str]) -> Iterator[tuple[str, Future[Execution]]]:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        yield running.pop(future), future


def _submitted(
    pool: Executor, settings: Settings, assignment: str, student: str, scratch: Path
) -> Future[Execution]:
    """The run of a submission; where it can't be read or run, a future with the exception."""
    try:
        task = patiently(lambda: submission.read(settings, assignment, student))
        return pool.submit(execute, settings.config, task, scratch)
    except Exception as error:
        future: Future[Execution] = Future()
        future.set_exception(error)
        return future


def _recorded(
    settings: Settings, student: str, execution: Callable[[], Execution]
) -> SubmissionResult:
    """The record of a run, or of why there is none."""
    try:
        done = execution()
        return patiently(lambda: record(settings, done))
    except BrokenProcessPool:
        return failed(student, (Flag("kernel-died", "", "The process that ran it was killed."),))
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return failed(student, (Flag("grader-error", "", reason),))
