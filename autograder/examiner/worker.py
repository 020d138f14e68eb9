"""What an examiner's process runs: reads its job, examines the notebook, tells what came of it."""

from __future__ import annotations

import base64
import functools
import os
import random
import resource
import shutil
import socket
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.checks import ByHand
from autograder.environment import STUDENT_KEY
from autograder.examiner.at_hand import EXAMINED
from autograder.examiner.cell import prepare
from autograder.examiner.examination import Examination
from autograder.examiner.known import Known
from autograder.examiner.later import run_here, seen, texts_of
from autograder.examiner.needed import needless
from autograder.examiner.opening import Opening, begin
from autograder.examiner.proving import imports_wanted, observed, unsolved
from autograder.examiner.review import program_of, source_of
from autograder.examiner.shared import shared
from autograder.examiner.source_cells import SourceCell, bringing
from autograder.examiner.student_cell import StudentCell
from autograder.exercises.asked import load
from autograder.exercises.modules import Modules
from autograder.isolation.clock import Patience
from autograder.isolation.errors import SandboxError, ZygoteError
from autograder.isolation.fork_server import serve
from autograder.isolation.outputs import Output
from autograder.isolation.shell import Shell
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.wire import Connection
from autograder.limits import Limits


def fork_openings(control: socket.socket) -> None:
    """Forks openings: the modules above are loaded, and no student's kernel has them."""
    ByHand(operators={"aten.tan": "a tangent"})  # looks up torch's names, which takes long, for all
    serve(control)


def fork_examiners(control: socket.socket, sock: socket.socket, kernels: socket.socket) -> None:
    """Runs a notebook's first cells, and forks examiners that have run them.

    Args:
        control: brings the requests for examiners.
        sock: brings the instructor's side of the notebook, and takes what is wrong with exercises.
        kernels: what forks kernels that have run the first cells too.
    """
    connection = Connection(sock, trusted=True)
    job, _ = connection.receive()
    asked = load(Modules.from_json(job["exercises"]))
    connection.send({"broken": list(asked.broken)})
    connection.close()
    EXAMINED.set(asked)
    source = [SourceCell(**cell) for cell in job["source"]]
    os.chdir(job["opening"])
    sys.path.insert(0, "")
    shell = Shell.instance()
    begin(source, shell)
    shell.forget_files()
    for exercise in asked.exercises:
        if exercise.name in shell.user_ns.asked:
            prepare(exercise)
    brought = bringing(source, shell.user_ns.asked)
    changed, leaves, files = frozenset(job["changed"]), job["leaves"], _python_files()
    ours = texts_of(map(run_here, source), files)
    passed = needless(source, changed, leaves, ours)
    prepared = Opening(
        source,
        brought,
        shell,
        job["outputs"],
        shared=shared(source, _kernel(job, kernels, {}), job["outputs"], ours, leaves),
        changed=changed,
        asked=asked,
        seen=seen(source, changed, files, passed),
        needless=passed,
        program=program_of(cell.released for cell in source if cell.role != "solution"),
    )
    serve(control, functools.partial(examine, prepared, random.getstate()))


def _python_files() -> dict[str, bytes]:
    """The Python files beside the instructor's notebook."""
    return {str(path): path.read_bytes() for path in Path().rglob("*.py")}


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
    connection = Connection(sock, trusted=True)
    job, _ = connection.receive()
    try:
        with tempfile.TemporaryDirectory(prefix="examiner-", dir=job["folder"]) as folder:
            _settle(job, Path(folder))
            if job["facts"]:
                result = _facts(prepared, job, kernels)
            else:
                _limit_memory(job["limits"]["memory_bytes"])
                result = _examined(prepared, job, kernels, opened, connection)
            os.chdir("/")
        connection.send(result)  # last: whoever has it ends this process
    except SandboxError as error:
        connection.send({"sandbox": str(error)})
    except ZygoteError as error:
        connection.send({"zygote": str(error)})
    except Exception as error:
        trace = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(trace.filename).name}, line {trace.lineno}"
        connection.send({"error": f"{type(error).__name__}: {error} ({where})"})


def _limit_memory(more: int) -> None:
    """Lets this process have so many bytes more: what a student gives can ask for any number."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (space, space))


def _examined(
    prepared: Opening,
    job: Mapping[str, Any],
    kernels: socket.socket,
    opened: socket.socket,
    connection: Connection,
) -> dict[str, Any]:
    """What came of a notebook, or of those of its tests that have been left waiting.

    Arguments as of `examine`; `connection` is told each test that begins, and what is shown: that
    is final before the first hidden test is asked.
    """
    cells = [StudentCell(**cell) for cell in job["cells"]]
    files = _files(job["files"])
    control = opened if prepared.begins(cells) else kernels
    kernel = _kernel(job, control, files, Patience(*job["patience"]))
    examination = Examination(
        prepared,
        cells,
        kernel,
        Known.from_json(job["known"]),
        job["trusted"],
        lost=job["lost"],
        modules={path: source_of(path, files[path]) for path in job["modules"]},
        begins=lambda test: connection.send({"test": test}),
    )

    def found(outputs: Sequence[tuple[int, list[Output]]]) -> dict[str, Any]:
        patience = [kernel.patience.seconds_left, kernel.patience.timeouts]
        known = examination.known.to_json()
        return {"outputs": outputs, "patience": patience, "known": known}

    try:
        if job["known"]:
            outputs = list(examination.ask_again())
        else:
            connection.send({"shown": found(list(examination.show()))})
            outputs = list(examination.ask())
    finally:
        kernel.close()
    if not examination.known.waiting:
        examination.known.flag_refused()
    return found(outputs)


def _facts(prepared: Opening, job: Mapping[str, Any], kernels: socket.socket) -> dict[str, Any]:
    """What the instructor's own solutions tell of the notebook; arguments as of `examine`."""
    kernel = _kernel(job, kernels, _files(job["files"]))
    try:
        done = observed(prepared.source, kernel)
    finally:
        kernel.close()
    source = prepared.source
    return {
        "changed": sorted(done.changed),
        "leaves": done.leaves,
        "unsolved": unsolved(source),
        "imports": imports_wanted(source),
    }


def _kernel(
    job: Mapping[str, Any],
    control: socket.socket,
    files: Mapping[str, bytes],
    patience: Patience | None = None,
) -> StudentKernel:
    """A kernel that `control` forks, with all of a notebook's time where no less is left."""
    limits = Limits(**job["limits"])
    return StudentKernel(
        control,
        Path(job["folder"]),
        files,
        job["readable"],
        EXAMINED.get().operators,
        limits,
        patience or Patience(limits.notebook_seconds),
    )


def _settle(job: Mapping[str, Any], folder: Path) -> None:
    """Makes this process the student's examiner, in a folder with the instructor's files."""
    os.environ[STUDENT_KEY] = job["key"]
    shutil.copytree(Path.cwd(), folder, dirs_exist_ok=True)
    os.chdir(folder)


def _files(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(text) for name, text in texts.items()}
