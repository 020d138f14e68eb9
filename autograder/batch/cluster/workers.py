"""The workers that may be used, as the coordinator sees them: who has proved itself and is there.

A thread asks the scheduler for its workers again and again. Each that is new is asked for its
proof, whenever it joins, and one that is doubted is asked once more; one that is gone is known as
lost to whoever waits for it.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from distributed import Client
from distributed.scheduler import KilledWorker

from autograder.batch.cluster import at_worker
from autograder.batch.cluster.address import is_confidential
from autograder.batch.cluster.at_scheduler import ASK_SECONDS
from autograder.batch.cluster.machine import Machine
from autograder.batch.cluster.proof import Proof, UnfitWorkerError
from autograder.config import CourseError
from autograder.examiner.jobs import ExaminerError, UnavailableError
from autograder.limits import Limits
from autograder.words import line

POLL_SECONDS = 0.5
PROOF_SECONDS = 300.0  # of one worker
NOBODY_SECONDS = 120.0  # for workers to be started again, where all are lost
JOIN_SECONDS = 5.0  # for a question to the scheduler that has no answer yet
PROOFS = 256  # at once: who waits for one costs a thread
ENDED = "the worker ended"


class NoAnswerError(Exception):
    """A worker has given no answer: it could not run the task, say."""


class LostWorkerError(NoAnswerError):
    """It ended, or was cut off."""


class LateAnswerError(NoAnswerError):
    """It did not answer in time: it hangs, or is busy."""


@dataclass(eq=False)
class Worker:
    """A worker that has proved itself.

    Args:
        address: where it is.
        slots: how many notebooks it examines at once.
        process: as of `Proof`.
        executor: runs tasks on it, and nowhere else.
        lost: done when it is gone.
        busy: how many of its slots are taken.
        doubted: whether it has to prove itself once more before its slots are given.
        alone: whether the notebook that it has is to have no neighbour.
        kept_for: who waits to have it alone; nobody else gets a slot of it meanwhile.
        sources: the digests of sources that it was sent.
    """

    address: str
    slots: int
    process: str
    executor: Executor
    lost: Future[None]
    busy: int = 0
    doubted: bool = False
    alone: bool = False
    kept_for: object | None = None
    sources: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Candidate:
    """A worker that the scheduler has, whether or not it has proved itself.

    Args:
        slots: how many notebooks it would examine at once.
        lost: done when it is gone.
        proof_comes: whether its proof is waited for: it was asked, and has not let that wait.
        late: whether it did once; that is told once.
    """

    slots: int
    lost: Future[None] = field(default_factory=Future)
    proof_comes: bool = True
    late: bool = False


class Workers:
    """The workers of a scheduler; may be used by many threads.

    Args:
        client: Dask's, of the scheduler.
        scheduler: its address.
        limits: of students' code, which each worker is to hold in.
        tell: is given a sentence of each worker that is not used.
    """

    def __init__(
        self, client: Client, scheduler: str, limits: Limits, tell: Callable[[str], None]
    ) -> None:
        self.scheduler, self.over = scheduler, Future[None]()
        self._client, self._limits, self._tell = client, limits, tell
        self._here = Machine.here()
        self._why: ExaminerError | None = None  # no worker is given any more
        self._candidates: dict[str, Candidate] = {}  # by address
        self._proved: dict[str, Worker] = {}
        self._asked_again: set[str] = set()  # the addresses that are to be
        self._changed = threading.Condition()
        self._patient_until = 0.0  # with nobody there: who was lost may be started again
        self._proofs = ThreadPoolExecutor(PROOFS)
        self._watch = threading.Thread(target=self._look_again, daemon=True)

    def start(self) -> None:
        """Waits for a worker that may be used; others join it from then on.

        Raises:
            CourseError: there is none, or none may be used.
        """
        self._look()
        with self._changed:
            self._changed.wait_for(
                lambda: self._proved or not self._proofs_come() or self.over.done()
            )
            if not self._proved:
                what = "none of its workers can be used"
                what = what if self._candidates else "it has no worker yet"
                raise CourseError(f"--scheduler {line(self.scheduler, 200)}: {what}.")
        self._watch.start()

    @property
    def slots(self) -> int:
        """How many notebooks can be examined at once, if all who are asked prove themselves."""
        with self._changed:
            return sum(
                candidate.slots
                for address, candidate in self._candidates.items()
                if candidate.proof_comes or address in self._proved
            )

    def take(self, *, alone: bool = False) -> Worker:
        """A worker with a free slot, which is the caller's then; it is waited for.

        Args:
            alone: whether the worker does nothing else meanwhile.

        Raises:
            UnavailableError: there is none, and none comes.
            ExaminerError: the work was stopped.
        """
        waiter = object()
        with self._changed:
            try:
                found = functools.partial(self._idle, waiter) if alone else self._with_a_slot
                worker: Worker = self._wait_for(found)
                worker.alone = alone
                worker.busy += 1
                return worker
            finally:
                self._keep(None, waiter)
                self._changed.notify_all()

    def give_back(self, worker: Worker) -> None:
        """Frees the slot that `take` gave."""
        with self._changed:
            worker.busy -= 1
            worker.alone = worker.alone and worker.busy > 0
            self._changed.notify_all()

    def doubt(self, worker: Worker) -> None:
        """Gives no slot of a worker until it has proved itself again; what runs there goes on."""
        with self._changed:
            if self._proved.get(worker.address) is worker and not worker.doubted:
                worker.doubted = True
                self._candidates[worker.address].proof_comes = True
                self._asked_again.add(worker.address)

    def forget(self, worker: Worker) -> None:
        """Takes a worker for gone; who is at its address then is asked for a proof."""
        with self._changed:
            if self._proved.get(worker.address) is worker:
                self._lose(worker.address)

    def stop(self, why: ExaminerError) -> None:
        """Gives no worker any more; whoever waits for one gets this error."""
        with self._changed:
            self._why = self._why or why
            if not self.over.done():
                self.over.set_result(None)
            self._changed.notify_all()

    def require_going_on(self) -> None:
        """Makes sure that work goes on.

        Raises:
            UnavailableError, ExaminerError: as of `take`.
        """
        if self._why:
            raise type(self._why)(str(self._why))

    def close(self) -> None:
        """Stops, and ends the threads; before the client is closed."""
        self.stop(ExaminerError("the work was stopped"))
        self._proofs.shutdown(cancel_futures=True)
        if self._watch.is_alive():
            self._watch.join(JOIN_SECONDS)

    def _wait_for(self, found: Callable[[], Any]) -> Any:
        """What the question comes to be answered with; errors as of `take`. The lock is held."""
        while True:
            self.require_going_on()
            if answer := found():
                return answer
            if self._nobody_comes():
                raise UnavailableError(f"{self.scheduler} has no worker left that can be used")
            self._changed.wait(1.0)

    def _nobody_comes(self) -> bool:
        """Whether no worker can be used, and none has been lost that may come again."""
        there = any(not worker.doubted for worker in self._proved.values())
        return not (there or self._proofs_come()) and time.monotonic() > self._patient_until

    def _proofs_come(self) -> bool:
        return any(candidate.proof_comes for candidate in self._candidates.values())

    def _with_a_slot(self) -> Worker | None:
        """The worker with most of its slots free."""
        free = [w for w in self._free_for(None) if w.busy < w.slots and not w.alone]
        return min(free, key=lambda worker: worker.busy / worker.slots, default=None)

    def _idle(self, waiter: object) -> Worker | None:
        """A worker that does nothing; the one that soonest may is kept for this waiter."""
        found = next(iter(self._free_for(waiter)), None) or min(
            self._free_for(None), key=lambda worker: worker.busy, default=None
        )
        self._keep(found, waiter)
        return found if found and not found.busy else None

    def _free_for(self, waiter: object | None) -> list[Worker]:
        """The workers that are kept for this waiter; for nobody, where that is None."""
        workers = self._proved.values()
        return [w for w in workers if w.kept_for is waiter and not w.doubted]

    def _keep(self, kept: Worker | None, waiter: object) -> None:
        """Keeps a worker for this waiter, and no other one."""
        for worker in self._proved.values():
            if worker.kept_for is waiter:
                worker.kept_for = None
        if kept:
            kept.kept_for = waiter

    def _look_again(self) -> None:
        """Looks for workers until the work is over."""
        while not wait([self.over], POLL_SECONDS).done:
            try:
                self._look()
            except Exception:  # Dask has many ways to say so
                self.stop(gone(self.scheduler))

    def _look(self) -> None:
        """Learns which workers are there; whoever is new, or doubted, is asked for a proof.

        Raises:
            OSError: the scheduler can't be asked. Dask may raise something else.
        """
        if self._client.status != "running":
            raise OSError("the connection has ended")
        there: dict[str, int] = dict(self._client.nthreads(callback_timeout=ASK_SECONDS))
        with self._changed:
            for address in self._candidates.keys() - there.keys():
                self._lose(address)
            new = there.keys() - self._candidates.keys()
            self._candidates |= {address: Candidate(there[address]) for address in new}
            asked = sorted(new | self._asked_again)
            self._asked_again.clear()
            if not self.over.done():
                for address in asked:
                    self._proofs.submit(self._prove, address, self._candidates[address])

    def _lose(self, address: str) -> None:
        """Notes that a worker is gone; the lock is held."""
        self._candidates.pop(address).lost.set_result(None)
        self._asked_again.discard(address)
        if self._proved.pop(address, None):
            self._patient_until = time.monotonic() + NOBODY_SECONDS
        self._changed.notify_all()

    def _prove(self, address: str, candidate: Candidate) -> None:
        """Asks a worker for its proof, and takes it among those that are used, or tells why not."""
        try:
            self._add(self._worker(address, candidate), candidate)
        except LateAnswerError as error:
            self._ask_again(address, candidate, f"{error}, and is asked again")
        except (LostWorkerError, ExaminerError):
            pass  # it is gone, or the work is over: who waits for it learns that
        except (UnfitWorkerError, NoAnswerError) as error:
            self._refuse(address, candidate, str(error))
        except Exception as error:  # Dask's, of a connection that ends, say
            self._refuse(address, candidate, f"{type(error).__name__}: {error}")
        finally:
            with self._changed:
                self._changed.notify_all()

    def _worker(self, address: str, candidate: Candidate) -> Worker:
        """The worker at an address, which has proved itself.

        Raises:
            UnfitWorkerError: it may not be used.
            NoAnswerError, ExaminerError: as of `awaited`.
        """
        if not is_confidential(address, self.scheduler):
            raise UnfitWorkerError("students' work goes to another machine by TLS alone")
        executor = self._client.get_executor(workers=[address], pure=False, retries=0)
        task = executor.submit(at_worker.proof, self._limits)
        proof = Proof.read(awaited(task, candidate.lost, self, PROOF_SECONDS))
        if faults := list(proof.faults(self._here, self.scheduler)):
            raise UnfitWorkerError("; ".join(faults))
        return Worker(address, candidate.slots, proof.process, executor, candidate.lost)

    def _add(self, worker: Worker, candidate: Candidate) -> None:
        """Uses a worker, which may have proved itself before."""
        with self._changed:
            candidate.proof_comes = False
            former = self._proved.get(worker.address)
            if candidate.lost.done():
                return
            if former and former.process == worker.process:
                former.doubted = False
            else:
                self._proved[worker.address] = worker

    def _ask_again(self, address: str, candidate: Candidate, reason: str) -> None:
        """Has a worker asked for its proof once more, which nobody waits for; tells so once."""
        with self._changed:
            candidate.proof_comes = False
            if candidate.lost.done():
                return
            told, candidate.late = candidate.late, True
            self._asked_again.add(address)
        if not told:
            self._tell_unused(address, reason)

    def _refuse(self, address: str, candidate: Candidate, reason: str) -> None:
        """Uses a worker no more, and tells so; it stays known, and is not asked for a proof again.

        Args:
            address: the worker's.
            candidate: it may be gone already.
            reason: a few words.
        """
        with self._changed:
            candidate.proof_comes = False
            if not candidate.lost.done():
                self._proved.pop(address, None)
        self._tell_unused(address, reason)

    def _tell_unused(self, address: str, reason: str) -> None:
        self._tell(f"{line(address, 200)} is not used: {line(reason, 1000)}")


def gone(scheduler: str) -> UnavailableError:
    """What is said of a scheduler that does not answer any more."""
    return UnavailableError(f"the scheduler at {line(scheduler, 200)} is gone")


def awaited(task: Future[Any], lost: Future[None], workers: Workers, seconds: float) -> Any:
    """What a task on a worker gives; it is cancelled where that is not waited for any more.

    Args:
        task: the worker's.
        lost: done when the worker is gone.
        workers: those among which it is.
        seconds: how long it may take.

    Raises:
        LostWorkerError: the worker is gone.
        LateAnswerError: it took too long.
        NoAnswerError: the task could not be run on it.
        UnavailableError, ExaminerError: as of `Workers.take`.
    """
    waited = wait([task, lost, workers.over], seconds, FIRST_COMPLETED)
    if task.done() and not task.cancelled():
        error = task.exception()
        if isinstance(error, KilledWorker):
            raise LostWorkerError(ENDED)
        if error:
            reason = line(f"{type(error).__name__}: {error}", 200)
            raise NoAnswerError(f"it does not run the kit's tasks: {reason}")
        return task.result()
    task.cancel()
    workers.require_going_on()
    if lost.done():
        raise LostWorkerError(ENDED)
    if not waited.done:
        raise LateAnswerError(f"it did not answer within {seconds:.0f} s")
    # Dask cancels what waits when it has lost the scheduler.
    workers.stop(gone(workers.scheduler))
    raise gone(workers.scheduler)
