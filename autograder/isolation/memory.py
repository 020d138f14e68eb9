"""How much memory the kernels of a notebook take, as the system counts it from outside.

A report tells it to those who set the limit; nothing else depends on it. The limit itself is kept
by the `sandbox`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST_BYTES = 1 << 63  # more than any machine has: a larger number is none of a process's memory


@dataclass
class Memory:
    """The most memory that a kernel of one notebook has taken, beyond what it began with.

    That is resident memory: what lies in the machine's memory since a kernel wrote or read it.
    Code of packages is among it (of torch 10 to 20 MiB), though kernels share that. The limit,
    `Limits.memory_bytes`, is of address space: what a notebook asks for and never uses counts there
    alone.

    Args:
        most_bytes: None as long as no kernel was measured.
    """

    most_bytes: int | None = None

    def note(self, began_with: int | None, most: int | None) -> None:
        """Takes a kernel into account; one of which either number is not known tells nothing.

        Args:
            began_with: the bytes that it had before its first cell.
            most: the most that it has had at once so far.
        """
        if began_with is not None and most is not None:
            self.most_bytes = max(most - began_with, self.most_bytes or 0)


def read_bytes(value: Any) -> int | None:
    """A number of bytes, or None, as JSON has it.

    Raises:
        TypeError, ValueError: it is neither.
    """
    if value is None:
        return None
    if type(value) is not int:
        raise TypeError(f"{type(value).__name__} instead of a number of bytes")
    if not 0 <= value < MOST_BYTES:
        raise ValueError("no process has so many bytes")
    return value
