"""Drawing a wrong function: it is asked for a curve in a kernel that has met no hidden test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from autograder.checks.draws import Seeds
from autograder.checks.trial import Trial
from autograder.examiner.cell import answering
from autograder.examiner.submitted import Submitted
from autograder.isolation.clock import Patience
from autograder.isolation.errors import Stopped
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from autograder.results import Plot

SECONDS = 5.0  # for all that a notebook draws


@dataclass(frozen=True)
class Drawing:
    """Draws functions of one notebook.

    The kernel that answered hidden tests knows their arguments, and could draw those. What another
    takes is not the notebook's time, and nobody is told of what goes wrong in it.

    Args:
        kernel: the student's, of which others like it are made.
        submitted: the cells that these run.
        patience: of those kernels.
    """

    kernel: StudentKernel
    submitted: Submitted
    patience: Patience = field(default_factory=lambda: Patience(SECONDS))

    def plot(self, function: str, exercise: str) -> Plot | None:
        """What a function gives beside what is right; None where nothing is to be drawn.

        Args:
            function: its name in the notebook.
            exercise: what it answers.
        """
        asked = self.submitted.opening.asked
        if not asked.has(exercise) or not (curve := asked.find(exercise).curve):
            return None
        reference = asked.find(exercise).reference
        kernel = replace(self.kernel.another(), patience=self.patience)
        kernel.incidents.begin(strikes=1)
        try:
            for number, cell in self.submitted.needed_for(self.submitted.texts.reach({function})):
                kernel.run(number, cell.text, shown=False)
            remote = kernel.get(function, lambda tree: RemoteFunction(kernel, function, tree))
            trial = Trial("curve", answering(remote), reference, Seeds(exercise))
            return curve.plot(reference, trial.call)
        except (LookupError, Stopped):  # not bound without the other cells; or stopped
            return None
        finally:
            kernel.close()
