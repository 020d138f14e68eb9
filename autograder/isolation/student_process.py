"""One living process of a student's kernel: started, asked, waited for, measured and ended.

It ends where its answers make no sense, come too late, or it takes more than it may. What a
notebook does then is for `student_kernel` to say.
"""

from __future__ import annotations

import socket
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from autograder.isolation import scratch
from autograder.isolation.answers import Reply
from autograder.isolation.child import Child, fork, hung_up
from autograder.isolation.clock import LEAST_SECONDS, LOOK_SECONDS, Clock, Patience
from autograder.isolation.errors import (
    CannotCrossError,
    SandboxError,
    Stopped,
    TooLargeError,
    WireError,
    ZygoteError,
)
from autograder.isolation.incidents import Incidents
from autograder.isolation.memory import Memory
from autograder.isolation.messages import Ready, Start
from autograder.isolation.questions import NumberedQuestion, together
from autograder.isolation.wire import Connection
from autograder.limits import MOST_THREADS
from autograder.results import FlagKind
from autograder.words import line

OVER = "was not run: the notebook's time is over"
SHORTENED = ", which is less than usual because cells or calls before it took too long"
ENTRY = "autograder.isolation.kernel:run_kernel"
START_SECONDS = 30.0
GRACE_SECONDS = 1.0  # from an interrupt to a kill
LEAST_WAIT = 0.01  # between two looks at a clock that has almost run out


@dataclass
class StudentProcess:
    """A process that a notebook's cells are run in, from its start to its end.

    Args:
        control: the zygote's socket.
        child: the process.
        job: what it was started with: what it may use, and the folder in which it may write.
        patience: shared by all processes of the notebook.
        incidents: keeps what was refused.
        memory: shared by all processes of the notebook.

    `late` is whether the last question was interrupted, and `took` how long the last answer took by
    the wall clock.
    """

    control: socket.socket
    child: Child
    job: Start
    patience: Patience
    incidents: Incidents
    memory: Memory
    ended: bool = False
    late: bool = False
    took: float = 0.0
    clock: Clock = field(init=False)
    _scratch: Path = field(init=False)
    _shipped: tuple[int, int] = field(init=False)  # bytes and files that its folder began with
    _connection: Connection = field(init=False)
    _allowed: float = 0.0
    _shortened: bool = False  # whether that is less than the course gives
    _counted: float = field(default_factory=time.monotonic)  # it has nothing yet
    _began_with: int | None = None  # bytes of memory, before its first cell
    _ahead: deque[int] = field(default_factory=deque)  # calls that were sent, and not answered yet

    def __post_init__(self) -> None:
        self.clock = Clock(self.job.limits.wall_factor)
        self._scratch = Path(self.job.scratch)
        self._shipped = scratch.usage(self._scratch, sys.maxsize)
        self._connection = Connection(self.child.socket)

    @classmethod
    def start(
        cls,
        control: socket.socket,
        job: Start,
        patience: Patience,
        incidents: Incidents,
        memory: Memory,
    ) -> Self:
        """One that is ready to be asked; arguments as of the class.

        Raises:
            SandboxError: it can't be held in.
            ZygoteError: it does not start, or the zygote is gone.
        """
        try:
            child = fork(control, ENTRY)
        except ZygoteError:
            scratch.remove(Path(job.scratch))
            raise
        process = cls(control, child, job, patience, incidents, memory)
        deadline = time.monotonic() + START_SECONDS
        try:
            process._connection.send(job.to_json(), deadline=deadline)
            error = Ready(**process._connection.receive(deadline)[0]).error
        except (WireError, TimeoutError) as ended:  # no student's code has run: not its doing
            process.close()
            raise ZygoteError(f"a kernel did not start: {ended}") from ended
        if error:
            process.close()
            raise SandboxError(line(error))
        process._began_with = child.most_resident_bytes()
        return process

    def close(self) -> None:
        """Ends it, and removes its folder: called by itself, or when nobody needs it."""
        self._ahead.clear()
        if not self.ended:
            self.ended = True
            self.measure_memory()
            self.child.kill()
            scratch.remove(self._scratch)

    def measure_memory(self) -> None:
        """Notes how much memory it has taken so far: called by itself, and by who has to know now.

        Of one that has ended by itself, what was noted last is known: it is measured while it is
        asked, every `LOOK_SECONDS`, and before it is ended.
        """
        self.memory.note(self._began_with, self.child.most_resident_bytes())

    def exchange(self, asked: NumberedQuestion, seconds: float, least: float = 0.0) -> Reply:
        """Sends a question, and waits for its answer at most so long.

        Args:
            asked: what is asked.
            seconds: how long it may take where nothing was too slow so far.
            least: how long it may take whatever was.

        Raises:
            CannotCrossError: it is too large to be asked.
            Stopped: there is no answer, or none that makes sense.
            ZygoteError: it ended with its zygote.
        """
        return self._answer(asked.number, seconds, least, asked)

    def send_together(self, asked: Sequence[NumberedQuestion], seconds: float) -> list[int]:
        """The numbers of calls that are sent in one message; nothing where they are too large.

        Args:
            asked: the calls; no others may be unanswered.
            seconds: how long that may take.
        """
        deadline = time.monotonic() + seconds * self.job.limits.wall_factor
        try:
            self._connection.send(*together(asked), deadline)
        except TooLargeError:
            return []
        except (WireError, TimeoutError):
            pass  # told of the first, which has no answer
        self._ahead.extend(each.number for each in asked)
        return list(self._ahead)

    @property
    def busy(self) -> bool:
        """Whether calls that were sent together are not all answered yet."""
        return bool(self._ahead)

    def awaits(self, number: int) -> bool:
        """Whether a call that was sent is the next to be answered."""
        return self._ahead[0] == number if self._ahead else False

    def awaited(self, number: int, seconds: float) -> Reply:
        """The answer to a call that it `awaits`; its time begins when it is waited for.

        Arguments and exceptions as of `exchange`.
        """
        self._ahead.popleft()
        return self._answer(number, seconds)

    def catch_up(self) -> None:
        """Waits for the answers to calls that were sent together and are not wanted any more.

        A kernel that does not give them is ended, and nobody is to blame.
        """
        while self._ahead:
            try:
                self.awaited(self._ahead[0], LEAST_SECONDS)
            except Stopped:
                self.close()

    @contextmanager
    def believing(self) -> Iterator[None]:
        """Reads an answer in the block; one that makes no sense ends the kernel.

        Raises:
            Stopped: it makes none.
        """
        try:
            with self.patience.counted():
                yield
        except WireError as error:
            self.close()
            raise Stopped(FlagKind.KERNEL_DIED, "ended the kernel", str(error)) from None

    def overtime(self, reply: Reply) -> Stopped | None:
        """The stop of the last question, if the work on it was interrupted for being late."""
        return self.timeout() if self.late and reply.interrupted else None

    def timeout(self) -> Stopped:
        """The stop of the last question, which was late: those after it get less time."""
        less = SHORTENED if self._shortened else ""
        self.patience.timeouts += 1
        return Stopped(FlagKind.TIMEOUT, f"ran for more than {self._allowed:.2g} s{less}")

    def _answer(
        self,
        number: int,
        seconds: float,
        least: float = 0.0,
        asked: NumberedQuestion | None = None,
    ) -> Reply:
        """The answer to the question of this number; `asked` is None where it was sent before."""
        if self.patience.seconds_left <= 0:
            raise Stopped(FlagKind.TIMEOUT, OVER)
        self._allowed = max(self.patience.allowed(seconds), least)
        self._shortened = self._allowed < seconds
        left = min(self._allowed, self.patience.seconds_left)
        self.clock.begin(self.child)
        try:
            if asked is not None:
                self._connection.send(asked.to_json(), asked.block, self.clock.deadline(left))
            return self._received(number, left)
        except TooLargeError:  # the caller's doing; nothing of it was sent, and the kernel is well
            raise CannotCrossError("the values are larger together than can cross.") from None
        except WireError as error:
            self.close()
            if hung_up(self.control):  # it took the kernel with it
                raise ZygoteError("the zygote is gone") from error
            raise Stopped(FlagKind.KERNEL_DIED, "ended the kernel", str(error)) from None
        except TimeoutError:
            self.close()
            raise self.timeout() from None
        finally:
            self.patience.seconds_left -= self.clock.seconds
            self.took = self.clock.wall_seconds

    def _received(self, number: int, seconds: float) -> Reply:
        """The answer to the question of this number, which may take so long.

        Raises:
            TimeoutError: it does not come, though it was interrupted.
            WireError: it is none, or says that the kernel's own code failed.
            Stopped: the kernel has taken more than it may, as is seen from outside.
        """
        self._await_answer(seconds)
        deadline = self.clock.deadline(self.clock.seconds + seconds + GRACE_SECONDS)
        with self.patience.counted():
            reply = Reply.read(number, *self._connection.receive(deadline))
        if not self._ahead:
            self._measure()  # what was written faster than anyone looks
        self.incidents.keep_notes(reply.notes)
        if reply.fault is not None:
            raise WireError(reply.fault)
        return reply

    def _await_answer(self, seconds: float) -> None:
        """Waits for an answer to begin; the work on one that is late is interrupted.

        Raises:
            TimeoutError: it does not come even so.
        """
        self.late = not self._wait(seconds)
        if self.late:
            self.child.interrupt()
            if not self._wait(self.clock.seconds + GRACE_SECONDS):
                raise TimeoutError("neither an answer nor an end")

    def _wait(self, seconds: float) -> bool:
        """Whether an answer begins before its question has taken so long."""
        while (left := seconds - self.clock.seconds) > 0:
            if self.child.readable(min(LOOK_SECONDS, max(left, LEAST_WAIT))):
                return True
            self._measure()
        return self.child.readable(0)

    def _measure(self) -> None:
        """Measures files and threads of the kernel; ends it where it has more than it may."""
        (shipped, files), limits = self._shipped, self.job.limits
        size, count = scratch.usage(self._scratch, limits.scratch_files + files)
        size, count = size - shipped, count - files
        if time.monotonic() > self._counted + LOOK_SECONDS:  # it takes a few times as long
            self._counted = time.monotonic()
            size += self.child.unnamed_bytes(limits.file_bytes)
            self.measure_memory()
            # Twice as many: it refuses those of Python itself, but knows nothing of torch's.
            if self.clock.look(self.child) > 2 * MOST_THREADS:
                self.close()
                raise Stopped(FlagKind.MEMORY_LIMIT, "started too many threads")
        if size > limits.scratch_bytes or count >= limits.scratch_files:
            self.close()
            raise Stopped(FlagKind.DISK_LIMIT, scratch.TOO_MUCH)
