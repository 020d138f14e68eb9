"""What may go wrong between a notebook's processes: one exception an event.

Three families: the machine or the kit fails (nobody's answer is to blame), a value can't cross, and
the student's kernel does not answer. What a student's function raises is none of these: it is
raised again as it was, see `remote_function` and `autograder.raised`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.raised import StudentsDoing
from autograder.words import line

if TYPE_CHECKING:
    from autograder.results import FlagKind  # a kernel has no need of it in memory


class ZygoteError(Exception):
    """The zygote can't be started, or is gone: what was in hand has to be done again.

    Raised by whoever asks it for a process (`zygote`, `child`, `student_process`), and by
    examiners for theirs.
    """


class SandboxError(Exception):
    """This machine can't hold a student's code in: nothing of it was run.

    Raised by `student_process`, when a new kernel says so instead of being ready.
    """


class WireError(Exception):
    """The other side closed the connection, or what it sent is no message.

    Raised by `wire`, and by whatever reads a part of a message from an untrusted process (`values`,
    `tensors`, `outputs`, `refusals`, `answers`). Where it comes from a student's kernel,
    `student_process` ends that and raises `Stopped`.
    """


class TooLargeError(WireError):
    """A message is larger than it may be; nothing of it was sent.

    Raised by `wire.Connection.send`, on either side.
    """


class CannotCrossError(TypeError):
    """A value is of a kind that does not cross between processes.

    Raised by `values.Packer`, on the side that has the value, and by the examiner's namespace.
    """


class OpaqueError(CannotCrossError):
    """A student's function returned what does not cross.

    Raised by `remote_function`, in a call.

    Args:
        text: what is told.
        kind: the type of what was returned, if that has a known name.
    """

    def __init__(self, text: str, kind: type | None) -> None:
        super().__init__(text)
        self.kind = kind


class ChangedError(CannotCrossError):
    """A student's function changed an argument in place into what does not cross.

    Raised by `remote_function`, in a call that made a tensor a complex one, say.
    """


class Stopped(StudentsDoing, RuntimeError):  # noqa: N818 (an event, not an error of ours)
    """The kernel was stopped, or ended by itself, before it answered.

    Raised by `student_process`, so by each question to the kernel and each call of a function.

    Args:
        reason: the kind of event, which is the kind of the flag that tells of it.
        text: goes on after a function's or a cell's name: "ran for more than 10 s".
        detail: for a person who looks into it. It may come from the student's process, which
            knows the arguments of hidden calls: its author must not see it.
        function: whose call it was, where that is known.
    """

    def __init__(self, reason: FlagKind, text: str, detail: str = "", function: str = "") -> None:
        super().__init__(text)
        self.reason = reason
        self.detail = line(detail)
        self.function = function

    def of(self, function: str) -> Stopped:
        """The same, of a call of this function."""
        return Stopped(self.reason, str(self), self.detail, function)


class NotMade(Exception):  # noqa: N818 (an event, not an error of ours)
    """A call that was sent with others was not made: it has to be asked for again.

    Raised by `student_kernel`, to `remote_function`, when one before it was stopped.
    """
