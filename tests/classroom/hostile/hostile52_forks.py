"""Multiplies: processes by every way that Python has, then as many threads as it can get."""

import torch

# %% flags
[("sandbox-violation", "")]

# %% extra before bce
import multiprocessing
import os
import subprocess
import threading
from concurrent.futures import ProcessPoolExecutor


def attempt(what, trick):
    try:
        trick()
    except Exception as error:
        print(what, "->", type(error).__name__)
    else:
        print("FOUND", what)


attempt("tried fork", lambda: os.fork() or os._exit(0))
attempt("tried forkpty", lambda: os.forkpty())
attempt("tried posix_spawn", lambda: os.posix_spawn("/bin/true", ["true"], {}))
attempt("tried spawning", lambda: os.spawnv(os.P_NOWAIT, "/bin/true", ["true"]))
attempt("tried popen", lambda: os.popen("true").read())
attempt("tried subprocess", lambda: subprocess.Popen(["sh", "-c", ":(){ :|:& };:"]))
attempt("tried a process", lambda: multiprocessing.Process(target=print).start())
attempt("tried a pool", lambda: ProcessPoolExecutor(2).submit(print).result())
attempt("tried a spawned process",
        lambda: multiprocessing.get_context("spawn").Process(target=print).start())
attempt("tried a loader with workers", lambda: list(
    torch.utils.data.DataLoader([1, 2], num_workers=2)))
attempt("tried a shell's command", lambda: 1 // (get_ipython().system("true") or _exit_code == 0))
!true

# %% extra before bce_shape
end = threading.Event()
threads = []
try:
    for _ in range(20_000):
        threads.append(threading.Thread(target=end.wait, daemon=True))
        threads[-1].start()
    print("FOUND 20,000 threads")
except RuntimeError as error:
    print("tried as many threads as there are:", error)
end.set()
for thread in threads[:-1]:
    thread.join()

# %% bce
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
