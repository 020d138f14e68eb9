"""Who gets which worker, and when: threads that take slots, without a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from distributed import Client

from autograder.batch.cluster.workers import Worker, Workers
from autograder.config import Sandbox
from autograder.examiner.jobs import ExaminerError, UnavailableError
from tests.examiner.office import SECONDS, until

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
        executor, lost = ThreadPoolExecutor(1), Future[None]()
        worker = Worker(address, slots, "a1", executor, lost)
        self.workers._seen[address] = lost
        self.workers._proved[address] = worker
        return worker


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


def test_a_dropped_worker_is_told_once(slots: Slots) -> None:
    """Where no other is left, and none was lost, nobody waits for one."""
    worker = slots.add("one", 1)
    slots.workers.drop(worker, "it is\x1b unfit")
    slots.workers.drop(worker, "it is unfit")
    assert slots.told == ["one is not used: it is? unfit"]
    with pytest.raises(UnavailableError, match=f"{SCHEDULER} has no worker left that can be used"):
        slots.workers.take()


def test_a_worker_elsewhere_is_not_even_asked(slots: Slots) -> None:
    """What it would be asked by goes over the network, where others can listen."""
    slots.workers._prove("tcp://10.0.0.5:4711", 1, Future())
    assert slots.told == [
        "tcp://10.0.0.5:4711 is not used: students' work goes to another machine by TLS alone"
    ]
    assert slots.workers.slots == 0


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
