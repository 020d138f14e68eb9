"""Makes memory and queues that outlive it, and calls out: shared memory, sockets, processes."""

import torch

# %% flags
[("sandbox-violation", ""), ("not-available", ""), ("suspect-code", "")]

# %% extra before nll
import ctypes
import os
import socket
import subprocess
import urllib.request
from multiprocessing import shared_memory

libc = ctypes.CDLL(None, use_errno=True)
KEY = 0x0BADC0DE


def attempt(what, trick):
    try:
        result = trick()
    except (OSError, RuntimeError, ZeroDivisionError) as error:
        print(what, "->", type(error).__name__)
    else:
        print("FOUND", what, result)


def call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


attempt("tried shmget", lambda: call("shmget", KEY, 1 << 20, 0o1666))
attempt("tried semget", lambda: call("semget", KEY, 1, 0o1666))
attempt("tried msgget", lambda: call("msgget", KEY, 0o1666))
attempt("tried mq_open", lambda: call("mq_open", b"/hostile-queue", os.O_CREAT | os.O_RDWR, 0o666, None))
attempt("tried sem_open", lambda: shared_memory.SharedMemory("hostile-memory", create=True, size=4096))
attempt("tried memfd", lambda: os.memfd_create("hostile-memory"))
attempt("tried a shared tensor", lambda: torch.zeros(9).share_memory_())
attempt("tried userfaultfd", lambda: call("syscall", 323, 0))
attempt("tried io_uring", lambda: call("syscall", 425, 8, ctypes.create_string_buffer(120)))
attempt("tried bpf", lambda: call("syscall", 321, 0, 0, 0))
attempt("tried keyctl", lambda: call("syscall", 250, 0, -3, 1))
attempt("tried perf_event_open", lambda: call("syscall", 298, 0, 0, -1, -1, 0))
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        attempt("tried a socket", lambda: socket.socket(family, kind))
attempt("tried a datagram pair", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
attempt("tried a download", lambda: urllib.request.urlopen("http://127.0.0.1:8888/", timeout=1))
attempt("tried a command", lambda: subprocess.run(["true"]))
attempt("tried a shell", lambda: 1 // (os.system("true") == 0))
attempt("tried exec", lambda: os.execv("/bin/true", ["true"]))
attempt("tried vfork", lambda: call("syscall", 58))
attempt("tried clone", lambda: call("syscall", 56, 17, 0, 0, 0, 0))
os.fork()

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
