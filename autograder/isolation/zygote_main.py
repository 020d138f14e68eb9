"""The program of a zygote: the process that all others are forked from.

It is started by exec, so it holds nothing of whoever started it, and imports what a notebook
needs before the first fork.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from autograder.isolation import scratch
from autograder.isolation.fork_server import serve
from autograder.isolation.large_pages import use_large_pages
from autograder.isolation.warmup import warm_up


def main(control: int, folder: str, *, many: bool) -> None:
    """Warms up, says so, and forks on request until nobody is left to ask.

    Args:
        control: the descriptor of a SEQPACKET socket.
        folder: the zygote's own; it removes it at the end, whatever became of its maker.
        many: whether many processes will come of it.
    """
    try:
        warm_up()
        if many:
            use_large_pages()
        os.dup2(1, 2)  # what is told of the start is told; the file is not for students' code
        serve(socket.socket(fileno=control))
    finally:
        os.chdir("/")
        scratch.remove(Path(folder))
