"""Grading many submissions: workers run them, this process alone reads and records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from multiprocessing import get_context

from autograder.config import Settings
from autograder.grading import submission
from autograder.grading.execution import Execution, execute
from autograder.grading.record import record
from autograder.results import Flag, SubmissionResult


def grade_class(
    settings: Settings, assignment: str, students: Sequence[str], jobs: int
) -> Iterator[SubmissionResult]:
    """The results as they come in; each is on record before it is yielded.

    Args:
        students: whom to grade; each has handed something in.
        jobs: how many submissions run at once.
    """
    # Workers are started afresh: a fork would carry the open gradebook into them.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for future in _executions(pool, settings, assignment, students, limit=2 * jobs):
            yield _recorded(settings, future.result())


def _executions(
    pool: Executor, settings: Settings, assignment: str, students: Sequence[str], limit: int
) -> Iterator[Future[Execution]]:
    """The submissions' runs as they end; at most `limit` are held in memory at once."""
    waiting: set[Future[Execution]] = set()
    for student in students:
        if len(waiting) == limit:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from done
        task = submission.read(settings, assignment, student)
        waiting.add(pool.submit(execute, settings.config, task))
    yield from as_completed(waiting)


def _recorded(settings: Settings, execution: Execution) -> SubmissionResult:
    """The record; where writing it fails, that is this submission's trouble and no other's."""
    try:
        return record(settings, execution)
    except Exception as error:
        flag = Flag("grader-error", "", f"{type(error).__name__}: {error}")
        student, seconds = execution.submission.student, round(execution.seconds, 3)
        return SubmissionResult(student, "failed", 0.0, 0.0, seconds, {}, (flag,))
