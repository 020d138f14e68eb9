"""Whether a function fails only because of others that it calls: then its hints say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder import checks
from autograder.examiner.cell import answering, student_key
from autograder.examiner.submitted import Submitted
from autograder.exercises.source import as_source
from autograder.isolation.errors import Stopped
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from autograder.results import CellResult


@dataclass
class Blame:
    """The functions of one notebook that have failed, and what is said of those that call them.

    Args:
        kernel: the student's, of which others like it are made.
        submitted: the cells that these run.
    """

    kernel: StudentKernel
    submitted: Submitted
    _wrong: dict[str, str] = field(default_factory=dict)  # function to exercise

    def explained(self, result: CellResult, function: str, exercise: str) -> CellResult:
        """A result, whose hints name the functions without which it would be right, if any.

        Args:
            result: that of the checks.
            function: the name of what was checked.
            exercise: what it answers.
        """
        if result.score == result.max_score:
            return result
        calls = self.submitted.calls(function)
        suspects = [other for other in self._wrong if other in calls]
        self._wrong[function] = exercise
        if suspects and self._right_without(suspects, function, exercise):
            return checks.blame(result, function, suspects)
        return result

    def _right_without(self, others: Sequence[str], function: str, exercise: str) -> bool:
        """Whether a function passes every check with the right ones in the place of others."""
        asked = self.submitted.opening.asked
        kernel, needed = self.kernel.another(), self.submitted.texts.reach({function, *others})
        tally = kernel.incidents.begin(strikes=1)
        try:
            for number, cell in self.submitted.needed_for(needed):
                kernel.run(number, cell.text, shown=False)
                for other in set(others) & self.submitted.binds(cell):
                    kernel.run(number, as_source(asked.find(self._wrong[other]), other))
            right = kernel.get(function, lambda tree: RemoteFunction(kernel, function, tree))
            passed = checks.passes(asked.find(exercise), answering(right), student_key())
            if tally.fault:
                raise tally.fault
            return passed
        except (LookupError, Stopped):  # not bound, no right one to bind, or the kernel stopped
            return False
        finally:
            kernel.close()
