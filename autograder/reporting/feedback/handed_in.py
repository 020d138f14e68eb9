"""What a student wrote, and what their tests said, from the graded copy of a notebook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from autograder.config import CourseError
from autograder.words import line, lines

MOST_LETTERS = 20_000
MOST_LINES = 400
MOST_LINES_OF_A_FAILURE = 12
ASSERTION = "AssertionError: "  # a test's own words follow
SPACE = re.compile(r"[^\S\r\n]")


@dataclass(frozen=True)
class Answer:
    """What a student wrote into one cell.

    Args:
        name: the cell's grade_id.
        text: as anything may show it.
        code: whether it is code, and not Markdown.
    """

    name: str
    text: str
    code: bool


@dataclass(frozen=True)
class HandedIn:
    """One notebook of a student's.

    Args:
        answers: by grade_id.
        failures: what the tests said that failed, by grade_id.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)


def read(path: Path) -> HandedIn | None:
    """A notebook in autograded/; None where it is not there.

    Raises:
        CourseError: somebody has damaged it.
    """
    if not path.is_file():
        return None
    try:
        cells = nbformat.read(path, as_version=4).cells
        data = [cell.metadata.get("nbgrader", {}) for cell in cells]
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise CourseError(f"{path} is damaged, grade it again: {line(str(error))}") from error
    there = zip(data, cells, strict=True)
    named = {each["grade_id"]: cell for each, cell in there if "grade_id" in each}
    return HandedIn(
        {
            name: Answer(name, shown(cell.source), cell.cell_type == "code")
            for name, cell in named.items()
            if cell.metadata.nbgrader.get("solution")
        },
        {name: failure for name, cell in named.items() if (failure := _failure(cell))},
    )


def shown(text: str) -> str:
    """A text from outside as a page may show it: spaces and line ends, and what is printable."""
    few = text[: MOST_LETTERS + 1]  # of millions of them nobody sees more
    return lines(SPACE.sub(" ", few.expandtabs(4)), MOST_LETTERS, MOST_LINES)


def _failure(cell: NotebookNode) -> str:
    """What a test's error said, which is the student's to see; "" of a test that passed."""
    errors = [o for o in cell.get("outputs", ()) if o.output_type == "error"]
    parts = [p.removeprefix(ASSERTION).rstrip(": ") for e in errors for p in e.traceback]
    text = "\n".join(parts)[: 4 * MOST_LETTERS]
    return lines(strip_ansi(text).expandtabs(4), MOST_LETTERS, MOST_LINES_OF_A_FAILURE)
