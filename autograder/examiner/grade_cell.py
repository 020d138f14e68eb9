"""Asking a grade cell: it runs in this process, on the functions of the student's kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from autograder.environment import CELL_JSON
from autograder.examiner.blame import Blame
from autograder.examiner.cell import GradedCell, GraderError
from autograder.examiner.instructor_run import InstructorRun, RanHere
from autograder.examiner.known import Known
from autograder.examiner.points import points
from autograder.examiner.source_cells import SourceCell
from autograder.examiner.student_run import failed
from autograder.examiner.submitted import Submitted
from autograder.examiner.told import told
from autograder.exercises.asked import Asked
from autograder.isolation.errors import CannotCrossError
from autograder.isolation.outputs import Output, error_output, ran_out_of_memory
from autograder.isolation.remote_function import RemoteFunction
from autograder.results import CellResult, Flag, FlagKind


@dataclass(frozen=True)
class GradeCells:
    """The grade cells of one notebook, to be asked in their order.

    Args:
        submitted: the student's cells.
        known: takes what becomes known.
        instructor: runs the grade cells, and the instructor's cells before them.
        blame: knows which functions have failed.
        trusted: whether the cells are the instructor's own, to whom everything may be told.
        lost: tests that are not asked: they have ended this notebook's examiners.
        begins: is told the name of each test that is asked.
    """

    submitted: Submitted
    known: Known
    instructor: InstructorRun
    blame: Blame
    trusted: bool
    lost: Sequence[str]
    begins: Callable[[str], object]

    def ask(self, number: int, test: SourceCell, *, at_place: bool = False) -> list[Output]:
        """The outputs of a test cell: the one way by which they leave.

        Where points are lost, what has gone wrong so far and is not the answer's own failure is
        told: whether that was the reason, a person sees.

        Args:
            number: what stands in its brackets.
            test: the cell.
            at_place: whether hidden tests are asked where they stand.
        """
        if test.grade_id in self.lost:
            outputs = self._without_result(
                FlagKind.TIMEOUT, test, "did not come to an end with this answer"
            )
        else:
            self.begins(test.grade_id)
            self.instructor.reach(test, at_place=at_place)
            outputs = self._outputs(number, test)
        if loses_points(test, outputs):
            self.known.flag_setbacks(self.submitted.uses(test) if self.known.missing else set())
        return outputs

    def _outputs(self, number: int, test: SourceCell) -> list[Output]:
        """The outputs of a test cell: its own, or what is said of why it failed."""
        ran, secret = self.instructor.run_test(number, test), test.hidden and not self.trusted
        if ran.fault:
            return [told(GraderError(ran.fault), test.text, hidden=secret)]
        for function, stop in ran.stops:
            self.known.flag_stop(function, stop, test.grade_id)
        self._note_lacking_imports(test, ran.asked_for.lacking)
        self.known.setbacks += self.instructor.student.noted(test.grade_id)
        if any(function.raised for function in ran.asked_for.functions):
            self.known.blame_missing()
        outputs = ran.outputs
        if secret:  # what it prints or warns of has its source, or its numbers
            outputs = [o for o in outputs if o["output_type"] == "execute_result"]
        graded = next((o for o in outputs if CELL_JSON in o.get("data", {})), None)
        if graded:
            self._explain(graded, ran.asked_for.functions)
        elif ran.error:
            outputs = [*outputs, told(ran.error, test.text, hidden=secret)]
        if isinstance(ran.error, CannotCrossError) and not graded:
            self.known.flag(FlagKind.CANNOT_CROSS, test.grade_id, str(ran.error))
        elif not graded and (unclear := self._unclear(test, ran, outputs)):
            return unclear
        broken = self._broken_rules(test, ran.asked_for.functions)
        return [error_output("ForbiddenCall", broken[0])] if broken and not graded else outputs

    def _unclear(self, test: SourceCell, ran: RanHere, outputs: list[Output]) -> list[Output]:
        """What stands for a test that came to no result by what it took; nothing for any other."""
        if ran.error and ran_out_of_memory(outputs):
            what = "takes too much memory with this answer"
            return self._without_result(FlagKind.MEMORY_LIMIT, test, what)
        results = any(output["output_type"] == "execute_result" for output in outputs)
        if not ran.error and ran.full and not results:
            return self._without_result(
                FlagKind.OUTPUT_LIMIT, test, "gives more output than is kept"
            )
        return []

    def _without_result(self, kind: FlagKind, test: SourceCell, what: str) -> list[Output]:
        """What stands for a test that could not come to a result: a person is asked."""
        self.known.flag(kind, test.grade_id, f"{test.grade_id} {what}.")
        return [error_output("NoResultError", f"This test {what}, so its points are not known.")]

    def _note_lacking_imports(self, test: SourceCell, lacking: Mapping[str, bool]) -> None:
        """Notes the names of a test's that only the source's solution imports, and this one not.

        Of a notebook that has no answer to the test none: that has not failed for an import.

        Args:
            test: the cell.
            lacking: the names, as `AskedFor` has them.
        """
        for name, bound_otherwise in lacking.items():
            detail = f"{test.grade_id} uses {name}, which "
            if bound_otherwise:
                detail += "this notebook has bound to its own."
            elif self.submitted.answers(test):
                detail += "the source's solution imports, and this notebook does not."
            else:
                continue
            self.known.setbacks.append(Flag(FlagKind.NOT_AVAILABLE, test.grade_id, detail))

    def _explain(self, graded: Output, fetched: Sequence[RemoteFunction]) -> None:
        """Where a function fails only because of others, its hints are made to say so."""
        data = graded["data"][CELL_JSON]
        exercise, result = data["exercise"], CellResult.from_json(data)
        function = fetched[0].__name__ if fetched else exercise
        explained = self.blame.explained(result, function, exercise)
        if explained is not result:
            graded["data"] = GradedCell(exercise, explained)._repr_mimebundle_()

    def _broken_rules(self, test: SourceCell, fetched: Sequence[RemoteFunction]) -> list[str]:
        """What is said of the functions that a test used, and that broke the by-hand rule.

        A person is told, and what went wrong in the calls of given cells becomes known.
        """
        functions = [*fetched]
        for call in self.instructor.called_for(test.text):
            functions += call.functions
            self.known.setbacks += call.setbacks
        asked = self.submitted.opening.asked
        messages = (by_hand(asked, function) for function in functions)
        broken = list(dict.fromkeys(message for message in messages if message))
        for message in broken:
            self.known.flag(FlagKind.FORBIDDEN_CALL, test.grade_id, message)
        return broken


def loses_points(test: SourceCell, outputs: Sequence[Output]) -> bool:
    """Whether a test cell with these outputs is not worth all of its points."""
    if failed(outputs):  # whatever it is worth
        return True
    results = [output for output in outputs if output["output_type"] == "execute_result"]
    graded = [output["data"][CELL_JSON] for output in results if CELL_JSON in output["data"]]
    if graded:
        return any(data["score"] < data["max_score"] for data in graded)
    return points(outputs, test.points) != test.points


def by_hand(asked: Asked, function: RemoteFunction) -> str:
    """What is said of a function whose calls broke the by-hand rule; "" of any other."""
    try:
        rule = asked.find(function.__name__).by_hand
    except LookupError:  # a function that is no exercise of ours
        return ""
    return rule.broken(function.__name__, function.forbidden)
