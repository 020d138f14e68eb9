"""How long a kernel takes over a question, where other work may share the machine.

What counts is the processor time of its busiest thread: a neighbour's load does not make it grow.
The wall clock stands behind it, several times as wide, for what waits and computes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from autograder.isolation.child import Child

LEAST_SECONDS = 1.0  # that a question may take, however often others were too slow
LOOK_SECONDS = 0.1  # between two looks; an answer that comes sooner costs none


@dataclass
class Clock:
    """The time of the question in hand, in seconds of the processor.

    Args:
        wall_factor: so many seconds of the wall clock count as one.
    """

    wall_factor: float
    _threads: dict[int, float] = field(default_factory=dict)  # at the last look, by their ids
    _looked: float = 0.0
    _begun: float = 0.0
    _processor: float = 0.0

    @property
    def seconds(self) -> float:
        """What the question has taken so far; the processor's share as of the last look."""
        return max(self._processor, self.wall_seconds / self.wall_factor)

    @property
    def wall_seconds(self) -> float:
        """What the question has taken so far by the wall clock."""
        return time.monotonic() - self._begun

    def begin(self, child: Child) -> None:
        """A new question begins: what threads did between the two is not its doing."""
        if time.monotonic() > self._looked + LOOK_SECONDS:
            self.look(child)
        self._begun, self._processor = time.monotonic(), 0.0

    def deadline(self, seconds: float) -> float:
        """When the wall clock alone will have made the question take so long."""
        return self._begun + seconds * self.wall_factor

    def look(self, child: Child) -> int:
        """Counts what the busiest thread has done since the last look; how many threads there are.

        Of a thread that has ended nothing is known any more.
        """
        before, self._threads = self._threads, child.thread_seconds()
        self._looked = time.monotonic()
        done = [seconds - before.get(thread, 0.0) for thread, seconds in self._threads.items()]
        self._processor += max(done, default=0.0)
        return len(done)


@dataclass
class Patience:
    """How long a notebook's kernels may still take, in seconds as a `Clock` counts them.

    Whoever is slow again and again gets less and less time, so that all of it ends soon.

    Args:
        seconds_left: for all of it.
        timeouts: how often it was too slow.
    """

    seconds_left: float
    timeouts: int = 0

    def allowed(self, seconds: float) -> float:
        """How long the next question may take that ordinarily may take so long."""
        return max(seconds / 2.0**self.timeouts, min(seconds, LEAST_SECONDS))

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts this process's work in the block as time of the notebook: its answer causes it."""
        start = time.thread_time()
        try:
            yield
        finally:
            self.seconds_left -= time.thread_time() - start
