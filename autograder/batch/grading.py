"""Grading many submissions: examiners run them, this process alone reads and records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext, suppress

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.config import CourseError, Settings
from autograder.examiner.examiners import Examiners
from autograder.examiner.jobs import ExaminesNotebooks, UnavailableError
from autograder.grading import assignment as assignments
from autograder.grading import roster, submission
from autograder.grading.assignment import Assignment
from autograder.grading.execution import Execution, execute, refusal
from autograder.grading.nbgrader_internals import one_engine
from autograder.grading.proof import prove
from autograder.grading.records.gradebook import patiently
from autograder.grading.records.record import failed, keep_failed, record
from autograder.isolation.errors import SandboxError
from autograder.results import Flag, FlagKind, SubmissionResult

MANY = 10  # students for whom processes are made that take longer to start


def grade_class(
    settings: Settings,
    assignment: str,
    students: Sequence[str],
    jobs: int,
    started: Examiners | None = None,
    cluster: ExaminesNotebooks | None = None,
) -> Iterator[SubmissionResult]:
    """The results as they come in; each is on record before it is yielded.

    What goes wrong with one submission is in its own record, and touches no other.

    Args:
        students: whom to grade; each has handed something in.
        jobs: how many submissions run at once.
        started: where notebooks are examined; others are started and ended where it is None.
        cluster: other machines that examine them instead; an error, or Ctrl-C, stops them.

    Raises:
        CourseError: students' code can't be held in on this machine, the source is not what was
            released, or does not prove itself; or nowhere is left to run it.
    """
    source = assignments.read(settings, assignment)
    patiently(lambda: assignments.require_release(settings, source))
    # Threads: they wait for processes that do the work.
    with (
        one_engine(),
        _examining(cluster or started, many=len(students) >= MANY) as examiners,
        ThreadPoolExecutor(jobs) as pool,
    ):
        source = prove(settings, source, examiners)
        try:
            gradebook = patiently(lambda: Gradebook(settings.directory.db_url))
            gradebook.close()  # until the first record: it opens itself again
            groups = roster.groups(settings.roster_path)
            todo = [(student, groups.get(student, "")) for student in students]
            for student, run in _runs(pool, examiners, settings, source, todo, 2 * jobs):
                yield _recorded(settings, assignment, student, run.result, gradebook)
        except BaseException:  # Ctrl-C too: nobody waits for what is running
            pool.shutdown(wait=False, cancel_futures=True)
            if examiners is not started:
                examiners.stop()
            raise


def _examining(
    started: ExaminesNotebooks | None, *, many: bool
) -> AbstractContextManager[ExaminesNotebooks]:
    """Where notebooks are examined; what has started stays as it is, other is ended."""
    return nullcontext(started) if started else Examiners(many=many)


def _runs(
    pool: Executor,
    examiners: ExaminesNotebooks,
    settings: Settings,
    assignment: Assignment,
    students: Sequence[tuple[str, str]],
    limit: int,
) -> Iterator[tuple[str, Future[Execution]]]:
    """Each student with the run of their submission, as it ends; at most `limit` are in memory.

    The students come with the names of their groups.
    """
    running: dict[Future[Execution], str] = {}
    for student, group in students:
        running[_submitted(pool, examiners, settings, assignment, student, group)] = student
        if len(running) == limit:
            yield from _ended(running)
    while running:
        yield from _ended(running)


def _ended(running: dict[Future[Execution], str]) -> Iterator[tuple[str, Future[Execution]]]:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        yield running.pop(future), future


def _submitted(
    pool: Executor,
    examiners: ExaminesNotebooks,
    settings: Settings,
    assignment: Assignment,
    student: str,
    group: str,
) -> Future[Execution]:
    """The run of a submission; where it can't be read, a future with the exception."""
    try:
        task = patiently(lambda: submission.read(settings, assignment, student, group))
        return pool.submit(execute, examiners, assignment, task)
    except Exception as error:
        future: Future[Execution] = Future()
        future.set_exception(error)
        return future


def _recorded(
    settings: Settings,
    assignment: str,
    student: str,
    execution: Callable[[], Execution],
    gradebook: Gradebook,
) -> SubmissionResult:
    """The record of a run, or of why there is none."""
    try:
        done = execution()
        return patiently(lambda: record(settings, done, gradebook))
    except SandboxError as error:
        raise refusal(error) from None
    except UnavailableError as error:
        raise CourseError(
            f"{error}; what was graded is on record, and the next run goes on."
        ) from None
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        result = failed(assignment, student, (Flag(FlagKind.GRADER_ERROR, "", reason),))
        # Where the gradebook itself is the trouble, the result alone can tell.
        with suppress(SQLAlchemyError, MissingEntry):
            keep_failed(settings, assignment, result)
        return result
