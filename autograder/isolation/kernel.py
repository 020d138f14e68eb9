"""The student's kernel: runs the notebook's cells, and answers calls of what they defined.

A fork of the zygote, held in by the sandbox from before it reads its job's first cell. It gets no
hidden test, expected value or key; what it sends back is data, and decides nothing by itself.
"""

from __future__ import annotations

import _multiprocessing  # type: ignore[import-not-found]
import _posixsubprocess
import builtins
import getpass
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from socket import socket
from types import FunctionType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.isolation import bypasses, fork_server, sandbox, shell_commands
from autograder.isolation.errors import TooLargeError, WireError
from autograder.isolation.operators import Watch
from autograder.isolation.outputs import error_output, kept
from autograder.isolation.refusals import NO_PROCESS, PROCESS, Refusals
from autograder.isolation.shell import Shell, one_thread
from autograder.isolation.values import MOST_NAMES, Packer, Unpacker, origin, signature_tree
from autograder.isolation.wire import Connection
from autograder.limits import Limits

TORCH_SEED = 67280421310721  # a new torch.Generator's; fixed, so that a replay draws the same
UMASK = 0o022  # umask(2): what it is by habit, as none can be set
NICENESS = 3  # nice(2): whoever asks gets twice a kernel's share of a busy machine
GRAPHS = 1000  # calls whose graph is kept for a backward pass


def fork_kernels(control: socket, sock: socket) -> None:
    """Runs the cells that a notebook begins with, and forks kernels that have run them.

    They are the instructor's own, and this process runs nothing else: it is not held in. Where
    they leave what a fork has no part in, no outputs are told: each kernel runs them itself.

    Args:
        control: brings the requests for kernels.
        sock: brings the cells, and takes their outputs.
    """
    connection = Connection(sock, trusted=True)
    job, _ = connection.receive()
    folder, shell, limit = Path(job["folder"]), Shell.instance(), Limits(**job["limits"])
    _settle(folder)
    _new_chance()
    before, texts = _outside(folder), enumerate(job["cells"], start=1)
    with one_thread():
        outputs = [shell.run(text, number, limit.output_bytes)[0] for number, text in texts]
    shell.forget_files()
    bypasses.replicas.cache_clear()  # the cells may have imported more of torch
    bypasses.replicas()
    connection.send({"outputs": outputs if _outside(folder) == before else []})
    connection.close()
    fork_server.serve(control, partial(run_kernel, chance=random.getstate()))


def run_kernel(sock: socket, chance: Any = None) -> None:
    """Runs a kernel until the other end of its socket closes. The process ends here.

    Args:
        sock: brings the job and the questions.
        chance: the state of Python's generator, which is seeded anew after every fork; None in a
            kernel that has run nothing.
    """
    try:
        connection = Connection(sock)
        job, _ = connection.receive()
        limits = Limits(**job["limits"])
        scratch = Path(job["scratch"])
        _settle(scratch)
        os.nice(NICENESS)
        if chance is None:
            _new_chance()
        else:
            random.setstate(chance)
        try:
            if limits.sandbox:
                sandbox.enter(limits, [Path(path) for path in job["readable"]], scratch)
        except Exception as error:
            connection.send({"ready": False, "error": f"{type(error).__name__}: {error}"})
            return
        bypasses.take_away(job["forbidden"])
        connection.send({"ready": True})
        refusals = Refusals(str(scratch))
        sys.addaudithook(refusals.hook)
        sys.meta_path.append(refusals)
        watch = Watch(job["forbidden"])
        with watch.threads(), watch.kernels():
            _Kernel(connection, limits, watch, refusals).answer()
    except WireError:
        pass  # the other end is gone: nobody is left to tell
    finally:
        os._exit(0)  # nothing of the student's runs after the last answer


def rehearse_call() -> None:
    """Runs once what a call runs, so that the first call of a fork pays for nothing."""
    point = torch.rand(3, requires_grad=True)
    packer = Packer()
    tree = packer.tree([point])
    Unpacker(packer.block()).value(tree)
    with Watch(["aten.tan"]).calls():
        torch.autograd.grad(point.exp().log().sum(), point)
        point.sum().item()
    bypasses.replicas()


def _settle(scratch: Path) -> None:
    """Makes the kernel's folder its own."""
    null = os.open(os.devnull, os.O_RDWR)  # the zygote's are every kernel's: they could speak
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.close(null)
    os.chdir(scratch)
    if sys.path[0]:
        sys.path.insert(0, "")
    # Whose account it is nobody can look up here, and getpass.getuser() need not.
    os.environ.update(HOME=str(scratch), TMPDIR=str(scratch), USER="student", LOGNAME="student")
    tempfile.tempdir = str(scratch)
    Shell.instance().settle(scratch)
    torch.compile = _as_it_is
    os.system = shell_commands.system
    _multiprocessing.SemLock = _NoLock  # what all of multiprocessing begins with
    _posixsubprocess.fork_exec = _refused(NO_PROCESS)
    shutil.copymode = shutil.copystat = lambda *args, **kwargs: None  # modes can't be set
    os.umask = lambda mask: UMASK
    builtins.input = getpass.getpass = Shell.instance().raw_input


def _outside(folder: Path) -> tuple[Any, ...]:
    """What a process has beside its memory.

    Threads, open and shared files, those in its folder, and the folder that it is in.
    """
    files = [path for path in folder.rglob("*") if "__pycache__" not in path.parts]
    opened = filter(None, map(_target, Path("/proc/self/fd").iterdir()))
    maps = Path("/proc/self/maps").read_text().splitlines()
    return (
        len(list(Path("/proc/self/task").iterdir())),
        sorted(opened),
        [line for line in maps if " rw-s " in line],
        {(path, path.stat().st_mtime_ns) for path in files if path.is_file()},
        Path.cwd(),
    )


def _target(descriptor: Path) -> str:
    """What a descriptor stands for; "" for the one by which they are listed."""
    return str(descriptor.readlink()) if descriptor.exists() else ""


def _new_chance() -> None:
    """Random generators as in a fresh process, but that torch's are all alike."""
    random.seed()
    np.random.seed()
    torch.default_generator.manual_seed(TORCH_SEED)


def _refused(sentence: str) -> Callable[..., Any]:
    """What stands for a way to another process."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        sys.audit(PROCESS)
        raise PermissionError(sentence)

    return refuse


def _as_it_is(model: Any = None, **options: Any) -> Any:
    """What stands for torch.compile, which needs a compiler: the function or module, or for a
    decorator with options what gives it back.
    """
    return _as_it_is if model is None else model


class _NoLock(_multiprocessing.SemLock):
    """A lock between processes, of which there are none."""

    __new__ = staticmethod(_refused(NO_PROCESS))


@dataclass
class _Graph:
    """What a backward pass needs of a call."""

    inputs: list[Tensor]
    outputs: list[Tensor]


@dataclass
class _Kernel:
    """One kernel: what its notebook has bound, and what was asked of it."""

    connection: Connection
    limits: Limits
    watch: Watch
    refusals: Refusals
    working: bool = False
    interrupted: bool = False  # whatever the cell made of it
    functions: list[Callable[..., Any]] = field(default_factory=list)
    graphs: OrderedDict[int, _Graph] = field(default_factory=OrderedDict)

    @property
    def shell(self) -> Shell:
        return Shell.instance()

    def answer(self) -> None:
        """Answers messages, one after the other, for ever."""
        signal.signal(signal.SIGINT, self._interrupt)
        while True:
            body, block = self.connection.receive()
            if body["do"] == "calls":
                self._reply_to_all(body["calls"], block)
            else:
                self._reply(body, block)

    def _reply_to_all(self, calls: list[dict[str, Any]], block: bytes) -> None:
        """Answers calls that were sent together, each as it ends.

        Where one is interrupted, those after it are not made: they are asked for again.
        """
        self.interrupted, place = False, 0
        for call in calls:
            end = place + call["bytes"]
            if self.interrupted:
                self.connection.send({"id": call["id"], "skipped": True})
            else:
                self._reply(call, block[place:end])
            place = end

    def _reply(self, body: dict[str, Any], block: bytes) -> None:
        """Answers one message."""
        # Functions cross where a name is asked for, and nowhere else.
        packer = Packer(self._function if body["do"] == "get" else None, lenient=True)
        try:
            self.working = True
            reply = getattr(self, f"_{body['do']}")(body, Unpacker(block, self._known), packer)
        except KeyboardInterrupt:
            reply, packer = {"interrupted": True}, Packer()
        except Exception as error:  # ours, or of a torch that a student has taken apart
            reply, packer = {"fault": f"{type(error).__name__}: {error}"}, Packer()
        self.working = False
        told = {"id": body["id"], "tried": self.refusals.told()}
        try:
            self.connection.send({**reply, **told}, packer.block())
        except TooLargeError:
            self.connection.send({"value": {"opaque": None}, **told})

    def _interrupt(self, number: int, frame: Any) -> None:
        """Ends the work in hand; between two questions there is none, and the signal is late."""
        self.interrupted = True
        if self.working:
            raise KeyboardInterrupt

    def _run(self, body: dict[str, Any], unpacker: Unpacker, packer: Packer) -> dict[str, Any]:
        limit, self.interrupted = self.limits.output_bytes, False
        self.shell.show(body["shown"])
        try:
            outputs, full = self.shell.run(body["source"], body["number"], limit)
        except Exception as error:  # of what shows an error, or of a hook that a cell has set
            outputs, full = [error_output(type(error).__name__, _text(error))], False
        self.refusals.note(self.shell.error)
        made = self.shell.outputs
        return {
            "outputs": kept(outputs, limit),
            "full": full,
            "interrupted": self.interrupted,
            "displays": made.displays(),
            "updates": made.updates,
        }

    def _get(self, body: dict[str, Any], unpacker: Unpacker, packer: Packer) -> dict[str, Any]:
        namespace = self.shell.user_ns
        if body["name"] not in namespace:
            return {"missing": True}
        return {"value": packer.tree(namespace[body["name"]])}

    def _names(self, body: dict[str, Any], unpacker: Unpacker, packer: Packer) -> dict[str, Any]:
        bound = [name for name in self.shell.user_ns if isinstance(name, str)]
        return {"names": bound[:MOST_NAMES]}

    def _origin(self, body: dict[str, Any], unpacker: Unpacker, packer: Packer) -> dict[str, Any]:
        namespace = self.shell.user_ns
        return {"origin": origin(namespace[body["name"]]) if body["name"] in namespace else ""}

    def _set(self, body: dict[str, Any], unpacker: Unpacker, packer: Packer) -> dict[str, Any]:
        self.shell.user_ns[body["name"]] = unpacker.value(body["value"])
        return {}

    def _delete(self, body: dict[str, Any], unpacker: Unpacker, packer: Packer) -> dict[str, Any]:
        self.shell.user_ns.pop(body["name"], None)
        return {}

    def _call(self, body: dict[str, Any], unpacker: Unpacker, packer: Packer) -> dict[str, Any]:
        function = self.functions[body["function"]]
        unpacker.differentiates = True
        arguments, options = unpacker.value(body["args"]), unpacker.value(body["kwargs"])
        before = _packed([arguments, options])

        def call() -> dict[str, Any]:
            try:
                with torch.set_grad_enabled(body["grad"]):
                    result = function(*arguments, **options)
                reply: dict[str, Any] = {"value": packer.tree(result)}
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # whatever a student's code may raise
                self.refusals.note(error)
                reply = {"raised": self._raised(error, function)}
            else:
                reply["graph"] = self._keep_graph(body["id"], unpacker.leaves, packer.tensors)
            if _packed([arguments, options]) != before:
                reply["after"] = packer.tree([arguments, options])
            return reply

        return self._watched(call, packer)

    def _backward(self, body: dict[str, Any], unpacker: Unpacker, packer: Packer) -> dict[str, Any]:
        graph = self.graphs.get(body["call"])
        if graph is None:
            text = f"only the graphs of the last {GRAPHS} calls are kept"
            return {"raised": {"type": "RuntimeError", "text": text, "line": None}}
        given = zip(graph.outputs, unpacker.value(body["grads"]), strict=True)
        asked = [(output, grad) for output, grad in given if grad is not None]

        def pull() -> dict[str, Any]:
            try:
                grads = torch.autograd.grad(
                    [output for output, _ in asked],
                    graph.inputs,
                    [grad for _, grad in asked],
                    retain_graph=True,
                    allow_unused=True,
                )
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # backward may run a function of the student's own
                return {"raised": self._raised(error, None)}
            return {"value": packer.tree(list(grads))}

        return self._watched(pull, packer)

    def _watched(self, work: Callable[[], dict[str, Any]], packer: Packer) -> dict[str, Any]:
        """What a piece of work of the student's answers, and what ran that is forbidden.

        The bytes are taken before the watch ends: an object may change a tensor when it goes, or
        find an exception's words when it is asked for them.
        """
        with self.shell.silent(), self.watch.calls() as found:
            reply = work()
            packer.block()
        return {**reply, "forbidden": sorted(found.copy())}  # a thread may still add to it

    def _keep_graph(self, call: int, leaves: list[Tensor], results: list[Tensor]) -> list[int]:
        """Keeps what a backward pass needs; the places of the results that have a gradient."""
        places = [place for place, tensor in enumerate(results) if tensor.requires_grad]
        if not leaves or not places:
            return []
        self.graphs[call] = _Graph(leaves, [results[place] for place in places])
        if len(self.graphs) > GRAPHS:
            self.graphs.popitem(last=False)
        return places

    def _function(self, function: Callable[..., Any]) -> dict[str, Any]:
        self.functions.append(function)
        return {
            "function": len(self.functions) - 1,
            "signature": signature_tree(function),
            "doc": str(getattr(function, "__doc__", None) or "")[:2000],
        }

    def _known(self, tree: Any) -> Callable[..., Any]:
        return self.functions[tree["function"]]

    def _raised(self, error: BaseException, function: Any) -> dict[str, Any]:
        """The exception as data: a builtin type, its text, and the cell and line it came from."""
        kind = type(error)
        known = getattr(builtins, kind.__name__, None) is kind
        memory = "MemoryError" if issubclass(kind, MemoryError) else ""  # numpy has its own
        return {
            "type": kind.__name__ if known else memory,
            "text": _text(error),
            "line": self._line(error, function),
        }

    def _line(self, error: BaseException, function: Any) -> list[int] | None:
        """[cell number, line] of the last step in the cell that defines the function."""
        if not isinstance(function, FunctionType):
            return None
        name = function.__code__.co_filename
        cell = self.shell.compile._filename_map.get(name)
        step, line = error.__traceback__, None
        while step is not None:
            if step.tb_frame.f_code.co_filename == name:
                line = step.tb_lineno
            step = step.tb_next
        return None if cell is None or line is None else [cell, line]


def _text(error: BaseException) -> str:
    try:
        # A KeyError's text is the repr of its key, and is made from the key again.
        key = isinstance(error, KeyError) and len(error.args) == 1
        return str(error.args[0] if key else error)[:2000]
    except BaseException:  # a student's own __str__
        return ""


def _packed(values: Any) -> tuple[Any, bytes]:
    """The values as they are now, to be compared bit for bit."""
    packer = Packer(lambda function: id(function), lenient=True)
    return packer.tree(values), packer.block()
