"""Grading many submissions: examiners run them, this process alone reads and records."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass

from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.batch.unchanged import Known, Part, Records
from autograder.config import CourseError, Settings
from autograder.examiner.examiners import Examiners, room_for
from autograder.examiner.jobs import ExaminesNotebooks, UnavailableError
from autograder.grading import assignment as assignments
from autograder.grading import roster, submission
from autograder.grading.allowances import NO_ALLOWANCE, Allowance
from autograder.grading.assignment import Assignment
from autograder.grading.execution import NOTHING, Execution, execute, refusal
from autograder.grading.nbgrader_internals import one_engine
from autograder.grading.proof import prove
from autograder.grading.records.gradebook import patiently, trouble
from autograder.grading.records.penalties import Rule
from autograder.grading.records.record import failed, keep_failed, record
from autograder.isolation.errors import SandboxError
from autograder.reporting.tally import Need, Tally
from autograder.results import Flag, FlagKind, SubmissionResult

MOST_REASON = 300  # letters of what went wrong
MANY = 10  # students for whom processes are made that take longer to start


@dataclass(frozen=True)
class Graded:
    """A submission that was graded, or left as it was.

    Args:
        result: what is on record now.
        former: what was before; None where there was nothing.
    """

    result: SubmissionResult
    former: SubmissionResult | None = None


@dataclass(frozen=True)
class _Task:
    """A submission to be run.

    Args:
        student: whose it is.
        group: with whom they handed in; "" for alone.
        known: what is on record of it; None for nothing.
    """

    student: str
    group: str
    known: Known | None = None


def grade_class(
    settings: Settings,
    assignment: str,
    students: Sequence[str],
    jobs: int,
    started: Examiners | None = None,
    cluster: ExaminesNotebooks | None = None,
    *,
    force: bool = False,
    copies: Settings | None = None,
    tally: Tally | None = None,
) -> Iterator[Graded]:
    """The submissions as they come in; each is on record before it is yielded.

    One whose record would come out the same is not run, and is `unchanged`. What goes wrong with
    one submission is in its own record, and touches no other.

    Args:
        settings: the course's.
        assignment: its name.
        students: whom to grade; each has handed something in.
        jobs: how many submissions run at once.
        started: where notebooks are examined; others are started and ended where it is None.
        cluster: other machines that examine students' notebooks instead, while the source proves
            itself here; an error, or Ctrl-C, stops them.
        force: whether everyone's is run.
        copies: for a rehearsal, where graded copies are that are still good: where `settings` puts
            new ones, none is kept.
        tally: is told what has to be run, as far as it is known.

    Raises:
        CourseError: students' code can't be held in on this machine, the source is not what was
            released, or does not prove itself; two settings would take something off for being
            late, or what the roster grants can't be read; or nowhere is left to run it.
    """
    source, allowances = _gradable(settings, assignment)
    room = room_for(len(source.notebooks))
    # Threads: they wait for processes that do the work.
    with (
        one_engine(),
        _examiners(started, room, many=not cluster and len(students) >= MANY) as here,
        ThreadPoolExecutor(max(jobs, 1)) as pool,
    ):
        source = prove(settings, source, here)
        examiners: ExaminesNotebooks = cluster or here
        if examiners is not here and here is not started:
            here.close()  # it is not needed any more
        try:
            gradebook = patiently(lambda: Gradebook(settings.directory.db_url))
            gradebook.close()  # until the first record: it opens itself again
            groups = roster.groups(settings.roster_path)
            records = Records(settings, copies or settings, source, groups, allowances)
            rehearsed = copies is not None
            run = _Run(
                *(pool, examiners, settings, source, gradebook),
                *(2 * jobs, force, rehearsed, allowances),
            )
            yield from run.graded(_tasks(records, students, groups, tally, force=force))
        except BaseException:  # Ctrl-C too: nobody waits for what is running
            pool.shutdown(wait=False, cancel_futures=True)
            if examiners is not started:
                examiners.stop()
            raise


def _gradable(settings: Settings, assignment: str) -> tuple[Assignment, Mapping[str, Allowance]]:
    """The assignment, and what the roster grants students; an error where it can't be graded."""
    source = assignments.read(settings, assignment)
    patiently(lambda: assignments.require_release(settings, source))
    Rule.of(settings)  # or it would be told of each submission
    due = patiently(lambda: roster.due(settings, assignment))
    return source, roster.allowances(settings, assignment, due)


def _examiners(
    started: Examiners | None, room: int, *, many: bool
) -> AbstractContextManager[Examiners]:
    """Examiners on this machine; what has started stays as it is, other is ended."""
    return nullcontext(started) if started else Examiners(room, many=many)


def _tasks(
    records: Records,
    students: Sequence[str],
    groups: Mapping[str, str],
    tally: Tally | None,
    *,
    force: bool,
) -> Iterator[Graded | _Task]:
    """Each student's submission: to be run, or as it is on record."""
    if tally:
        tally.expect(len({*students} - records.students()))
    for part in records.parts(students):
        unchanged = set() if force else {each.student for each in part.unchanged}
        if tally:
            tally.look(_need(part, unchanged, student) for student in part.students)
        if unchanged:
            for result in part.renewed():
                yield Graded(result, part.known[result.student].result)
        for student in part.students:
            if student not in unchanged:
                yield _Task(student, groups.get(student, ""), part.known.get(student))


def _need(part: Part, unchanged: Set[str], student: str) -> Need:
    """What a student's submission needs, for who counts them."""
    if student in unchanged:
        return Need.NOTHING
    return Need.ANOTHER_RUN if student in part.known else Need.FIRST_RUN


@dataclass(frozen=True)
class _Run:
    """What a class is graded with; at most `limit` submissions are in memory.

    Graded copies that are `rehearsed` are not kept; `allowances` are what the roster grants
    students. The other arguments are those of `grade_class`.
    """

    pool: Executor
    examiners: ExaminesNotebooks
    settings: Settings
    assignment: Assignment
    gradebook: Gradebook
    limit: int
    force: bool
    rehearsed: bool
    allowances: Mapping[str, Allowance]

    def graded(self, tasks: Iterable[Graded | _Task]) -> Iterator[Graded]:
        """The submissions as they come in."""
        running: dict[Future[Execution], _Task] = {}
        for task in tasks:
            if isinstance(task, Graded):
                yield task
                continue
            running[self._submitted(task)] = task
            if len(running) == self.limit:
                yield from self._ended(running)
        while running:
            yield from self._ended(running)

    def _ended(self, running: dict[Future[Execution], _Task]) -> Iterator[Graded]:
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            task = running.pop(future)
            before = task.known.result if task.known else None
            yield Graded(self._recorded(task.student, future.result), before)
            if self.rehearsed:
                copy = self.settings.step("autograded", self.assignment.name, task.student)
                shutil.rmtree(copy, ignore_errors=True)

    def _submitted(self, task: _Task) -> Future[Execution]:
        """The run of a submission; where it can't be read, a future with the exception."""
        try:
            read = patiently(
                lambda: submission.read(self.settings, self.assignment, task.student, task.group),
                answered=True,
            )
            former = NOTHING if self.force or not task.known else task.known.notebooks()
            return self.pool.submit(execute, self.examiners, self.assignment, read, former)
        except Exception as error:
            future: Future[Execution] = Future()
            future.set_exception(error)
            return future

    def _recorded(self, student: str, execution: Callable[[], Execution]) -> SubmissionResult:
        """The record of a run, or of why there is none."""
        try:
            done, allowance = execution(), self.allowances.get(student, NO_ALLOWANCE)
            return patiently(
                lambda: record(self.settings, done, self.gradebook, allowance), answered=True
            )
        except SandboxError as error:
            raise refusal(error) from None
        except UnavailableError as error:
            raise CourseError(
                f"{error}; what was graded is on record, and the next run goes on."
            ) from None
        except Exception as error:
            told = (
                trouble(error) if isinstance(error, SQLAlchemyError | InvalidEntry) else str(error)
            )
            reason = " ".join(f"{type(error).__name__}: {told}".split())[:MOST_REASON]
            flag = Flag(FlagKind.GRADER_ERROR, "", reason)
            result = failed(self.assignment.name, student, (flag,))
            # Where the gradebook itself is the trouble, the result alone can tell.
            with suppress(SQLAlchemyError, InvalidEntry, MissingEntry):
                patiently(
                    lambda: keep_failed(self.settings, self.assignment.name, result), answered=True
                )
            return result
