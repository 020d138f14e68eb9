"""What a student's kernel finds around it: a folder of its own, and no way to anything else.

All of it is as in any process where that can be, so that an honest notebook notices nothing. What
holds a kernel in is `sandbox`: a notebook's code could undo whatever is done here.
"""

from __future__ import annotations

import _multiprocessing  # type: ignore[import-not-found]
import _posixsubprocess
import builtins
import getpass
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autograder.isolation import shell_commands
from autograder.isolation.refusals import NO_PROCESS, PROCESS
from autograder.isolation.shell import Shell

TORCH_SEED = 67280421310721  # a new torch.Generator's; fixed, so that a replay draws the same
UMASK = 0o022  # umask(2): what it is by habit, as none can be set


def settle(scratch: Path) -> None:
    """Puts this process into its folder, with nothing of the zygote's; called after the fork."""
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
    torch.compile = _uncompiled
    os.system = shell_commands.system
    _multiprocessing.SemLock = _NoLock  # what all of multiprocessing begins with
    _posixsubprocess.fork_exec = _refused(NO_PROCESS)
    shutil.copymode = shutil.copystat = lambda *args, **kwargs: None  # modes can't be set
    os.umask = lambda mask: UMASK
    builtins.input = getpass.getpass = Shell.instance().raw_input


def outside(folder: Path) -> tuple[Any, ...]:
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


def seed_generators() -> None:
    """Seeds the random generators: Python's and numpy's by chance, torch's always alike."""
    random.seed()
    np.random.seed()
    torch.default_generator.manual_seed(TORCH_SEED)


def _refused(sentence: str) -> Callable[..., Any]:
    """A function in the place of one that would start a process: it refuses with a sentence."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        sys.audit(PROCESS)
        raise PermissionError(sentence)

    return refuse


def _uncompiled(model: Any = None, **options: Any) -> Any:
    """What stands for torch.compile, which needs a compiler: the function or module, or for a
    decorator with options what gives it back.
    """
    return _uncompiled if model is None else model


class _NoLock(_multiprocessing.SemLock):  # type: ignore[misc]
    """In the place of a lock between processes, which would need a semaphore: it refuses."""

    __new__ = staticmethod(_refused(NO_PROCESS))
