"""Files that are handed from process to process, and copied into kernels' folders, by the system.

Their contents lie one after the other in an open file that has no name: nothing is left of it when
its last holder ends. Only our own processes hold it; a kernel gets a copy of each file.
"""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from autograder.isolation.errors import WireError

MOST_DESCRIPTORS = 2  # the course's files, and the student's
BLOCK = 4096  # a file that begins with one can share its blocks with a copy, where the system can
# What copy_file_range(2) says where the system, or one of the two file systems, can't do it.
CANT_COPY = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}


class Part(NamedTuple):
    """Where the content of a file lies: in which open file, from which byte on, how many."""

    descriptor: int
    offset: int
    size: int


class Bundle(Mapping[str, bytes]):
    """Files by their paths; a content is read when it is asked for.

    Args:
        parts: where each content lies.
    """

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self.parts = dict(parts)

    @classmethod
    def of(cls, files: Mapping[str, bytes], folder: Path) -> Bundle:
        """The files written into a file without a name, which is to be closed.

        Args:
            files: their contents, by their paths.
            folder: on its disk; a copy to the same disk costs least.
        """
        if not files:
            return cls({})
        parts = {}
        with tempfile.TemporaryFile(dir=folder) as file:
            kept = os.dup(file.fileno())
            try:
                for name, content in files.items():
                    offset = file.seek(-(-file.tell() // BLOCK) * BLOCK)
                    file.write(content)
                    parts[name] = Part(kept, offset, len(content))
                file.flush()
            except BaseException:
                os.close(kept)
                raise
        return cls(parts)

    def __getitem__(self, name: str) -> bytes:
        descriptor, offset, size = self.parts[name]
        content = bytearray(size)
        view = memoryview(content)
        while view:
            count = _some(os.preadv(descriptor, [view], offset))
            view, offset = view[count:], offset + count
        return bytes(content)

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def copy(self, name: str, path: Path) -> None:
        """Writes a file to a path; its content does not pass through this process."""
        descriptor, offset, left = self.parts[name]
        with path.open("wb", buffering=0) as file:
            while left:
                count = _copied(descriptor, file.fileno(), left, offset)
                offset, left = offset + count, left - count

    def beside(self, others: Bundle) -> Bundle:
        """These files and the others; each open file is closed by the bundle that it was made for.

        Args:
            others: they give way where both have a path.
        """
        return Bundle({**others.parts, **self.parts})

    def only(self, names: Sequence[str]) -> Bundle:
        """Those of the files that have these paths; nothing of it is to be closed."""
        return Bundle({name: self.parts[name] for name in names})

    @property
    def descriptors(self) -> list[int]:
        """The open files that hold the contents."""
        return sorted({part.descriptor for part in self.parts.values()})

    def close(self) -> None:
        """Gives up the open files: called once, by whoever has called `of`."""
        for descriptor in self.descriptors:
            os.close(descriptor)

    def to_json(self) -> dict[str, Any]:
        """Where everything lies, as plain data, for who `received` the open files."""
        places = {descriptor: place for place, descriptor in enumerate(self.descriptors)}
        return {name: [places[part[0]], *part[1:]] for name, part in self.parts.items()}

    @classmethod
    def read(cls, body: Mapping[str, Any], descriptors: Sequence[int]) -> Bundle:
        """The bundle that was sent as this, with these open files."""
        return cls({name: Part(descriptors[at], *rest) for name, (at, *rest) in body.items()})

    def send(self, sock: socket.socket) -> None:
        """Sends the open files; the other side has to expect them.

        Raises:
            WireError: the other side is gone.
        """
        try:
            if self.parts:
                socket.send_fds(sock, [b"."], self.descriptors)
            else:
                sock.sendall(b".")
        except OSError as error:
            raise WireError(f"the other side is gone: {error}") from error


def received(sock: socket.socket) -> list[int]:
    """The open files that a bundle's `send` has sent; a program that is started has none of them.

    Raises:
        WireError: the other side is gone.
    """
    try:
        sent, found, _, _ = socket.recv_fds(sock, 1, MOST_DESCRIPTORS)
    except OSError as error:
        raise WireError(f"the other side is gone: {error}") from error
    if not sent:
        raise WireError("the other side closed the connection")
    for descriptor in found:
        os.set_inheritable(descriptor, False)  # recv_fds passes no flags on
    return found


def _copied(source: int, target: int, count: int, offset: int) -> int:
    """How many bytes were copied to where `target` stands; at least one, at most `count`."""
    try:
        return _some(os.copy_file_range(source, target, count, offset))
    except OSError as error:
        if error.errno not in CANT_COPY:
            raise
    return _some(os.sendfile(target, source, offset, count))


def _some(count: int) -> int:
    """The number of bytes, which the file has to have.

    Raises:
        OSError: there were none.
    """
    if not count:
        raise OSError(errno.EIO, "files beside a notebook end too early")
    return count
