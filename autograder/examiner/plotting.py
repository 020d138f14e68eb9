"""Plotting a wrong function: it is asked for a curve in a kernel that has met no hidden test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from autograder.checks.draws import Seeds
from autograder.checks.trial import Trial
from autograder.examiner.cell import answering
from autograder.examiner.submitted import Submitted
from autograder.isolation.clock import Patience
from autograder.isolation.errors import SandboxError, Stopped, WireError, ZygoteError
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from autograder.results import Plot
from autograder.source_text import rebound

SECONDS = 5.0  # for all that a notebook draws
CALL_SECONDS = 1.0  # for one function


@dataclass(frozen=True)
class Plotting:
    """Draws the wrong functions of one notebook, when its tests have been asked.

    The kernel that answered hidden tests knows their arguments, and could draw those. What another
    takes is not the notebook's time, and nobody is told of what goes wrong in it.

    Args:
        kernel: the student's, of which another is made.
        submitted: the cells that it runs.
        wrong: by the test's grade_id, each function's name in the notebook and what it answers.
    """

    kernel: StudentKernel
    submitted: Submitted
    wrong: dict[str, tuple[str, str]] = field(default_factory=dict)

    def note(self, test: str, function: str, exercise: str) -> None:
        """Notes a function that is to be drawn, if its exercise says how."""
        asked = self.submitted.opening.asked
        if asked.has(exercise) and asked.find(exercise).curve:
            self.wrong[test] = function, exercise

    def plots(self) -> dict[str, Plot]:
        """What the functions give beside what is right, by the tests' grade_ids.

        None, where a kernel can't be had, or a course's curve can't take an answer: a picture is
        no reason to lose a grade.
        """
        if not self.wrong:
            return {}
        self.kernel.close()  # while it is there it could tell the next one what it was asked
        try:
            return self._drawn()
        except (SandboxError, ZygoteError, WireError, OSError):
            return {}

    def _drawn(self) -> dict[str, Plot]:
        """The plots, from a kernel of their own."""
        needed = self.submitted.texts.reach({function for function, _ in self.wrong.values()})
        limits = replace(self.kernel.limits, call_seconds=CALL_SECONDS)
        kernel = replace(self.kernel.another(), limits=limits, patience=Patience(SECONDS))
        try:
            for number, cell in self.submitted.needed_for(needed):
                # A cell of the course's that binds none of them draws, or shows something.
                if not self.submitted.is_released(cell) or rebound([cell.text]) & needed:
                    kernel.run(number, cell.text, shown=False)
            plots = {test: self._plot(kernel, *whose) for test, whose in self.wrong.items()}
        finally:
            kernel.close()
        return {test: plot for test, plot in plots.items() if plot}

    def _plot(self, kernel: StudentKernel, function: str, exercise: str) -> Plot | None:
        """One of them; None where nothing is to be seen."""
        asked = self.submitted.opening.asked.find(exercise)
        kernel.incidents.begin(strikes=1)
        try:
            remote = kernel.get(function, lambda tree: RemoteFunction(kernel, function, tree))
        except (LookupError, Stopped):  # not bound without the other cells; or stopped
            return None
        trial = Trial("curve", answering(remote), asked.reference, Seeds(exercise))
        try:
            return asked.curve.plot(asked.reference, trial.call) if asked.curve else None
        except Exception:  # the course's own, of an answer that it did not expect
            return None
