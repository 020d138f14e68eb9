"""How much a student's code may use: frozen data, for every process that has to know."""

from __future__ import annotations

import os
from dataclasses import dataclass

MIB = 1 << 20
# Of one kernel: a pool of 32 is ordinary, and a few a core leave the others their share.
MOST_THREADS = 48 + 8 * (os.cpu_count() or 1)
FULL_CELLS = 16  # whose outputs together are what a notebook may give


@dataclass(frozen=True)
class Limits:
    """What one student's kernel may use.

    `course_config.py` sets all of it: `config.Sandbox` has the defaults.

    What takes long on a busy machine alone is nobody's loss: three limits are in seconds of the
    processor, those of the busiest thread.

    Args:
        sandbox: whether the operating system holds the kernel in.
        cell_seconds: one cell of the notebook.
        call_seconds: one call from a grade cell.
        notebook_seconds: all cells and calls of a notebook together.
        wall_factor: the three may take so many times as long by the wall clock.
        cpu_seconds: processor time of one kernel, on all its threads.
        memory_bytes: address space beyond what a kernel starts with.
        file_bytes: size of one file.
        scratch_bytes: size of all files in the kernel's folder.
        scratch_files: number of files and folders there.
        output_bytes: what a cell's outputs may take, as JSON.
        open_files: file descriptors.
    """

    sandbox: bool
    cell_seconds: float
    call_seconds: float
    notebook_seconds: float
    wall_factor: float
    cpu_seconds: int
    memory_bytes: int
    file_bytes: int
    scratch_bytes: int
    scratch_files: int
    output_bytes: int
    open_files: int = 256

    @property
    def notebook_wall_seconds(self) -> float:
        """How long the kernels of a notebook may take together by the wall clock."""
        return self.wall_factor * self.notebook_seconds

    @property
    def notebook_output_bytes(self) -> int:
        """What the outputs of a notebook's cells may take together, as JSON."""
        return FULL_CELLS * self.output_bytes
