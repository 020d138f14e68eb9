"""A connection takes whole messages, up to a size and a deadline, and nothing else."""

from __future__ import annotations

import json
import math
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from autograder.isolation.errors import WireError
from autograder.isolation.wire import HEADER, MAX_JSON_BYTES, MAX_TENSOR_BYTES, Connection

PATIENCE = 30.0  # seconds until a test that hangs is given up
MIB = 1 << 20


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    """Our connection, and the adversary's bare socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Connection(ours), theirs


def soon() -> float:
    """A deadline for what has to be missed."""
    return time.monotonic() + 0.05


def later() -> float:
    """A deadline for what has to be kept."""
    return time.monotonic() + PATIENCE


def framed(text: bytes, tensors: bytes = b"") -> bytes:
    """A message as it travels."""
    return HEADER.pack(len(text), len(tensors)) + text + tensors


def peak_mib(work: Callable[[], None]) -> float:
    """By how much the memory of this process grew at most during some work."""
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets the peak
    before = _peak()
    work()
    return (_peak() - before) / MIB


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.parametrize(
    ("body", "block"),
    [
        pytest.param({}, b"", id="empty"),
        pytest.param({"a": [1, 2.5, None, True, "š"]}, b"\x00\xff", id="tensors"),
        pytest.param({"zero": -0.0, "inf": math.inf}, b"", id="numbers"),
        pytest.param({"n": 2**200, "m": -(2**64)}, b"", id="huge-integers"),
        pytest.param({"text": "x" * 3_000_000}, b"y" * 5_000_000, id="megabytes"),
    ],
)
def test_a_message_arrives_as_it_was_sent(
    pair: tuple[Connection, socket.socket], body: dict[str, object], block: bytes
) -> None:
    """The body and the block come out equal, also where they take many reads."""
    ours, theirs = pair
    sender = threading.Thread(target=ours.send, args=(body, block, later()))
    sender.start()
    got = Connection(theirs).receive(later())
    sender.join()

    assert got == (body, block)
    assert math.copysign(1, got[0].get("zero", -1)) == -1


def test_messages_keep_their_order(pair: tuple[Connection, socket.socket]) -> None:
    """Two messages in one read are two messages."""
    ours, theirs = pair
    theirs.sendall(framed(b'{"n":1}', b"a") + framed(b'{"n":2}'))

    assert ours.receive(later()) == ({"n": 1}, b"a")
    assert ours.receive(later()) == ({"n": 2}, b"")


@pytest.mark.parametrize(
    ("text_bytes", "tensor_bytes"),
    [
        pytest.param(2**32 - 1, 0, id="4-GB-of-JSON"),
        pytest.param(0, 2**32 - 1, id="4-GB-of-tensors"),
        pytest.param(MAX_JSON_BYTES + 1, 0, id="a-byte-of-JSON-too-many"),
        pytest.param(2, MAX_TENSOR_BYTES + 1, id="a-byte-of-tensors-too-many"),
    ],
)
def test_a_header_that_claims_too_much_allocates_nothing(
    pair: tuple[Connection, socket.socket], text_bytes: int, tensor_bytes: int
) -> None:
    """A length above the limit is refused before there is memory for it."""
    ours, theirs = pair
    theirs.sendall(HEADER.pack(text_bytes, tensor_bytes))

    def receive() -> None:
        with pytest.raises(WireError) as caught:
            ours.receive(later())
        expected = f"a message of {text_bytes} + {tensor_bytes} bytes is too large"
        assert str(caught.value) == expected

    # A block of the permitted size would be seen here: it is cleared, and so really there.
    assert peak_mib(receive) < MAX_TENSOR_BYTES / MIB / 2


@pytest.mark.parametrize(
    ("body", "block"),
    [
        pytest.param({"text": "x" * MAX_JSON_BYTES}, b"", id="json"),
        pytest.param({}, bytes(MAX_TENSOR_BYTES + 1), id="tensors"),
    ],
)
def test_what_is_too_large_is_not_sent(
    pair: tuple[Connection, socket.socket], body: dict[str, object], block: bytes
) -> None:
    """Nothing of a message above the limit leaves, and the connection goes on."""
    ours, theirs = pair
    with pytest.raises(WireError, match=r"^larger than a message may be$"):
        ours.send(body, block, later())
    ours.send({"next": True}, deadline=later())

    assert Connection(theirs).receive(later()) == ({"next": True}, b"")


def test_a_trusted_connection_takes_more_json(pair: tuple[Connection, socket.socket]) -> None:
    """Between our own processes the limit of JSON is the header's own."""
    ours, theirs = pair
    body = {"text": "x" * (MAX_JSON_BYTES + 1)}
    trusted = Connection(ours.socket, trusted=True)
    sender = threading.Thread(target=trusted.send, args=(body, b"", later()))
    sender.start()

    assert Connection(theirs, trusted=True).receive(later()) == (body, b"")
    sender.join()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b"", "no JSON: JSONDecodeError", id="nothing"),
        pytest.param(b"{", "no JSON: JSONDecodeError", id="half"),
        pytest.param(b"{} {}", "no JSON: JSONDecodeError", id="two"),
        pytest.param(b"\x80\x04}q\x00.", "no JSON: UnicodeDecodeError", id="pickle"),
        pytest.param(b'{"a":"\xff"}', "no JSON: UnicodeDecodeError", id="bad-UTF-8"),
        pytest.param(b"[" * 10_000, "no JSON: RecursionError", id="deep"),
        pytest.param(b'{"a":' * 10_000, "no JSON: RecursionError", id="deep-objects"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", "no JSON: ValueError", id="huge-integer"),
        pytest.param(b"[1, 2]", "no JSON object", id="list"),
        pytest.param(b"null", "no JSON object", id="null"),
        pytest.param(b'"text"', "no JSON object", id="string"),
        pytest.param(b"NaN", "no JSON object", id="nan"),
        pytest.param(b"1" * 4000, "no JSON object", id="long-integer"),
    ],
)
def test_what_is_no_json_object_is_refused(
    pair: tuple[Connection, socket.socket], text: bytes, reason: str
) -> None:
    """A message that is no JSON object is an error of the other side's, with its kind alone."""
    ours, theirs = pair
    theirs.sendall(framed(text))

    with pytest.raises(WireError) as caught:
        ours.receive(later())
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("text", "body"),
    [
        pytest.param(b'{"a":1,"a":2}', {"a": 2}, id="duplicate-keys"),
        pytest.param(b'{"a":Infinity}', {"a": math.inf}, id="infinity"),
        pytest.param(b'{"a":1e999}', {"a": math.inf}, id="overflow"),
        pytest.param(b'{"a":0.' + b"1" * 3_000_000 + b"}", {"a": 1 / 9}, id="long-decimal"),
        pytest.param(b'{"\\u0000":"\\u0000"}', {"\0": "\0"}, id="nul"),
    ],
)
def test_odd_json_is_plain_data(
    pair: tuple[Connection, socket.socket], text: bytes, body: dict[str, object]
) -> None:
    """JSON that a careful sender would not write is read, and is data and no more."""
    ours, theirs = pair
    sender = threading.Thread(target=theirs.sendall, args=(framed(text),))
    sender.start()

    assert ours.receive(later()) == (body, b"")
    sender.join()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"a":["\\ud800"]}', id="escaped"),
        pytest.param(b'{"a":["\\uDFFF"]}', id="escaped-in-capitals"),
        pytest.param(b'{"\\udbff":1}', id="key"),
        pytest.param(b'{"a":["\xed\xa0\x80"]}', id="as-bytes"),
        pytest.param('{"a":["\\ud800"]}'.encode("utf-16"), id="utf-16"),
        pytest.param('{"a":["\\ud800"]}'.encode("utf-32-le"), id="utf-32"),
    ],
)
def test_no_half_of_a_surrogate_pair_comes_through(
    pair: tuple[Connection, socket.socket], text: bytes
) -> None:
    """What is received can be written to a file, or is an error."""
    ours, theirs = pair
    theirs.sendall(framed(text))
    with suppress(WireError):
        body, _ = ours.receive(later())
        json.dumps(body, ensure_ascii=False).encode()


def test_a_whole_pair_comes_through(pair: tuple[Connection, socket.socket]) -> None:
    """A sign of two escapes, and a backslash before a u, stay what they are."""
    ours, theirs = pair
    body = {"face": "\U0001f600", "text": "\\ud800"}
    theirs.sendall(framed(json.dumps(body).encode()))

    assert ours.receive(later()) == (body, b"")


@pytest.mark.parametrize("depth", [100, *range(900, 1000, 3)])
def test_no_depth_with_half_a_pair_is_more_than_an_error(
    pair: tuple[Connection, socket.socket], depth: int
) -> None:
    """Lists in lists around text that has to be cleaned are a message or an error."""
    ours, theirs = pair
    theirs.sendall(framed(b'{"a":' + b"[" * depth + b'"\\ud800"' + b"]" * depth + b"}"))
    with suppress(WireError):
        ours.receive(later())


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0\0\0", id="half-a-header"),
        pytest.param(HEADER.pack(10, 0), id="a-header"),
        pytest.param(framed(b"{}", b"tensors")[:-1], id="all-but-a-byte"),
    ],
)
class TestPartOfAMessage:
    """What comes of a message that does not end."""

    def test_is_waited_for_until_the_deadline(
        self, pair: tuple[Connection, socket.socket], sent: bytes
    ) -> None:
        """A peer that stops in the middle costs no more than the time it was given."""
        ours, theirs = pair
        theirs.sendall(sent)

        with pytest.raises(TimeoutError):
            ours.receive(soon())

    def test_is_an_error_where_the_peer_is_gone(
        self, pair: tuple[Connection, socket.socket], sent: bytes
    ) -> None:
        """A peer that closes its end in the middle is noticed at once."""
        ours, theirs = pair
        theirs.sendall(sent)
        theirs.close()

        with pytest.raises(WireError, match=r"^the other side closed the connection$"):
            ours.receive(None)


def test_a_peer_that_goes_on_sending_does_not_stretch_the_deadline() -> None:
    """What flows on after the deadline, in whatever pieces, is given up like what has stopped."""
    message = framed(b"{}", bytes(MAX_TENSOR_BYTES))
    for _ in range(5):  # any pause of the sender's would end it too
        ours, theirs = socket.socketpair()
        with ours, theirs:
            sender = threading.Thread(target=_send_all, args=(theirs, message))
            sender.start()
            with pytest.raises(TimeoutError):
                Connection(ours).receive(time.monotonic() - 100)
            ours.close()
            sender.join(PATIENCE)


def _send_all(sock: socket.socket, data: bytes) -> None:
    with suppress(OSError):  # whoever reads may have had enough
        sock.sendall(data)


def test_a_peer_that_does_not_read_is_waited_for_until_the_deadline(
    pair: tuple[Connection, socket.socket],
) -> None:
    """A message larger than the socket's buffers does not block for ever."""
    ours, _ = pair

    with pytest.raises(TimeoutError):
        ours.send({}, bytes(MAX_TENSOR_BYTES), soon())


def test_a_peer_that_reads_slowly_does_not_stretch_the_deadline(
    pair: tuple[Connection, socket.socket],
) -> None:
    """A peer that takes byte after byte gets no more time than one that takes none."""
    ours, theirs = pair
    raised: list[str] = []
    theirs.settimeout(1)

    def send() -> None:
        try:
            ours.send({}, bytes(MAX_TENSOR_BYTES), soon())
        except (TimeoutError, WireError) as error:
            raised.append(type(error).__name__)

    sender = threading.Thread(target=send)
    sender.start()
    given_up = time.monotonic() + 5
    with suppress(TimeoutError):  # nobody writes any more
        while sender.is_alive() and time.monotonic() < given_up:
            theirs.recv(1)
    theirs.close()
    sender.join(PATIENCE)

    assert raised == ["TimeoutError"]


@pytest.mark.parametrize("deadline", [soon, lambda: time.monotonic() - 100], ids=["soon", "past"])
def test_what_is_there_is_read_at_any_deadline(
    pair: tuple[Connection, socket.socket], deadline: Callable[[], float]
) -> None:
    """A small message that has arrived is taken, though the time is over."""
    ours, theirs = pair
    theirs.sendall(framed(b'{"n":1}'))

    assert ours.receive(deadline()) == ({"n": 1}, b"")


def test_sending_to_a_closed_peer_is_an_error(pair: tuple[Connection, socket.socket]) -> None:
    """A peer that is gone is told as such, and not by a signal."""
    ours, theirs = pair
    theirs.close()

    with pytest.raises(WireError, match=r"^the other side is gone: \[Errno 32\] Broken pipe$"):
        ours.send({"n": 1}, deadline=later())


def test_a_closed_connection_is_an_error_on_both_sides(
    pair: tuple[Connection, socket.socket],
) -> None:
    """After close, the other end reads an end, and this one can do no more."""
    ours, theirs = pair
    ours.close()

    with pytest.raises(WireError, match=r"^the other side closed the connection$"):
        Connection(theirs).receive(later())
    with pytest.raises(WireError, match="Bad file descriptor"):
        ours.send({})


def test_no_sequence_of_bytes_is_more_than_an_error() -> None:
    """Changed, cut and random frames are read as messages, or end in a WireError."""
    random_ = random.Random(0)
    valid = framed(json.dumps({"id": 1, "value": {"tuple": [1, {"tensor": 0}]}}).encode(), b"12345")
    for _ in range(3000):
        frame = bytearray(valid)
        for _ in range(random_.randint(1, 4)):
            frame[random_.randrange(8, len(frame))] = random_.randrange(256)
        if random_.random() < 0.3:
            frame[random_.randrange(8)] ^= 1 << random_.randrange(8)
        if random_.random() < 0.2:
            frame = bytearray(random_.randbytes(random_.randrange(40)))
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                theirs.sendall(frame)
            connection = Connection(ours)
            try:
                while True:
                    body, block = connection.receive(later())
                    assert type(body) is dict
                    assert type(block) is bytes
            except WireError:
                continue
