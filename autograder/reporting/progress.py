"""How far a grading has come: a bar on a terminal, a line every half a minute elsewhere."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from autograder.reporting.tally import Tally
from autograder.results import SubmissionResult
from autograder.words import line, printable

EVERY_SECONDS = 30.0


class _Told(ProgressColumn):
    """A bar's words, which change while nothing comes in: the time left does."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally

    def render(self, task: Task) -> Text:
        """What there is to tell now."""
        return Text(str(self._tally))


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
            Progress(TextColumn(title), BarColumn(), _Told(self.tally), console=self.console)
            if stream.isatty()
            else None
        )
        self._task = self._bar.add_task(title, total=total) if self._bar else None
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
            self._bar.update(self._task, completed=self.tally.done)

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
