"""The examiner's side holds against a kernel that answers anything, or nothing."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from autograder.config import Sandbox
from autograder.isolation import scratch
from autograder.isolation.child import Child
from autograder.isolation.clock import Patience
from autograder.isolation.errors import ChangedError, OpaqueError, Stopped, ZygoteError
from autograder.isolation.messages import Start
from autograder.isolation.questions import Call
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.student_process import OVER, StudentProcess
from autograder.isolation.tensors import encode
from autograder.isolation.wire import HEADER, MAX_JSON_BYTES, MAX_TENSOR_BYTES
from autograder.raised import students_doing
from tests.isolation.crossing import plain

MIB = 1 << 20
LIMITS = replace(Sandbox().limits(), call_seconds=20.0, cell_seconds=20.0, notebook_seconds=1e6)
SHORT = replace(LIMITS, call_seconds=0.1, cell_seconds=0.1, wall_factor=1.0)

Reply = Callable[[dict[str, Any]], bytes]  # of what was asked, what is sent: any bytes


def framed(body: Any, block: bytes = b"") -> bytes:
    """A message as it travels; a body that is bytes already is sent as it is."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HEADER.pack(len(text), len(block)) + text + block


def always(body: Any, block: bytes = b"") -> Reply:
    """Answers everything with this, and the right number."""
    return lambda asked: framed({**body, "id": asked["id"]}, block)


class HostileProcess(StudentProcess):
    """A process that nobody reaps but the test."""

    def close(self) -> None:
        pidfd = None if self.ended else os.dup(self.child.pidfd)
        super().close()
        if pidfd is not None:
            os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
            os.close(pidfd)


@dataclass
class HostileKernel(StudentKernel):
    """A kernel whose other side is the test's: it is asked as any, and answers what it likes.

    A process that sleeps stands for the student's, to be interrupted and killed.
    """

    reply: Reply = field(default=always({}), kw_only=True)
    stay: bool = field(default=True, kw_only=True)  # or close after the answer

    def _start(self) -> StudentProcess:
        self.generation = object()
        ours, theirs = socket.socketpair()
        with subprocess.Popen(["sleep", "1000"]) as process:
            child = Child(ours, os.pidfd_open(process.pid))
            threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()
            process.returncode = 0  # it is killed by its pidfd, and reaped there
        job = Start(self.limits, str(scratch.make(self.folder, self.files)), [], [])
        self._process = HostileProcess(
            self.control, child, job, self.patience, self.incidents, self.memory
        )
        return self._process

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError), sock, sock.makefile("rb") as asked:
            while header := asked.read(HEADER.size):
                text_bytes, block_bytes = HEADER.unpack(header)
                body = json.loads(asked.read(text_bytes))
                asked.read(block_bytes)
                sock.sendall(self.reply(body))
                if not self.stay:
                    return


@pytest.fixture
def hostile(processes: None, tmp_path: Path) -> Iterator[Callable[..., HostileKernel]]:
    """Makes hostile kernels: `hostile(reply)`."""
    kernels: list[HostileKernel] = []
    control, other = socket.socketpair()

    def make(reply: Reply, limits: Any = LIMITS, stay: bool = True) -> HostileKernel:
        kernel = HostileKernel(
            control,
            tmp_path,
            {},
            [],
            [],
            limits,
            Patience(limits.notebook_seconds),
            reply=reply,
            stay=stay,
        )
        kernels.append(kernel)
        return kernel

    yield make
    for kernel in kernels:
        kernel.close()
    control.close()
    other.close()
    assert list(tmp_path.iterdir()) == []


FUNCTION = {"function": 0, "signature": [["x", 1, False, None]], "doc": "d"}
CALL = Call(0, [], {"dict": []}, grad=True)
BLOCK = encode([torch.ones(2), torch.zeros(3, dtype=torch.int64), torch.ones(2, 2)])


def remote_function(kernel: StudentKernel) -> RemoteFunction:
    """A remote function for a function that has been fetched."""
    kernel.ready()
    return RemoteFunction(kernel, "f", FUNCTION)


@contextmanager
def nothing_else(*kinds: type[Exception]) -> Iterator[None]:
    """Lets an exception of these kinds pass, a stop, and one that the answer tells of."""
    try:
        yield
    except (Stopped, OpaqueError, ChangedError, *kinds):
        pass
    except Exception as error:
        if not students_doing(error):  # not what the function is said to have raised
            raise


def run(kernel: StudentKernel) -> None:
    """A cell."""
    ran = kernel.run(1, "x = 1")
    json.dumps(ran.outputs).encode()
    kernel._cells.clear()


def get(kernel: StudentKernel) -> None:
    """A name."""
    with nothing_else(KeyError):
        value = kernel.get("f", lambda tree: RemoteFunction(kernel, "f", tree))
        plain(value, RemoteFunction)


def call(kernel: StudentKernel) -> None:
    """A call with one argument of every kind, all of it as it might be in a test."""
    leaf = torch.ones(2, requires_grad=True)
    view = torch.ones(2, requires_grad=True) * 2
    arguments = [leaf, view, torch.ones(1).expand(3), [torch.ones(2), 1], {"k": [1.5]}, {1, 2}]
    arrays = [np.ones(2), np.broadcast_to(np.float64(1), (2,))]
    with nothing_else():
        value = remote_function(kernel)(*arguments, *arrays, k=torch.ones(2, 2, requires_grad=True))
        plain(value, RemoteFunction)


def backward(kernel: StudentKernel) -> None:
    """A call whose answer is right, and its backward pass."""
    right = {"value": {"tensor": 0, "grad": True}, "graph": [0], "forbidden": []}
    hostile = kernel.reply  # type: ignore[attr-defined]

    def reply(asked: dict[str, Any]) -> bytes:
        return always(right, BLOCK)(asked) if asked["do"] == "call" else hostile(asked)

    kernel.reply = reply  # type: ignore[attr-defined]
    leaf, other = torch.ones(2, requires_grad=True), torch.ones(2, 2, requires_grad=True)
    try:
        with nothing_else():
            result = remote_function(kernel)(leaf, other)
            result.sum().backward()
            for tensor in (leaf, other):
                assert tensor.grad is None or tensor.grad.shape == tensor.shape
    finally:
        kernel.reply = hostile  # type: ignore[attr-defined]


QUESTIONS = pytest.mark.parametrize("ask", [run, get, call, backward])

ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": [""]}
RESULT = {"output_type": "execute_result", "data": {"a/b": "x"}, "metadata": {}}
ANSWERS = {
    run: {
        "outputs": [ERROR, {**RESULT, "execution_count": 1}],
        "full": False,
        "interrupted": False,
    },
    get: {
        "value": {"tuple": [FUNCTION, {"tensor": 0, "grad": True}, {"opaque": ["builtins", "int"]}]}
    },
    call: {
        "value": {"dict": [["k", [{"tensor": 2, "grad": True}, {"array": 1}]]]},
        "graph": [2, 0],
        "forbidden": ["aten.x"],
        "after": [
            [
                {"tensor": 0, "grad": True},
                {"tensor": 1, "grad": True},
                {"tensor": 2},
                [{"tensor": 1}, 2],
                {"dict": [["k", [2]]]},
                {"set": [3]},
                {"array": 1},
                {"array": 0},
            ],
            {"dict": [["k", {"tensor": 1, "grad": False}]]},
        ],
    },
    backward: {"value": [{"tensor": 0, "grad": False}, {"tensor": 2, "grad": False}]},
}
RAISED = {
    "raised": {"type": "ValueError", "text": "t", "line": [1, 1]},
    "forbidden": [],
    "tried": [["os.fork"], ["missed", "autograder.command"], [1, "x"]],
}

JUNK: list[Any] = [None, True, -1, 0, 7, 2**80, math.nan, math.inf, "x", [], {}]
JUNK += [[[]], [0, 0], ["a", "b"], {"tensor": 0}, {"tensor": 1}, {"tensor": 9}]
JUNK += [{"set": [[1]]}, {"dtype": "nn"}, {"opaque": ["torch", "load"]}, {"size": [2**70]}]
JUNK += [FUNCTION, {"dict": [[1, 2]]}, {"array": 0}, {"array": 1}, {"scalar": 1}, "\ud800", RAISED]
JUNK += [
    "StopIteration",
    "KeyboardInterrupt",
    "ExceptionGroup",
    "Stopped",
    "object",
    [2**70, 2**70],
]


def everywhere(tree: Any, junk: Any) -> Iterator[Any]:
    """The trees with one part of it, each in turn, replaced or left out."""
    yield junk
    if isinstance(tree, list):
        for n, item in enumerate(tree):
            for part in everywhere(item, junk):
                yield [*tree[:n], part, *tree[n + 1 :]]
    elif isinstance(tree, dict):
        for key, item in tree.items():
            yield {k: v for k, v in tree.items() if k != key}
            for part in everywhere(item, junk):
                yield {**tree, key: part}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # numpy's and torch's, of odd numbers
@QUESTIONS
def test_an_answer_with_anything_anywhere_is_an_answer_or_a_stop(
    hostile: Callable[..., HostileKernel], ask: Callable[[StudentKernel], None]
) -> None:
    """No junk at any place of an answer makes more than the exceptions that callers expect."""
    kernel = hostile(lambda asked: b"")
    broken = []
    for right in (ANSWERS[ask], RAISED, {**RAISED, "after": ANSWERS[call]["after"]}):
        for junk in JUNK:
            for body in everywhere(right, junk):
                if not isinstance(body, dict):
                    continue
                kernel.reply = always(body, BLOCK)
                kernel.incidents.begin(9)
                kernel.patience.timeouts = 0
                try:
                    ask(kernel)
                except Exception as error:
                    broken.append((body, repr(error)))
    assert not broken, f"{len(broken)} of them, such as {broken[0]}"


@pytest.mark.filterwarnings("ignore")
@QUESTIONS
def test_changed_bytes_are_an_answer_or_a_stop(
    hostile: Callable[..., HostileKernel], ask: Callable[[StudentKernel], None]
) -> None:
    """Frames with bytes changed, lengths included, or nothing but bytes."""
    random_ = random.Random(0)
    kernel = hostile(lambda asked: b"", stay=False)

    def reply(asked: dict[str, Any]) -> bytes:
        frame = bytearray(always(ANSWERS[ask], BLOCK)(asked))
        for _ in range(random_.randint(1, 3)):
            frame[random_.randrange(8, len(frame))] = random_.choice(b'09{}[],:"-.eF \0\xff')
        if random_.random() < 0.1:
            frame[random_.randrange(8)] ^= 1 << random_.randrange(8)
        return bytes(frame) if random_.random() < 0.95 else random_.randbytes(random_.randrange(99))

    kernel.reply = reply
    for _ in range(150):
        kernel.incidents.begin(9)
        kernel.patience.timeouts = 0
        ask(kernel)


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        pytest.param(always({"id": 5}), "", id="empty-answer"),
        pytest.param(lambda asked: framed({"value": 1}), "an answer to nothing", id="no-number"),
        pytest.param(
            lambda asked: framed({"value": 1, "id": asked["id"] + 1}),
            "an answer to nothing that was asked",
            id="another-number",
        ),
        pytest.param(
            lambda asked: framed({"value": 1, "id": [asked["id"]]}),
            "an answer",
            id="list-of-number",
        ),
        pytest.param(lambda asked: framed([]), "no JSON object", id="list"),
        pytest.param(lambda asked: framed(b"\xff"), "no JSON", id="bad-UTF-8"),
        pytest.param(lambda asked: framed(b"[" * 10_000), "no JSON: RecursionError", id="deep"),
        pytest.param(
            lambda asked: HEADER.pack(MAX_JSON_BYTES + 1, 0), "is too large", id="too-much-JSON"
        ),
        pytest.param(
            lambda asked: HEADER.pack(2, MAX_TENSOR_BYTES + 1), "is too large", id="too-many-bytes"
        ),
        pytest.param(always({"value": {"tensor": 0}}, b"x" * 100), "no tensors", id="no-block"),
        pytest.param(
            always({"value": {"tensor": 9}}, BLOCK), "no value: IndexError", id="no-place"
        ),
        pytest.param(always({"value": 1, "graph": [0]}), "no place of a tensor", id="no-result"),
        pytest.param(
            always({"value": 1, "graph": [1]}, BLOCK), "a gradient of what", id="gradient-of-int"
        ),
        pytest.param(always({"value": 1, "graph": {}}), "no answer to a call", id="graph-object"),
        pytest.param(always({"raised": []}), "no exception", id="no-exception"),
        pytest.param(
            always({"raised": {"line": [1]}}), "no place of an exception", id="half-a-line"
        ),
        pytest.param(always({"fault": "ValueError: x"}), "ValueError: x", id="fault"),
    ],
)
def test_an_answer_that_makes_no_sense_ends_the_kernel(
    hostile: Callable[..., HostileKernel], reply: Reply, detail: str
) -> None:
    """The caller is told that the kernel has ended, and the next question has another."""
    kernel = hostile(reply)
    kernel.incidents.begin(9)
    function = remote_function(kernel)
    first = kernel.generation
    with pytest.raises(Stopped, match=r"^ended the kernel$") as caught:
        function(torch.ones(2, requires_grad=True))
    assert caught.value.reason == "kernel-died"
    assert detail in caught.value.detail
    assert kernel.process is None

    kernel.reply = lambda asked: always({"value": FUNCTION if asked["do"] == "get" else 7})(asked)
    assert function(1) == 7
    assert kernel.generation is not first


@pytest.mark.parametrize(
    "grads",
    [
        pytest.param(None, id="none"),
        pytest.param([], id="too-few"),
        pytest.param([{"tensor": 0}] * 3, id="too-many"),
        pytest.param([{"tensor": 2}, {"tensor": 2}], id="another-shape"),
        pytest.param([{"tensor": 1}, {"tensor": 2}], id="another-dtype"),
        pytest.param([{"array": 0}, {"array": 2}], id="arrays"),
        pytest.param([1.0, 2.0], id="numbers"),
        pytest.param({"tuple": [{"tensor": 0}, {"tensor": 2}]}, id="tuple"),
        pytest.param([{"opaque": ["torch", "Tensor"]}, None], id="opaque"),
    ],
)
def test_a_forged_gradient_ends_the_kernel(
    hostile: Callable[..., HostileKernel], grads: Any
) -> None:
    """A gradient has the shape and the dtype of its argument, or the kernel has ended."""
    kernel = hostile(always({"value": {"tensor": 0, "grad": True}, "graph": [0]}, BLOCK))
    first, second = torch.ones(2, requires_grad=True), torch.ones(2, 2, requires_grad=True)
    result = remote_function(kernel)(first, second)
    kernel.reply = always({"value": grads}, BLOCK)

    with pytest.raises(Stopped, match=r"^ended the kernel$"):
        result.sum().backward()
    assert first.grad is None


def test_the_same_result_twice_in_a_graph_is_refused(
    hostile: Callable[..., HostileKernel],
) -> None:
    """A place that is named a million times takes no memory, and ends the kernel."""
    places = [0] * 1_000_000
    kernel = hostile(always({"value": {"tensor": 0, "grad": True}, "graph": places}, BLOCK))

    with pytest.raises(Stopped, match=r"^ended the kernel$"):
        remote_function(kernel)(torch.ones(2, requires_grad=True))


@pytest.mark.parametrize("ask", [run, get, call])
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEADER.pack(10, 0) + b"{", id="half"),
    ],
)
def test_a_kernel_that_stops_speaking_is_killed_in_time(
    hostile: Callable[..., HostileKernel], ask: Callable[[StudentKernel], None], sent: bytes
) -> None:
    """Who says nothing, or half a message, is interrupted and then killed."""
    kernel = hostile(lambda asked: sent, SHORT)
    ask(kernel)

    assert kernel.process is None


def test_a_kernel_that_stops_reading_is_killed_in_time(
    hostile: Callable[..., HostileKernel],
) -> None:
    """A question that is larger than the socket's buffers does not block for ever."""
    hold = threading.Event()

    def reply(asked: dict[str, Any]) -> bytes:
        hold.wait(30)
        return b""

    kernel = hostile(reply, SHORT)
    kernel.ready()
    kernel.process.child.socket.sendall(framed({"do": "nothing"}))  # it is busy with this
    try:
        stopped = pytest.raises(Stopped, match=r"^ran for more than 0.1 s$")
        with stopped as caught, kernel.answering("f", CALL, bytes(MAX_TENSOR_BYTES)):
            pass
    finally:
        hold.set()
    assert caught.value.reason == "timeout"
    assert kernel.process is None


def test_a_kernel_that_closes_its_socket_has_ended(hostile: Callable[..., HostileKernel]) -> None:
    """A hang-up is noticed at once, whatever time there is."""
    kernel = hostile(lambda asked: b"", stay=False)
    stopped = kernel.run(1, "x").stopped

    assert stopped is not None
    assert (stopped.reason, str(stopped)) == ("kernel-died", "ended the kernel")
    assert stopped.detail == "the other side closed the connection"


def test_a_second_answer_is_not_taken_for_the_next(hostile: Callable[..., HostileKernel]) -> None:
    """What follows an answer answers nothing, and the next question notices."""

    def reply(asked: dict[str, Any]) -> bytes:
        return framed({"value": 1, "id": asked["id"]}) + framed({"value": 2, "id": asked["id"]})

    kernel = hostile(reply)
    function = remote_function(kernel)
    assert function() == 1
    with pytest.raises(Stopped, match=r"^ended the kernel$") as caught:
        function()
    assert caught.value.detail == "an answer to nothing that was asked"


def test_whoever_is_interrupted_for_ever_breaks_nothing(
    hostile: Callable[..., HostileKernel],
) -> None:
    """A thousand answers that say they were interrupted are a thousand cells that have run."""
    kernel = hostile(always({"interrupted": True}))
    kernel.ready()
    first = kernel.generation

    for number in range(1100):
        assert kernel.run(number, "raise KeyboardInterrupt").outputs == []
    assert kernel.generation is first


@pytest.mark.parametrize("strikes", [1, 3])
@pytest.mark.parametrize(
    "broken",
    [pytest.param({"fault": "x"}, id="fault"), pytest.param({"value": {}}, id="no-value")],
)
def test_so_many_stops_are_enough(
    hostile: Callable[..., HostileKernel], strikes: int, broken: Any
) -> None:
    """After them a call is not made: it ends as the last one did, until somebody says so."""
    asked_for: list[str] = []

    def reply(asked: dict[str, Any]) -> bytes:
        asked_for.append(asked["do"])
        return always({"value": FUNCTION} if asked["do"] == "get" else broken)(asked)

    kernel = hostile(reply)
    kernel.incidents.begin(strikes)
    function = remote_function(kernel)
    for _ in range(strikes + 5):
        with pytest.raises(Stopped, match=r"^ended the kernel$") as caught:
            function()
        assert caught.value.function == "f"
    assert asked_for.count("call") == strikes
    assert [name for name, _ in kernel.incidents.stops] == ["f"] * strikes

    kernel.incidents.begin(1)
    kernel.reply = lambda asked: always({"value": FUNCTION if asked["do"] == "get" else 7})(asked)
    assert function() == 7


@pytest.mark.parametrize(
    ("ask", "body"),
    [
        pytest.param(run, lambda d: {"outputs": d}, id="run-outputs"),
        pytest.param(
            run,
            lambda d: {"outputs": [{**RESULT, "metadata": {"a": d}, "execution_count": 1}]},
            id="run-metadata",
        ),
        pytest.param(run, lambda d: {"outputs": [{**ERROR, "evalue": d}]}, id="run-error"),
        pytest.param(run, lambda d: {"fault": d}, id="run-fault"),
        pytest.param(run, lambda d: {"tried": [[1, d]]}, id="run-tried"),
        pytest.param(get, lambda d: {"value": d}, id="get-value"),
        pytest.param(get, lambda d: {"value": {**FUNCTION, "doc": d}}, id="get-doc"),
        pytest.param(get, lambda d: {"value": {**FUNCTION, "signature": d}}, id="get-signature"),
        pytest.param(call, lambda d: {"value": d}, id="call-value"),
        pytest.param(call, lambda d: {"value": 1, "after": d}, id="call-after"),
        pytest.param(call, lambda d: {"value": 1, "forbidden": [d]}, id="call-forbidden"),
        pytest.param(call, lambda d: {"value": 1, "graph": d}, id="call-graph"),
        pytest.param(call, lambda d: {"raised": {"text": d}}, id="call-text"),
        pytest.param(call, lambda d: {"raised": {"type": d}}, id="call-type"),
        pytest.param(backward, lambda d: {"value": d}, id="backward-value"),
    ],
)
def test_no_depth_breaks_the_examiner(
    hostile: Callable[..., HostileKernel], ask: Callable[[StudentKernel], None], body: Any
) -> None:
    """Lists in lists, up to and past the depth that JSON is read to, are an answer or a stop."""
    kernel = hostile(lambda asked: b"")
    for depth in [*range(50, 850, 50), *range(850, 1000, 3)]:
        kernel.incidents.begin(9)
        kernel.patience.timeouts = 0
        deep = ("[" * depth + "]" * depth).encode()

        def reply(asked: dict[str, Any], deep: bytes = deep) -> bytes:
            text = json.dumps({**body("DEEP"), "id": asked["id"]}).encode()
            return framed(text.replace(b'"DEEP"', deep), BLOCK)

        kernel.reply = reply
        ask(kernel)


@pytest.mark.parametrize(
    ("ask", "body", "block"),
    [
        pytest.param(run, {"outputs": [[]] * 1_300_000}, b"", id="outputs"),
        pytest.param(get, {"value": [[]] * 400_000}, b"", id="lists"),
        pytest.param(get, {"value": [{"tensor": 0}] * 250_000}, BLOCK, id="a-tensor-everywhere"),
        pytest.param(get, {"value": {**FUNCTION, "doc": "x" * 4_000_000}}, b"", id="docstring"),
        pytest.param(
            get,
            {"value": {**FUNCTION, "signature": [["a", 1, False, None]] * 150_000}},
            b"",
            id="signature",
        ),
        pytest.param(call, {"value": 1, "forbidden": ["x" * 30] * 100_000}, b"", id="forbidden"),
        pytest.param(call, {"value": 1, "graph": list(range(500_000))}, BLOCK, id="graph"),
        pytest.param(call, {"raised": {"text": "x" * 4_000_000}}, b"", id="exception"),
        pytest.param(call, {"value": "x" * 4_000_000}, b"", id="text"),
        pytest.param(
            call,
            {"value": {"tensor": 0}},
            encode([torch.ones(MAX_TENSOR_BYTES // 4 - 64)]),
            id="tensor",
        ),
        pytest.param(call, {"value": 1}, b"\xff" * MAX_TENSOR_BYTES, id="bytes"),
    ],
)
def test_large_answers_take_bounded_memory(
    hostile: Callable[..., HostileKernel],
    ask: Callable[[StudentKernel], None],
    body: Any,
    block: bytes,
) -> None:
    """The largest answers take a few times their size, and the second time no more."""
    kernel = hostile(always(body, block))

    def twice() -> None:
        for _ in range(2):
            kernel.incidents.begin(9)
            ask(kernel)

    assert peak_mib(twice) < 8 * MAX_TENSOR_BYTES / MIB


def peak_mib(work: Callable[[], object]) -> float:
    """By how much the memory of this process grew at most during some work."""
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets the peak
    before = _peak()
    work()
    return (_peak() - before) / MIB


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.parametrize(
    "after",
    [
        pytest.param([[{"tensor": 1}], {"dict": []}], id="another-dtype-under-grad"),
        pytest.param([[{"tensor": 2, "grad": True}], {"dict": []}], id="another-shape"),
        pytest.param([], id="nothing"),
        pytest.param([[1], {"dict": []}], id="a-number"),
        pytest.param(5, id="no-list"),
        pytest.param([{"dict": []}, []], id="the-wrong-way-round"),
    ],
)
def test_forged_arguments_after_a_call_are_written_back_or_refused(
    hostile: Callable[..., HostileKernel], after: Any
) -> None:
    """What an argument has become is taken, ignored or the kernel's end, and never our error."""
    kernel = hostile(always({"value": 7, "after": after}, BLOCK))
    leaf = torch.ones(2, requires_grad=True)
    with nothing_else():
        assert remote_function(kernel)(leaf) == 7
    assert leaf.requires_grad


def test_reading_an_answer_takes_of_the_notebooks_time(
    hostile: Callable[..., HostileKernel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking an answer, reading it and writing back what it changed: each leaves less time."""
    readings = itertools.count()
    monkeypatch.setattr(time, "thread_time", lambda: next(readings))  # each step takes a second
    kernel = hostile(always({"value": 7, "after": [[[0]], {"dict": []}]}))
    function = remote_function(kernel)
    kernel.patience.seconds_left = 100.0
    assert function([0]) == 7
    assert 96.0 < kernel.patience.seconds_left <= 97.0

    kernel.patience.seconds_left = 1e-6
    function([0])
    with pytest.raises(Stopped, match=OVER):
        function(1)


def test_nested_lists_without_end_hold_nobody_up(hostile: Callable[..., HostileKernel]) -> None:
    """Changed arguments of all that a message may hold end the kernel, in little time."""
    kernel = hostile(always({"value": 7, "after": [[[[]]] * 900_000, {"dict": []}]}))
    start = time.thread_time()
    with pytest.raises(Stopped, match=r"^ended the kernel$"):
        remote_function(kernel)(1)
    assert time.thread_time() - start < 3


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: torch.ones(1).expand(2), id="expanded"),
        pytest.param(lambda: np.broadcast_to(np.float32(1), (2,)), id="read-only-array"),
    ],
)
def test_arguments_that_cannot_be_written_are_never_our_error(
    hostile: Callable[..., HostileKernel], make: Callable[[], Any]
) -> None:
    """A change of an argument that lies in memory where it can't be changed."""
    after = [[{"array" if isinstance(make(), np.ndarray) else "tensor": 0}], {"dict": []}]
    kernel = hostile(always({"value": 7, "after": after}, BLOCK))
    with nothing_else():
        remote_function(kernel)(make())


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"raised": {"type": "ValueError", "text": "a\ud800"}}, id="exception"),
        pytest.param({"value": 1, "forbidden": ["\ud800"]}, id="operator"),
        pytest.param({"value": 1, "tried": [[1, "\ud800"]]}, id="what-was-tried"),
    ],
)
def test_half_a_surrogate_pair_in_what_is_told_can_be_stored(
    hostile: Callable[..., HostileKernel], body: Any
) -> None:
    """The text of an exception, and the names of operators, are text that a file can hold."""
    function = remote_function(hostile(always(body)))
    told = ""
    try:
        function()
    except ValueError as error:
        told = str(error)
    for text in (told, *function.forbidden, *function.kernel.incidents.tried):
        text.encode()


WILD = "\x1b[2J\x07" + "spoof\r\n" * 8000


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"fault": WILD}, id="fault"),
        pytest.param({"fault": [WILD] * 9}, id="fault-in-lists"),
    ],
)
def test_why_a_kernel_ended_is_one_printable_line(
    hostile: Callable[..., HostileKernel], body: Any
) -> None:
    """Whatever it says of itself goes into a flag, and from there to a terminal."""
    stopped = hostile(always(body)).run(1, "x").stopped
    assert stopped is not None
    assert "spoof" in stopped.detail
    assert stopped.detail.isprintable()
    assert len(stopped.detail) <= 500


def test_what_is_kept_of_an_exception_is_a_few_printable_lines(
    hostile: Callable[..., HostileKernel],
) -> None:
    """The text is a visible test's to show: no escape sequence, and no more than a page."""
    with pytest.raises(ValueError, match=r"^\?\[2J\?spoof") as caught:
        remote_function(hostile(always({"raised": {"type": "ValueError", "text": WILD}})))()
    text = str(caught.value)
    assert all(part.isprintable() for part in text.split("\n"))
    assert len(text) <= 2001
    assert text.count("\n") < 50


def test_what_is_kept_of_a_docstring_is_bounded(hostile: Callable[..., HostileKernel]) -> None:
    """It may be shown like any text."""
    kernel = hostile(always({"value": {**FUNCTION, "doc": WILD}}))
    doc = kernel.get("f", lambda tree: RemoteFunction(kernel, "f", tree)).__doc__
    assert "\x1b" not in doc
    assert len(doc) <= 2001


def test_a_name_that_is_not_bound_is_a_key_error(hostile: Callable[..., HostileKernel]) -> None:
    """An answer without a value says that the name is not there."""
    with pytest.raises(KeyError, match=r"^'x'$"):
        hostile(always({"missing": True})).get("x", dict)


def test_what_is_too_large_to_ask_is_not_the_students_fault(
    hostile: Callable[..., HostileKernel],
) -> None:
    """Arguments above what a message may hold are the caller's error, and the kernel lives on."""
    function = remote_function(kernel := hostile(always({"value": 7})))
    first = kernel.generation
    half = torch.zeros(MAX_TENSOR_BYTES // 4 - 64)
    with pytest.raises(TypeError):
        function(half, half.clone())
    assert kernel.generation is first
    assert kernel.incidents.stops == []


def test_a_kernel_that_is_never_forked_leaves_no_folder(tmp_path: Path) -> None:
    """Its folder is made before, and goes with the attempt."""
    control, zygote = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    zygote.close()
    kernel = StudentKernel(control, tmp_path, {"a.txt": b"1"}, [], [], LIMITS, Patience(60))
    with control, pytest.raises(ZygoteError):
        kernel.ready()
    assert list(tmp_path.iterdir()) == []
    assert kernel.process is None


def test_starting_again_takes_the_notebooks_time(kernel: StudentKernel) -> None:
    """A start is not free: a notebook whose cells end their kernels, one by one, has an end."""
    kernel.ready()
    kernel.close()
    left = kernel.patience.seconds_left
    kernel.ready()
    assert kernel.patience.seconds_left < left
