"""A student's kernel as the examiner has it: started, asked, stopped, and started again.

What a notebook's cells did is lost with a kernel; a new one runs them again, without the cell that
ended the old one, and grading goes on. No answer is believed to be more than data.
"""

from __future__ import annotations

import itertools
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.isolation import scratch
from autograder.isolation.child import Child, fork, hung_up
from autograder.isolation.clock import LEAST_SECONDS, LOOK_SECONDS, Clock, Patience
from autograder.isolation.errors import (
    CannotCrossError,
    NotMade,
    SandboxError,
    Stopped,
    TooLargeError,
    WireError,
    ZygoteError,
)
from autograder.isolation.incidents import Incidents
from autograder.isolation.messages import (
    Backward,
    Bind,
    BoundNames,
    Call,
    Found,
    Get,
    ListNames,
    Locate,
    NotBound,
    NumberedQuestion,
    Origin,
    Question,
    Ready,
    Reply,
    Run,
    Shown,
    Start,
    Unbind,
    together,
)
from autograder.isolation.outputs import Output, checked, error_output, ran_out_of_memory, update
from autograder.isolation.values import MOST_NAMES, Packer, Unpacker
from autograder.isolation.wire import Connection
from autograder.limits import MOST_THREADS, Limits
from autograder.results import FlagKind
from autograder.words import line

FunctionOf = Callable[[Mapping[str, Any]], Any]

OVER = "was not run: the notebook's time is over"
SHORTENED = ", which is less than usual because cells or calls before it took too long"
ENTRY = "autograder.isolation.kernel:run_kernel"
START_SECONDS = 30.0
GRACE_SECONDS = 1.0  # from an interrupt to a kill
LEAST_WAIT = 0.01  # between two looks at a clock that has almost run out
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

    `generation` counts the kernels so far, and `incidents` are what has happened in them.
    """

    control: socket.socket
    folder: Path
    files: Mapping[str, bytes]
    readable: list[str]
    forbidden: list[str]
    limits: Limits
    patience: Patience
    generation: int = 0
    incidents: Incidents = field(default_factory=Incidents)
    _shown: dict[str, list[Output]] = field(default_factory=dict)  # outputs with an id, by it
    _child: Child | None = None
    _scratch: Path | None = None
    _clock: Clock = field(init=False)
    _cells: list[tuple[int, str, float]] = field(default_factory=list)  # and how long each took
    _shipped: tuple[int, int] = (0, 0)  # bytes and files that its folder began with
    _allowed: float = 0.0
    _shortened: bool = False  # whether that is less than the course gives
    _late: bool = False  # whether the last question was interrupted
    _counted: float = 0.0
    _numbers: Any = field(default_factory=itertools.count)
    _ahead: deque[int] = field(default_factory=deque)  # calls that were sent, and not answered yet
    _took: float = 0.0  # by the wall clock, of the last answer

    def __post_init__(self) -> None:
        self._clock = Clock(self.limits.wall_factor)

    def run(self, number: int, source: str, *, shown: bool = True) -> Ran:
        """Runs a cell; where that ends the kernel, the next question starts another.

        Args:
            number: what stands in its brackets.
            source: its text.
            shown: whether anybody sees its outputs: pictures and tracebacks take long.
        """
        try:
            reply = self._ask(Run(number, source, shown))
            took = self._clock.seconds
            with self.believing():
                ran = self._ran(Shown.read(reply.body))
            self._cells.append((number, source, took))
        except CannotCrossError:
            return Ran([error_output("CellTooLongError", "This cell is too long to be run.")])
        except Stopped as stop:
            output = stopped_output(f"This cell {stop}.", stop.reason)
            return Ran([output], stopped=stop, lost=True)
        if self._late and reply.interrupted:
            late = self._timeout()
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
            if self._late and reply.interrupted:
                raise self._timeout()
            found = Found.read(reply.body)
            if isinstance(found, NotBound):
                raise KeyError(name)
            with self.believing():
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
        """Where what is bound to a name is defined, as `values.origin` tells; "" of no value.

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
        if self._child is None or self._ahead or self._took > QUICK_SECONDS:
            return []
        size = sum(len(block) for _, block in calls)
        if self.incidents.tally.strikes <= 0 or size > MOST_TOGETHER:
            return []
        asked = [NumberedQuestion(next(self._numbers), call, block) for call, block in calls]
        deadline = time.monotonic() + self.limits.call_seconds * self.limits.wall_factor
        try:
            Connection(self._child.socket).send(*together(asked), deadline)
        except TooLargeError:
            return []
        except (WireError, TimeoutError):
            pass  # told of the first, which has no answer
        self._ahead.extend(each.number for each in asked)
        return list(self._ahead)

    def awaits(self, number: int) -> bool:
        """Whether a call that was sent is the next to be answered."""
        return self._ahead[0] == number if self._ahead else False

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
            seconds = self.limits.call_seconds
            if number is None:
                reply = self._exchange(question, block, seconds)
            else:
                reply = self._await(number, seconds)
                # Or it was ended by an interrupt that the one before it got.
                if reply.skipped or (reply.interrupted and not self._late):
                    raise NotMade
            self.incidents.tally.note_printed(reply.printed)
            if self._late and reply.interrupted:
                raise self._timeout()
            with self.believing():
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
        )

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts this process's work in the block as time of the notebook: its answer causes it."""
        start = time.thread_time()
        try:
            yield
        finally:
            self.patience.seconds_left -= time.thread_time() - start

    @contextmanager
    def believing(self) -> Iterator[None]:
        """Reads an answer in the block; one that makes no sense ends the kernel.

        Raises:
            Stopped: it makes none.
        """
        try:
            with self.counted():
                yield
        except WireError as error:
            self.close()
            raise Stopped(FlagKind.KERNEL_DIED, "ended the kernel", str(error)) from None

    def ready(self) -> None:
        """Starts a kernel if there is none, and runs all cells so far.

        A cell that ends the kernel is not run again.

        Raises:
            Stopped: the notebook's time is over.
            SandboxError: the kernel can't be held in.
            ZygoteError: the zygote is gone.
        """
        self._catch_up()
        while self._child is None:
            self._start()
            for place, (number, source, took) in enumerate(self._cells):
                question = Run(number, source, shown=False)
                try:
                    self._exchange(question, b"", self.limits.cell_seconds, SLOWER * took)
                    if self._late:
                        self.incidents.tell_of(f"In [{number}]", self._timeout())
                except Stopped as stop:
                    if self.patience.seconds_left <= 0:
                        raise
                    self.incidents.tell_of(f"In [{number}]", stop)
                    del self._cells[place]
                    break

    def close(self) -> None:
        """Ends the kernel, and removes its folder; the next question starts another."""
        self._ahead.clear()
        if self._child:
            self._child.kill()
            self._child = None
        if self._scratch:
            scratch.remove(self._scratch)
            self._scratch = None

    def _ask(self, question: Question, block: bytes = b"", seconds: float = 0.0) -> Reply:
        """One question and its answer, from a kernel that has run all cells so far."""
        with self.incidents.keeping_fault():
            self.ready()
            return self._exchange(question, block, seconds or self.limits.cell_seconds)

    def _start(self) -> None:
        """Starts a kernel; from the second on, that is taken from the notebook's time."""
        self.generation += 1
        start = self._counted = time.monotonic()  # it has nothing yet
        self._scratch = scratch.make(self.folder, self.files)
        self._shipped = scratch.usage(self._scratch, sys.maxsize)
        self._child = fork(self.control, ENTRY)
        job = Start(self.limits, str(self._scratch), self.readable, self.forbidden)
        connection = Connection(self._child.socket)
        deadline = time.monotonic() + START_SECONDS
        try:
            connection.send(job.to_json(), deadline=deadline)
            error = Ready(**connection.receive(deadline)[0]).error
        except (WireError, TimeoutError) as ended:  # no student's code has run: not its doing
            self.close()
            raise ZygoteError(f"a kernel did not start: {ended}") from ended
        if error:
            self.close()
            raise SandboxError(line(error))
        if self.generation > 1:
            self.patience.seconds_left -= (time.monotonic() - start) / self.limits.wall_factor

    def _catch_up(self) -> None:
        """Waits for the answers to calls that were sent together and are not wanted any more.

        A kernel that does not give them is ended, and nobody is to blame.
        """
        while self._ahead:
            try:
                self._await(self._ahead[0], LEAST_SECONDS)
            except Stopped:
                self.close()

    def _await(self, number: int, seconds: float) -> Reply:
        """The answer to a call that was sent with others; its time begins when it is waited for."""
        self._ahead.popleft()
        return self._exchange(None, b"", seconds, number=number)

    def _exchange(
        self,
        question: Question | None,
        block: bytes,
        seconds: float,
        least: float = 0.0,
        number: int | None = None,
    ) -> Reply:
        """Sends a question, and waits for its answer at most so long.

        Args:
            question: what is asked; None where it was sent before.
            block: its tensors.
            seconds: how long it may take where nothing was too slow so far.
            least: how long it may take whatever was.
            number: that it was sent with.
        """
        assert self._child is not None
        if self.patience.seconds_left <= 0:
            raise Stopped(FlagKind.TIMEOUT, OVER)
        self._allowed = max(self.patience.allowed(seconds), least)
        self._shortened = self._allowed < seconds
        left = min(self._allowed, self.patience.seconds_left)
        number = next(self._numbers) if number is None else number
        self._clock.begin(self._child)
        try:
            connection = Connection(self._child.socket)
            if question is not None:
                asked = NumberedQuestion(number, question).to_json()
                connection.send(asked, block, self._clock.deadline(left))
            return self._received(connection, number, left)
        except TooLargeError:  # the caller's doing; nothing of it was sent, and the kernel is well
            raise CannotCrossError("the values are larger together than can cross.") from None
        except WireError as error:
            self.close()
            if hung_up(self.control):  # it took the kernel with it
                raise ZygoteError("the zygote is gone") from error
            raise Stopped(FlagKind.KERNEL_DIED, "ended the kernel", str(error)) from None
        except TimeoutError:
            self.close()
            raise self._timeout() from None
        finally:
            self.patience.seconds_left -= self._clock.seconds
            self._took = self._clock.wall_seconds

    def _received(self, connection: Connection, number: int, seconds: float) -> Reply:
        """The answer to the question of this number, which may take so long.

        Raises:
            TimeoutError: it does not come, though it was interrupted.
            WireError: it is none, or says that the kernel's own code failed.
            Stopped: the kernel has taken more than it may, as is seen from outside.
        """
        assert self._child is not None
        self._await_answer(self._child, seconds)
        deadline = self._clock.deadline(self._clock.seconds + seconds + GRACE_SECONDS)
        with self.counted():
            reply = Reply.read(number, *connection.receive(deadline))
        if not self._ahead:
            self._measure()  # what was written faster than anyone looks
        self.incidents.keep_notes(reply.notes)
        if reply.fault is not None:
            raise WireError(reply.fault)
        return reply

    def _ran(self, shown: Shown) -> Ran:
        """What came of a cell; earlier outputs that it has updated are changed in place."""
        most = self.limits.output_bytes
        outputs = checked(shown.outputs, most)
        update(self._shown, shown.updates, shown.displays, outputs, most)
        return Ran(outputs, shown.full, updatable=bool(shown.displays))

    def _timeout(self) -> Stopped:
        less = SHORTENED if self._shortened else ""
        self.patience.timeouts += 1
        return Stopped(FlagKind.TIMEOUT, f"ran for more than {self._allowed:.2g} s{less}")

    def _await_answer(self, child: Child, seconds: float) -> None:
        """Waits for an answer to begin; the work on one that is late is interrupted.

        Raises:
            TimeoutError: it does not come even so.
        """
        self._late = not self._wait(child, seconds)
        if self._late:
            child.interrupt()
            if not self._wait(child, self._clock.seconds + GRACE_SECONDS):
                raise TimeoutError("neither an answer nor an end")

    def _wait(self, child: Child, seconds: float) -> bool:
        """Whether an answer begins before its question has taken so long."""
        while (left := seconds - self._clock.seconds) > 0:
            if child.readable(min(LOOK_SECONDS, max(left, LEAST_WAIT))):
                return True
            self._measure()
        return child.readable(0)

    def _measure(self) -> None:
        """Measures files and threads of the kernel; ends it where it has more than it may."""
        assert self._scratch is not None
        assert self._child is not None
        shipped, files = self._shipped
        size, count = scratch.usage(self._scratch, self.limits.scratch_files + files)
        size, count = size - shipped, count - files
        if time.monotonic() > self._counted + LOOK_SECONDS:  # it takes a few times as long
            self._counted = time.monotonic()
            size += self._child.unnamed_bytes(self.limits.file_bytes)
            # Twice as many: it refuses those of Python itself, but knows nothing of torch's.
            if self._clock.look(self._child) > 2 * MOST_THREADS:
                self.close()
                raise Stopped(FlagKind.MEMORY_LIMIT, "started too many threads")
        if size > self.limits.scratch_bytes or count >= self.limits.scratch_files:
            self.close()
            raise Stopped(FlagKind.DISK_LIMIT, scratch.TOO_MUCH)


def stopped_output(text: str, reason: FlagKind) -> Output:
    """What stands in the notebook for a cell that was stopped."""
    return error_output(
        "CellTimeoutError" if reason == FlagKind.TIMEOUT else "DeadKernelError", text
    )
