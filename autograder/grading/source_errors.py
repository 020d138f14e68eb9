"""What is wrong with a notebook of the source, in a sentence that names it, and the cell if known.

nbgrader's steps say what they stumbled over, and not where.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters.base import NbGraderException
from nbgrader.nbgraderformat import SchemaTooOldError, ValidationError

from autograder.config import CourseError
from autograder.grading.records.gradebook import GRADEBOOK_ERRORS
from autograder.words import line, short

# Told as they are: of the course, of the gradebook, of a package that is not installed.
PLAIN = (CourseError, NbGraderException, *GRADEBOOK_ERRORS)


class SourceError(CourseError):
    """A notebook of the source can't be read, or released."""


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Tells of whatever goes wrong in the block that it is in this notebook.

    Args:
        path: of the notebook, in its folder of source/.

    Raises:
        SourceError: something went wrong: "source/hw/sorting.ipynb: cell sort: …".
    """
    try:
        yield
    except PLAIN:
        raise
    except Exception as error:
        # CheckCellMetadata says no more than that there is something.
        first = error.__context__ if isinstance(error.__context__, ValidationError) else error
        cell = _cell(first, path)
        where = f"source/{path.parent.name}/{path.name}: {f'cell {cell}: ' if cell else ''}"
        raise SourceError(f"{where}{_reason(first, path)}") from error


def _reason(error: BaseException, path: Path) -> str:
    """What an error says, as one line."""
    if isinstance(error, ValidationError):
        return line(error.message)  # its text has the schema in it
    if isinstance(error, SchemaTooOldError):
        folder = f"source/{path.parent.name}"
        return f"nbgrader's metadata is of an old version: run `nbgrader update {folder}`"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"  # its header's, say
    if isinstance(error, RuntimeError | ValueError | OSError):
        return line(str(error))
    return line(f"{type(error).__name__}: {error}")


def _cell(error: BaseException, path: Path) -> str:
    """The grade_id of the cell that a step was at, or its first line; "" if it was at none."""
    cells = [
        frame.f_locals["cell"]
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if isinstance(frame.f_locals.get("cell"), NotebookNode)
    ]
    if not cells:
        return ""
    grade_id = cells[-1].metadata.get("nbgrader", {}).get("grade_id")
    return short(str(grade_id or f"`{_text(cells[-1], path).strip().partition(chr(10))[0]}`"))


def _text(cell: NotebookNode, path: Path) -> str:
    """A cell's text in the file, where it can be found there: a step may have cleared it."""
    written = nbformat.read(path, as_version=4).cells
    texts = [each.source for each in written if "id" in cell and each.get("id") == cell.id]
    return str(texts[0] if texts else cell.source)
