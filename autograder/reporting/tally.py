"""How many submissions are done, what came of them, and how long the others will take."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from enum import Enum, auto

from autograder.results import SubmissionResult


class Need(Enum):
    """Whether a submission has to be run, and whether it was before."""

    NOTHING = auto()  # its record is what a run would give
    FIRST_RUN = auto()
    ANOTHER_RUN = auto()


class Tally:
    """Counts what came of submissions, and how long the others will take.

    Args:
        total: how many there are.
        clock: the seconds of now, from any beginning.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.clock = clock
        self.done = self.flagged = 0
        self.statuses: Counter[str] = Counter()
        self._first = self._last = 0.0  # when runs ended
        self._new = 0  # of all: without a record
        self._seen = Counter[Need]()  # of those that were looked at

    def expect(self, new: int) -> None:
        """Notes how many have no record yet: these have to be run."""
        self._new = new

    def look(self, needs: Iterable[Need]) -> None:
        """Notes of some submissions what each needs; before any of them is added."""
        self._seen.update(needs)

    def add(self, result: SubmissionResult) -> None:
        """Counts one more."""
        self.done += 1
        self.statuses[result.status] += 1
        self.flagged += result.status != "failed" and result.wants_a_person
        if result.status != "unchanged":
            self._last = self.clock()
            self._first = self._first or self._last

    @property
    def ran(self) -> int:
        """How many were run."""
        return self.done - self.statuses["unchanged"]

    @property
    def rate(self) -> float | None:
        """Runs a second, from the end of the first to that of the last; None before there is one.

        What comes before the first is a start that is not made again.
        """
        seconds = self._last - self._first
        return (self.ran - 1) / seconds if self.ran > 1 and seconds else None

    @property
    def runs_left(self) -> float:
        """How many of the others have to be run.

        Of those with a record that nobody has looked at, it is taken to be as many as of the rest.
        """
        seen = self._seen
        known = seen[Need.FIRST_RUN] + seen[Need.ANOTHER_RUN] - self.ran
        new = self._new - seen[Need.FIRST_RUN]
        others = self.total - seen.total() - new
        recorded = seen[Need.ANOTHER_RUN] + seen[Need.NOTHING]
        share = seen[Need.ANOTHER_RUN] / recorded if recorded else 1.0
        return known + new + share * others

    @property
    def seconds_left(self) -> float | None:
        """How long the others take; None where nobody knows."""
        if self.done == self.total:
            return 0.0
        if not self.rate:
            return None
        return max(0.0, self.runs_left / self.rate - (self.clock() - self._last))

    def __str__(self) -> str:
        """What there is to tell, in one line."""
        parts = [f"{self.done} of {self.total}"]
        if unchanged := self.statuses["unchanged"]:
            parts.append(f"{unchanged} unchanged")
        parts += [f"{self.flagged} flagged", f"{self.statuses['failed']} failed"]
        if self.rate:
            parts.append(
                f"{self.rate:.2g} a second" if self.rate < 10 else f"{self.rate:.0f} a second"
            )
        if (left := self.seconds_left) is not None and self.done < self.total:
            parts.append(f"{_duration(left)} left")
        return ", ".join(parts)


def _duration(seconds: float) -> str:
    """A number of seconds, as one would say it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
