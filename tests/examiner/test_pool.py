"""Notebooks share the room that there is: what is used stays, and a stop waits for nobody."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.examiner.examiners import (
    OPENED,
    OPENED_BYTES,
    SHARE,
    ExaminerError,
    Examiners,
    Job,
    room_for,
)
from autograder.examiner.pool import Pool
from tests.examiner.office import (
    ORDINARY,
    SECONDS,
    TEXT,
    WAITS,
    Office,
    children,
    descriptors,
    errors,
    family,
    go,
    goes_on,
    gone,
    job,
    until,
)

GIB = 1 << 30
AT_ONCE_SECONDS = 1.0
HELD_UP_SECONDS = 3.0  # more than a notebook takes that nothing holds up
WAITING = job(f"{WAITS}{TEXT['solution']}")
SLEEPS = job(given="import time\nopen('here', 'w').close()\ntime.sleep(1000)")


def again(one: Job, answer: str = TEXT["solution"]) -> Job:
    """Another hand-in of the same notebook."""
    index, solution, test = one.cells
    return replace(one, cells=[index, {**solution, "text": answer}, test])


def openings(office: Office) -> list[Path]:
    """The folders of the notebooks that are open, or are being opened."""
    return list(office.zygote.folder.glob("opening-*"))


def opening(office: Office) -> Path:
    """The folder of a notebook whose first cells wait."""
    found = until(lambda: list(office.zygote.folder.glob("opening-*/here")))
    return Path(found[0].parent)


@pytest.fixture(scope="module")
def room_for_one(processes: None) -> Iterator[Office]:
    """Examiners with one notebook open at a time, for all tests that leave them fit for work."""
    yield from shared(Office(Examiners(room=1)))


@pytest.fixture(scope="module")
def roomy(processes: None) -> Iterator[Office]:
    """The same, with two notebooks open at a time."""
    yield from shared(Office(Examiners(room=2)))


@pytest.fixture
def to_stop(processes: None) -> Iterator[Office]:
    """Examiners of a test's own, to be ended, of which nothing may be left."""
    yield from ending(Office(Examiners(room=1)))


@pytest.fixture
def roomy_to_stop(processes: None) -> Iterator[Office]:
    """The same, with two notebooks open at a time."""
    yield from ending(Office(Examiners(room=2)))


def shared(office: Office) -> Iterator[Office]:
    """Ends what a module has had."""
    with office.pool:
        yield office
        office.examiners.stop()


def ending(office: Office) -> Iterator[Office]:
    """Ends what a test has had, whatever came of it, and looks for what is left."""
    mine, before = children(os.getpid()), descriptors()
    with office.pool:
        try:
            yield office
        finally:
            office.examiners.stop()
    assert children(os.getpid()) == mine
    assert descriptors() == before


# Room ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_three_notebooks_and_four_threads_in_room_for_one(room_for_one: Office) -> None:
    """Each notebook gets its grades, however often the others take its room; no more is open."""
    sources = [job(test=f"assert f({n}) == {2 * n}") for n in range(3)]
    hand_ins = [sources[(step + step // 4) % 3] for step in range(12)]
    futures = [room_for_one.begin(again(one)) for one in hand_ins]
    assert [(errors(f.result(SECONDS)), f.result().flags) for f in futures] == [([], [])] * 12
    assert len(openings(room_for_one)) == 1
    # The zygote, that of the examiners, and two for the notebook that is open.
    until(lambda: len(family(room_for_one.zygote.process.pid)) == 4)


@pytest.mark.slow
def test_what_is_used_stays(room_for_one: Office) -> None:
    """A thread with another notebook waits until the one that is open is used no more."""
    first = room_for_one.begin(WAITING)
    [folder] = room_for_one.waiting()
    second = room_for_one.begin(ORDINARY)
    with pytest.raises(TimeoutError):
        second.result(HELD_UP_SECONDS)
    assert folder.exists()
    go(folder)
    assert [errors(future.result(SECONDS)) for future in (first, second)] == [[], []]


@pytest.mark.slow
def test_what_was_used_longest_ago_makes_way(roomy: Office) -> None:
    """Of two that nobody uses the one is closed that was used before the other."""
    first, second, third = job(), job(), job()
    for one in (first, second, again(first), third):
        assert errors(roomy.examiners.examine(one)) == []
    assert list(roomy.examiners.pool.places) == [first.source, third.source]
    assert len(openings(roomy)) == 2


@pytest.mark.slow
def test_an_open_notebook_waits_for_no_opening(roomy: Office) -> None:
    """While the first cells of one notebook run, others are examined; two threads open one."""
    assert errors(roomy.examiners.examine(ORDINARY)) == []
    slow = job(given=WAITS)
    futures = [roomy.begin(slow), roomy.begin(again(slow))]
    folder = opening(roomy)
    assert errors(roomy.begin(ORDINARY).result(SECONDS)) == []
    assert [future.done() for future in futures] == [False, False]
    go(folder)
    assert [errors(goes_on(roomy, future)) for future in futures] == [[], []]
    assert len(openings(roomy)) == 2


def test_a_notebook_that_can_not_be_opened_leaves_its_room(room_for_one: Office) -> None:
    """All who wanted it are told; the next notebook is examined in its place."""
    assert errors(room_for_one.examiners.examine(ORDINARY)) == []
    before = descriptors()
    broken = job(given="import os\nos._exit(1)")
    for future in [room_for_one.begin(broken) for _ in range(4)]:
        with pytest.raises(ExaminerError, match="first cells did not run"):
            future.result(SECONDS)
    assert openings(room_for_one) == []
    assert errors(room_for_one.examiners.examine(ORDINARY)) == []
    assert descriptors() == before


def test_one_that_dies_takes_no_other_notebook_with_it(roomy: Office) -> None:
    """It is opened again; the notebook beside it goes on in the processes that it has."""
    assert errors(roomy.examiners.examine(ORDINARY)) == []
    beside = roomy.begin(WAITING)
    roomy.waiting()
    zygotes, (dies, lives) = roomy.zygotes, roomy.opened()
    os.kill(dies.examiners._pid(), signal.SIGKILL)
    until(lambda: not dies.alive())
    assert errors(roomy.examiners.examine(ORDINARY)) == []
    assert errors(goes_on(roomy, beside)) == []
    assert roomy.zygotes is zygotes
    assert lives.alive()


def test_an_opening_that_dies_begins_again(room_for_one: Office) -> None:
    """Its processes were killed while the first cells ran: these are run once more."""
    future = room_for_one.begin(job(given=WAITS))
    folder, zygotes = opening(room_for_one), room_for_one.zygotes
    [inside] = [
        pid
        for pid in family(zygotes.zygote.process.pid)
        if Path(f"/proc/{pid}/cwd").readlink() == folder
    ]
    os.kill(inside, signal.SIGKILL)
    until(lambda: not folder.exists())
    go(opening(room_for_one))
    assert errors(goes_on(room_for_one, future)) == []
    assert room_for_one.zygotes is zygotes


def test_no_room_is_refused() -> None:
    """Who asks for none would wait for ever."""
    with pytest.raises(ValueError, match="room"):
        Pool(0)


# Closing and stopping ------------------------------------------------------------------------


@pytest.mark.slow
def test_closing_ends_what_is_in_hand(to_stop: Office) -> None:
    """The notebook is examined once more, by new processes: closed is not stopped."""
    future = to_stop.begin(WAITING)
    to_stop.waiting()
    pids = family(to_stop.zygote.process.pid)
    to_stop.examiners.close()
    until(lambda: all(map(gone, pids)))
    assert errors(goes_on(to_stop, future)) == []


def check_stops(office: Office, futures: list[Future[dict[str, Any]]]) -> None:
    """A stop is over at once, all who wait are told, and no process and no folder is left."""
    pids, folder = family(office.zygote.process.pid), office.zygote.folder
    start = time.monotonic()
    office.examiners.stop()
    assert time.monotonic() - start < AT_ONCE_SECONDS
    for future in futures:
        with pytest.raises(ExaminerError, match="stopped"):
            future.result(SECONDS)
    until(lambda: all(map(gone, pids)))
    assert not folder.exists()
    with pytest.raises(ExaminerError, match="stopped"):
        office.examiners.examine(ORDINARY)


@pytest.mark.slow
def test_a_stop_waits_for_no_opening(to_stop: Office) -> None:
    """One thread opens a notebook, one waits for that, and one for room: none is waited for."""
    futures = [to_stop.begin(SLEEPS)]
    opening(to_stop)
    futures += [to_stop.begin(again(SLEEPS)), to_stop.begin(ORDINARY)]
    until(lambda: to_stop.examiners.pool.places[SLEEPS.source].users == 2)
    check_stops(to_stop, futures)


def test_a_stop_waits_for_no_zygote(to_stop: Office) -> None:
    """The zygote still warms up: it is ended all the same."""
    future = to_stop.begin(ORDINARY)
    until(lambda: to_stop.examiners.pool.zygotes)
    check_stops(to_stop, [future])


@pytest.mark.slow
def test_a_stop_waits_for_no_notebook(roomy_to_stop: Office) -> None:
    """Notebooks are in hand, and one is open that nobody uses."""
    assert errors(roomy_to_stop.examiners.examine(ORDINARY)) == []
    futures = [roomy_to_stop.begin(WAITING), roomy_to_stop.begin(WAITING)]
    roomy_to_stop.waiting(2)
    check_stops(roomy_to_stop, futures)


@pytest.mark.slow
def test_a_stop_ends_the_wait_for_room(to_stop: Office) -> None:
    """Also where who has the room keeps it; what they use is closed after them, not under them."""
    pool = to_stop.examiners.pool
    with pool.opened(ORDINARY.source) as opened:
        folder = opened.zygote.folder
        future = to_stop.begin(WAITING)
        with pytest.raises(TimeoutError):
            future.result(AT_ONCE_SECONDS)
        to_stop.examiners.stop()
        with pytest.raises(ExaminerError, match="stopped"):
            future.result(AT_ONCE_SECONDS)
        sockets = (opened.zygote.control, opened.kernels.socket, opened.examiners.socket)
        assert -1 not in [sock.fileno() for sock in sockets]
    assert [sock.fileno() for sock in sockets] == [-1, -1, -1]
    assert not folder.exists()


@pytest.mark.usefixtures("processes")
def test_a_stop_before_the_start_starts_nothing() -> None:
    """Who asks after it is told, and no process was there for it."""
    examiners = Examiners()
    examiners.stop()
    with pytest.raises(ExaminerError, match="stopped"):
        examiners.examine(ORDINARY)
    assert examiners.pool.zygotes is None


@pytest.mark.parametrize(
    ("gib", "notebooks", "room"),
    [(16, 2, OPENED), (16, 12, 12), (1, 12, OPENED), (16, 1000, 16 * GIB // SHARE // OPENED_BYTES)],
    ids=["few", "many", "little-memory", "very-many"],
)
def test_there_is_room_for_what_memory_allows(
    monkeypatch: pytest.MonkeyPatch, gib: int, notebooks: int, room: int
) -> None:
    """Beyond that some are opened again, which takes longer and no more memory."""
    sizes = {"SC_PHYS_PAGES": gib * GIB // 4096, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr("os.sysconf", sizes.__getitem__)
    assert room_for(notebooks) == room
