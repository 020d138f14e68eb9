"""What holds a student's kernel in: applied by the kernel to itself, before it reads any of it.

Landlock for files, seccomp for everything else, resource limits, and for root another uid. None
of it needs root, a container or a helper program, and none can be undone.
"""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from landlock.plumbing import landlock_abi_version

from autograder.isolation import file_access, syscalls
from autograder.isolation.fork_server import end_with_parent
from autograder.limits import Limits

LANDLOCK_ABI = 3  # the first that mediates truncation
NOBODY = 65534  # what root's kernels run as

PR_SET_KEEPCAPS = 8  # prctl(2)
CAPABILITY_VERSION_3 = 0x20080522  # capget(2)
CAP_DAC_READ_SEARCH = 2  # capabilities(7)


def enter(limits: Limits, paths: Sequence[Path], scratch: Path) -> None:
    """Holds this process in, for good: it has one thread, and no student's code has run in it.

    Args:
        limits: what it may use.
        paths: what it may read, as `file_access.readable` gives it.
        scratch: the one folder where it may write.

    Raises:
        OSError: this machine lacks a part; `parts` says which.
    """
    _limit(limits)
    if os.geteuid() == 0:
        _give_up_root()
    file_access.restrict(paths, scratch)
    syscalls.restrict(os.getpid())


def parts() -> Iterator[Part]:
    """What this machine has for the sandbox, and what it lacks."""
    try:
        abi = landlock_abi_version()
        need = "" if abi >= LANDLOCK_ABI else f"; {LANDLOCK_ABI} (Linux 6.2) is needed"
        scopes = (
            "signals and abstract sockets included"
            if abi >= file_access.SCOPE_ABI
            else "files only"
        )
        yield Part("Landlock", not need, f"ABI {abi}, {scopes}{need}")
    except Exception as error:  # the package raises one of its own for each cause
        yield Part("Landlock", False, " ".join(str(error).split()))
    try:
        yield Part("seccomp", True, f"libseccomp, API level {syscalls.api_level()}")
    except Exception as error:
        text = "on Debian, apt-get install libseccomp2"
        yield Part("seccomp", False, f"{error}: {text}")
    if os.geteuid() == 0:
        yield Part("user", True, f"root: a kernel gives that up, and runs as uid {NOBODY}")
    else:
        yield Part("user", True, f"uid {os.geteuid()}, which a kernel shares and can't act as")


@dataclass(frozen=True)
class Part:
    """A part of the sandbox: whether this machine has it, and what it is here."""

    name: str
    there: bool
    detail: str


def address_space(more: int) -> int:
    """The bytes that this process takes, and so many more: for RLIMIT_AS of setrlimit(2)."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize() + more


def _limit(limits: Limits) -> None:
    """Resource limits, soft and hard. Not RLIMIT_NPROC: root has none, and threads count."""
    space = address_space(limits.memory_bytes)
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
    end_with_parent()  # the change of uid has cleared it
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    kept = 1 << CAP_DAC_READ_SEARCH
    # Effective, permitted, inheritable; first for capabilities 0 to 31, then for the others.
    sets = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")
