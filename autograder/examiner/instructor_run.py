"""Running the instructor's cells in this process, where they may ask the student's kernel.

The cells that are no solution are run from the source notebook, because grade cells use what they
bind.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from autograder.examiner.known import Called, Known, sentence
from autograder.examiner.namespace import AskedFor
from autograder.examiner.opening import Opening
from autograder.examiner.source_cells import SourceCell, first_cells, instructors
from autograder.examiner.student_run import StudentRun
from autograder.isolation.errors import CannotCrossError, SandboxError, Stopped, ZygoteError
from autograder.isolation.shell import Executed
from autograder.results import Flag, FlagKind
from autograder.source_text import bound, used

TEST_BYTES = 2 << 20  # of output that a grade cell may give
STRIKES = 3  # calls of one grade cell that may end in a stop


@dataclass(frozen=True)
class RanHere:
    """What came of a cell that was run in this process.

    Args:
        shown: what it showed, raised and ended in.
        fault: what failed here and is not the notebook's doing.
        asked_for: what it asked the student for.
        stops: the questions and calls that were not answered, each with the function's name.
        printed: what the student's functions printed when it called them.
    """

    shown: Executed
    fault: Exception | None
    asked_for: AskedFor
    stops: Sequence[tuple[str, Stopped]]
    printed: str = ""


@dataclass
class InstructorRun:
    """The instructor's side of an examination.

    Args:
        opening: the source, of which the first cells have been run.
        student: the student's side.
        known: takes what becomes known.
    """

    opening: Opening
    student: StudentRun
    known: Known
    _called: dict[str, Called] = field(default_factory=dict)  # by given cells, for a name

    def __post_init__(self) -> None:
        self.names, self.kernel = self.opening.names, self.student.kernel
        self._reached = len(first_cells(self.opening.source))  # the cells before it have been run

    def reach(self, test: SourceCell, *, at_place: bool) -> None:
        """Runs the cells before a test that it needs, and that have not been run.

        Args:
            test: one that is not before the last.
            at_place: whether hidden tests are asked where they stand.
        """
        source = self.opening.source
        place = source.index(test)
        for number in range(self._reached, place):
            cell, needed = source[number], number not in self.opening.needless
            if needed and (text := instructors(cell) or self._of_test(cell, at_place)):
                ran = self._run(0, text, 1, self.names.as_given())
                if ran.fault:
                    raise ran.fault
                self._note_called(cell, ran)
            if cell.role == "solution":
                changed = self.opening.changed & used(cell.text)
                self.names.hand_over(changed | (bound([cell.text]) & self.names.asked))
        self._reached = max(self._reached, place + 1)

    def _of_test(self, cell: SourceCell, at_place: bool) -> str:
        """What is run of a test for what it leaves behind, where it is not asked."""
        if at_place:
            return cell.text if cell.text in self.opening.bringing else ""
        return cell.released if cell.role == "test" and cell.hidden else ""

    def run_test(self, number: int, test: SourceCell) -> RanHere:
        """What comes of a grade cell, when all before it that it needs has been run.

        Args:
            number: what stands in its brackets.
            test: the cell.

        Raises:
            ZygoteError, SandboxError: the kernel can't be had, whatever the cell made of it.
        """
        return self._run(number, test.text, STRIKES, self.names.as_test(test.text))

    def _run(
        self, number: int, text: str, strikes: int, block: AbstractContextManager[AskedFor]
    ) -> RanHere:
        """What comes of a cell that is run in this process, and asks the kernel.

        A cell that takes too much of this process ends it: whatever it is at, it need not come to
        Python's next step.

        Args:
            number: what stands in its brackets.
            text: its source.
            strikes: how many of its calls may end in a stop.
            block: of `names`, in which it is run.
        """
        shell, incidents = self.opening.shell, self.kernel.incidents
        before = len(incidents.stops)
        with block as asked_for:
            tally = incidents.begin(strikes)
            signal.setitimer(signal.ITIMER_PROF, self.kernel.limits.cell_seconds)
            shown = shell.run(text, number, TEST_BYTES)
            signal.setitimer(signal.ITIMER_PROF, 0)
        if isinstance(tally.fault, ZygoteError | SandboxError):
            raise tally.fault  # whatever the cell made of it
        return RanHere(shown, tally.fault, asked_for, incidents.stops[before:], tally.printed)

    def _note_called(self, cell: SourceCell, ran: RanHere) -> None:
        """Notes what came of a cell that calls the student's functions, for the tests after it.

        Args:
            cell: one of the instructor's.
            ran: what came of it here.
        """
        earlier = self.called_for(cell.text)
        functions = [*ran.asked_for.functions, *(f for call in earlier for f in call.functions)]
        flags = [flag for call in earlier for flag in call.setbacks]
        for function, stop in ran.stops:
            detail = sentence(f"{function}, called by a given cell,", stop)
            flags.append(Flag(stop.reason, "", detail))
        if isinstance(ran.shown.error, CannotCrossError):
            flags.append(Flag(FlagKind.CANNOT_CROSS, cell.grade_id, str(ran.shown.error)))
        flags += self.student.noted("a call in a given cell")
        if any(function.raised for function in functions):
            flags += [each.flag for each in self.known.missing]
        if functions:
            self._called |= dict.fromkeys(bound([cell.text]), Called(functions, flags))

    def called_for(self, text: str) -> list[Called]:
        """What came of the cells that have made what a cell uses."""
        return [self._called[name] for name in sorted(used(text)) if name in self._called]
