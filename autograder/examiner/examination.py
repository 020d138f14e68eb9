"""Examining one notebook: the student's cells in their kernel, the grade cells here.

Of a grade cell the student's kernel runs the released text alone, and what comes of it there is
ignored. Hidden tests are asked when the last cell has run: a kernel that answers them knows what
they ask, so nothing that it does from then on is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograder.examiner import review
from autograder.examiner.blame import Blame
from autograder.examiner.grade_cell import GradeCells
from autograder.examiner.instructor_run import InstructorRun
from autograder.examiner.known import Known
from autograder.examiner.later import with_neighbours
from autograder.examiner.opening import Opening
from autograder.examiner.plotting import Plotting
from autograder.examiner.student_cell import StudentCell
from autograder.examiner.student_run import StudentRun
from autograder.examiner.submitted import Submitted
from autograder.isolation.outputs import Output
from autograder.isolation.student_kernel import StudentKernel
from autograder.results import FlagKind


@dataclass
class Examination:
    """One notebook being examined.

    `show` runs all cells, and `ask` asks the hidden tests then. Those of which a later cell may
    have changed what they see are left waiting: `ask_again`, of another examination with a kernel
    of its own, asks them at their places.

    Args:
        opening: the instructor's side.
        cells: the submission's.
        kernel: the student's; it has run the first cells if the submission begins with them.
        known: what an examination before has found; what this one finds is added.
        trusted: whether the cells are the instructor's own, to whom everything may be told.
        lost: tests that are not asked: they have ended this notebook's examiners.
        modules: the sources of the student's own that lie beside, by path; None of one that has
            none which can be read.
        begins: is told the name of each test that is asked.
    """

    opening: Opening
    cells: Sequence[StudentCell]
    kernel: StudentKernel
    known: Known = field(default_factory=Known)
    trusted: bool = False
    lost: Sequence[str] = ()
    modules: Mapping[str, str | None] = field(default_factory=dict)
    begins: Callable[[str], object] = str

    def __post_init__(self) -> None:
        self.opening.names.meet(self.kernel)
        self._submitted = Submitted(self.opening, self.cells, self.kernel.files)
        self._student = StudentRun(self.kernel, self._submitted, self.known)
        self._plotting = Plotting(self.kernel, self._submitted)
        self._grade_cells = GradeCells(
            self._submitted,
            self.known,
            InstructorRun(self.opening, self._student, self.known),
            Blame(self.kernel, self._submitted),
            self._plotting,
            self.trusted,
            self.lost,
            self.begins,
        )

    def show(self) -> Iterator[tuple[int, list[Output]]]:
        """Runs all cells; the outputs of each but the hidden tests', by its index."""
        first = zip(self._submitted.first, self.opening.outputs, strict=False)
        yield from ((cell.index, outputs) for cell, outputs in first)
        for number, cell in self._submitted.left():
            if not (test := self._submitted.tests.get(cell.grade_id)):
                yield cell.index, self._student.show(number, cell)
                continue
            self._student.run_released(number, test)
            if not test.hidden:
                yield cell.index, self._grade_cells.ask(number, test)
        self._review()
        self.known.waiting |= self._submitted.waiting()

    def ask(self) -> Iterator[tuple[int, list[Output]]]:
        """Asks the hidden tests in the kernel that has run all cells; the outputs of each."""
        asked: dict[str, tuple[int, list[Output]]] = {}
        for number, cell in enumerate(self.cells, start=1):
            test = self._submitted.tests.get(cell.grade_id)
            if not test or not test.hidden or test.grade_id in self.known.waiting:
                continue
            before, stops = self.known.to_json(), len(self.kernel.incidents.stops)
            asked[test.grade_id] = cell.index, self._grade_cells.ask(number, test)
            reasons = [stop.reason for _, stop in self.kernel.incidents.stops[stops:]]
            later = (own for own in self._submitted.own if own.index > cell.index)
            if FlagKind.MEMORY_LIMIT in reasons and any(later):  # they may have had it
                self.known.go_back(before)
                self.known.waiting |= with_neighbours(self.opening.seen, {test.grade_id})
        self._draw()
        again = self.known.waiting
        yield from (outputs for name, outputs in asked.items() if name not in again)

    def ask_again(self) -> Iterator[tuple[int, list[Output]]]:
        """Runs the cells above the tests that wait, and asks these at their places."""
        left = set(self.known.waiting)
        for number, cell in self._submitted.left():
            if test := self._submitted.tests.get(cell.grade_id):
                self._student.run_released(number, test)
                if test.grade_id in left:
                    yield cell.index, self._grade_cells.ask(number, test, at_place=True)
                    left.discard(test.grade_id)
            else:
                self._student.repeat(number, cell)
            if not left:
                break
        self.known.waiting.clear()
        self._draw()

    def _draw(self) -> None:
        """Adds plots to the results of wrong functions."""
        for test, plot in self._plotting.plots().items():
            if result := self.known.results.get(test):
                self.known.results[test] = replace(result, plot=plot)

    def _review(self) -> None:
        """Flags what a person should read, of what may go around the by-hand rule unseen."""
        opening = self.opening
        exercises = [each for each in opening.asked.exercises if each.name in opening.names.asked]
        answers = [cell.grade_id for cell in opening.source if cell.role == "solution"]
        own, program = self._submitted.own, opening.program
        for flag in review.flags(own, self.modules, program, answers, exercises):
            self.known.flag(flag.kind, flag.cell, flag.detail)
