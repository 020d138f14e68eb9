"""Where in an assignment its graded cells stand, as its source has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.reporting.feedback import outline
from autograder.reporting.feedback.told import plain


@dataclass(frozen=True)
class Place:
    """Where in the assignment a graded cell stands.

    Args:
        notebook: its name.
        title: of its exercise, and the answer that is tested.
        name: what the cell is called there: "hidden test".
        written: whether it is an answer that a person scores.
    """

    notebook: str
    title: str
    name: str
    written: bool = False


def read(folder: Path) -> dict[str, Place]:
    """Where each graded cell of an assignment stands, by its grade_id.

    Args:
        folder: the assignment's, in source/.

    Raises:
        CourseError: a notebook in it can't be read.
    """
    found = {}
    for notebook in outline.read(folder):
        for exercise in notebook.exercises:
            title = exercise.title or notebook.title
            for cell in exercise.graded:
                owner = exercise.owner(cell)
                name = f"{plain(cell.removeprefix(f'{owner}_'))} test" if owner else plain(cell)
                told = f"{title}: {owner}" if owner else title
                found[cell] = Place(notebook.name, told, name, cell in exercise.answers)
    return found
