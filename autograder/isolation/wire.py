"""Messages between two processes that do not trust each other.

A message is one JSON object and a block of tensor bytes, each with its length before it. Lengths
are held against a limit before anything is allocated, and nothing is ever unpickled. What the
tensor bytes mean is the business of `values` and `tensors`.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

from autograder.isolation.errors import TooLargeError, WireError

HEADER = struct.Struct("!II")  # bytes of JSON, bytes of tensors
MAX_JSON_BYTES = 4 << 20
MAX_TENSOR_BYTES = 64 << 20
TRUSTED_BYTES = (1 << 32) - 1

ENCODE = json.JSONEncoder(separators=(",", ":")).encode

Message = tuple[dict[str, Any], bytes]


class Connection:
    """One end of a stream socket on which messages go both ways.

    Args:
        sock: the socket.
        trusted: both ends are our own, and a message may be as long as its header can say.
    """

    def __init__(self, sock: socket.socket, *, trusted: bool = False) -> None:
        self.socket = sock
        self._waits_for_ever = False  # whether the socket was told to
        self._max_json = TRUSTED_BYTES if trusted else MAX_JSON_BYTES

    def send(
        self, body: dict[str, Any], tensors: bytes = b"", deadline: float | None = None
    ) -> None:
        """Sends a message, whole.

        Args:
            body: plain JSON data.
            tensors: a block that `values.Packer` made.
            deadline: when to give up, as `time.monotonic` counts; None waits for ever.

        Raises:
            TimeoutError: the other side did not take it in time.
            WireError: it is larger than a message may be, or the other side is gone.
        """
        text = ENCODE(body).encode()
        if len(text) > self._max_json or len(tensors) > MAX_TENSOR_BYTES:
            raise TooLargeError("larger than a message may be")
        try:
            self._wait_at_most(deadline)
            self.socket.sendall(HEADER.pack(len(text), len(tensors)) + text + tensors)
        except TimeoutError:
            raise
        except OSError as error:
            raise WireError(f"the other side is gone: {error}") from error

    def receive(self, deadline: float | None = None) -> Message:
        """The next message.

        Raises:
            TimeoutError: it was not there in time.
            WireError: the other side is gone, or sent what is no message.
        """
        text_bytes, tensor_bytes = HEADER.unpack(self._exactly(HEADER.size, deadline))
        if text_bytes > self._max_json or tensor_bytes > MAX_TENSOR_BYTES:
            raise WireError(f"a message of {text_bytes} + {tensor_bytes} bytes is too large")
        data = self._exactly(text_bytes + tensor_bytes, deadline)
        text, tensors = data[:text_bytes], bytes(memoryview(data)[text_bytes:])
        try:
            # Decoded here: of bytes, json.loads takes half surrogate pairs, and UTF-16 and -32.
            body = json.loads(text.decode())
            if b"\\ud" in text.lower():
                body = without_halves(body)
        except (ValueError, RecursionError) as error:
            raise WireError(f"no JSON: {type(error).__name__}") from None
        if not isinstance(body, dict):
            raise WireError("no JSON object")
        return body, tensors

    def close(self) -> None:
        """Closes this end; the other then reads its end."""
        self.socket.close()

    def _exactly(self, count: int, deadline: float | None) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            self._wait_at_most(deadline)
            try:
                received = self.socket.recv_into(view)
            except TimeoutError:
                raise
            except OSError as error:
                raise WireError(f"the other side is gone: {error}") from error
            if not received:
                raise WireError("the other side closed the connection")
            view = view[received:]
            if view and deadline is not None and time.monotonic() > deadline:
                raise TimeoutError("the rest of a message did not come in time")
        return data

    def _wait_at_most(self, deadline: float | None) -> None:
        """Lets the socket's next operation wait until the deadline."""
        if deadline is None and self._waits_for_ever:  # to say so again is a system call
            return
        self._waits_for_ever = deadline is None
        # A timeout of 0 would make the socket non-blocking.
        left = None if deadline is None else max(deadline - time.monotonic(), 1e-3)
        self.socket.settimeout(left)


def without_halves(body: Any) -> Any:
    """JSON without lone halves of surrogate pairs, which no UTF-8 file could hold."""
    return json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
