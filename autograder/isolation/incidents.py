"""What happens while a notebook's kernel is asked, beside its answers: stops, refusals, printing.

It is kept until the examiner tells a person of it, or counts what one of its own cells has come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from autograder.isolation.answers import MOST_PRINTED, NO_NOTES
from autograder.isolation.errors import CannotCrossError, Stopped
from autograder.isolation.refusals import Notes
from autograder.raised import students_doing
from autograder.results import FlagKind
from autograder.words import lines

MOST_NOTED = 10  # of what was tried, missed or absent, until it is taken


@dataclass
class Tally:
    """What came of the questions and calls of one cell that runs on this side.

    Args:
        strikes: how many more calls may end in a stop, before no more are made.
        fault: what failed here and is not the notebook's doing, whatever the cell made of it.
    """

    strikes: int = 1
    fault: Exception | None = None
    _printed: str = ""

    def note_printed(self, text: str) -> None:
        """Keeps what one more call has printed, as long as there is room."""
        if text and len(self._printed) <= MOST_PRINTED:
            self._printed += text if text.endswith("\n") else f"{text}\n"

    @property
    def printed(self) -> str:
        """What the calls have printed, up to a limit, as anything may show it."""
        return lines(self._printed, MOST_PRINTED)


@dataclass
class Incidents:
    """What has happened in the kernels of one notebook.

    `stops` are all questions and calls that were not answered, each with the function's name, and
    `tally` what came of those since `begin`. What was tried, missed and absent is kept until it is
    taken by `take_notes`.
    """

    stops: list[tuple[str, Stopped]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    tried: dict[str, None] = field(default_factory=dict)
    missed: dict[str, None] = field(default_factory=dict)
    absent: dict[str, None] = field(default_factory=dict)

    def begin(self, strikes: int) -> Tally:
        """What will have come of the questions and calls from here on.

        Called by the examiner before each of its own cells, which may ask for names and call
        functions in any way; it reads the value when the cell has run.

        Args:
            strikes: how many calls may end in a stop, before no more are made.
        """
        self.tally = Tally(strikes)
        return self.tally

    @contextmanager
    def keeping_stops_of(self, name: str) -> Iterator[None]:
        """Keeps a stop that is raised in the block, with this function's name."""
        try:
            yield
        except Stopped as stop:
            kept = stop.of(name)
            self.keep_stop(kept)
            raise kept from None

    def keep_stop(self, stop: Stopped) -> None:
        """Keeps a stop of a function's call: one strike more, and a person is told of it."""
        self.tally.strikes -= 1
        self.tell_of(stop.function, stop)

    def tell_of(self, name: str, stop: Stopped) -> None:
        """Keeps for a person that a cell or a function was stopped, which is no strike."""
        self.stops.append((name, stop))

    def tell_of_memory(self, function: str) -> None:
        """Keeps for a person that a call of a function has asked for too much memory."""
        self.tell_of(function, Stopped(FlagKind.MEMORY_LIMIT, "asked for too much memory"))

    @contextmanager
    def keeping_fault(self) -> Iterator[None]:
        """Keeps an error of ours in `tally`: a test that catches it would blame the student."""
        try:
            yield
        except CannotCrossError:  # the test's doing
            raise
        except Exception as error:
            if not students_doing(error):
                self.tally.fault = error
            raise

    def keep_notes(self, notes: Notes) -> None:
        """Keeps what an answer tells of what was tried, missed and absent, up to a number each."""
        if notes is NO_NOTES:
            return
        for kept, new in (
            (self.tried, notes.tried),
            (self.missed, notes.missed),
            (self.absent, notes.absent),
        ):
            kept.update(dict.fromkeys(new[: MOST_NOTED - len(kept)]))

    def take_notes(self) -> Notes:
        """What was tried, missed and absent since it was last taken."""
        notes = Notes(list(self.tried), list(self.missed), list(self.absent))
        for kept in (self.tried, self.missed, self.absent):
            kept.clear()
        return notes
