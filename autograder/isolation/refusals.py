"""What a notebook asked for that the sandbox refuses: said to it in a sentence, and noted.

The notes are evidence from an untrusted process, as `operators` gathers it: a reason to look, no
more. What a library asks for by itself, a name's look-up and a shell line accuse nobody: that they
are not there is noted apart, as what was `missed`.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
import sys
import sysconfig
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from autograder.isolation.errors import WireError

NO_PROCESS = "The grader runs a notebook in one process: it starts no other."
NO_THREAD = "can't start new thread"  # begins as Python says it
SOCKET = "a socket of the grader's"
NO_NETWORK = "The grader runs a notebook without a network."

# Audit events: https://docs.python.org/3/library/audit_events.html
REFUSED = {
    **dict.fromkeys(
        ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"),
        NO_PROCESS,
    ),
    **dict.fromkeys(("socket.__new__", "socket.bind", "socket.connect"), NO_NETWORK),
}
LOOK_UPS = (
    "socket.getaddrinfo",
    "socket.gethostbyaddr",
    "socket.gethostbyname",
    "socket.getnameinfo",
)
SIGNAL = "os.kill"
# Events of our own: a line that would start a program, one whose output was wanted, what
# multiprocessing begins with, a question to whoever sits in front of the notebook.
COMMAND, OUTPUT, PROCESS, INPUT = (
    f"autograder.{name}" for name in ("command", "output", "process", "input")
)
# A file that lies where no notebook reads, opened by one that may not mind the error.
CLOSED = "autograder.closed"
# What an error says that was raised: of a new file that is not to lie in the notebook's folder, of
# one that is not there, of memory, of a thread too many, of a library that tells no module.
ELSEWHERE, FILE, MEMORY, THREAD, LIBRARY = (
    f"autograder.{name}" for name in ("elsewhere", "file", "memory", "thread", "library")
)
# What a notebook may miss, by what it is noted as.
MISSED = {
    NO_PROCESS: "another process",
    NO_NETWORK: "the network",
    COMMAND: "a shell",
    OUTPUT: "the output of a command",
    PROCESS: "another process",
    INPUT: "an answer of somebody's (input)",
    THREAD: "so many threads",
    ELSEWHERE: "a place for files outside its own folder",
    FILE: "a file that was not handed in",
    CLOSED: "a file that no notebook may open",
    MEMORY: "so much memory",
    LIBRARY: "what a library needs",
    os.strerror(errno.EFBIG): "so large a file",
    os.strerror(errno.EMFILE): "so many open files",
}
MODULE = re.compile(r"\w[\w.]{0,99}")  # a module's dotted name, of a length that people give
ERRORS = (errno.EPERM, errno.EACCES)  # of a PermissionError
CHAIN = 10  # exceptions that are looked at, each the cause or the context of the one before
MOST = 10  # notes kept
PATH_LENGTH = 100  # of a path in a note

# Whose frames lie between whoever asks and the event: they start what others want.
BETWEEN = {
    *("asyncio", "concurrent", "importlib", "multiprocessing", "os", "pty", "socket", "subprocess"),
}
OPENING = BETWEEN | {"pathlib", "IPython"}  # a notebook's `open` is IPython's
LIBRARIES = ("<frozen ", *{sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib")})

Note = list[Any]  # as it crosses: [event], [errno, path], ["missed", what] or ["absent", module]

# All that the hook looks at.
EVENTS = frozenset({COMMAND, OUTPUT, PROCESS, INPUT, SIGNAL, "open", *LOOK_UPS, *REFUSED})


@dataclass(frozen=True)
class Notes:
    """What a person reads of notes: our words, paths and names of modules.

    Args:
        tried: what no notebook needs, and was refused.
        missed: what any notebook may ask for, and is not here.
        absent: modules that were imported and are not here.
    """

    tried: Sequence[str] = ()
    missed: Sequence[str] = ()
    absent: Sequence[str] = ()

    @property
    def any(self) -> bool:
        """Whether there is something to read."""
        return bool(self.tried or self.missed or self.absent)


@dataclass
class Refusals:
    """Refuses in words what the sandbox refuses, and notes it until it is told.

    Args:
        folder: the notebook's own; nobody is accused of what is in it.
        readable: the files and folders beside it that may be read; None where all may.
    """

    folder: str = os.curdir
    readable: Sequence[str] | None = None
    _notes: dict[tuple[Any, ...], None] = field(default_factory=dict)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: refuses in words what the sandbox would refuse with a number.

        Raises:
            PermissionError: with the sentence.
            socket.gaierror: the same for the look-up of a name, as where there is no network.
        """
        if event not in EVENTS:  # as nearly all: every import and attribute of Python's own is one
            return
        if event in (COMMAND, OUTPUT, PROCESS, INPUT):
            self._add("missed", event)
        elif event in LOOK_UPS:
            asks = event == "socket.getaddrinfo" and _is_address(arguments[0])
            asks = asks and _notebook_asks(sys._getframe(1))
            self._add(*(["socket.connect"] if asks else ["missed", NO_NETWORK]))
            raise socket.gaierror(socket.EAI_AGAIN, NO_NETWORK)
        elif event == "open" and _is_socket(arguments[0]):
            self._add(errno.EACCES, SOCKET)
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), SOCKET)
        elif event == "open" and _notebook_opens(sys._getframe(1)):
            if what := self._closed(arguments[0], arguments[2]):  # takes longer to tell
                self._add("missed", what)
        elif event == SIGNAL and arguments[0] != os.getpid():
            self._add(event)
        elif event in REFUSED and not _local(event, arguments):
            asks = _notebook_asks(sys._getframe(1))
            self._add(*([event] if asks else ["missed", REFUSED[event]]))
            raise PermissionError(REFUSED[event])

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """The last place where an import looks: notes a module that is nowhere.

        Many a library tries to import others that it can do without.
        """
        if path is None and _notebook_asks(sys._getframe(1)):
            self._add("absent", name[:PATH_LENGTH])

    def note(self, error: BaseException | None) -> None:
        """Notes an error, or one behind it, that comes of being held in or of what is not here.

        A library tells in its own words what it needs, and a notebook what it could not do.
        """
        if isinstance(error, FileNotFoundError):
            self._add("missed", FILE)
        for place in range(CHAIN):
            match error:
                case None:
                    return
                case PermissionError(errno=number) if number in ERRORS:
                    path = _text(error.filename)
                    note = ("missed", ELSEWHERE) if self._harmless(path) else (number, path)
                    self._add(*note)
                case OSError(errno=errno.EFBIG | errno.EMFILE as number):
                    self._add("missed", os.strerror(number))
                case MemoryError() if place:  # of one in front is told as of a limit
                    self._add("missed", MEMORY)
                case RuntimeError(args=(str(text), *_)) if text.startswith(NO_THREAD):
                    self._add("missed", THREAD)
                case ModuleNotFoundError(name=str(name)):
                    self._add("absent", name[:PATH_LENGTH])
                case ImportError(name=None):
                    self._add("missed", LIBRARY)
            error = error.__cause__ or error.__context__

    def _harmless(self, path: str) -> bool:
        """Whether a path that was refused is new, as of /tmp/model.pt, or the notebook's own."""
        own = Path(os.path.normpath(Path(self.folder) / path)).is_relative_to(self.folder)
        return bool(path) and (own or not os.path.lexists(path))

    def _closed(self, path: Any, flags: int) -> str:
        """What the sandbox will not let be opened: CLOSED, a new file ELSEWHERE, or nothing.

        Args:
            path: as it was given.
            flags: as of open(2).
        """
        if self.readable is None or not isinstance(path, str | bytes):
            return ""
        real = os.path.realpath(os.fsdecode(path))
        allowed = (self.folder, os.devnull, *self.readable)
        if any(real == each or real.startswith(each + os.sep) for each in allowed):
            return ""
        if os.path.lexists(real):
            return CLOSED
        return ELSEWHERE if flags & os.O_CREAT else ""

    def told(self) -> list[Note]:
        """The notes so far, which are then forgotten; a file whose error was told is told once."""
        notes, self._notes = [list(note) for note in self._notes], {}
        told = any(isinstance(first, int) for first, *_ in notes)
        return [note for note in notes if not (told and note == ["missed", CLOSED])]

    def _add(self, *note: Any) -> None:
        if len(self._notes) < MOST:
            self._notes[note] = None


def read(notes: Any) -> Notes:
    """The notes that an untrusted process sent, as a person reads them.

    Raises:
        WireError: they are no notes.
    """
    if not isinstance(notes, list) or len(notes) > MOST:
        raise WireError("no notes of what was tried")
    tried, missed, absent = [], [], []
    for note in notes:
        match note:
            case ["missed", str(what)] if what in MISSED:
                missed.append(MISSED[what])
            case ["absent", str(module)] if MODULE.fullmatch(module):
                absent.append(module)
            case [str(event)] if event in REFUSED or event == SIGNAL:
                tried.append(event)
            case [int(number), str(path)] if number in ERRORS:
                tried.append(os.strerror(number) + (f": {_text(path)!r}" if path else ""))
            case _:
                raise WireError("no note of what was tried")
    return Notes(tried, missed, absent)


def _is_socket(file: Any) -> bool:
    """Whether what is opened is a descriptor of a socket: a kernel has its questions by one."""
    try:
        return type(file) is int and stat.S_ISSOCK(os.fstat(file).st_mode)
    except OSError:  # it is none
        return False


def _is_address(host: Any) -> bool:
    """Whether a host is one by its number, which nobody has to look up."""
    try:
        return bool(socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host))
    except (OSError, TypeError):
        return False


def _local(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether a socket is of a kind that reaches no further than this machine."""
    return event == "socket.__new__" and arguments[1] in (socket.AF_UNIX, -1)


def _text(path: Any) -> str:
    """A path of bounded length; "" for what is none."""
    return os.fsdecode(path)[:PATH_LENGTH] if isinstance(path, str | bytes) else ""


def _notebook_asks(frame: FrameType | None) -> bool:
    """Whether it is the notebook's own code that asks, and not a library of its own accord.

    Many libraries ask for a process or a socket at some time, and go on without.
    """
    asking = _behind(BETWEEN, frame)
    return asking is None or not asking.f_code.co_filename.startswith(LIBRARIES)


def _notebook_opens(frame: FrameType | None) -> bool:
    """Whether it is the notebook's own code that opens a file, and not what shows its errors."""
    opening = _behind(OPENING, frame)
    if opening is None or _package(opening) == __package__.partition(".")[0]:
        return False
    return not opening.f_code.co_filename.startswith(LIBRARIES)


def _behind(between: Set[str], frame: FrameType | None) -> FrameType | None:
    """The first frame that is not one of these packages'."""
    while frame and _package(frame) in between:
        frame = frame.f_back
    return frame


def _package(frame: FrameType) -> str:
    """The package whose code a frame runs."""
    return str(frame.f_globals.get("__name__")).partition(".")[0]
