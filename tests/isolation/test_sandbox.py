"""What a student's kernel can't do, tried for real from a cell; and what it can."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyseccomp
import pytest

from autograder.isolation import syscalls
from autograder.isolation.sandbox import CAP_DAC_READ_SEARCH, NOBODY
from autograder.isolation.shell_commands import NO_COMMAND
from autograder.isolation.student_kernel import StudentKernel

pytestmark = pytest.mark.usefixtures("processes")

Say = Callable[[StudentKernel, str], str]

MIB = 1 << 20
NATIVE = pyseccomp.Arch.NATIVE
ORDINARY = 65533  # a uid, and a gid
HERE = Path(__file__).parent

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become someone else")
on_x86_64 = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="needs x86_64, which has other system calls beside its"
)

PRELUDE = """
import ctypes, errno, mmap, os, resource, signal, socket, sys, threading

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def call(name, *arguments):
    "What a system call returns, or the name of its error."
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    given += [ctypes.c_long(0)] * (6 - len(given))
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(NUMBERS.get(name, name)), *given)
    return errno.errorcode[ctypes.get_errno()] if result == -1 else result

def attempt(function, *arguments, **options):
    "What a function returns, or the name of the error that it raises."
    try:
        return function(*arguments, **options)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))

FOLDER = os.open(os.path.dirname(VICTIM), os.O_PATH)
left, right = socket.socketpair()
zeros = ctypes.create_string_buffer(4096)
"""


@dataclass(frozen=True)
class Bystanders:
    """A process and a file that a kernel's uid owns, and that are none of its business."""

    process: subprocess.Popen[bytes]
    file: Path

    def state(self) -> dict[str, Any]:
        """All that an attempt could change of them."""
        pid, found = self.process.pid, self.file.stat()
        lines = dict(
            line.split(":\t", 1)
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if ":\t" in line
        )
        kept = ("TracerPid", "SigPnd", "ShdPnd", "Cpus_allowed", "Uid", "Threads", "Seccomp")
        return {
            "ended": self.process.poll(),
            "status": {name: lines[name] for name in kept},
            "limits": Path(f"/proc/{pid}/limits").read_text(),
            "nice": os.getpriority(os.PRIO_PROCESS, pid),
            "policy": os.sched_getscheduler(pid),
            "file": (found.st_mode, found.st_uid, found.st_gid, found.st_nlink, found.st_mtime_ns),
            "marks": os.listxattr(self.file),
            "content": self.file.read_bytes(),
            "beside": sorted(self.file.parent.iterdir()),
        }


@pytest.fixture(scope="module")
def bystanders(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bystanders]:
    """They belong to the uid that kernels have, so that nothing but the sandbox protects them."""
    folder = tmp_path_factory.mktemp("elsewhere")
    file = folder / "victim"
    file.write_bytes(b"whole")
    uid = NOBODY if os.geteuid() == 0 else os.geteuid()
    for path in (folder, file):
        path.chmod(0o777)
        os.chown(path, uid, -1)
    process = subprocess.Popen(["sleep", "infinity"], user=uid)
    try:
        yield Bystanders(process, file)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def held(shared_kernel: StudentKernel, bystanders: Bystanders, say: Say) -> StudentKernel:
    """A kernel whose cells know `call`, `attempt`, and the bystanders."""
    names = re.findall(r"call\('(\w+)'", " ".join(source for _, source, _ in ATTEMPTS))
    numbers = {name: pyseccomp.resolve_syscall(NATIVE, name) for name in names}
    known = f"NUMBERS, PID, VICTIM = {numbers}, {bystanders.process.pid}, {str(bystanders.file)!r}"
    assert say(shared_kernel, f"{known}\n{PRELUDE}") == ""
    return shared_kernel


METADATA = [
    ("chmod", "attempt(os.chmod, VICTIM, 0o600)", "EPERM"),
    ("fchmodat", "attempt(os.chmod, 'victim', 0o600, dir_fd=FOLDER)", "EPERM"),
    ("chown", "attempt(os.chown, VICTIM, -1, os.getgid())", "EPERM"),
    ("lchown", "attempt(os.lchown, VICTIM, -1, os.getgid())", "EPERM"),
    ("utime", "attempt(os.utime, VICTIM, (1, 1))", "EPERM"),
    ("setxattr", "attempt(os.setxattr, VICTIM, 'user.mark', b'x')", "EPERM"),
    ("removexattr", "attempt(os.removexattr, VICTIM, 'user.mark')", "EPERM"),
    ("getxattr", "attempt(os.getxattr, VICTIM, 'user.mark')", "EPERM"),
    ("chmod-by-descriptor", "attempt(os.chmod, os.open(VICTIM, os.O_PATH), 0o600)", "EPERM"),
]

PROCESSES = [
    ("kill", "attempt(os.kill, PID, signal.SIGTERM)", "EPERM"),
    ("kill-0", "call('kill', PID, 0)", "EPERM"),
    ("kill-group", "call('kill', -PID, 15)", "EPERM"),
    ("kill-all", "call('kill', -1, 15)", "EPERM"),
    ("kill-long", "call('kill', PID | 1 << 32, 15)", "EPERM"),
    ("killpg", "attempt(os.killpg, 0, signal.SIGURG)", "EPERM"),
    ("tkill", "call('tkill', PID, 15)", "EPERM"),
    ("tgkill", "call('tgkill', PID, PID, 15)", "EPERM"),
    ("pidfd_open", "attempt(os.pidfd_open, PID)", "EPERM"),
    ("pidfd_send_signal", "call('pidfd_send_signal', left.fileno(), 15, 0, 0)", "EPERM"),
    ("pidfd_getfd", "call('pidfd_getfd', left.fileno(), 0, 0)", "EPERM"),
    ("rt_sigqueueinfo", "call('rt_sigqueueinfo', PID, 15, zeros)", "EPERM"),
    ("rt_tgsigqueueinfo", "call('rt_tgsigqueueinfo', PID, PID, 15, zeros)", "EPERM"),
    ("prlimit", "attempt(resource.prlimit, PID, resource.RLIMIT_CPU, (1, 1))", "EPERM"),
    ("prlimit-read", "attempt(resource.prlimit, PID, resource.RLIMIT_CPU)", "EPERM"),
    ("sched_setaffinity", "attempt(os.sched_setaffinity, PID, {0})", "EPERM"),
    ("sched_getaffinity", "attempt(os.sched_getaffinity, PID)", "EPERM"),
    ("sched_setscheduler", "attempt(os.sched_setscheduler, PID, 3, os.sched_param(0))", "EPERM"),
    ("sched_setparam", "attempt(os.sched_setparam, PID, os.sched_param(0))", "EPERM"),
    ("sched_setattr", "call('sched_setattr', PID, zeros, 0)", "EPERM"),
    ("setpriority", "attempt(os.setpriority, os.PRIO_PROCESS, PID, 19)", "EPERM"),
    ("getpriority", "attempt(os.getpriority, os.PRIO_PROCESS, PID)", "EPERM"),
    ("ioprio_set", "call('ioprio_set', 1, PID, 3 << 13)", "EPERM"),
    ("setpgid", "attempt(os.setpgid, PID, 0)", "EPERM"),
    ("getpgid", "attempt(os.getpgid, PID)", "EPERM"),
    ("getsid", "attempt(os.getsid, PID)", "EPERM"),
    ("setsid", "attempt(os.setsid)", "EPERM"),
    ("ptrace", "call('ptrace', 16, PID)", "EPERM"),
    ("process_vm_readv", "call('process_vm_readv', PID, zeros, 1, zeros, 1)", "EPERM"),
    ("process_vm_writev", "call('process_vm_writev', PID, zeros, 1, zeros, 1)", "EPERM"),
    ("process_madvise", "call('process_madvise', left.fileno(), zeros, 1, 21)", "EPERM"),
    ("kcmp", "call('kcmp', PID, os.getpid(), 0)", "EPERM"),
    ("migrate_pages", "call('migrate_pages', PID, 0)", "EPERM"),
    ("move_pages", "call('move_pages', PID, 0)", "EPERM"),
    ("F_SETOWN", "call('fcntl', left.fileno(), 8, PID)", "EPERM"),
    ("F_SETOWN_EX", "call('fcntl', left.fileno(), 15, zeros)", "EPERM"),
    ("F_SETSIG", "call('fcntl', left.fileno(), 10, 9)", "EPERM"),
    ("F_SETOWN-long", "call('fcntl', left.fileno(), 8 | 1 << 32, PID)", "EPERM"),
    ("FIOSETOWN", "call('ioctl', left.fileno(), 0x8901, zeros)", "EPERM"),
    ("SIOCSPGRP", "call('ioctl', left.fileno(), 0x8902, zeros)", "EPERM"),
    ("TIOCSTI", "call('ioctl', 0, 0x5412, b'x')", "EPERM"),
    ("TIOCSTI-long", "call('ioctl', 0, 0x5412 | 1 << 32, b'x')", "EPERM"),
    ("TIOCSCTTY", "call('ioctl', 0, 0x540E, 1)", "EPERM"),
    ("TIOCLINUX", "call('ioctl', 0, 0x541C, b'x')", "EPERM"),
    ("FIOASYNC", "call('ioctl', left.fileno(), 0x5452, zeros)", "EPERM"),
    ("timer_create", "call('timer_create', 0, zeros, zeros)", "EPERM"),
]

NEW_PROCESSES = [
    ("fork", "call('fork')", "EPERM"),
    ("libc-fork", "(libc.fork(), errno.errorcode[ctypes.get_errno()])", "(-1, 'EPERM')"),
    ("vfork", "call('vfork')", "EPERM"),
    ("clone", "call('clone', signal.SIGCHLD)", "EPERM"),
    ("clone-vm", "call('clone', signal.SIGCHLD | 0x100)", "EPERM"),
    ("clone-user", "call('clone', signal.SIGCHLD | 0x10000000)", "EPERM"),
    ("clone3", "call('clone3', zeros, 88)", "ENOSYS"),
    ("execve", "call('execve', b'/bin/true', 0, 0)", "EPERM"),
    ("execveat", "call('execveat', -100, b'/bin/true', 0, 0, 0)", "EPERM"),
    ("posix_spawn", "libc.posix_spawn(zeros, b'/bin/true', 0, 0, zeros, 0)", "1"),
    ("libc-system", "libc.system(b'touch made')", "32512"),
    ("libc-popen", "libc.popen(b'touch made', b'r')", "0"),
    ("os.fork", "attempt(os.fork)", "NO_PROCESS"),
    ("os.forkpty", "attempt(os.forkpty)", "NO_PROCESS"),
    ("os.system", "attempt(__import__('posix').system, 'touch made')", "NO_PROCESS"),
    ("os.execv", "attempt(os.execv, '/bin/true', ['true'])", "NO_PROCESS"),
    ("os.posix_spawn", "attempt(os.posix_spawn, '/bin/true', ['true'], {})", "NO_PROCESS"),
    ("os.popen", "attempt(os.popen, 'true')", "NO_PROCESS"),
]

IPC = [
    ("memfd_create", "attempt(os.memfd_create, 'x')", "EPERM"),
    ("memfd_secret", "call('memfd_secret', 0)", "EPERM"),
    ("shmget", "call('shmget', 0, 4096, 0o1600)", "EPERM"),
    ("shmat", "call('shmat', 0, 0, 0)", "EPERM"),
    ("semget", "call('semget', 0, 1, 0o1600)", "EPERM"),
    ("msgget", "call('msgget', 0, 0o1600)", "EPERM"),
    ("mq_open", "call('mq_open', b'x', 0o102, 0o600, 0)", "EPERM"),
    ("dev-shm", "attempt(open, '/dev/shm/left-behind', 'w')", "EACCES"),
    ("sem_open", "(libc.sem_open(b'/x', 0o100, 0o600, 1), ctypes.get_errno())", "(0, 13)"),
    ("io_uring_setup", "call('io_uring_setup', 1, zeros)", "EPERM"),
    ("io_setup", "call('io_setup', 1, zeros)", "EPERM"),
    ("F_SETPIPE_SZ", "call('fcntl', os.pipe()[1], 1031, 1 << 20)", "EPERM"),
    ("F_NOTIFY", "call('fcntl', os.open('.', os.O_RDONLY), 1026, 2)", "EPERM"),
    ("F_SETLEASE", "call('fcntl', left.fileno(), 1024, 0)", "EPERM"),
    ("splice", "call('splice', 0, 0, 1, 0, 1, 0)", "EPERM"),
    ("vmsplice", "call('vmsplice', 1, zeros, 1, 0)", "EPERM"),
    ("tee", "call('tee', 0, 1, 1, 0)", "EPERM"),
    ("signalfd", "call('signalfd4', -1, zeros, 8, 0)", "EPERM"),
    ("inotify", "call('inotify_init1', 0)", "EPERM"),
    ("fanotify", "call('fanotify_init', 0, 0)", "EPERM"),
]

SOCKETS = [
    ("any-family", "{call('socket', f, t, 0) for f in range(50) for t in range(8)}", "{'EPERM'}"),
    ("datagram-pair", "attempt(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM)", "EPERM"),
    ("packet-pair", "attempt(socket.socketpair, socket.AF_UNIX, socket.SOCK_SEQPACKET)", "EPERM"),
    ("raw-pair", "call('socketpair', socket.AF_UNIX, socket.SOCK_RAW, 0, zeros)", "EPERM"),
    ("tipc-pair", "call('socketpair', 30, socket.SOCK_STREAM, 0, zeros)", "EPERM"),
    ("connect", "call('connect', left.fileno(), b'\\1\\0\\0abstract', 11)", "EPERM"),
    ("bind", "call('bind', left.fileno(), b'\\1\\0path', 7)", "EPERM"),
    ("bind-abstract", "call('bind', left.fileno(), b'\\1\\0\\0abstract', 11)", "EPERM"),
    ("listen", "call('listen', left.fileno(), 1)", "EPERM"),
    ("accept", "call('accept', left.fileno(), 0, 0)", "EPERM"),
    ("accept4", "call('accept4', left.fileno(), 0, 0, 0)", "EPERM"),
    ("sendto-elsewhere", "attempt(left.sendto, b'x', '\\0abstract')", "EISCONN"),
    ("sendmsg", "attempt(left.sendmsg, [b'x'], [], 0, '\\0abstract')", "EPERM"),
    ("descriptors", "attempt(socket.send_fds, left, [b'x'], [0])", "EPERM"),
    ("python-connect", "attempt(left.connect, '/run/x')", "NO_NETWORK"),
    ("python-name", "attempt(socket.gethostbyname, 'localhost')", "NO_NAME"),
    ("python-address", "attempt(socket.getaddrinfo, 'localhost', 80)", "NO_NAME"),
    ("python-http", "attempt(__import__('urllib.request').request.urlopen, 'http://0/')", "NO_URL"),
]

SYSTEM = [
    ("symlink", "attempt(os.symlink, '/etc/passwd', 'link')", "EPERM"),
    ("link", "attempt(os.link, VICTIM, 'link')", "EPERM"),
    ("O_TMPFILE", "attempt(os.open, '.', os.O_TMPFILE | os.O_RDWR)", "EPERM"),
    ("mkfifo", "attempt(os.mkfifo, 'fifo')", "EPERM"),
    ("mknod", "call('mknodat', -100, b'device', 0o20600, 259)", "EPERM"),
    ("mount", "call('mount', b'none', b'.', b'tmpfs', 0, 0)", "EPERM"),
    ("umount", "call('umount2', b'.', 0)", "EPERM"),
    ("fsopen", "call('fsopen', b'tmpfs', 0)", "EPERM"),
    ("fspick", "call('fspick', -100, b'.', 0)", "EPERM"),
    ("open_tree", "call('open_tree', -100, b'.', 1)", "EPERM"),
    ("move_mount", "call('move_mount', 0, b'', -100, b'.', 4)", "EPERM"),
    ("pivot_root", "call('pivot_root', b'.', b'.')", "EPERM"),
    ("unshare-user", "call('unshare', 0x10000000)", "EPERM"),
    ("unshare-files", "call('unshare', 0x400)", "EPERM"),
    ("chroot", "attempt(os.chroot, '.')", "EPERM"),
    ("setns", "call('setns', left.fileno(), 0)", "EPERM"),
    ("name_to_handle_at", "call('name_to_handle_at', -100, b'/', zeros, zeros, 0)", "EPERM"),
    ("open_by_handle_at", "call('open_by_handle_at', 0, zeros, 0)", "EPERM"),
    ("keyctl", "call('keyctl', 0, -3, 1)", "EPERM"),
    ("add_key", "call('add_key', b'user', b'x', b'x', 1, -3)", "EPERM"),
    ("request_key", "call('request_key', b'user', b'x', 0, 0)", "EPERM"),
    ("bpf", "call('bpf', 0, zeros, 64)", "EPERM"),
    ("perf_event_open", "call('perf_event_open', zeros, 0, -1, -1, 0)", "EPERM"),
    ("userfaultfd", "call('userfaultfd', 1)", "EPERM"),
    ("personality", "call('personality', 0x0040000)", "EPERM"),
    ("modify_ldt", "call('modify_ldt', 0, zeros, 16)", "EPERM"),
    ("ioperm", "call('ioperm', 0, 1, 1)", "EPERM"),
    ("iopl", "call('iopl', 3)", "EPERM"),
    ("mbind", "call('mbind', 0, 0, 0, 0, 0, 0)", "EPERM"),
    ("umask", "call('umask', 0)", "EPERM"),
    ("quotactl", "call('quotactl', 0, 0, 0, 0)", "EPERM"),
    ("syslog", "call('syslog', 10, 0, 0)", "EPERM"),
    ("acct", "call('acct', 0)", "EPERM"),
    ("adjtimex", "call('adjtimex', zeros)", "EPERM"),
    ("sethostname", "call('sethostname', b'x', 1)", "EPERM"),
    ("init_module", "call('init_module', 0, 0, 0)", "EPERM"),
    ("kexec_load", "call('kexec_load', 0, 0, 0, 0)", "EPERM"),
    ("swapon", "call('swapon', b'x', 0)", "EPERM"),
    ("vhangup", "call('vhangup')", "EPERM"),
]

HELD = [
    ("setuid", "attempt(os.setuid, 0)", "EPERM"),
    ("setresuid", "attempt(os.setresuid, 0, 0, 0)", "EPERM"),
    ("setgid", "attempt(os.setgid, 0)", "EPERM"),
    ("setresgid", "attempt(os.setresgid, 0, 0, 0)", "EPERM"),
    ("setgroups", "attempt(os.setgroups, [0])", "EPERM"),
    ("setfsuid", "call('setfsuid', 0)", "EPERM"),
    ("capset", "call('capset', zeros, zeros)", "EPERM"),
    ("capget", "call('capget', zeros, zeros)", "EPERM"),
    ("ambient", "call('prctl', 47, 2, 2, 0, 0)", "EPERM"),
    ("keepcaps", "call('prctl', 8, 1)", "EPERM"),
    ("PR_SET_PDEATHSIG", "call('prctl', 1, 0)", "EPERM"),
    ("PR_SET_DUMPABLE", "call('prctl', 4, 1)", "EPERM"),
    ("PR_SET_PTRACER", "call('prctl', 0x59616d61, -1)", "EPERM"),
    ("PR_SET_CHILD_SUBREAPER", "call('prctl', 36, 1)", "EPERM"),
    ("PR_SET_SECCOMP", "call('prctl', 22, 1)", "EPERM"),
    ("PR_SET_NO_NEW_PRIVS", "call('prctl', 38, 1, 0, 0, 0)", "EPERM"),
    ("PR_SET_PDEATHSIG-long", "call('prctl', 1 | 1 << 32, 0)", "EPERM"),
    ("seccomp", "call('seccomp', 1, 0, zeros)", "EPERM"),
    ("landlock_create_ruleset", "call('landlock_create_ruleset', zeros, 8, 0)", "EPERM"),
    ("landlock_restrict_self", "call('landlock_restrict_self', 0, 0)", "EPERM"),
    *(
        (f"raise-{name}", f"raised(resource.{name})", "refused")
        for name in (
            "RLIMIT_AS",
            "RLIMIT_CORE",
            "RLIMIT_CPU",
            "RLIMIT_FSIZE",
            "RLIMIT_MEMLOCK",
            "RLIMIT_MSGQUEUE",
            "RLIMIT_NOFILE",
        )
    ),
]
RAISED = """
def raised(kind):
    try:
        resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except ValueError:
        return "refused"
"""

SENTENCES = {
    "NO_PROCESS": "The grader runs a notebook in one process: it starts no other.",
    "NO_NETWORK": "The grader runs a notebook without a network.",
    "NO_NAME": "[Errno -3] The grader runs a notebook without a network.",
    "NO_URL": "<urlopen error [Errno -3] The grader runs a notebook without a network.>",
}

ATTEMPTS = [*METADATA, *PROCESSES, *NEW_PROCESSES, *IPC, *SOCKETS, *SYSTEM, *HELD]


@pytest.mark.parametrize(
    ("source", "answer"), [pytest.param(*rest, id=name) for name, *rest in ATTEMPTS]
)
def test_an_attempt_is_refused_and_changes_nothing(
    held: StudentKernel, bystanders: Bystanders, say: Say, source: str, answer: str
) -> None:
    """What a kernel tries fails, and the process and the file of another are as before."""
    before = bystanders.state()
    assert say(held, f"{RAISED}print({source})") == SENTENCES.get(answer, answer)
    assert bystanders.state() == before


def test_a_system_call_that_is_not_on_the_list_is_refused(held: StudentKernel, say: Say) -> None:
    """Every number that the list does not have fails with EPERM: unknown ones and future ones."""
    partly = "clone clone3 kill tgkill prlimit64 sched_getaffinity socketpair fcntl ioctl prctl"
    listed = {
        pyseccomp.resolve_syscall(NATIVE, name) for name in (*syscalls.ALLOWED, *partly.split())
    }
    if platform.machine() == "x86_64":
        listed |= {335, 336}  # uretprobe and uprobe, which Linux exempts: the kernel's own traps
    others = [number for number in range(700) if number not in listed]
    source = "{call(number, *[-1] * 6) for number in " + str(others) + "}"
    assert say(held, source) == "{'EPERM'}"


@on_x86_64
@pytest.mark.parametrize(
    "source",
    [
        pytest.param("call(0x40000000 | 39)", id="x32-getpid"),
        pytest.param("call(0x40000000 | 57)", id="x32-fork"),
        # push rbx; mov eax, 20 (getpid); int 0x80; pop rbx; ret
        pytest.param("run(bytes.fromhex('53b814000000cd805bc3'))", id="int80-getpid"),
        # push rbx; mov eax, 2 (fork); int 0x80; pop rbx; ret
        pytest.param("run(bytes.fromhex('53b802000000cd805bc3'))", id="int80-fork"),
    ],
)
def test_another_table_of_system_calls_ends_the_kernel(
    kernel: StudentKernel, say: Say, source: str
) -> None:
    """The calls of x32 and of 32-bit programs go around no rule."""
    run = """
NUMBERS = {}
def run(code):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CFUNCTYPE(ctypes.c_long)(address)()
"""
    say(kernel, f"VICTIM = '/x'\n{PRELUDE}{run}")
    stopped = kernel.run(2, f"print({source})").stopped
    assert stopped is not None
    assert stopped.reason == "kernel-died"


@as_root
def test_root_gives_up_its_uid(held: StudentKernel, say: Say) -> None:
    """Root's kernel is nobody, in no group, and may read and search folders, but nothing else."""
    pid = say(held, "print(os.getpid())")
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    kept = f"{1 << CAP_DAC_READ_SEARCH:016x}"
    assert status["Uid"].split() == status["Gid"].split() == [str(NOBODY)] * 4
    assert status["Groups"].split() == []
    assert (status["CapEff"], status["CapPrm"]) == (kept, kept)
    assert int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0


def test_nothing_that_it_executes_could_gain_rights(held: StudentKernel, say: Say) -> None:
    """The kernel runs with a seccomp filter and without new privileges, as the system has it."""
    pid = say(held, "print(os.getpid())")
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    assert {"NoNewPrivs:\t1", "Seccomp:\t2"} <= set(lines)


def test_its_descriptors_are_its_own(kernel: StudentKernel, new_kernel: Any, say: Say) -> None:
    """What one kernel writes or sets on the descriptors that it has, another does not see."""
    source = """
import fcntl, os
def seen(fd):
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    try:
        return os.fstat(fd).st_size, os.lseek(fd, 0, os.SEEK_CUR), flags
    except OSError:  # a socket
        return None, None, flags
print([seen(fd) for fd in range(256) if os.path.lexists(f"/proc/self/fd/{fd}")])
"""
    change = """
for fd in range(3):
    for function in (
        lambda: os.write(fd, b"left for another"),
        lambda: os.ftruncate(fd, 4711),
        lambda: os.lseek(fd, 815, os.SEEK_SET),
        lambda: fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND),
    ):
        try:
            function()
        except OSError:
            pass
"""
    before = say(kernel, source)
    say(kernel, change)
    assert say(new_kernel(), source) == before


# Limits.

SMALL = 256 * MIB
MEMORY = [
    ("list", "x = [0] * (1 << 27)", "MemoryError:"),
    ("many-small", "x = []\nwhile True: x.append(bytes(1 << 20))", "MemoryError:"),
    ("bytearray", "x = bytearray(1 << 30)", "MemoryError:"),
    ("text", "x = 'x' * (1 << 30)", "MemoryError:"),
    ("numpy", "import numpy as np\nx = np.ones(1 << 27)", "MemoryError: Unable to allocate"),
    ("torch", "import torch\nx = torch.empty(1 << 28).fill_(1)", "RuntimeError: [enforce fail"),
    (
        "mmap-shared",
        "import mmap\nx = mmap.mmap(-1, 1 << 30)",
        "OSError: [Errno 12] Cannot allocate memory",
    ),
    (
        "mmap-private",
        "import mmap\nx = mmap.mmap(-1, 1 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)",
        "OSError: [Errno 12] Cannot allocate memory",
    ),
    (
        "many-maps",
        "import mmap\nx = []\nwhile True: x.append(mmap.mmap(-1, 1 << 24))",
        "OSError: [Errno 12] Cannot allocate memory",
    ),
    (
        "file-maps",
        "import mmap\nf = open('f', 'w+b'); f.truncate(1 << 24); x = []\n"
        "while True: x.append(mmap.mmap(f.fileno(), 0))",
        "OSError: [Errno 12] Cannot allocate memory",
    ),
    (
        "stacks",
        "import threading\nthreading.stack_size(1 << 26); e = threading.Event(); n = 0\n"
        "try:\n    while True: threading.Thread(target=e.wait, daemon=True).start(); n += 1\n"
        "finally:\n    e.set()\n    print(n < 4, end=' ')",
        "True RuntimeError: can't start new thread",
    ),
    ("malloc", "import ctypes\nctypes.CDLL(None).malloc(ctypes.c_size_t(1 << 30))", "0"),
    (
        "sbrk",
        "import ctypes\ngrow = ctypes.CDLL(None).sbrk; grow.restype = ctypes.c_long\n"
        "grow(ctypes.c_long(1 << 30))",
        "-1",
    ),
]


@pytest.mark.parametrize(
    ("source", "start"), [pytest.param(*rest, id=name) for name, *rest in MEMORY]
)
def test_memory_is_limited_in_each_of_its_ways(
    new_kernel: Any, say: Say, source: str, start: str
) -> None:
    """Asking for more fails in the kernel, which goes on."""
    kernel = new_kernel(memory_bytes=SMALL)
    assert say(kernel, source).startswith(start)
    generation = kernel.generation
    assert say(kernel, "x = None\n1 + 1") == "2"
    assert kernel.generation == generation


@pytest.mark.parametrize("name", ["bytearray", "numpy", "torch", "mmap-shared"])
def test_a_cell_that_runs_out_of_memory_is_noted(new_kernel: Any, name: str) -> None:
    """The outcome of the cell says that it asked for too much."""
    source = next(source for known, source, _ in MEMORY if known == name)
    stopped = new_kernel(memory_bytes=SMALL).run(1, source).stopped
    assert stopped is not None
    assert (stopped.reason, str(stopped)) == ("memory-limit", "asked for too much memory")


def test_threads_are_limited(new_kernel: Any, say: Say) -> None:
    """A kernel takes no more than a part of the machine's process numbers."""
    most = 5000
    source = f"""
import threading
threading.stack_size(1 << 15)
waiting, started = threading.Event(), 0
try:
    while started < {most}:
        threading.Thread(target=waiting.wait, daemon=True).start()
        started += 1
except RuntimeError as error:
    print(error)
waiting.set()
print(started < {most})
"""
    assert not say(new_kernel(), source).endswith("False")


FILE = [
    ("write", "open('f', 'wb').write(bytes(2 << 20))"),
    ("append", "f = open('f', 'ab')\nfor _ in range(2 << 10): f.write(bytes(1 << 10))"),
    ("truncate", "open('f', 'wb').truncate(2 << 20)"),
    ("allocate", "import os\nf = open('f', 'wb')\nos.posix_fallocate(f.fileno(), 0, 2 << 20)"),
    ("far", "import os\nos.pwrite(os.open('f', os.O_RDWR | os.O_CREAT), b'x', 2 << 20)"),
    ("torch", "import torch\ntorch.save(torch.ones(1 << 19), 'f')"),
]


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in FILE])
def test_a_file_has_a_largest_size(new_kernel: Any, say: Say, source: str) -> None:
    """However a file grows, it does not grow past its limit, and the kernel goes on."""
    kernel = new_kernel(file_bytes=MIB)
    said = say(kernel, source)
    generation = kernel.generation
    assert "File too large" in said or "unexpected pos" in said or "PytorchStreamWriter" in said
    assert int(say(kernel, "import os\nos.stat('f').st_blocks * 512")) <= MIB
    assert kernel.generation == generation


def test_space_beyond_the_end_of_a_file_is_not_to_be_had(new_kernel: Any, say: Say) -> None:
    """Blocks are not allocated past a file's size, where its limit does not count."""
    kernel = new_kernel(file_bytes=MIB)
    source = f"""
import ctypes, os
fd = os.open("f", os.O_RDWR | os.O_CREAT)
keep_size = 1
ctypes.CDLL(None).fallocate(fd, keep_size, ctypes.c_long(0), ctypes.c_long({64 * MIB}))
os.fstat(fd).st_blocks * 512 <= {MIB}
"""
    assert say(kernel, source) == "True"


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param("open('/dev/zero')", id="files"),
        pytest.param("os.pipe()", id="pipes"),
        pytest.param("__import__('socket').socketpair()", id="sockets"),
    ],
)
def test_open_files_are_limited(new_kernel: Any, say: Say, opened: str) -> None:
    """One too many fails, and after they are closed there are new ones."""
    kernel = new_kernel(open_files=64)
    source = f"import os\nkept = []\nwhile True: kept.append({opened})"
    assert "Too many open files" in say(kernel, source)
    generation = kernel.generation
    assert int(say(kernel, "len(kept)")) < 64
    closed = "import os\nos.closerange(20, 64)\nlen(open('/dev/zero', 'rb').read(3))"
    assert say(kernel, closed) == "3"
    assert kernel.generation == generation


def test_processor_time_is_limited(new_kernel: Any, say: Say) -> None:
    """A kernel that has had its share ends; the next starts with a new one."""
    kernel = new_kernel(cpu_seconds=1, cell_seconds=120)
    stopped = kernel.run(1, "while True: pass").stopped
    assert (stopped.reason, str(stopped)) == ("kernel-died", "ended the kernel")
    assert say(kernel, "1 + 1") == "2"


def test_processor_time_counts_all_threads(new_kernel: Any) -> None:
    """Work without the interpreter's lock counts as well."""
    kernel = new_kernel(cpu_seconds=1, cell_seconds=120)
    source = """
import hashlib, threading
data = bytes(1 << 20)
def work():
    while True: hashlib.sha256(data)
for _ in range(2): threading.Thread(target=work, daemon=True).start()
threading.Event().wait()
"""
    assert kernel.run(1, source).stopped.reason == "kernel-died"


def test_deep_recursion_is_an_exception(kernel: StudentKernel, say: Say) -> None:
    """Python's own limit on the stack holds as ever."""
    source = "def f(): return f()\ntry:\n    f()\nexcept RecursionError as error:\n    print(error)"
    assert say(kernel, source) == "maximum recursion depth exceeded"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def f(): return f()", id="python"),
        pytest.param(
            "import functools\ndef f(): return functools.reduce(lambda *_: f(), [1, 2])", id="c"
        ),
    ],
)
def test_recursion_without_a_limit_ends_in_a_stop(new_kernel: Any, say: Say, source: str) -> None:
    """Who takes that limit away runs out of memory or of time, or ends the kernel, no more."""
    kernel = new_kernel(memory_bytes=SMALL, cell_seconds=2)
    stopped = kernel.run(1, f"import sys\nsys.setrecursionlimit(1 << 30)\n{source}\nf()").stopped
    assert stopped is not None
    assert say(kernel, "1 + 1") == "2"


# Where the tests run in the background of a shell, the signal is ignored from the start.
QUIT = """\
import os, signal
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
os.kill(os.getpid(), signal.SIGQUIT)
"""


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import ctypes\nctypes.string_at(0)", id="segmentation-fault"),
        pytest.param("import os\nos.abort()", id="abort"),
        pytest.param(QUIT, id="quit"),
        pytest.param("import os\nos._exit(0)", id="exit"),
    ],
)
def test_a_crash_leaves_no_core_and_no_folder(
    new_kernel: Any, say: Say, tmp_path: Path, source: str
) -> None:
    """A kernel that ends takes its folder with it, and the next works."""
    tmp_path.chmod(0o755)
    kernel = new_kernel(folder=tmp_path)
    assert say(kernel, "import resource\nresource.getrlimit(resource.RLIMIT_CORE)") == "(0, 0)"
    assert kernel.run(2, source).stopped.reason == "kernel-died"
    assert list(tmp_path.iterdir()) == []
    assert say(kernel, "1 + 1") == "2"


# What must go on working.

WORKS = [
    (
        "threads",
        "import threading\nseen = []\n"
        "many = [threading.Thread(target=seen.append, args=[n]) for n in range(20)]\n"
        "for t in many: t.start()\nfor t in many: t.join()\nsorted(seen) == list(range(20))",
        "True",
    ),
    (
        "thread-pool",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool: print(list(pool.map(abs, [-1, -2])))",
        "[1, 2]",
    ),
    (
        "matmul",
        "import torch\ntorch.set_num_threads(2)\nx = torch.ones(600, 600)\n(x @ x).sum().item()",
        "216000000.0",
    ),
    (
        "parallel-loop",
        "import torch\ntorch.set_num_threads(2)\n"
        "torch.ones(1 << 20).exp().log().sum().round().item()",
        "1048576.0",
    ),
    (
        "backward",
        "import torch\nx = torch.ones(3, requires_grad=True)\n(x * x).sum().backward()\nx.grad",
        "tensor([2., 2., 2.])",
    ),
    (
        "training",
        "import torch\nfrom torch import nn\nmodel = nn.Linear(2, 1)\n"
        "step = torch.optim.Adam(model.parameters())\nbefore = model.bias.item()\n"
        "model(torch.ones(4, 2)).sum().backward(); step.step()\n"
        "round(before - model.bias.item(), 4)",
        "0.001",
    ),
    (
        "data-loader",
        "import torch\nfrom torch.utils.data import DataLoader\n"
        "[b.tolist() for b in DataLoader(torch.arange(4), batch_size=2)]",
        "[[0, 1], [2, 3]]",
    ),
    ("top-level-await", "import asyncio\nawait asyncio.sleep(0.001, 'slept')", "'slept'"),
    (
        "asyncio-run",
        "import asyncio, threading\nasync def f(): return await asyncio.to_thread(lambda: 5)\n"
        "out = []\nt = threading.Thread(target=lambda: out.append(asyncio.run(f())))\n"
        "t.start(); t.join(); out",
        "[5]",
    ),
    (
        "gather",
        "import asyncio\nasync def f(n):\n    await asyncio.sleep(0)\n    return n\n"
        "await asyncio.gather(f(1), f(2))",
        "[1, 2]",
    ),
    (
        "streams",
        "import asyncio, socket\na, b = socket.socketpair()\n"
        "r, w = await asyncio.open_connection(sock=a)\nb.sendall(b'line\\n')\nawait r.readline()",
        "b'line\\n'",
    ),
    (
        "files",
        "from pathlib import Path\nPath('d/e').mkdir(parents=True); f = Path('d/e/f')\n"
        "f.write_text('x'); f.rename('d/e/g'); open('d/e/g', 'a').write('y')\n"
        "print(Path('d/e/g').read_text(), sorted(map(str, Path('.').rglob('g'))))\n"
        "import shutil; shutil.copyfile('d/e/g', 'h'); shutil.rmtree('d'); Path('h').unlink()",
        "xy ['d/e/g']",
    ),
    (
        "move-to-a-folder",
        "import os, shutil\nos.mkdir('m'); open('n', 'w').close(); os.rename('n', 'm/n')\n"
        "shutil.move('m/n', 'n'); os.listdir('m')",
        "[]",
    ),
    (
        "copy",
        "import shutil\nopen('one', 'w').write('1'); shutil.copy('one', 'two'); "
        "shutil.copy2('one', 'three')\nopen('two').read() + open('three').read()",
        "'11'",
    ),
    (
        "torch-save",
        "import torch\ntorch.save({'a': torch.ones(2)}, 't.pt')\n"
        "torch.load('t.pt'), torch.load('t.pt', mmap=True)['a'].sum().item()",
        "({'a': tensor([1., 1.])}, 2.0)",
    ),
    (
        "np-save",
        "import numpy as np\nnp.save('a.npy', np.arange(3)); np.savez('a.npz', b=np.ones(1))\n"
        "np.load('a.npy').tolist(), np.load('a.npz')['b'].tolist(), "
        "np.load('a.npy', mmap_mode='r').sum().item()",
        "([0, 1, 2], [1.0], 3)",
    ),
    (
        "tempfile",
        "import os, tempfile\nwith tempfile.TemporaryDirectory() as d, "
        "tempfile.TemporaryFile() as t, tempfile.NamedTemporaryFile() as n:\n"
        "    t.write(b'x'); print(os.path.dirname(d) == os.path.dirname(n.name) == os.getcwd())",
        "True",
    ),
    (
        "formats",
        "import csv, json, pickle, sqlite3, gzip, zipfile\n"
        "json.dump([1], open('f.json', 'w')); pickle.dump({2}, open('f.pkl', 'wb'))\n"
        "csv.writer(open('f.csv', 'w')).writerow([3, 4])\n"
        "with gzip.open('f.gz', 'wt') as f: f.write('5')\n"
        "with zipfile.ZipFile('f.zip', 'w') as f: f.writestr('n', '6')\n"
        "db = sqlite3.connect('f.db'); db.execute('create table t(x)')\n"
        "db.execute('insert into t values (7)'); db.commit()\n"
        "print(json.load(open('f.json')), pickle.load(open('f.pkl', 'rb')), "
        "open('f.csv').read().strip(), gzip.open('f.gz').read(), "
        "zipfile.ZipFile('f.zip').read('n'), db.execute('select x from t').fetchall())",
        "[1] {2} 3,4 b'5' b'6' [(7,)]",
    ),
    (
        "own-module",
        "%%writefile own.py\nnumber = 8\n",
        "Writing own.py",
    ),
    ("own-module-imported", "import own\nown.number", "8"),
    ("own-module-run", "%run own.py\nnumber", "8"),
    (
        "stdlib-module",
        "import sys\nbefore = 'wave' in sys.modules\nimport wave\nbefore, wave.__name__",
        "(False, 'wave')",
    ),
    (
        "installed-module",
        "import sys\nbefore = 'networkx' in sys.modules\nimport networkx\n"
        "before, networkx.path_graph(3).number_of_edges()",
        "(False, 2)",
    ),
    (
        "time-zones",
        "from datetime import datetime\nfrom zoneinfo import ZoneInfo\nimport os, time\n"
        "os.environ['TZ'] = 'Europe/Zagreb'; time.tzset()\n"
        "datetime(2024, 7, 1, tzinfo=ZoneInfo('Europe/Zagreb')).utcoffset().seconds, time.tzname",
        "(7200, ('CET', 'CEST'))",
    ),
    (
        "chance",
        "import os, random, secrets\nlen({os.urandom(8), secrets.token_bytes(8), "
        "random.SystemRandom().randbytes(8), open('/dev/urandom', 'rb').read(8)})",
        "4",
    ),
    ("hash", "import hashlib\nhashlib.sha256(b'').hexdigest()[:6]", "'e3b0c4'"),
    (
        "getsource",
        "def f(x):\n    return x + 1\n\nimport inspect\nprint(inspect.getsource(f))",
        "def f(x):\n    return x + 1",
    ),
    (
        "signals-of-its-own",
        "import signal\nseen = []\nsignal.signal(signal.SIGALRM, lambda *_: seen.append(1))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001)\nwhile not seen: pass\n"
        "import os\nsignal.signal(signal.SIGUSR2, lambda *_: seen.append(2))\n"
        "os.kill(os.getpid(), signal.SIGUSR2); signal.raise_signal(signal.SIGUSR2)\nseen",
        "[1, 2, 2]",
    ),
    (
        "timing",
        "import time\na = time.perf_counter()\ntime.sleep(0.001)\na < time.perf_counter()",
        "True",
    ),
    (
        "jit",
        "import torch\n@torch.jit.script\ndef f(x: torch.Tensor):\n    return x * 2 + 1\n\n"
        "[f(torch.ones(1)).item() for _ in range(4)]",
        "[3.0, 3.0, 3.0, 3.0]",
    ),
    (
        "platform",
        "import platform\nplatform.system(), platform.python_version() != ''",
        "('Linux', True)",
    ),
    (
        "own-limits",
        "import os, resource\nos.sched_getaffinity(0) != set(), resource.getrusage(0) is not None",
        "(True, True)",
    ),
    ("timeit", "%timeit -n1 -r1 -q pass", ""),
    ("exit", "exit\n", ""),
]


@pytest.mark.parametrize(
    ("source", "shown"), [pytest.param(*rest, id=name) for name, *rest in WORKS]
)
def test_ordinary_work_goes_on_working(
    shared_kernel: StudentKernel, say: Say, source: str, shown: str
) -> None:
    """What an honest notebook does is not in the sandbox's way."""
    assert say(shared_kernel, source) == shown


def test_plots_are_drawn(kernel: StudentKernel) -> None:
    """`%matplotlib inline` gives an image."""
    source = """
%matplotlib inline
import matplotlib.pyplot as plt
plt.plot([1, 2], label="a"); plt.title("title"); plt.legend(); plt.savefig("plot.pdf"); plt.show()
"""
    (output,) = kernel.run(1, source).outputs
    assert output["output_type"] == "display_data"
    assert output["data"]["image/png"].startswith("iVBORw0KGgo")


def test_warnings_and_logs_are_shown(kernel: StudentKernel) -> None:
    """Both go to the cell's stderr."""
    source = "import logging, warnings\nwarnings.warn('careful')\nlogging.warning('heed')"
    (output,) = kernel.run(1, source).outputs
    assert output["name"] == "stderr"
    assert "UserWarning: careful" in output["text"]
    assert "WARNING:root:heed" in output["text"]


def test_a_file_beside_the_notebook_is_there(new_kernel: Any, say: Say) -> None:
    """A module and a datum that came with the notebook can be used, and changed."""
    kernel = new_kernel(files={"tools.py": b"two = 2\n", "data/x.csv": b"1,2\n"})
    assert say(kernel, "import tools\ntools.two, open('data/x.csv').read()") == "(2, '1,2\\n')"
    assert (
        say(kernel, "open('data/x.csv', 'a').write('3'), open('data/y', 'w').write('z')")
        == "(1, 1)"
    )


NO_PROCESS = f"PermissionError: {SENTENCES['NO_PROCESS']}"
REFUSALS = [
    ("command", "!touch made", NO_COMMAND),
    ("command-assigned", "x = !touch made", NO_COMMAND),
    ("pip", "%pip install x", NO_COMMAND),
    ("bash", "%%bash\ntouch made", NO_COMMAND),
    ("os-system", "import os\n_ = os.system('touch made')", NO_COMMAND),
    ("subprocess", "import subprocess\nsubprocess.run(['touch', 'made'])", NO_PROCESS),
    ("fork", "import os\nos.fork()", NO_PROCESS),
    (
        "asyncio-subprocess",
        "import asyncio\nawait asyncio.create_subprocess_exec('touch', 'made')",
        NO_PROCESS,
    ),
    ("process", "import multiprocessing as mp\nmp.Process(target=print).start()", NO_PROCESS),
    ("queue", "import multiprocessing as mp\nmp.Queue()", NO_PROCESS),
    ("pool", "import multiprocessing as mp\nmp.Pool(2)", NO_PROCESS),
    (
        "spawn",
        "import multiprocessing as mp\nmp.get_context('spawn').Process(target=print).start()",
        NO_PROCESS,
    ),
    (
        "executor",
        "from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor(2).submit(abs, 1)",
        NO_PROCESS,
    ),
    (
        "data-loader",
        "import torch\nfrom torch.utils.data import DataLoader\n"
        "next(iter(DataLoader(torch.arange(4), num_workers=2)))",
        NO_PROCESS,
    ),
    ("socket", "import socket\nsocket.socket()", f"PermissionError: {SENTENCES['NO_NETWORK']}"),
    (
        "look-up",
        "import socket\nsocket.gethostbyname('localhost')",
        f"gaierror: [Errno -3] {SENTENCES['NO_NETWORK']}",
    ),
    (
        "input",
        "input()",
        "StdinNotImplementedError: The grader runs a notebook with nobody to ask: input() is not "
        "there.",
    ),
]


@pytest.mark.parametrize(
    ("source", "sentence"), [pytest.param(*rest, id=name) for name, *rest in REFUSALS]
)
def test_what_is_refused_is_refused_in_a_sentence(
    kernel: StudentKernel, say: Say, source: str, sentence: str
) -> None:
    """An honest notebook that starts a process or asks reads what does not work."""
    assert say(kernel, source) == sentence
    assert say(kernel, "import os\nos.path.exists('made')") == "False"


# The same as someone else.


def _ordinary() -> None:
    """Becomes an ordinary user, who may search root's folders: the interpreter may lie in one."""
    libc = ctypes.CDLL(None)
    keep_capabilities, ambient, ambient_raise = 8, 47, 2  # prctl(2)
    kept = 1 << CAP_DAC_READ_SEARCH
    libc.prctl(keep_capabilities, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(ORDINARY, ORDINARY, ORDINARY)
    os.setresuid(ORDINARY, ORDINARY, ORDINARY)
    libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(kept, kept, kept))
    libc.prctl(ambient, ambient_raise, CAP_DAC_READ_SEARCH, 0, 0)


# The files of this folder that are of the sandbox.
ROOM = ("sandbox", "file_access", "scratch", "self_check")


@pytest.mark.slow
@as_root
def test_an_ordinary_user_s_kernel_is_held_in_as_well(tmp_path: Path) -> None:
    """All tests of this folder's sandbox, run once more by someone who is not root."""
    os.chown(tmp_path, ORDINARY, ORDINARY)
    files = [str(HERE / f"test_{name}.py") for name in ROOM]
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'tests'}"]
    options += ["-k", "not installed_kit"]  # the same list for everybody, and slow to make
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files],
        cwd=HERE.parents[1],
        env={"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        | {"PATH": os.environ["PATH"]},
        preexec_fn=_ordinary,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
