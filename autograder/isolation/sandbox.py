"""What holds a student's kernel in: applied by the kernel to itself, before it reads any of it.

Landlock for files, seccomp for everything else, resource limits, and for root another uid. None
of it needs root, a container or a helper program, and none can be undone.
"""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Sequence
from pathlib import Path

from autograder.isolation import files, syscalls
from autograder.limits import Limits

NOBODY = 65534  # what root's kernels run as

PR_SET_KEEPCAPS = 8  # prctl(2)
CAPABILITY_VERSION_3 = 0x20080522  # capget(2)
CAP_DAC_READ_SEARCH = 2  # capabilities(7)


def enter(limits: Limits, paths: Sequence[Path], scratch: Path) -> None:
    """Holds this process in, for good: it has one thread, and no student's code has run in it.

    Args:
        limits: what it may use.
        paths: what it may read, as `files.readable` gives it.
        scratch: the one folder where it may write.

    Raises:
        OSError: this machine lacks a part; `missing` says which.
    """
    _limit(limits)
    if os.geteuid() == 0:
        _give_up_root()
    files.restrict(paths, scratch)
    syscalls.restrict(os.getpid())


def missing() -> list[str]:
    """What this machine lacks for the sandbox, a sentence each; none where all is there."""
    lacks = []
    try:
        if (abi := files.landlock_abi_version()) < 3:
            lacks.append(f"Landlock is there in version {abi}; version 3 (Linux 6.2) is needed.")
    except Exception as error:
        lacks.append(f"Landlock is not there: {error}")
    return lacks


def _limit(limits: Limits) -> None:
    """Resource limits, soft and hard. Not RLIMIT_NPROC: root has none, and threads count."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * resource.getpagesize() + limits.memory_bytes
    for kind, value in (
        (resource.RLIMIT_AS, space),  # RLIMIT_DATA does not count shared anonymous memory
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def _give_up_root() -> None:
    """Another uid, without any of root's capabilities but one.

    The interpreter may lie under a folder that is root's alone, so reading and searching folders
    stays allowed; Landlock then says which.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "PR_SET_KEEPCAPS")
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    kept = 1 << CAP_DAC_READ_SEARCH
    # Effective, permitted, inheritable; first for capabilities 0 to 31, then for the others.
    sets = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")
