"""Asking a grade cell: it runs in this process, on the functions of the student's kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from autograder.environment import CELL_JSON
from autograder.examiner.blame import Blame
from autograder.examiner.cell import GradedCell, GraderError
from autograder.examiner.cell_error import cell_error
from autograder.examiner.instructor_run import InstructorRun, RanHere
from autograder.examiner.known import Known
from autograder.examiner.plotting import Plotting
from autograder.examiner.points import points
from autograder.examiner.source_cells import SourceCell
from autograder.examiner.student_run import failed
from autograder.examiner.submitted import Submitted
from autograder.exercises.asked import Asked
from autograder.isolation.errors import CannotCrossError
from autograder.isolation.outputs import Output, error_output, ran_out_of_memory
from autograder.isolation.remote_function import RemoteFunction
from autograder.results import CellResult, Flag, FlagKind


@dataclass(frozen=True)
class Verdict:
    """What came of a grade cell.

    Args:
        outputs: what becomes the cell's.
        result: of its named checks, if it has any.
    """

    outputs: list[Output]
    result: CellResult | None = None

    def loses_points(self, test: SourceCell) -> bool:
        """Whether the cell is not worth all of its points."""
        if failed(self.outputs):  # whatever it is worth
            return True
        if self.result:
            return self.result.score != self.result.max_score
        return points(self.outputs, test.points) != test.points


@dataclass(frozen=True)
class GradeCells:
    """The grade cells of one notebook, to be asked in their order.

    Args:
        submitted: the student's cells.
        known: takes what becomes known.
        instructor: runs the grade cells, and the instructor's cells before them.
        blame: knows which functions have failed.
        plotting: will draw those.
        trusted: whether the cells are the instructor's own, to whom everything may be told.
        lost: tests that are not asked: they have ended this notebook's examiners.
        begins: is told the name of each test that is asked.
    """

    submitted: Submitted
    known: Known
    instructor: InstructorRun
    blame: Blame
    plotting: Plotting
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
            what = "did not come to an end with this answer"
            answer = self._without_result(FlagKind.TIMEOUT, test, what)
        else:
            self.begins(test.grade_id)
            self.instructor.reach(test, at_place=at_place)
            answer = self._answer(number, test)
        if answer.result:
            self.known.results[test.grade_id] = answer.result
        else:  # it may have had one where it was asked before
            self.known.results.pop(test.grade_id, None)
        if answer.loses_points(test):
            self.known.flag_setbacks(self.submitted.uses(test) if self.known.missing else set())
        return answer.outputs

    def _answer(self, number: int, test: SourceCell) -> Verdict:
        """What came of a test cell: its own outputs, or what is said of why it failed."""
        ran, secret = self.instructor.run_test(number, test), test.hidden and not self.trusted
        if ran.printed:
            self.known.printed[test.grade_id] = ran.printed
        if ran.fault:
            return Verdict([cell_error(GraderError(ran.fault), test.text, hidden=secret)])
        for function, stop in ran.stops:
            self.known.flag_stop(function, stop, test.grade_id)
        self._note_lacking_imports(test, ran.asked_for.lacking)
        self.known.setbacks += self.instructor.student.noted(test.grade_id)
        functions = ran.asked_for.functions
        if any(function.raised for function in functions):
            self.known.blame_missing()
        outputs = ran.shown.outputs
        if secret:  # what it prints or warns of has its source, or its numbers
            outputs = [o for o in outputs if o["output_type"] == "execute_result"]
        if isinstance(ran.shown.value, GradedCell) and any(map(_is_graded, outputs)):
            self.known.accounts[test.grade_id] = list(ran.shown.value.accounts)
            answer = self._explained(outputs, ran.shown.value, functions)
            broken = self._broken_rules(test, functions)
            silent = ran.stops or any(function.raised for function in functions)
            if len(functions) == 1 and answer.loses_points(test) and not (broken or silent):
                exercise = ran.shown.value.exercise
                self.plotting.note(test.grade_id, functions[0].__name__, exercise)
            return answer
        return self._ungraded(test, ran, outputs, secret)

    def _ungraded(
        self, test: SourceCell, ran: RanHere, outputs: list[Output], secret: bool
    ) -> Verdict:
        """What came of a test cell that has no named checks.

        Args:
            test: the cell.
            ran: what came of it here.
            outputs: those that its author may see.
            secret: whether students must not see the cell's tests.
        """
        error = ran.shown.error
        if error:
            outputs = [*outputs, cell_error(error, test.text, hidden=secret)]
        if isinstance(error, CannotCrossError):
            self.known.flag(FlagKind.CANNOT_CROSS, test.grade_id, str(error))
        elif error and ran_out_of_memory(outputs):
            what = "takes too much memory with this answer"
            return self._without_result(FlagKind.MEMORY_LIMIT, test, what)
        results = any(output["output_type"] == "execute_result" for output in outputs)
        if not error and ran.shown.full and not results:
            what = "gives more output than is kept"
            return self._without_result(FlagKind.OUTPUT_LIMIT, test, what)
        broken = self._broken_rules(test, ran.asked_for.functions)
        return Verdict([error_output("ForbiddenCall", broken[0])] if broken else outputs)

    def _without_result(self, kind: FlagKind, test: SourceCell, what: str) -> Verdict:
        """What stands for a test that could not come to a result: a person is asked."""
        self.known.flag(kind, test.grade_id, f"{test.grade_id} {what}.")
        text = f"This test {what}, so its points are not known."
        return Verdict([error_output("NoResultError", text)])

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

    def _explained(
        self, outputs: list[Output], graded: GradedCell, functions: Sequence[RemoteFunction]
    ) -> Verdict:
        """What came of named checks; the hints say where a function fails because of others alone.

        Args:
            outputs: the cell's, the result among them.
            graded: that result.
            functions: those that the cell asked for.
        """
        function = functions[0].__name__ if functions else graded.exercise
        result = self.blame.explained(graded.result, function, graded.exercise)
        if result is not graded.result:
            data = GradedCell(graded.exercise, result)._repr_mimebundle_()
            outputs = [{**o, "data": data} if _is_graded(o) else o for o in outputs]
        return Verdict(outputs, result)

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


def _is_graded(output: Output) -> bool:
    """Whether an output is the result of named checks."""
    return CELL_JSON in output.get("data", {})


def by_hand(asked: Asked, function: RemoteFunction) -> str:
    """What is said of a function whose calls broke the by-hand rule; "" of any other."""
    try:
        rule = asked.find(function.__name__).by_hand
    except LookupError:  # a function that is no exercise of ours
        return ""
    return rule.broken(function.__name__, function.forbidden)
