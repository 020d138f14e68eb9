"""Copies of this checkout as a fresh clone has it, and commands run in them.

A command pays some 4 processor seconds before it does anything: for Python's modules, and for the
zygote that examiners and kernels are forked from. So the kit's own run in this process, with one
pool of examiners for all; but those that a test is about run as a person runs them.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from autograder.examiner.examiners import Examiners

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PROOF = Path(".proofs") / "losses.json"
USED = "tests.shared_examiners"  # an audit event

# Added to course_config.py, it makes `nbgrader autograde` stock nbgrader's again.
STOCK = """
from nbgrader import converters
from nbgrader.apps import api, autogradeapp

autogradeapp.Autograde = api.Autograde = converters.Autograde
c.pop("Autograde")
"""

# Added to it, small limits: or waiting for what has no end would take long.
SMALL_LIMITS = """
c.Sandbox.cell_seconds = 3
c.Sandbox.call_seconds = 2
c.Sandbox.notebook_seconds = 30
c.Sandbox.wall_factor = 5
c.Sandbox.memory_mib = 512
c.Sandbox.scratch_mib = 16
c.Sandbox.scratch_files = 200
c.Sandbox.output_kib = 256
"""


def fresh_clone(folder: Path) -> Path:
    """The course's files, and nothing that is made at run time, but that its source is proved.

    A proof is kept by content: without it, every test would have to wait for the same one.
    """
    clone(folder)
    (folder / PROOF).parent.mkdir()
    (folder / PROOF).write_bytes(_proof())
    return folder


def clone(folder: Path) -> None:
    """The files of the course as they are committed."""
    folder.mkdir(parents=True)
    for name in ("source", "release"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".*", "__py*"))
    for name in ("course_config.py", "nbgrader_config.py"):
        shutil.copy(ROOT / name, folder / name)


@cache
def _proof() -> bytes:
    """What is kept of the bundled source's proof."""
    with TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        clone(course)
        done = autograder(course, "release", "losses")
        assert done.returncode == 0, done.stderr
        return (course / PROOF).read_bytes()


def run(course: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command of the installed environment, run in a course as a person would.

    Jupyter's own files go beside the course, so that a test leaves none behind.
    """
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    env = {**inherited, **_environment(course), **environment}
    return subprocess.run(
        command, cwd=course, env=env, capture_output=True, text=True, timeout=1200, check=False
    )


def autograder(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the kit's, run in a course by this process, with `shared_examiners`."""
    from autograder.cli import main  # takes a while, and most tests need no course

    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.chdir(course),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for name, text in _environment(course).items():
            patch.setenv(name, text)
        code = main(arguments, shared_examiners())
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def command(course: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the kit's or of nbgrader's, run in a course."""
    if program == "autograder":
        return autograder(course, *arguments)
    return run(course, program, *arguments)


def _environment(course: Path) -> dict[str, str]:
    """What a command's environment has of its own: the installed programs, Jupyter's folder."""
    return {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_DATA_DIR": str(course.parent / "jupyter"),
    }


def shared_examiners() -> Examiners:
    """Examiners of this process for all tests that leave them as they are."""
    sys.audit(USED)  # where they run already, nothing else tells that a test uses processes
    return _examiners()


@cache
def _examiners() -> Examiners:
    from autograder.examiner.examiners import Examiners

    return Examiners()


def close_examiners() -> None:
    """Ends those that have started."""
    if _examiners.cache_info().currsize:
        _examiners().close()
