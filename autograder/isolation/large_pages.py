"""Memory in large pages, before a process forks: of each it copies one entry instead of 512.

After torch's import a process has 60,000 pages of 4 KiB, and giving all their entries to a child,
and taking them back at its end, takes longer than loading a student's notebook does.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MADV_COLLAPSE = 25  # madvise(2), since Linux 6.1; Python's mmap does not name it
MAPS = Path("/proc/self/maps")
PAGE_SIZE = Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size")


def use_large_pages() -> int:
    """Moves this process's own memory into large pages, and says how many bytes are in some.

    Called once all is loaded that children share. A child that writes to one gets the 4 KiB that it
    wrote to, as before. Where the system has none, or has no memory to spare, all stays as it is.
    """
    libc = ctypes.CDLL(None)
    moved = 0
    with suppress(OSError):  # a system without them, or one that does not say
        size = int(PAGE_SIZE.read_text())
        for start, end in _own_memory(size):
            if libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), MADV_COLLAPSE):
                continue  # part of it may have been moved all the same
            moved += end - start
    return moved


def _own_memory(size: int) -> Iterator[tuple[int, int]]:
    """Where heap and arenas begin and end, without what fills no whole page of this size."""
    for line in MAPS.read_text().splitlines():
        addresses, access, _, _, _, *path = line.split(maxsplit=5)
        if access == "rw-p" and path in ([], ["[heap]"]):
            start, end = (int(address, 16) for address in addresses.split("-"))
            start, end = -(-start // size) * size, end // size * size
            if start < end:
                yield start, end
