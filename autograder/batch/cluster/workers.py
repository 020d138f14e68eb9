"""The workers that may be used, as the coordinator sees them: who has proved itself and is there.

A thread asks the scheduler for its workers again and again. Each that is new is asked for its
proof, whenever it joins; one that is gone is known as lost to whoever waits for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from distributed import Client
from distributed.scheduler import KilledWorker

from autograder.batch.cluster import at_worker
from autograder.batch.cluster.address import is_private
from autograder.batch.cluster.machine import Machine
from autograder.batch.cluster.proof import Proof, UnfitWorkerError
from autograder.config import CourseError
from autograder.examiner.jobs import ExaminerError, UnavailableError
from autograder.limits import Limits
from autograder.words import line

POLL_SECONDS = 0.5
PROOF_SECONDS = 300.0  # of one worker
NOBODY_SECONDS = 120.0  # for workers to be started again, where all are lost
PROOFS = 16  # at once
ENDED = "the worker ended"


class LostWorkerError(Exception):
    """A worker ended, or was cut off, before it answered."""


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
        kept: whether it is kept for one notebook alone.
    """

    address: str
    slots: int
    process: str
    executor: Executor
    lost: Future[None]
    busy: int = 0
    kept: bool = field(default=False)


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
        self._seen: dict[str, Future[None]] = {}  # of each address, what is done when it is gone
        self._proved: dict[str, Worker] = {}
        self._changed = threading.Condition()
        self._patient_until = 0.0  # with nobody there: who was lost may be started again
        self._proving = 0  # workers that are asked for their proof
        self._proofs = ThreadPoolExecutor(PROOFS)
        self._watch = threading.Thread(target=self._look_again, daemon=True)

    def start(self) -> None:
        """Waits for the proofs of all workers that are there, and looks for others from then on.

        Raises:
            CourseError: there is none, or none may be used.
        """
        proofs = self._look()
        wait(proofs)
        if not self._proved:
            what = "none of its workers can be used" if proofs else "it has no worker yet"
            raise CourseError(f"--scheduler {line(self.scheduler, 200)}: {what}.")
        self._watch.start()

    @property
    def slots(self) -> int:
        """How many notebooks can be examined at once now."""
        with self._changed:
            return sum(worker.slots for worker in self._proved.values())

    def take(self, *, alone: bool = False) -> Worker:
        """A worker with a free slot, which is the caller's then; it is waited for.

        Args:
            alone: whether the worker does nothing else meanwhile.

        Raises:
            UnavailableError: there is none, and none comes.
            ExaminerError: the work was stopped.
        """
        with self._changed:
            worker: Worker = self._wait_for(self._idle if alone else self._with_a_slot)
            worker.kept = alone
            worker.busy += 1
            return worker

    def give_back(self, worker: Worker) -> None:
        """Frees the slot that `take` gave."""
        with self._changed:
            worker.busy -= 1
            worker.kept = worker.kept and worker.busy > 0
            self._changed.notify_all()

    def drop(self, worker: Worker, reason: str) -> None:
        """Uses a worker no more, and tells so; it stays known, and is not asked for a proof again.

        Args:
            worker: it may be gone already.
            reason: a few words.
        """
        with self._changed:
            if self._proved.get(worker.address) is not worker:
                return
            del self._proved[worker.address]
            self._changed.notify_all()
        self._tell_unused(worker.address, reason)

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
            self._watch.join()

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
        return not (self._proved or self._proving) and time.monotonic() > self._patient_until

    def _with_a_slot(self) -> Worker | None:
        """The worker with most of its slots free."""
        free = [w for w in self._proved.values() if w.busy < w.slots and not w.kept]
        return min(free, key=lambda worker: worker.busy / worker.slots, default=None)

    def _idle(self) -> Worker | None:
        """A worker that does nothing; the one that soonest may is kept from getting more work."""
        others = [w for w in self._proved.values() if not w.kept or not w.busy]
        found = min(others, key=lambda worker: worker.busy, default=None)
        if not found or not found.busy:
            return found
        found.kept = True
        return None

    def _look_again(self) -> None:
        """Looks for workers until the work is over."""
        while not wait([self.over], POLL_SECONDS).done:
            try:
                self._look()
            except Exception:  # Dask has many ways to say so
                self.stop(gone(self.scheduler))

    def _look(self) -> list[Future[None]]:
        """Learns which workers are there; the proofs of new ones, which have begun.

        Raises:
            OSError: the scheduler can't be asked. Dask may raise something else.
        """
        if self._client.status != "running":
            raise OSError("the connection has ended")
        there: dict[str, int] = dict(self._client.nthreads())
        with self._changed:
            for address in self._seen.keys() - there.keys():
                self._lose(address)
            new = there.keys() - self._seen.keys()
            self._seen |= {address: Future() for address in new}
            lost = {address: self._seen[address] for address in new}
            if self.over.done():
                return []
            self._proving += len(new)
            return [
                self._proofs.submit(self._prove, address, there[address], lost[address])
                for address in sorted(new)
            ]

    def _lose(self, address: str) -> None:
        """Notes that a worker is gone; the lock is held."""
        self._seen.pop(address).set_result(None)
        if self._proved.pop(address, None):
            self._patient_until = time.monotonic() + NOBODY_SECONDS
        self._changed.notify_all()

    def _prove(self, address: str, slots: int, lost: Future[None]) -> None:
        """Asks a worker for its proof, and takes it among those that are used, or tells why not."""
        try:
            if not is_private(address, self.scheduler):
                raise UnfitWorkerError("students' work goes to another machine by TLS alone")
            executor = self._client.get_executor(workers=[address], pure=False, retries=0)
            task = executor.submit(at_worker.proof, self._limits)
            proof = Proof.read(awaited(task, lost, self, PROOF_SECONDS))
            if faults := list(proof.faults(self._here, self.scheduler)):
                raise UnfitWorkerError("; ".join(faults))
        except UnfitWorkerError as error:
            self._tell_unused(address, str(error))
        except (LostWorkerError, ExaminerError):
            pass  # it is gone, or the work is over: who waits for it learns that
        except Exception as error:  # Dask's, of a connection that ends, say
            self._tell_unused(address, f"{type(error).__name__}: {error}")
        else:
            with self._changed:
                if not lost.done():
                    worker = Worker(address, slots, proof.process, executor, lost)
                    self._proved[address] = worker
        finally:
            with self._changed:
                self._proving -= 1
                self._changed.notify_all()

    def _tell_unused(self, address: str, reason: str) -> None:
        self._tell(f"{line(address, 200)} is not used: {line(reason, 1000)}")


def gone(scheduler: str) -> UnavailableError:
    """What is said of a scheduler that does not answer any more."""
    return UnavailableError(f"the scheduler at {line(scheduler, 200)} is gone")


def awaited(
    task: Future[Any], lost: Future[None], workers: Workers, seconds: float | None = None
) -> Any:
    """What a task on a worker gives; it is cancelled where that is not waited for any more.

    Args:
        task: the worker's.
        lost: done when the worker is gone.
        workers: those among which it is.
        seconds: how long it may take.

    Raises:
        LostWorkerError: the worker is gone.
        UnfitWorkerError: the task could not be run on it, or took too long.
        UnavailableError, ExaminerError: as of `Workers.take`.
    """
    waited = wait([task, lost, workers.over], seconds, FIRST_COMPLETED)
    if task.done() and not task.cancelled():
        error = task.exception()
        if isinstance(error, KilledWorker):
            raise LostWorkerError(ENDED)
        if error:
            reason = line(f"{type(error).__name__}: {error}", 200)
            raise UnfitWorkerError(f"it does not run the kit's tasks: {reason}")
        return task.result()
    task.cancel()
    workers.require_going_on()
    if lost.done():
        raise LostWorkerError(ENDED)
    if not waited.done:
        raise UnfitWorkerError(f"it did not answer within {seconds:.0f} s")
    # Dask cancels what waits when it has lost the scheduler.
    workers.stop(gone(workers.scheduler))
    raise gone(workers.scheduler)
