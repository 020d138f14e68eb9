"""The system calls that a student's kernel may make: a short list of what Python and torch need.

Landlock says which files may be opened; it does not mediate metadata, signals, IPC or other
processes. So everything is refused that is not named here: an unknown call fails with EPERM.
Numbers in comments are the man pages' sections.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import termios
from typing import Any

ALLOWED = """
    read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range
    creat dup dup2 dup3 pipe pipe2 getdents getdents64
    stat lstat fstat newfstatat statx access faccessat faccessat2 readlink readlinkat
    statfs fstatfs getcwd chdir fchdir fsync fdatasync flock msync truncate ftruncate fadvise64
    mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 sendfile copy_file_range
    mmap munmap mremap mprotect madvise brk membarrier
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait
    sigaltstack pause alarm setitimer getitimer restart_syscall
    futex futex_waitv set_robust_list get_robust_list rseq set_tid_address sched_yield
    nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times getrusage
    getpid getppid gettid getuid geteuid getgid getegid getgroups getpgrp getrandom uname
    sysinfo getcpu getrlimit setrlimit
    epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    poll ppoll select pselect6 eventfd eventfd2
    sendto recvfrom recvmsg shutdown getsockopt setsockopt getsockname getpeername
    wait4 waitid exit exit_group
""".split()  # noqa: SIM905 (a list would take a page)

# Commands of fcntl(2) and ioctl(2). Not F_SETOWN, F_SETSIG (signals to other processes), nor
# F_SETPIPE_SZ (memory outside the limit).
FCNTL = (
    fcntl.F_DUPFD,
    fcntl.F_DUPFD_CLOEXEC,
    fcntl.F_GETFD,
    fcntl.F_SETFD,
    fcntl.F_GETFL,
    fcntl.F_SETFL,
    fcntl.F_GETLK,
    fcntl.F_SETLK,
    fcntl.F_SETLKW,
)
IOCTL = (termios.TCGETS, termios.FIONBIO, termios.FIONREAD, termios.FIOCLEX, termios.FIONCLEX)

NAMELESS = os.O_TMPFILE & ~os.O_DIRECTORY  # open(2)
CLONE_THREAD = 0x00010000  # clone(2)
SOCKET_TYPE = 0xF  # the type without SOCK_CLOEXEC and SOCK_NONBLOCK: socket(2)
PR_SET_NAME, PR_GET_NAME, PR_SET_VMA = 15, 16, 0x53564D41  # prctl(2)


def restrict(pid: int) -> None:
    """Holds this process, from here on and for good, to the list above.

    Args:
        pid: this process: the only one that it may signal or ask of.

    Raises:
        OSError: the kernel has no seccomp.
        RuntimeError: libseccomp is not installed.
    """
    import pyseccomp as seccomp  # not above: it can't be imported where libseccomp is missing

    def allow(name: str, *arguments: Any) -> None:
        """Allows a call; one that this machine's architecture does not have is left out."""
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0:
            rules.add_rule(seccomp.ALLOW, name, *arguments)

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        allow(name)
    # Threads only. clone3(2) hides its flags in memory: without it, the C library uses clone.
    allow("clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, CLONE_THREAD))
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    # No other mode: with FALLOC_FL_KEEP_SIZE, RLIMIT_FSIZE does not count.
    allow("fallocate", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, 0))
    # No nameless files: what has no name is not found by whoever measures the folder.
    allow("open", seccomp.Arg(1, seccomp.MASKED_EQ, NAMELESS, 0))
    allow("openat", seccomp.Arg(2, seccomp.MASKED_EQ, NAMELESS, 0))
    for name in ("kill", "tgkill"):
        allow(name, seccomp.Arg(0, seccomp.EQ, pid))
    for name in ("prlimit64", "sched_getaffinity"):
        for own in (0, pid):
            allow(name, seccomp.Arg(0, seccomp.EQ, own))
    # What asyncio wakes itself with. A datagram socket could send to any address.
    stream = seccomp.Arg(1, seccomp.MASKED_EQ, SOCKET_TYPE, socket.SOCK_STREAM)
    allow("socketpair", seccomp.Arg(0, seccomp.EQ, socket.AF_UNIX), stream)
    for name, argument, values in (
        ("fcntl", 1, FCNTL),
        ("ioctl", 1, IOCTL),
        ("prctl", 0, (PR_SET_NAME, PR_GET_NAME, PR_SET_VMA)),
    ):
        for value in values:
            allow(name, seccomp.Arg(argument, seccomp.MASKED_EQ, 0xFFFFFFFF, value))
    rules.load()


def api_level() -> int:
    """What libseccomp can do with this kernel: seccomp_api_get(3).

    Raises:
        RuntimeError: libseccomp is not installed.
    """
    import pyseccomp as seccomp

    return int(seccomp.get_api())
