"""What an examiner's process runs: reads its job, examines the notebook, tells what came of it."""

from __future__ import annotations

import base64
import os
import socket
import sys
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.environment import STUDENT_KEY
from autograder.examiner.notebook import Examination, SourceCell, StudentCell
from autograder.exercises import all_exercises
from autograder.isolation.client import Patience, StudentKernel
from autograder.isolation.processes import SandboxError, ZygoteError
from autograder.isolation.shell import Shell
from autograder.isolation.wire import Connection
from autograder.isolation.zygote import serve
from autograder.limits import Limits


def zygote(control: socket.socket) -> None:
    """Forks examiners: the modules above are loaded, and no student's kernel has them."""
    all_exercises()
    serve(control)


def examine(sock: socket.socket, kernels: socket.socket) -> None:
    """Does one job, and tells what came of it. The process ends here.

    Args:
        sock: brings the job, and takes the result.
        kernels: the zygote that students' kernels are forked from.
    """
    connection = Connection(sock, trusted=True)
    job, _ = connection.receive()
    try:
        with tempfile.TemporaryDirectory(prefix="examiner-", dir=job["folder"]) as folder:
            connection.send(_examined(job, kernels, Path(folder)))
    except SandboxError as error:
        connection.send({"sandbox": str(error)})
    except ZygoteError as error:
        connection.send({"zygote": str(error)})
    except Exception as error:
        trace = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(trace.filename).name}, line {trace.lineno}"
        connection.send({"error": f"{type(error).__name__}: {error} ({where})"})


def _examined(job: Mapping[str, Any], kernels: socket.socket, folder: Path) -> dict[str, Any]:
    _settle(job, folder)
    limits = Limits(**job["limits"])
    kernel = StudentKernel(
        kernels,
        Path(job["folder"]),
        _files(job["files"]),
        job["readable"],
        [pattern for exercise in all_exercises() for pattern in exercise.by_hand.operators],
        limits,
        Patience(limits.notebook_seconds),
    )
    examination = Examination(
        [SourceCell(**cell) for cell in job["source"]],
        [StudentCell(**cell) for cell in job["cells"]],
        kernel,
        Shell.instance(),
        job["drawn"],
    )
    try:
        outputs = list(examination.run())
    finally:
        kernel.close()
    return {"outputs": outputs, "flags": [asdict(flag) for flag in examination.flags]}


def _settle(job: Mapping[str, Any], folder: Path) -> None:
    """Makes this process the student's examiner, in a folder with the instructor's files."""
    os.environ[STUDENT_KEY] = job["key"]
    for name, content in _files(job["given"]).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    os.chdir(folder)
    sys.path.insert(0, "")


def _files(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(text) for name, text in texts.items()}
