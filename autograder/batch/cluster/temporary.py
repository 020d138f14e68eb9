"""The folder into which a worker puts files beside notebooks, while these run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

IN_MEMORY = ("tmpfs", "ramfs")
MOUNTS = Path("/proc/self/mountinfo")


def on_disk() -> str:
    """This process's temporary folder; "" where that is in memory."""
    folder = tempfile.gettempdir()
    return "" if filesystem(folder) in IN_MEMORY else folder


def filesystem(folder: str) -> str:
    """The kind of filesystem that a folder is on, as proc(5) tells; "" where it does not."""
    device = Path(folder).stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for mount in MOUNTS.read_text().splitlines():
        _, _, number, *others = mount.split()
        if number == wanted:
            return others[others.index("-") + 1]
    return ""
