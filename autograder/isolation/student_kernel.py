"""A student's kernel as the examiner has it: started, asked, stopped, and started again.

What a notebook's cells did is lost with a kernel; a new one runs them again, without the cell that
ended the old one, and grading goes on. No answer is believed to be more than data.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.isolation import scratch
from autograder.isolation.answers import (
    MOST_NAMES,
    BoundNames,
    Found,
    NotBound,
    Origin,
    Reply,
    Shown,
)
from autograder.isolation.clock import Patience
from autograder.isolation.errors import CannotCrossError, NotMade, Stopped, WireError
from autograder.isolation.incidents import Incidents
from autograder.isolation.memory import Memory
from autograder.isolation.messages import Start
from autograder.isolation.outputs import Output, checked, error_output, ran_out_of_memory, update
from autograder.isolation.questions import (
    Backward,
    Bind,
    Call,
    Get,
    ListNames,
    Locate,
    NumberedQuestion,
    Question,
    Run,
    Unbind,
)
from autograder.isolation.student_process import StudentProcess
from autograder.isolation.values import Packer, Unpacker
from autograder.limits import Limits
from autograder.results import FlagKind

FunctionOf = Callable[[Mapping[str, Any]], Any]

QUICK_SECONDS = 0.05  # an answer that took longer is followed by no calls that may not be wanted
MOST_TOGETHER = 1 << 20  # bytes of the calls that are sent in one message
SLOWER = 3  # times as long may a cell take when it is run again


@dataclass(frozen=True)
class Ran:
    """What came of a cell.

    Args:
        outputs: what it showed.
        full: whether more was dropped.
        stopped: why it was stopped, if it was.
        lost: whether the kernel ended with it.
        updatable: whether a later cell may change what it showed, by an id.
    """

    outputs: list[Output]
    full: bool = False
    stopped: Stopped | None = None
    lost: bool = False
    updatable: bool = False


@dataclass
class StudentKernel:
    """The kernel of one notebook, and its successors.

    Args:
        control: the zygote's socket.
        folder: where scratch folders are made.
        files: what lies beside the notebook.
        readable: what the kernel may read.
        forbidden: patterns of operators to watch for in calls.
        limits: what it may use.
        patience: shared by all kernels of the notebook.
        memory: what these have taken.

    `generation` counts the kernels so far, and `incidents` are what has happened in them.
    """

    control: socket.socket
    folder: Path
    files: Mapping[str, bytes]
    readable: list[str]
    forbidden: list[str]
    limits: Limits
    patience: Patience
    memory: Memory = field(default_factory=Memory)
    generation: int = 0
    incidents: Incidents = field(default_factory=Incidents)
    _shown: dict[str, list[Output]] = field(default_factory=dict)  # outputs with an id, by it
    _process: StudentProcess | None = None  # the last that was started
    _cells: list[tuple[int, str, float]] = field(default_factory=list)  # and how long each took
    _numbers: Any = field(default_factory=itertools.count)

    @property
    def process(self) -> StudentProcess | None:
        """The living process; None before the first question, and where the last has ended."""
        return self._process if self._process and not self._process.ended else None

    def run(self, number: int, source: str, *, shown: bool = True) -> Ran:
        """Runs a cell; where that ends the kernel, the next question starts another.

        Args:
            number: what stands in its brackets.
            source: its text.
            shown: whether anybody sees its outputs: pictures and tracebacks take long.
        """
        try:
            reply = self._ask(Run(number, source, shown))
            process = self._current
            took = process.clock.seconds
            with process.believing():
                ran = self._ran(Shown.read(reply.body))
            self._cells.append((number, source, took))
        except CannotCrossError:
            return Ran([error_output("CellTooLongError", "This cell is too long to be run.")])
        except Stopped as stop:
            output = stopped_output(f"This cell {stop}.", stop.reason)
            return Ran([output], stopped=stop, lost=True)
        if late := process.overtime(reply):
            before = [output for output in ran.outputs if output["output_type"] != "error"]
            return Ran([*before, stopped_output(f"This cell {late}.", late.reason)], ran.full, late)
        if ran_out_of_memory(ran.outputs):
            return replace(ran, stopped=Stopped(FlagKind.MEMORY_LIMIT, "asked for too much memory"))
        return ran

    def get(self, name: str, function: FunctionOf) -> Any:
        """The value that the notebook has bound to a name.

        Args:
            name: any identifier.
            function: makes what stands for a function.

        Raises:
            KeyError: there is none.
            Stopped: the kernel did not answer.
        """
        with self.incidents.keeping_stops_of(name):
            reply = self._ask(Get(name))
            if late := self._current.overtime(reply):
                raise late
            found = Found.read(reply.body)
            if isinstance(found, NotBound):
                raise KeyError(name)
            with self._current.believing():
                return Unpacker(reply.block, function).value(found.value)

    def names(self) -> list[str]:
        """The names that the notebook has bound.

        Raises:
            Stopped: the kernel did not answer.
        """
        with self.incidents.keeping_stops_of("the notebook"):
            reply = self._ask(ListNames())
            try:
                return BoundNames.read(reply.body, MOST_NAMES).names
            except WireError:
                raise Stopped(FlagKind.KERNEL_DIED, "did not say what it has bound") from None

    def origin(self, name: str) -> str:
        """Where what is bound to a name is defined, as `type_names.origin` tells; "" of no value.

        It is what the notebook says of itself, and may be compared, and no more.

        Raises:
            Stopped: the kernel did not answer.
        """
        with self.incidents.keeping_stops_of(name):
            return Origin.read(self._ask(Locate(name)).body).origin

    def set(self, name: str, value: Any, function: Callable[[Any], Any]) -> None:
        """Binds a name in the notebook to a plain value, or to a function of its own."""
        packer = Packer(function)
        tree = packer.tree(value)
        with self.incidents.keeping_stops_of(name):
            self._ask(Bind(name, tree), packer.block())

    def delete(self, name: str) -> None:
        """Takes a name from the notebook."""
        with self.incidents.keeping_stops_of(name):
            self._ask(Unbind(name))

    def send_together(self, calls: Sequence[tuple[Call, bytes]]) -> list[int]:
        """The numbers of calls that are sent in one message, to be answered in this order.

        The kernel answers each as it ends. Whatever else it is asked for, it answers the rest
        before, and nobody sees what.

        Args:
            calls: the question and the tensors of each.

        Returns:
            Nothing where they are better asked one by one.
        """
        process = self.process
        if process is None or process.busy or process.took > QUICK_SECONDS:
            return []
        size = sum(len(block) for _, block in calls)
        if self.incidents.tally.strikes <= 0 or size > MOST_TOGETHER:
            return []
        asked = [NumberedQuestion(next(self._numbers), call, block) for call, block in calls]
        return process.send_together(asked, self.limits.call_seconds)

    def awaits(self, number: int) -> bool:
        """Whether a call that was sent is the next to be answered."""
        return self.process.awaits(number) if self.process else False

    @contextmanager
    def answering(
        self, function: str, question: Call | Backward, block: bytes, number: int | None = None
    ) -> Iterator[Reply]:
        """The answer to a call, or to its backward pass, to be read in the block.

        A WireError there says that it makes no sense, which ends the kernel. The caller has to have
        the kernel `ready`, and to be `incidents.keeping_fault`.

        Args:
            function: the name of what is called.
            question: what is asked.
            block: its tensors.
            number: of a call that was sent with others, if it `awaits` the answer.

        Raises:
            Stopped: the kernel did not answer, this time or too often before.
            NotMade: it was sent with others, and one before it was stopped.
        """
        if self.incidents.tally.strikes <= 0:
            raise self.incidents.stops[-1][1]
        with self.incidents.keeping_stops_of(function):
            process, seconds = self._current, self.limits.call_seconds
            if number is None:
                reply = process.exchange(self._numbered(question, block), seconds)
            else:
                reply = process.awaited(number, seconds)
                # Or it was ended by an interrupt that the one before it got.
                if reply.skipped or (reply.interrupted and not process.late):
                    raise NotMade
            self.incidents.tally.note_printed(reply.printed)
            if late := process.overtime(reply):
                raise late
            with process.believing():
                yield reply

    def line(self, number: int, place: int) -> str | None:
        """A line of a cell that has run, counted from 1; None where there is none."""
        lines = {n: source for n, source, _ in self._cells}.get(number, "").splitlines()
        return lines[place - 1] if 0 < place <= len(lines) else None

    def another(self) -> StudentKernel:
        """A kernel for the same notebook, in which nothing has run."""
        return StudentKernel(
            self.control,
            self.folder,
            self.files,
            self.readable,
            self.forbidden,
            self.limits,
            self.patience,
            self.memory,
        )

    def most_memory(self) -> int | None:
        """The most bytes that a kernel of the notebook has taken so far, as `memory` has it."""
        if self.process:
            self.process.measure_memory()
        return self.memory.most_bytes

    def ready(self) -> None:
        """Starts a kernel if there is none, and runs all cells so far.

        A cell that ends the kernel is not run again.

        Raises:
            Stopped: the notebook's time is over.
            SandboxError: the kernel can't be held in.
            ZygoteError: the zygote is gone.
        """
        if self.process:
            self.process.catch_up()
        while self.process is None:
            process = self._start()
            for place, (number, source, took) in enumerate(self._cells):
                asked = self._numbered(Run(number, source, shown=False))
                try:
                    process.exchange(asked, self.limits.cell_seconds, SLOWER * took)
                    if process.late:
                        self.incidents.tell_of(f"In [{number}]", process.timeout())
                except Stopped as stop:
                    if self.patience.seconds_left <= 0:
                        raise
                    self.incidents.tell_of(f"In [{number}]", stop)
                    del self._cells[place]
                    break

    def close(self) -> None:
        """Ends the kernel, and removes its folder; the next question starts another."""
        if self._process:
            self._process.close()

    @property
    def _current(self) -> StudentProcess:
        """The process that was asked last, or is `ready` to be."""
        assert self._process is not None
        return self._process

    def _ask(self, question: Question, block: bytes = b"") -> Reply:
        """One question and its answer, from a kernel that has run all cells so far."""
        with self.incidents.keeping_fault():
            self.ready()
            asked = self._numbered(question, block)
            return self._current.exchange(asked, self.limits.cell_seconds)

    def _numbered(self, question: Question, block: bytes = b"") -> NumberedQuestion:
        return NumberedQuestion(next(self._numbers), question, block)

    def _start(self) -> StudentProcess:
        """Starts a kernel; from the second on, that is taken from the notebook's time."""
        self.generation += 1
        start = time.monotonic()
        folder = scratch.make(self.folder, self.files)
        job = Start(self.limits, str(folder), self.readable, self.forbidden)
        self._process = StudentProcess.start(
            self.control, job, self.patience, self.incidents, self.memory
        )
        if self.generation > 1:
            self.patience.seconds_left -= (time.monotonic() - start) / self.limits.wall_factor
        return self._process

    def _ran(self, shown: Shown) -> Ran:
        """What came of a cell; earlier outputs that it has updated are changed in place."""
        most = self.limits.output_bytes
        outputs = checked(shown.outputs, most)
        update(self._shown, shown.updates, shown.displays, outputs, most)
        return Ran(outputs, shown.full, updatable=bool(shown.displays))


def stopped_output(text: str, reason: FlagKind) -> Output:
    """What stands in the notebook for a cell that was stopped."""
    return error_output(
        "CellTimeoutError" if reason == FlagKind.TIMEOUT else "DeadKernelError", text
    )
