"""Examining one notebook: the student's cells in their kernel, the grade cells here.

The instructor's own cells are run here too, from the source notebook, because grade cells use what
they bind. Of a grade cell the student's kernel runs the released text alone, and what comes of it
there is ignored. Hidden tests are asked when the last cell has run: a kernel that answers them
knows what they ask, so nothing that it does from then on is shown.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.checks import blame, passes
from autograder.environment import CELL_JSON
from autograder.examiner import review
from autograder.examiner.cell import GradedCell, GraderError, answering, student_key
from autograder.examiner.effects import otherwise_bound
from autograder.examiner.known import Called, Known, Missing, sentence
from autograder.examiner.later import with_neighbours
from autograder.examiner.opening import Opening
from autograder.examiner.points import points
from autograder.examiner.source_cells import (
    SourceCell,
    first_cells,
    instructors,
)
from autograder.examiner.student_cell import StudentCell
from autograder.examiner.submitted import Submitted
from autograder.examiner.told import told
from autograder.exercises.asked import Asked
from autograder.exercises.source import as_source
from autograder.isolation.errors import CannotCrossError, SandboxError, Stopped, ZygoteError
from autograder.isolation.outputs import Output, error_output, ran_out_of_memory
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import OVER, Ran, StudentKernel
from autograder.results import CellResult, Flag, FlagKind
from autograder.source_text import bound, imports_of, used
from autograder.words import few

TEST_BYTES = 2 << 20  # of output that a grade cell may give
STRIKES = 3  # calls of one grade cell that may end in a stop
KEPT_BYTES = 4 << 10  # of an error, which is kept where there is no room any more


@dataclass(frozen=True)
class _RanHere:
    """What came of a cell that was run in this process.

    Args:
        outputs: what it showed.
        full: whether more was dropped.
        fault: what failed here and is not the notebook's doing.
    """

    outputs: list[Output]
    full: bool
    fault: Exception | None


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
        known: what an examination before has found.
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
    _wrong: dict[str, str] = field(default_factory=dict)  # function to exercise
    _called: dict[str, Called] = field(default_factory=dict)  # by given cells, for a name
    _at_place: bool = False  # whether hidden tests are asked where they stand

    def __post_init__(self) -> None:
        self.source, self.shell = self.opening.source, self.opening.shell
        self.names = self.opening.names
        self.names.kernel = self.kernel
        self._reached = len(first_cells(self.source))  # the source's cells before it have been run
        self._submitted = Submitted(self.opening, self.cells, self.kernel.files)
        self._tests = self._submitted.tests
        self._room = self.kernel.limits.notebook_output_bytes

    def show(self) -> Iterator[tuple[int, list[Output]]]:
        """Runs all cells; the outputs of each but the hidden tests', by its index."""
        first = zip(self._submitted.first, self.opening.outputs, strict=False)
        yield from ((cell.index, outputs) for cell, outputs in first)
        for number, cell in self._submitted.left():
            same = self._submitted.same.get(cell.text)
            if test := self._tests.get(cell.grade_id):
                self._run_test(number, test)
                if not test.hidden:
                    yield cell.index, self._settled(test, self._test(number, test))
            elif same and cell in self._submitted.passed_over:
                yield cell.index, self._kept(cell, Ran(same.outputs))
            else:
                drawn = same if same and same.drawn else None
                ran = self.kernel.run(number, cell.text, shown=not drawn)
                self._note(ran, cell)
                shown = Ran(drawn.outputs) if drawn and not ran.stopped else ran
                yield cell.index, self._kept(cell, shown)
        self._read()
        self.known.waiting |= self._submitted.waiting()

    def ask(self) -> Iterator[tuple[int, list[Output]]]:
        """Asks the hidden tests in the kernel that has run all cells; the outputs of each."""
        asked: dict[str, tuple[int, list[Output]]] = {}
        for number, cell in enumerate(self.cells, start=1):
            test = self._tests.get(cell.grade_id)
            if not test or not test.hidden or test.grade_id in self.known.waiting:
                continue
            before, stops = self.known.to_json(), len(self.kernel.stops)
            asked[test.grade_id] = cell.index, self._settled(test, self._test(number, test))
            memory = any(
                stop.reason == FlagKind.MEMORY_LIMIT for _, stop in self.kernel.stops[stops:]
            )
            later = (own for own in self._submitted.own if own.index > cell.index)
            if memory and any(later):  # they may have had it
                self.known.go_back(before)
                self.known.waiting |= with_neighbours(self.opening.seen, {test.grade_id})
        again = self.known.waiting
        yield from (outputs for name, outputs in asked.items() if name not in again)

    def ask_again(self) -> Iterator[tuple[int, list[Output]]]:
        """Runs the cells above the tests that wait, and asks these at their places."""
        self._at_place, left = True, set(self.known.waiting)
        for number, cell in self._submitted.left():
            if test := self._tests.get(cell.grade_id):
                self._run_test(number, test)
                if test.grade_id in left:
                    yield cell.index, self._settled(test, self._test(number, test))
                    left.discard(test.grade_id)
            elif not (self.known.stopped.get(cell.index) or cell in self._submitted.passed_over):
                self._again(self.kernel.run(number, cell.text, shown=False), cell)
                self._take_notes(cell)
            if not left:
                break
        self.known.waiting.clear()

    def _run_test(self, number: int, test: SourceCell) -> None:
        """Runs a test's released text in the kernel, for the cells after it.

        What is refused there is the instructor's doing, and what the test imports.
        """
        stop = self.kernel.run(number, test.released, shown=False).stopped
        if stop and str(stop) != OVER:  # that is told once, of the notebook
            detail = sentence(f"{test.grade_id}, run for later cells,", stop)
            self.known.setbacks.append(Flag(stop.reason, test.grade_id, detail))
        absent = self.kernel.take_notes().absent
        theirs = [module for module in absent if module not in imports_of(test.released)]
        self.known.missing += map(Missing, missing_packages(test.grade_id, theirs))

    def _reach(self, test: SourceCell) -> None:
        """Runs the instructor's own cells before a test, those that a test needs."""
        place = self.source.index(test)
        for number in range(self._reached, place):
            cell, needed = self.source[number], number not in self.opening.needless
            if needed and (text := instructors(cell) or self._of_test(cell)):
                before = len(self.kernel.stops)
                if fault := self._here(0, text, strikes=1).fault:
                    raise fault
                self._note_called(cell, before)
            if cell.role == "solution":
                changed = self.opening.changed & used(cell.text)
                self.names.hand_over(changed | (bound([cell.text]) & self.names.asked))
        self._reached = max(self._reached, place + 1)

    def _note_called(self, cell: SourceCell, before: int) -> None:
        """Notes what came of a cell that calls the student's functions, for the tests after it.

        Args:
            cell: one of the instructor's that was run here.
            before: how many stops there were when it began.
        """
        earlier = self._called_for(cell.text)
        functions = [*self.names.fetched, *(f for call in earlier for f in call.functions)]
        flags = [flag for call in earlier for flag in call.setbacks]
        for function, stop in self.kernel.stops[before:]:
            detail = sentence(f"{function}, called by a given cell,", stop)
            flags.append(Flag(stop.reason, "", detail))
        if isinstance(self.shell.error, CannotCrossError):
            flags.append(Flag(FlagKind.CANNOT_CROSS, cell.grade_id, str(self.shell.error)))
        flags += self._noted("a call in a given cell")
        if any(function.raised for function in functions):
            flags += [each.flag for each in self.known.missing]
        if functions:
            self._called |= dict.fromkeys(bound([cell.text]), Called(functions, flags))

    def _called_for(self, text: str) -> list[Called]:
        """What came of the cells that have made what a cell uses."""
        return [self._called[name] for name in sorted(used(text)) if name in self._called]

    def _of_test(self, cell: SourceCell) -> str:
        """What is run of a test for what it leaves behind, where it is not asked."""
        if self._at_place:
            return cell.text if cell.text in self.opening.bringing else ""
        return cell.released if cell.role == "test" and cell.hidden else ""

    def _here(self, number: int, text: str, strikes: int) -> _RanHere:
        """What comes of a cell that is run in this process, and asks the kernel.

        A cell that takes too much of this process ends it: whatever it is at, it need not come to
        Python's next step.
        """
        tally = self.kernel.begin(strikes)
        self.names.fetched.clear()
        signal.setitimer(signal.ITIMER_PROF, self.kernel.limits.cell_seconds)
        outputs, full = self.shell.run(text, number, TEST_BYTES)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if isinstance(tally.fault, ZygoteError | SandboxError):
            raise tally.fault  # whatever the cell made of it
        return _RanHere(outputs, full, tally.fault)

    def _test(self, number: int, test: SourceCell) -> list[Output]:
        """The outputs of a test cell: its own, or what is said of why it failed."""
        if test.grade_id in self.lost:
            return self._without_result(
                FlagKind.TIMEOUT, test, "did not come to an end with this answer"
            )
        self.begins(test.grade_id)
        self._reach(test)
        kernel = self.kernel
        before = len(kernel.stops)
        with self.names.as_test(test.text):
            ran = self._here(number, test.text, STRIKES)
        outputs, secret = ran.outputs, test.hidden and not self.trusted
        if ran.fault:
            return [told(GraderError(ran.fault), test.text, hidden=secret)]
        for function, stop in kernel.stops[before:]:
            self.known.flag_stop(function, stop, test.grade_id)
        self._note_lacking_imports(test)
        self.known.setbacks += self._noted(test.grade_id)
        if any(function.raised for function in self.names.fetched):
            self.known.blame_missing()
        if secret:  # what it prints or warns of has its source, or its numbers
            outputs = [o for o in outputs if o["output_type"] == "execute_result"]
        graded = next((o for o in outputs if CELL_JSON in o.get("data", {})), None)
        if graded:
            self._explain(graded)
        elif self.shell.error:
            outputs.append(told(self.shell.error, test.text, hidden=secret))
            if isinstance(self.shell.error, CannotCrossError):
                self.known.flag(FlagKind.CANNOT_CROSS, test.grade_id, str(self.shell.error))
            elif ran_out_of_memory(outputs):
                return self._without_result(
                    FlagKind.MEMORY_LIMIT, test, "takes too much memory with this answer"
                )
        elif ran.full and all(output["output_type"] != "execute_result" for output in outputs):
            return self._without_result(
                FlagKind.OUTPUT_LIMIT, test, "gives more output than is kept"
            )
        functions = [*self.names.fetched]
        for call in self._called_for(test.text):
            functions += call.functions
            self.known.setbacks += call.setbacks
        messages = (by_hand(self.opening.asked, function) for function in functions)
        broken = list(dict.fromkeys(message for message in messages if message))
        for message in broken:
            self.known.flag(FlagKind.FORBIDDEN_CALL, test.grade_id, message)
        if broken and not graded:
            return [error_output("ForbiddenCall", broken[0])]
        return outputs

    def _without_result(self, kind: FlagKind, test: SourceCell, what: str) -> list[Output]:
        """What stands for a test that could not come to a result: a person is asked."""
        self.known.flag(kind, test.grade_id, f"{test.grade_id} {what}.")
        return [error_output("NoResultError", f"This test {what}, so its points are not known.")]

    def _note_lacking_imports(self, test: SourceCell) -> None:
        """Notes the names of a test's that only the source's solution imports, and this one not.

        Of a notebook that has no answer to the test none: that has not failed for an import.
        """
        for name, bound_otherwise in self.names.lacking.items():
            detail = f"{test.grade_id} uses {name}, which "
            if bound_otherwise:
                detail += "this notebook has bound to its own."
            elif self._submitted.answers(test):
                detail += "the source's solution imports, and this notebook does not."
            else:
                continue
            self.known.setbacks.append(Flag(FlagKind.NOT_AVAILABLE, test.grade_id, detail))

    def _settled(self, test: SourceCell, outputs: list[Output]) -> list[Output]:
        """The outputs of a test cell: the one way by which they leave.

        Where points are lost, what has gone wrong so far and is not the answer's own failure is
        told: whether that was the reason, a person sees.
        """
        if loses_points(test, outputs):
            self.known.flag_setbacks(self._submitted.uses(test) if self.known.missing else set())
        return outputs

    def _explain(self, graded: Output) -> None:
        """Where a function fails only because of others, its hints are made to say so."""
        data = graded["data"][CELL_JSON]
        exercise, result = data["exercise"], CellResult.from_json(data)
        function = self.names.fetched[0].__name__ if self.names.fetched else exercise
        if result.score == result.max_score:
            return
        calls = self._submitted.calls(function)
        suspects = [other for other in self._wrong if other in calls]
        self._wrong[function] = exercise
        if suspects and self._right_without(suspects, function, exercise):
            blamed = blame(result, function, suspects)
            graded["data"] = GradedCell(exercise, blamed)._repr_mimebundle_()

    def _read(self) -> None:
        """Flags what a person should read, of what may go around the by-hand rule unseen."""
        exercises = self.opening.asked.exercises
        asked = [exercise for exercise in exercises if exercise.name in self.names.asked]
        answers = [cell.grade_id for cell in self.source if cell.role == "solution"]
        for flag in review.flags(
            self._submitted.own, self.modules, self.opening.program, answers, asked
        ):
            self.known.flag(flag.kind, flag.cell, flag.detail)

    def _right_without(self, others: Sequence[str], function: str, exercise: str) -> bool:
        """Whether a function passes every check with the right ones in the place of others."""
        kernel, needed = self.kernel.another(), self._submitted.texts.reach({function, *others})
        tally = kernel.begin(strikes=1)
        try:
            for number, cell in self._submitted.needed_for(needed):
                kernel.run(number, cell.text, shown=False)
                for other in set(others) & self._submitted.binds(cell):
                    kernel.run(
                        number, as_source(self.opening.asked.find(self._wrong[other]), other)
                    )
            right = kernel.get(function, lambda tree: RemoteFunction(kernel, function, tree))
            passed = passes(self.opening.asked.find(exercise), answering(right), student_key())
            if tally.fault:
                raise tally.fault
            return passed
        except (LookupError, Stopped):  # not bound, no right one to bind, or the kernel stopped
            return False
        finally:
            kernel.close()

    def _take_notes(self, cell: StudentCell) -> None:
        """Takes from the kernel what was refused, or is not here, in a cell of the notebook.

        One that is as the course released it accuses nobody with what it asks for, and the source's
        own solutions live without.
        """
        if not self._submitted.is_released(cell):
            flags = self._noted(cell.name)
            reads = bool(flags) and cell not in self._submitted.unread
            names = sorted(otherwise_bound(cell.text)) if reads else ()
            self.known.missing += [Missing(flag, names) for flag in flags]
            return
        for what in self.kernel.take_notes().tried:
            detail = f"{cell.name}, which is given, was refused: {what}."
            self.known.setbacks.append(Flag(FlagKind.NOT_AVAILABLE, "", detail))

    def _noted(self, where: str) -> list[Flag]:
        """Flags of what was not here in a student's cell or calls; what was refused is kept.

        Args:
            where: the name of the cell, or of the test that called.
        """
        notes = self.kernel.take_notes()
        for what in notes.tried:
            self.known.refused.setdefault(what, where)
        return missing_packages(where, notes.absent) + [
            Flag(
                FlagKind.NOT_AVAILABLE, "", f"{where} asks for what no notebook has here: {thing}."
            )
            for thing in notes.missed
        ]

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

    def _again(self, ran: Ran, cell: StudentCell) -> None:
        """Flags a cell that was stopped when it was run once more, before the hidden tests."""
        if ran.stopped and cell.index not in self.known.stopped:
            self.known.flag_stop(f"{cell.name}, run again for the hidden tests,", ran.stopped, "")

    def _note(self, ran: Ran, cell: StudentCell) -> None:
        """Flags what a person may want to know of a cell, or keeps it for where points are lost."""
        if ran.stopped:
            self.known.stopped[cell.index] = ran.lost
            self.known.flag_stop(cell.name, ran.stopped, cell.grade_id)
        ended, released = failed(ran.outputs), self._submitted.is_released(cell)
        self._take_notes(cell)
        if ended and not released:
            self.known.blame_missing()
        known = self.opening.shared.get(cell.text)
        if ended and known and known.steady:
            detail = f"{cell.name}, which is given, fails only with what this notebook has bound."
            self.known.setbacks.append(Flag(FlagKind.GIVEN_FAILED, cell.grade_id, detail))
        if ran.full and self._room >= 0:
            detail = f"{cell.name} gave more output than is kept; the rest was dropped."
            self.known.flag(FlagKind.OUTPUT_LIMIT, cell.grade_id, detail)


def missing_packages(where: str, modules: Sequence[str]) -> list[Flag]:
    """The flag of modules that are not here; none where there are none."""
    detail = f"{where} imports {few(modules)}: neither installed here nor handed in."
    return [Flag(FlagKind.MISSING_PACKAGE, "", detail)] if modules else []


def failed(outputs: Iterable[Output]) -> bool:
    """Whether a cell ended in an error."""
    return any(output["output_type"] == "error" for output in outputs)


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
