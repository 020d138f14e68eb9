"""Who gets which worker, and when: threads that take slots, without a cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from distributed import Client
from distributed.scheduler import KilledWorker

from autograder.batch.cluster.cluster import Cluster
from autograder.batch.cluster.workers import (
    Candidate,
    LateAnswerError,
    LostWorkerError,
    NoAnswerError,
    Worker,
    Workers,
    awaited,
)
from autograder.config import Sandbox
from autograder.examiner.jobs import Examined, ExaminerError, Job, UnavailableError
from tests.examiner.office import ORDINARY, SECONDS, until

SHORT_SECONDS = 0.2
SCHEDULER = "tcp://127.0.0.1:8786"


@dataclass
class Slots:
    """Workers of nobody's, and what was told of them."""

    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        client = cast("Client", None)  # only who looks for workers asks it
        self.workers = Workers(client, SCHEDULER, Sandbox().limits(), self.told.append)

    def add(self, address: str, slots: int) -> Worker:
        """A worker that has proved itself."""
        candidate = Candidate(slots, proof_comes=False)
        worker = Worker(address, slots, "a1", ThreadPoolExecutor(1), candidate.lost)
        self.workers._candidates[address] = candidate
        self.workers._proved[address] = worker
        return worker

    def candidate(self, worker: Worker) -> Candidate:
        """A worker as the scheduler has it."""
        return self.workers._candidates[worker.address]


class NoAnswers(Cluster):
    """A cluster whose workers have no answer to anything."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def _asked(self, worker: Worker, job: Job) -> Examined:
        raise NoAnswerError("too large")


@pytest.fixture
def slots() -> Iterator[Slots]:
    """Nobody waits for them when the test has ended."""
    slots = Slots()
    yield slots
    slots.workers.close()


def in_background(call: Any) -> Future[Any]:
    """What a call gives, on another thread."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(call)
    pool.shutdown(wait=False)
    return future


def waits(future: Future[Any]) -> bool:
    """Whether it has not come to an end for a while."""
    with pytest.raises(TimeoutError):
        future.result(SHORT_SECONDS)
    return True


def test_the_least_busy_worker_is_taken(slots: Slots) -> None:
    """As many at once as there are slots; who comes then waits for one."""
    large, small = slots.add("large", 2), slots.add("small", 1)
    assert slots.workers.slots == 3
    taken = [slots.workers.take() for _ in range(3)]
    assert sorted(worker.address for worker in taken) == ["large", "large", "small"]
    future = in_background(slots.workers.take)
    assert waits(future)
    slots.workers.give_back(small)
    assert future.result(SECONDS) is small
    assert large.busy == 2


def test_who_has_a_worker_alone_has_no_neighbour(slots: Slots) -> None:
    """What runs on it ends first, nothing begins on it meanwhile, and then it is everyone's."""
    worker = slots.add("one", 2)
    slots.workers.take()
    alone = in_background(lambda: slots.workers.take(alone=True))
    assert waits(alone)
    other = in_background(slots.workers.take)
    assert waits(other)
    slots.workers.give_back(worker)
    assert alone.result(SECONDS) is worker
    assert waits(other)
    slots.workers.give_back(worker)
    assert other.result(SECONDS) is worker


def test_a_lost_worker_is_not_taken_again(slots: Slots) -> None:
    """Whoever waits for it learns that; others are waited for, since they may be started again."""
    worker = slots.add("one", 1)
    slots.workers.take()
    slots.workers.forget(worker)
    assert worker.lost.done()
    future = in_background(slots.workers.take)
    assert waits(future)
    other = slots.add("one", 1)
    assert until(future.done)
    assert future.result() is other
    slots.workers.forget(worker)
    assert not other.lost.done()


def test_who_waits_to_be_alone_is_not_passed_by(slots: Slots) -> None:
    """A worker that is kept for one gets no other notebook, though others ask before it is free."""
    worker = slots.add("one", 1)
    slots.workers.take()
    first = in_background(lambda: slots.workers.take(alone=True))
    assert until(lambda: worker.kept_for)
    others = [in_background(slots.workers.take) for _ in range(3)]
    second = in_background(lambda: slots.workers.take(alone=True))
    assert waits(second)
    slots.workers.give_back(worker)
    assert first.result(SECONDS) is worker
    assert until(lambda: worker.kept_for)  # for the second
    slots.workers.give_back(worker)
    assert second.result(SECONDS) is worker
    assert not any(other.done() for other in others)
    slots.workers.give_back(worker)
    for left in (2, 1, 0):
        assert until(lambda left=left: sum(not other.done() for other in others) == left)
        slots.workers.give_back(worker)


def test_what_gives_no_answer_is_counted(slots: Slots) -> None:
    """One large notebook can't walk through all workers: it has failed, and each proves itself."""
    workers = [slots.add(name, 1) for name in ("a", "b", "c", "d")]
    with pytest.raises(ExaminerError, match="3 workers had it, one after the other: too large"):
        NoAnswers(slots.workers).examine(ORDINARY)
    assert [worker.doubted for worker in workers] == [True, True, True, False]
    assert [worker.busy for worker in workers] == [0, 0, 0, 0]
    assert not slots.told


def test_a_refused_worker_is_told(slots: Slots) -> None:
    """Where no other is left, and none was lost, nobody waits for one."""
    worker = slots.add("one", 1)
    slots.workers._refuse("one", slots.candidate(worker), "it is\x1b unfit")
    assert slots.told == ["one is not used: it is? unfit"]
    with pytest.raises(UnavailableError, match=f"{SCHEDULER} has no worker left that can be used"):
        slots.workers.take()


def test_a_doubted_worker_proves_itself_again(slots: Slots) -> None:
    """Meanwhile no slot of it is given; what runs on it goes on, and is counted when it is back."""
    worker = slots.add("one", 2)
    slots.workers.take()
    slots.workers.doubt(worker)
    slots.workers.doubt(worker)
    assert slots.workers._asked_again == {"one"}
    assert not worker.lost.done()
    future = in_background(slots.workers.take)
    assert waits(future)
    again = Worker("one", 2, worker.process, worker.executor, worker.lost)
    slots.workers._add(again, slots.candidate(worker))
    slots.workers.give_back(worker)
    assert future.result(SECONDS) is worker
    assert worker.busy == 1


def test_a_late_proof_holds_nobody_up(slots: Slots) -> None:
    """It is asked for again, told once, and not waited for where nobody else is left."""
    worker = slots.add("one", 1)
    slots.workers.doubt(worker)
    assert slots.workers._proofs_come()
    for _ in range(2):
        slots.workers._asked_again.clear()
        slots.workers._ask_again("one", slots.candidate(worker), "it is late")
        assert slots.workers._asked_again == {"one"}
    assert slots.told == ["one is not used: it is late"]
    with pytest.raises(UnavailableError):
        slots.workers.take()


def test_a_worker_elsewhere_is_not_even_asked(slots: Slots) -> None:
    """What it would be asked by goes over the network, where others can listen."""
    slots.workers._prove("tcp://10.0.0.5:4711", Candidate(1))
    assert slots.told == [
        "tcp://10.0.0.5:4711 is not used: students' work goes to another machine by TLS alone"
    ]
    assert slots.workers.slots == 0


class SomeWorkers:
    """A scheduler's answers to a client: these workers, until it hangs.

    Args:
        addresses: of workers with a slot each; none where it hangs.
    """

    status = "running"

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.patience = 0.0

    def nthreads(self, callback_timeout: float) -> dict[str, int]:
        """The workers, or what Dask's client raises after these seconds."""
        self.patience = callback_timeout
        if not self.addresses:
            raise TimeoutError
        return dict.fromkeys(self.addresses, 1)


class StartedWorkers(Workers):
    """Those of a scheduler of which one proves itself, and the others are silent."""

    def _worker(self, address: str, candidate: Candidate) -> Worker:
        if address == "good":
            return Worker(address, 1, "a1", ThreadPoolExecutor(1), candidate.lost)
        awaited(Future(), candidate.lost, self, SECONDS)
        raise AssertionError("nobody answers")


def started(client: SomeWorkers) -> StartedWorkers:
    """Workers that have begun."""
    limits = Sandbox().limits()
    workers = StartedWorkers(cast("Client", client), SCHEDULER, limits, lambda _: None)
    workers.start()
    return workers


def test_it_begins_with_the_first_proof() -> None:
    """A silent worker holds nobody up; it is counted, since its proof may come."""
    begun = time.monotonic()
    workers = started(SomeWorkers("good", "silent"))
    assert workers.take().address == "good"
    assert workers.slots == 2
    workers.close()
    assert time.monotonic() - begun < SECONDS / 2


def test_a_scheduler_that_hangs_is_gone() -> None:
    """It is asked with a deadline; who waits for a worker learns it, and the end is no longer."""
    client = SomeWorkers("good")
    workers = started(client)
    workers.take()
    client.addresses = ()
    with pytest.raises(UnavailableError, match=f"the scheduler at {SCHEDULER} is gone"):
        workers.take()
    workers.close()
    assert 0 < client.patience <= SECONDS


def test_a_task_has_a_deadline(slots: Slots) -> None:
    """A worker that is paused, or hangs, never answers."""
    with pytest.raises(LateAnswerError, match="it did not answer within 0 s"):
        awaited(Future(), Future(), slots.workers, SHORT_SECONDS)


@pytest.mark.parametrize(
    ("error", "kind"),
    [(KilledWorker("task", "worker", 3), LostWorkerError), (MemoryError(), NoAnswerError)],
)
def test_a_task_that_fails_is_no_answer(
    slots: Slots, error: Exception, kind: type[NoAnswerError]
) -> None:
    """The worker ended, or could not run it: one large notebook may be why."""
    task = Future[None]()
    task.set_exception(error)
    with pytest.raises(NoAnswerError) as raised:
        awaited(task, Future(), slots.workers, SHORT_SECONDS)
    assert type(raised.value) is kind


def test_a_stop_ends_the_waiting(slots: Slots) -> None:
    """The first reason is everyone's."""
    slots.add("one", 1)
    slots.workers.take()
    future = in_background(slots.workers.take)
    assert waits(future)
    slots.workers.stop(UnavailableError("it is gone"))
    slots.workers.close()
    with pytest.raises(UnavailableError, match="it is gone"):
        future.result(SECONDS)
    with pytest.raises(ExaminerError, match="it is gone"):
        slots.workers.take()
