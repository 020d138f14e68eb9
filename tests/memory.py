"""What a process has in its memory."""

from __future__ import annotations

from pathlib import Path


def holds(pid: str | int, needle: bytes) -> bool:
    """Whether a process has the bytes in memory that it may write to."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as mem:
        for line in maps:
            bounds, rights, *_ = line.split()
            start, end = (int(bound, 16) for bound in bounds.split("-"))
            if not rights.startswith("rw"):
                continue
            mem.seek(start)
            try:
                if needle in mem.read(end - start):
                    return True
            except OSError:  # a guard page
                continue
    return False
