"""Files that are in place whole, or not at all."""

from __future__ import annotations

import os
from glob import escape
from pathlib import Path


def write_whole(path: Path, content: bytes | str, mode: int | None = None) -> None:
    """Writes a file beside its place, and puts it there when it is whole.

    What a process that was killed left of this file is removed.

    Args:
        path: of the file; its folder is made.
        content: text is written as UTF-8.
        mode: its permissions; None leaves them to the process's umask.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{escape(path.name)}.*"):
        process = left.suffix[1:]
        if process.isdecimal() and not Path("/proc", process).exists():
            left.unlink(missing_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content.encode() if isinstance(content, str) else content)
    if mode is not None:
        draft.chmod(mode)
    draft.replace(path)
