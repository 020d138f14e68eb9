"""What a notebook tried that the sandbox refuses: said to it in a sentence, and noted.

The notes are evidence from an untrusted process, as `watch` gathers it: a reason to look, no more.
"""

from __future__ import annotations

import os
import socket
from typing import Any

NO_PROCESS = "The grader runs a notebook in one process: it starts no other."
NO_NETWORK = "The grader runs a notebook without a network."

# Audit events: https://docs.python.org/3/library/audit_events.html
REFUSED = {
    **dict.fromkeys(
        ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"),
        NO_PROCESS,
    ),
    **dict.fromkeys(
        ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"),
        NO_NETWORK,
    ),
}
MOST = 10  # notes kept


class Tried:
    """What was tried since it was last told."""

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: refuses in words what the sandbox would refuse with a number.

        Raises:
            PermissionError: with the sentence.
        """
        if event in REFUSED:
            self._add(event)
            raise PermissionError(REFUSED[event])
        if event == "socket.__new__" and arguments[1] not in (socket.AF_UNIX, -1):
            self._add(event)
            raise PermissionError(NO_NETWORK)
        if event == "os.kill" and arguments[0] != os.getpid():
            self._add(event)

    def note(self, error: BaseException | None) -> None:
        """Notes an error that comes of being held in."""
        if isinstance(error, PermissionError) and error.errno:
            self._add(f"{error.strerror}: {error.filename}")

    def told(self) -> list[str]:
        """The notes so far, which are then forgotten."""
        notes, self._notes = list(self._notes), {}
        return notes

    def _add(self, note: str) -> None:
        if len(self._notes) < MOST:
            self._notes[note[:200]] = None
