"""What an examiner's process runs: reads its job, examines the notebook, tells what came of it."""

from __future__ import annotations

import functools
import os
import random
import resource
import shutil
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.checks.by_hand import torch_names
from autograder.environment import EXPLAINING, STUDENT_KEY
from autograder.examiner.at_hand import EXAMINED
from autograder.examiner.cell import prepare
from autograder.examiner.examination import Examination
from autograder.examiner.jobs import Facts
from autograder.examiner.known import Known
from autograder.examiner.later import run_here, seen, texts_of
from autograder.examiner.messages import (
    AllShown,
    Answer,
    Begin,
    BeginsTest,
    Begun,
    Examine,
    Failed,
    Findings,
    Observe,
    Order,
    Setting,
    answer_json,
    read_order,
)
from autograder.examiner.needed import needless
from autograder.examiner.opening import Opening, begin
from autograder.examiner.proving import imports_wanted, observed, unsolved
from autograder.examiner.review import program_of, source_of
from autograder.examiner.shared import shared
from autograder.examiner.source_cells import SourceCell, bringing
from autograder.examiner.student_cell import StudentCell
from autograder.exercises.asked import Asked, load
from autograder.isolation.bundle import received
from autograder.isolation.clock import Patience
from autograder.isolation.errors import SandboxError, ZygoteError
from autograder.isolation.fork_server import serve
from autograder.isolation.memory import Memory
from autograder.isolation.messages import FirstOutputs
from autograder.isolation.outputs import Output
from autograder.isolation.sandbox import address_space
from autograder.isolation.shell import Shell
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.wire import Connection


def fork_openings(control: socket.socket) -> None:
    """Forks openings: the modules above are loaded, and no student's kernel has them."""
    torch_names()  # takes long, and is kept for all
    serve(control)


def fork_examiners(control: socket.socket, sock: socket.socket, kernels: socket.socket) -> None:
    """Runs a notebook's first cells, and forks examiners that have run them.

    Args:
        control: brings the requests for examiners.
        sock: brings the instructor's side of the notebook, and then what its first cells show;
            takes what is wrong with exercises.
        kernels: what forks kernels that have run the first cells too.
    """
    connection = Connection(sock, trusted=True)
    job = Begin.read(connection.receive()[0])
    asked = load(job.exercises)
    connection.send(asdict(Begun(asked.broken, asked.operators)))
    EXAMINED.set(asked)
    outputs = FirstOutputs(**connection.receive()[0]).outputs
    connection.close()
    prepared = _opening(job, asked, outputs, kernels)
    serve(control, functools.partial(examine, prepared, random.getstate()))


def _opening(
    job: Begin, asked: Asked, outputs: list[list[Output]], kernels: socket.socket
) -> Opening:
    """The notebook before there is a student, when its first cells have run.

    Args:
        job: the instructor's side.
        asked: its exercises.
        outputs: what the first cells show.
        kernels: what forks kernels that have run the first cells too.
    """
    source = [SourceCell(**cell) for cell in job.cells]
    os.chdir(job.beside)
    sys.path.insert(0, "")
    shell = Shell.instance()
    begin(source, shell)
    shell.forget_files()
    for exercise in asked.exercises:
        if exercise.name in shell.user_ns.asked:
            prepare(exercise)
    brought = bringing(source, shell.user_ns.asked)
    changed = frozenset(job.changed)
    files = {str(path): path.read_bytes() for path in Path().rglob("*.py")}
    ours = texts_of(map(run_here, source), files)
    passed = needless(source, changed, job.leaves, ours)
    return Opening(
        source,
        brought,
        shell,
        outputs,
        shared=shared(source, _kernel(job.setting, kernels, {}), outputs, ours, job.leaves),
        changed=changed,
        asked=asked,
        seen=seen(source, changed, files, passed),
        needless=passed,
        program=program_of(cell.released for cell in source if cell.role != "solution"),
    )


def examine(
    prepared: Opening,
    chance: Any,
    sock: socket.socket,
    kernels: socket.socket,
    opened: socket.socket,
) -> None:
    """Does one job, and tells what came of it. The process ends here.

    Args:
        prepared: the instructor's side.
        chance: the state of Python's generator, which is seeded anew after every fork.
        sock: brings the job, and takes the result.
        kernels: what forks kernels that have run nothing.
        opened: what forks kernels that have run the first cells.
    """
    random.setstate(chance)
    files = received(sock)
    connection = Connection(sock, trusted=True)
    order = read_order(connection.receive()[0], files)

    def tell(answer: Answer) -> None:
        connection.send(answer_json(answer))

    try:
        where = order.setting.folder
        with tempfile.TemporaryDirectory(prefix="examiner-", dir=where) as folder:
            _settle(order, Path(folder))
            if isinstance(order, Observe):
                answer: Answer = _facts(prepared, order, kernels)
            else:
                _limit_memory(order.setting.limits.memory_bytes)
                answer = _examined(prepared, order, kernels, opened, tell)
            os.chdir("/")
        tell(answer)  # last: whoever has it ends this process
    except Exception as error:
        tell(_failure(error))


def _failure(error: Exception) -> Failed:
    """What a coordinator is told of an error that ended an examination."""
    if isinstance(error, SandboxError):
        return Failed("sandbox", str(error))
    if isinstance(error, ZygoteError):
        return Failed("zygote", str(error))
    trace = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(trace.filename).name}, line {trace.lineno}"
    return Failed("error", f"{type(error).__name__}: {error} ({where})")


def _limit_memory(more: int) -> None:
    """Lets this process have so many bytes more: what a student gives can ask for any number."""
    space = address_space(more)
    resource.setrlimit(resource.RLIMIT_AS, (space, space))


def _examined(
    prepared: Opening,
    order: Examine,
    kernels: socket.socket,
    opened: socket.socket,
    tell: Callable[[Answer], None],
) -> Findings:
    """What came of a notebook, or of those of its tests that have been left waiting.

    Arguments as of `examine`; `tell` is given each test that begins, and what is shown: that is
    final before the first hidden test is asked.
    """
    cells = [StudentCell(**cell) for cell in order.cells]
    control = opened if prepared.begins(cells) else kernels
    patience, memory = Patience(*order.patience), Memory(order.memory_bytes)
    kernel = _kernel(order.setting, control, order.files, patience, memory)
    examination = Examination(
        prepared,
        cells,
        kernel,
        Known.from_json(order.known),
        order.trusted,
        lost=order.lost,
        modules={path: source_of(path, order.files[path]) for path in order.modules},
        begins=lambda test: tell(BeginsTest(test)),
    )
    known = examination.known
    try:
        if order.known:
            outputs = list(examination.ask_again())
        else:
            shown, left = list(examination.show()), (patience.seconds_left, patience.timeouts)
            tell(AllShown(shown, left, kernel.most_memory(), known.to_json()))
            outputs = list(examination.ask())
    finally:
        kernel.close()
    if not known.waiting:
        known.flag_refused()
    return Findings(
        outputs, (patience.seconds_left, patience.timeouts), memory.most_bytes, known.to_json()
    )


def _facts(prepared: Opening, order: Observe, kernels: socket.socket) -> Facts:
    """What the instructor's own solutions tell of the notebook; arguments as of `examine`."""
    kernel = _kernel(order.setting, kernels, order.files)
    try:
        done = observed(prepared.source, kernel)
    finally:
        kernel.close()
    source = prepared.source
    return Facts(sorted(done.changed), done.leaves, unsolved(source), imports_wanted(source))


def _kernel(
    setting: Setting,
    control: socket.socket,
    files: Mapping[str, bytes],
    patience: Patience | None = None,
    memory: Memory | None = None,
) -> StudentKernel:
    """A kernel that `control` forks, with all of a notebook's time where no less is left."""
    return StudentKernel(
        control,
        Path(setting.folder),
        files,
        list(setting.readable),
        EXAMINED.get().operators,
        setting.limits,
        patience or Patience(setting.limits.notebook_seconds),
        memory or Memory(),
    )


def _settle(order: Order, folder: Path) -> None:
    """Makes this process the student's examiner, in a folder with the instructor's files."""
    os.environ[STUDENT_KEY] = order.key if isinstance(order, Examine) else ""
    os.environ[EXPLAINING] = "1" if isinstance(order, Examine) and order.explain else ""
    shutil.copytree(Path.cwd(), folder, dirs_exist_ok=True)
    os.chdir(folder)
