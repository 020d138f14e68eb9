"""The files of a submission that may hold a notebook, read within limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autograder.grading.intake import cells
from autograder.grading.intake.cells import (
    Cell,
    Document,
    UnreadableError,
    is_notebook,
    may_hold_one,
)
from autograder.grading.intake.folder import Folder, is_looked_into

MOST_FILES = 100  # that are looked into
MOST_BYTES = 256 << 20  # of all of them
MOST_PARSED = 1_000_000  # characters of all of them


class _Reader:
    """Reads the files of a submission, until they are too many."""

    def __init__(self) -> None:
        self._files, self._bytes = MOST_FILES, MOST_BYTES
        self._cells, self._parsed = cells.MOST_CELLS, MOST_PARSED

    def read(self, path: Path) -> Document:
        """What a file holds.

        Raises:
            UnreadableError: it has no cells, or too much was read already.
            OSError: it can't be opened.
        """
        self._files -= 1
        if min(self._files, self._bytes, self._cells) < 0:
            raise UnreadableError(
                f"was not looked into: at most {MOST_FILES} files are, with {MOST_BYTES >> 20} MiB "
                f"and {cells.MOST_CELLS:,} cells together"
            )
        document = cells.read(path)
        self._bytes -= path.stat().st_size
        if len(document.cells) > cells.MOST_CELLS:
            raise UnreadableError(f"has over {cells.MOST_CELLS:,} cells, which is too many")
        self._cells -= len(document.cells)
        return replace(document, cells=[self._within(cell) for cell in document.cells])

    def _within(self, cell: Cell) -> Cell:
        self._parsed -= len(cell.text)
        return cell if self._parsed >= 0 else replace(cell, parse=False)


def read_all(
    folder: Folder, there: Sequence[Path], wanted: set[str]
) -> tuple[dict[str, Document], dict[str, str]]:
    """What each file holds that has cells; and of each that may have been a notebook, why not.

    Args:
        folder: what was handed in.
        there: what is in it.
        wanted: the notebooks' own names, which are read first.
    """
    files: dict[str, Document] = {}
    failed = dict(folder.failed)
    reader = _Reader()

    def order(path: Path) -> tuple[bool, bool, int, Path]:
        return str(path) not in wanted, not is_notebook(path.name), len(path.parts), path

    settled = folder.failed.keys() | folder.data
    for path in sorted(filter(_may_be, there), key=order):
        if str(path) in settled:
            continue
        try:
            files[str(path)] = reader.read(folder.place(path))
        except UnreadableError as error:
            failed[str(path)] = str(error)
        except OSError as error:
            failed[str(path)] = f"can't be opened ({error.strerror})"
    return files, failed


def _may_be(path: Path) -> bool:
    """Whether a file is to be looked into."""
    return is_looked_into(path) and may_hold_one(path)
