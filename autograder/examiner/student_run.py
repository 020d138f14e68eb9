"""Running the submission's cells in the student's kernel, and what a person is told of that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.examiner.effects import otherwise_bound
from autograder.examiner.known import Known, Missing, sentence
from autograder.examiner.source_cells import SourceCell
from autograder.examiner.student_cell import StudentCell
from autograder.examiner.submitted import Submitted
from autograder.isolation.outputs import Output
from autograder.isolation.student_kernel import Ran, StudentKernel
from autograder.isolation.student_process import OVER
from autograder.results import Flag, FlagKind
from autograder.source_text import imports_of
from autograder.words import few

KEPT_BYTES = 4 << 10  # of an error, which is kept where there is no room any more


@dataclass
class StudentRun:
    """The student's side of an examination.

    Args:
        kernel: the student's.
        submitted: the cells that it runs.
        known: takes what becomes known.
    """

    kernel: StudentKernel
    submitted: Submitted
    known: Known

    def __post_init__(self) -> None:
        self._room = self.kernel.limits.notebook_output_bytes

    def show(self, number: int, cell: StudentCell) -> list[Output]:
        """What a cell shows, which is run if it has to be.

        Args:
            number: what stands in its brackets.
            cell: one that is no test.
        """
        same = self.submitted.same.get(cell.text)
        if same and cell in self.submitted.passed_over:
            return self._kept(cell, Ran(same.outputs))
        drawn = same if same and same.drawn else None
        ran = self.kernel.run(number, cell.text, shown=not drawn)
        self._note(ran, cell)
        return self._kept(cell, Ran(drawn.outputs) if drawn and not ran.stopped else ran)

    def repeat(self, number: int, cell: StudentCell) -> None:
        """Runs a cell once more before hidden tests; arguments as of `show`."""
        if self.known.stopped.get(cell.index) or cell in self.submitted.passed_over:
            return
        ran = self.kernel.run(number, cell.text, shown=False)
        if ran.stopped and cell.index not in self.known.stopped:
            self.known.flag_stop(f"{cell.name}, run again for the hidden tests,", ran.stopped, "")
        self._take_notes(cell)

    def run_released(self, number: int, test: SourceCell) -> None:
        """Runs a test's released text, for the cells after it.

        What is refused there is the instructor's doing, and what the test imports.
        """
        stop = self.kernel.run(number, test.released, shown=False).stopped
        if stop and str(stop) != OVER:  # that is told once, of the notebook
            detail = sentence(f"{test.grade_id}, run for later cells,", stop)
            self.known.setbacks.append(Flag(stop.reason, test.grade_id, detail))
        absent = self.kernel.incidents.take_notes().absent
        theirs = [module for module in absent if module not in imports_of(test.released)]
        self.known.missing += map(Missing, _missing_packages(test.grade_id, theirs))

    def noted(self, where: str) -> list[Flag]:
        """Flags of what was not here in a student's cell or calls; what was refused is kept.

        Args:
            where: the name of the cell, or of the test that called.
        """
        notes = self.kernel.incidents.take_notes()
        for what in notes.tried:
            self.known.refused.setdefault(what, where)
        details = [f"{where} asks for what no notebook has here: {what}." for what in notes.missed]
        missed = [Flag(FlagKind.NOT_AVAILABLE, "", detail) for detail in details]
        return _missing_packages(where, notes.absent) + missed

    def _note(self, ran: Ran, cell: StudentCell) -> None:
        """Flags what a person may want to know of a cell, or keeps it for where points are lost."""
        if ran.stopped:
            self.known.stopped[cell.index] = ran.lost
            self.known.flag_stop(cell.name, ran.stopped, cell.grade_id)
        ended, released = failed(ran.outputs), self.submitted.is_released(cell)
        self._take_notes(cell)
        if ended and not released:
            self.known.blame_missing()
        shared = self.submitted.opening.shared.get(cell.text)
        if ended and shared and shared.steady:
            detail = f"{cell.name}, which is given, fails only with what this notebook has bound."
            self.known.setbacks.append(Flag(FlagKind.GIVEN_FAILED, cell.grade_id, detail))
        if ran.full and self._room >= 0:
            detail = f"{cell.name} gave more output than is kept; the rest was dropped."
            self.known.flag(FlagKind.OUTPUT_LIMIT, cell.grade_id, detail)

    def _take_notes(self, cell: StudentCell) -> None:
        """Takes from the kernel what was refused, or is not here, in a cell of the notebook.

        One that is as the course released it accuses nobody with what it asks for, and the source's
        own solutions live without.
        """
        if not self.submitted.is_released(cell):
            flags = self.noted(cell.name)
            reads = bool(flags) and cell not in self.submitted.unread
            names = sorted(otherwise_bound(cell.text)) if reads else ()
            self.known.missing += [Missing(flag, names) for flag in flags]
            return
        for what in self.kernel.incidents.take_notes().tried:
            detail = f"{cell.name}, which is given, was refused: {what}."
            self.known.setbacks.append(Flag(FlagKind.NOT_AVAILABLE, "", detail))

    def _kept(self, cell: StudentCell, ran: Ran) -> list[Output]:
        """The outputs of a cell, or its errors alone where there is no room for more."""
        before, self._room = self._room, self._room - len(json.dumps(ran.outputs))
        if self._room >= 0:
            return ran.outputs
        if before >= 0:
            detail = f"From {cell.name} on, output was dropped: together it is more than is kept."
            self.known.flag(FlagKind.OUTPUT_LIMIT, "", detail)
        errors = [output for output in ran.outputs if output["output_type"] == "error"]
        return [error for error in errors if len(json.dumps(error)) <= KEPT_BYTES]


def failed(outputs: Iterable[Output]) -> bool:
    """Whether a cell ended in an error."""
    return any(output["output_type"] == "error" for output in outputs)


def _missing_packages(where: str, modules: Sequence[str]) -> list[Flag]:
    """The flag of modules that are not here; none where there are none."""
    detail = f"{where} imports {few(modules)}: neither installed here nor handed in."
    return [Flag(FlagKind.MISSING_PACKAGE, "", detail)] if modules else []
