"""The student's kernel: runs the notebook's cells, and answers calls of what they defined.

A fork of the zygote, held in by the sandbox from before it reads its job's first cell. It gets no
hidden test, expected value or key; what it sends back is data, and decides nothing by itself.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

import torch
from torch import Tensor

from autograder.isolation import bypasses, fork_server, sandbox, surroundings
from autograder.isolation.answers import (
    MOST_NAMES,
    Answer,
    BoundNames,
    Done,
    Fault,
    Found,
    Interrupted,
    NotBound,
    Origin,
    Shown,
    Skipped,
    TooLarge,
    answered,
)
from autograder.isolation.calls import Calls, Work, error_text
from autograder.isolation.errors import TooLargeError, WireError
from autograder.isolation.messages import FirstCells, FirstOutputs, Ready, Start
from autograder.isolation.operators import Watch
from autograder.isolation.outputs import error_output, kept
from autograder.isolation.questions import (
    Backward,
    Bind,
    Call,
    Get,
    ListNames,
    Locate,
    NumberedQuestion,
    Question,
    Run,
    Unbind,
    read_questions,
)
from autograder.isolation.refusals import Refusals
from autograder.isolation.shell import Executed, Shell, one_thread
from autograder.isolation.type_names import origin
from autograder.isolation.values import Packer, Unpacker
from autograder.isolation.wire import Connection
from autograder.limits import Limits

NICENESS = 3  # nice(2): whoever asks gets twice a kernel's share of a busy machine


def fork_kernels(control: socket, sock: socket) -> None:
    """Runs the cells that a notebook begins with, and forks kernels that have run them.

    They are the instructor's own, and this process runs nothing else: it is not held in. Where
    they leave what a fork has no part in, no outputs are told: each kernel runs them itself.

    Args:
        control: brings the requests for kernels.
        sock: brings the cells, and takes their outputs.
    """
    connection = Connection(sock, trusted=True)
    job = FirstCells.read(connection.receive()[0])
    folder, shell, limit = Path(job.folder), Shell.instance(), job.limits.output_bytes
    surroundings.settle(folder)
    surroundings.seed_generators()
    before, texts = surroundings.outside(folder), enumerate(job.cells, start=1)
    with one_thread():
        outputs = [shell.run(text, number, limit).outputs for number, text in texts]
    shell.forget_files()
    shell.expect(job.expected)
    bypasses.replicas.cache_clear()  # the cells may have imported more of torch
    bypasses.take_away(job.forbidden)
    shown = FirstOutputs(outputs if surroundings.outside(folder) == before else [])
    connection.send(shown.to_json())
    connection.close()
    watch = Watch(job.forbidden)
    fork_server.serve(control, partial(run_kernel, chance=random.getstate(), watch=watch))


def run_kernel(sock: socket, chance: Any = None, watch: Watch | None = None) -> None:
    """Runs a kernel until the other end of its socket closes. The process ends here.

    Args:
        sock: brings the job and the questions.
        chance: the state of Python's generator, which is seeded anew after every fork; None in a
            kernel that has run nothing.
        watch: what watches for the operators whose bypasses are taken away already.
    """
    try:
        connection = Connection(sock)
        job = Start.read(connection.receive()[0])
        scratch = Path(job.scratch)
        surroundings.settle(scratch)
        os.nice(NICENESS)
        if chance is None:
            surroundings.seed_generators()
        else:
            random.setstate(chance)
        try:
            if job.limits.sandbox:
                sandbox.enter(job.limits, [Path(path) for path in job.readable], scratch)
        except Exception as error:
            connection.send(Ready(f"{type(error).__name__}: {error}").to_json())
            return
        if watch is None or watch.patterns != job.forbidden:
            bypasses.take_away(job.forbidden)
            watch = Watch(job.forbidden)
        connection.send(Ready().to_json())
        refusals = Refusals(str(scratch), job.readable if job.limits.sandbox else None)
        sys.addaudithook(refusals.hook)
        sys.meta_path.append(refusals)
        with watch.threads(), watch.kernels():
            _Kernel(connection, job.limits, watch, refusals).answer()
    except WireError:
        pass  # the other end is gone: nobody is left to tell
    finally:
        os._exit(0)  # nothing of the student's runs after the last answer


def rehearse_calls(functions: Iterable[Callable[[Tensor, Tensor], Tensor]]) -> None:
    """Runs what a call runs; called before the fork, so that no kernel's first call is slow.

    torch keeps an entry for each operator that a mode has seen, and takes as long to make one as
    to run it five times.

    Args:
        functions: of a tensor (4, 3) and the places of four columns.
    """
    point = torch.rand(4, 3, requires_grad=True)
    places = torch.tensor([0, 2, 1, 0])
    packer = Packer()
    tree = packer.tree([point, places])
    Unpacker(packer.block()).value(tree)
    for compute in functions:
        with Watch(["aten.tan"]).calls():
            found = compute(point, places)
            torch.autograd.grad(found.sum(), point)
            found.mean().item()
    bypasses.replicas()


@dataclass
class _Kernel:
    """One kernel: what its notebook has bound, and what was asked of it."""

    connection: Connection
    limits: Limits
    watch: Watch
    refusals: Refusals
    working: bool = False
    interrupted: bool = False  # whatever the cell made of it
    calls: Calls = field(init=False)
    bodies: dict[type[Question], Callable[[Any, Work], Answer]] = field(init=False)

    def __post_init__(self) -> None:
        self.calls = Calls(self.watch, self.refusals)
        self.bodies = {
            Run: self._run,
            Get: self._get,
            ListNames: self._names,
            Locate: self._origin,
            Bind: self._bind,
            Unbind: self._unbind,
            Call: self.calls.call,
            Backward: self.calls.backward,
        }

    @property
    def shell(self) -> Shell:
        shell: Shell = Shell.instance()
        return shell

    def answer(self) -> None:
        """Answers messages, one after the other, for ever."""
        signal.signal(signal.SIGINT, self._interrupt)
        while True:
            questions = read_questions(*self.connection.receive())
            self.interrupted = False
            for place, asked in enumerate(questions):
                if place and self.interrupted:  # those after it are asked for again
                    self._send(asked.number, Skipped())
                else:
                    self._reply(asked)

    def _reply(self, asked: NumberedQuestion) -> None:
        """Answers one question."""
        # Functions cross where a name is asked for, and nowhere else.
        packer = Packer(self.calls.tell_of if type(asked.question) is Get else None, lenient=True)
        work = None
        try:
            self.working = True
            work = Work(asked.number, Unpacker(asked.block, self.calls.known), packer)
            answer: Answer = self.bodies[type(asked.question)](asked.question, work)
        except KeyboardInterrupt:
            answer, packer = Interrupted(), Packer()
        except Exception as error:  # ours, or of a torch that a student has taken apart
            answer, packer = Fault(f"{type(error).__name__}: {error}"), Packer()
        self.working = False
        self._send(asked.number, answer, packer.block(), work.printed if work else "")

    def _send(self, number: int, answer: Answer, block: bytes = b"", printed: str = "") -> None:
        """Sends an answer, or where it is too large for a message that it was."""
        notes = self.refusals.told()
        try:
            self.connection.send(answered(number, answer, notes, printed), block)
        except TooLargeError:
            self.connection.send(answered(number, TooLarge(), notes, printed))

    def _interrupt(self, number: int, frame: Any) -> None:
        """Ends the work in hand; a signal that comes between two questions only says so."""
        self.interrupted = True
        if self.working:
            raise KeyboardInterrupt

    def _run(self, asked: Run, work: Work) -> Shown:
        limit = self.limits.output_bytes
        self.shell.show(asked.shown)
        try:
            ran = self.shell.run(asked.source, asked.number, limit)
        except Exception as error:  # of what shows an error, or of a hook that a cell has set
            ran = Executed([error_output(type(error).__name__, error_text(error))], False)
        self.refusals.note(ran.error)
        made = self.shell.outputs
        displays, updates = made.displays(), made.updates
        return Shown(kept(ran.outputs, limit), ran.full, self.interrupted, displays, updates)

    def _get(self, asked: Get, work: Work) -> Found | NotBound:
        namespace = self.shell.user_ns
        if asked.name not in namespace:
            return NotBound()
        return Found(work.packer.tree(namespace[asked.name]))

    def _names(self, asked: ListNames, work: Work) -> BoundNames:
        return BoundNames(
            [name for name in self.shell.user_ns if isinstance(name, str)][:MOST_NAMES]
        )

    def _origin(self, asked: Locate, work: Work) -> Origin:
        namespace = self.shell.user_ns
        return Origin(origin(namespace[asked.name]) if asked.name in namespace else "")

    def _bind(self, asked: Bind, work: Work) -> Done:
        self.shell.user_ns[asked.name] = work.unpacker.value(asked.value)
        return Done()

    def _unbind(self, asked: Unbind, work: Work) -> Done:
        self.shell.user_ns.pop(asked.name, None)
        return Done()
