"""How much a student's code may use: frozen data, for every process that has to know."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
FULL_CELLS = 16  # whose outputs together are what a notebook may give


@dataclass(frozen=True)
class Limits:
    """What one student's kernel may use.

    `course_config.py` sets all of it: `config.Sandbox` has the defaults.

    Args:
        sandbox: whether the operating system holds the kernel in.
        cell_seconds: wall time of one cell of the notebook.
        call_seconds: wall time of one call from a grade cell.
        notebook_seconds: wall time of all cells and calls of a notebook together.
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
    cpu_seconds: int
    memory_bytes: int
    file_bytes: int
    scratch_bytes: int
    scratch_files: int
    output_bytes: int
    open_files: int = 256

    @property
    def notebook_output_bytes(self) -> int:
        """What the outputs of a notebook's cells may take together, as JSON."""
        return FULL_CELLS * self.output_bytes
