"""How far a grading has come: a bar on a terminal, a line every half a minute elsewhere."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from autograder.results import SubmissionResult
from autograder.words import line, printable

EVERY_SECONDS = 30.0


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
    def seconds_left(self) -> float | None:
        """How long the others take, if as many of them have to be run; None where nobody knows."""
        left = self.total - self.done
        if not left or not self.rate:
            return None if left else 0.0
        since = self.clock() - self._last
        return max(0.0, left * self.ran / self.done / self.rate - since)

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


class Reporter:
    """Shows how far it has come, while the block runs.

    Args:
        title: what is being done.
        total: how many submissions there are.
        stream: where it is shown.
    """

    def __init__(self, title: str, total: int, stream: TextIO) -> None:
        self.title = title
        self.tally = Tally(total)
        self.console = Console(file=stream)
        self._bar = (
            Progress(
                TextColumn(title),
                BarColumn(),
                TextColumn("{task.fields[told]}"),
                console=self.console,
            )
            if stream.isatty()
            else None
        )
        self._task = self._bar.add_task(title, total=total, told="") if self._bar else None
        self._stream = stream
        self._over = threading.Event()
        self._lines = threading.Thread(target=self._tell_lines, daemon=True)

    def add(self, result: SubmissionResult) -> None:
        """Shows that one more is done; a failure has a line of its own."""
        self.tally.add(result)
        if result.status == "failed":
            why = result.flags[0].detail if result.flags else ""
            self._say(line(f"failed: {printable(result.student)}: {why}"))
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=self.tally.done, told=str(self.tally))

    def _say(self, text: str) -> None:
        if self._bar:
            self._bar.console.print(Text(text))
        else:
            with suppress(BrokenPipeError):  # nobody reads it; the grading goes on
                print(text, file=self._stream, flush=True)

    def _tell_lines(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            self._say(f"{self.title}: {self.tally}")

    def __enter__(self) -> Reporter:
        if self._bar:
            self._bar.start()
        else:
            self._lines.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._bar:
            self._bar.stop()
        else:
            self._lines.join()


def _duration(seconds: float) -> str:
    """A number of seconds, as one would say it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
