"""What a student's kernel may read and write: the interpreter, and a folder of its own."""

from __future__ import annotations

import ctypes
import os
import site
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

import landlock
from landlock.plumbing import SYSCALL_CREATE_RULESET, get_libc, landlock_abi_version

KIT = Path(__file__).resolve().parents[1]

# Beside the interpreter: the loader's cache and libraries, time zones, fonts, sources of chance,
# and what the machine is and has, which libraries ask for (psutil).
SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/usr/share/fonts",
    "/dev/urandom",
    "/dev/zero",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/vmstat",
)

FS = landlock.FSAccess
READ = FS.READ_FILE | FS.READ_DIR
WRITE_FILE = FS.READ_FILE | FS.WRITE_FILE

SCOPE_ABI = 6  # the first with scopes: landlock(7)
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1 << 0, 1 << 1


class _Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr, with the scopes that the package does not know of."""

    _fields_ = [(n, ctypes.c_uint64) for n in ("handled_fs", "handled_net", "scoped")]


def readable(hidden: Sequence[Path]) -> list[Path]:
    """The files and folders that make the interpreter, without what is hidden.

    Landlock can only allow: a folder that holds a hidden one is given entry by entry.
    """
    paths = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    paths |= {Path(folder) for folder in (*site.getsitepackages(), *SYSTEM)}
    paths |= {Path(sys.base_prefix) / "lib", Path(sys.prefix) / "pyvenv.cfg"}
    secret = [KIT, *(folder.resolve() for folder in hidden)]
    return [given for path in sorted(paths) for given in _readable(path.resolve(), secret)]


def _readable(path: Path, secret: Sequence[Path]) -> Iterator[Path]:
    """A path of the interpreter's without what is hidden in it.

    A hidden folder around it does not count: a course's .venv lies in the course.
    """
    yield from _without(path, [folder for folder in secret if folder not in path.parents])


def _without(path: Path, hidden: Sequence[Path]) -> Iterator[Path]:
    real = path.resolve()
    if not real.exists() or any(real.is_relative_to(secret) for secret in hidden):
        return
    if real.is_dir() and any(secret.is_relative_to(real) for secret in hidden):
        for entry in sorted(real.iterdir()):
            yield from _without(entry, hidden)
    else:
        yield real


def restrict(paths: Sequence[Path], scratch: Path) -> None:
    """Holds this process, from here on and for good, to reading `paths` and using `scratch`.

    Raises:
        OSError: the kernel has no Landlock.
    """
    rules = landlock.Ruleset()
    for path in paths:
        rules.allow(path, rules=READ if path.is_dir() else FS.READ_FILE)
    rules.allow("/dev/null", rules=WRITE_FILE)
    unusual = FS.MAKE_CHAR | FS.MAKE_BLOCK | FS.MAKE_SOCK | FS.MAKE_FIFO | FS.MAKE_SYM
    special = unusual | FS.EXECUTE | FS.IOCTL_DEV
    rules.allow(scratch, rules=rules.restrict_rules & ~special)
    rules.apply()
    os.close(rules._fd)
    if landlock_abi_version() >= SCOPE_ABI:
        _restrict_scope(scratch)


def _restrict_scope(scratch: Path) -> None:
    """No signal to and no abstract socket of a process outside; a second, stacked ruleset."""
    # Each ruleset refuses to move a file to another folder unless it says otherwise.
    attributes = _Ruleset(FS.REFER, 0, SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS)
    libc = get_libc()
    call = libc["syscall"]
    call.restype = ctypes.c_long
    call.argtypes = None
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    ruleset = call(ctypes.c_long(SYSCALL_CREATE_RULESET), ctypes.byref(attributes), size, 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    folder = os.open(scratch, os.O_PATH)
    try:
        rule = landlock.plumbing.PathBeneathAttr(FS.REFER, folder)
        landlock.plumbing.get_add_rule()(ruleset, 1, ctypes.byref(rule), 0)
        landlock.plumbing.get_restrict_self()(ruleset, 0)
    finally:
        os.close(folder)
        os.close(ruleset)
