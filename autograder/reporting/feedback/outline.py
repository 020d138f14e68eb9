"""What an assignment asks, as its source has it: exercises with their titles, answers and tests.

Of the source nothing but headings and grade_ids is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import utils

from autograder.config import CourseError
from autograder.words import line

HEADING = re.compile(r"^#{1,2}\s+(.+?)\s*#*$", re.MULTILINE)
POINTS = re.compile(r"\s*\([\d.]+ points?\)$")  # a page has them beside the title
HIDDEN = "### BEGIN "  # what follows in a cell is not the students' to see
MARKS = str.maketrans("", "", "`*$")  # of Markdown


@dataclass(frozen=True)
class Exercise:
    """One thing that is asked.

    Args:
        title: the heading above it.
        answers: grade_ids of the cells that a student fills in.
        graded: grade_ids of the cells that have points: tests, and answers that a person scores.
    """

    title: str
    answers: tuple[str, ...] = ()
    graded: tuple[str, ...] = ()

    def owner(self, test: str) -> str:
        """The longest of the answers' names that a test's grade_id begins with; "" for none."""
        return max((a for a in self.answers if test.startswith(f"{a}_")), key=len, default="")


@dataclass(frozen=True)
class Outline:
    """A notebook.

    Args:
        name: its file's, without ending.
        title: its first heading.
        exercises: in their order.
    """

    name: str
    title: str
    exercises: tuple[Exercise, ...]


def read(folder: Path) -> list[Outline]:
    """The notebooks in an assignment's source folder.

    Raises:
        CourseError: one can't be read.
    """
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        try:
            cells = nbformat.read(path, as_version=4).cells
        except (ValueError, AttributeError, nbformat.ValidationError) as error:
            raise CourseError(f"{path} is no notebook: {line(str(error))}") from error
        found.append(of(path.stem, cells))
    return found


def of(name: str, cells: Sequence[NotebookNode]) -> Outline:
    """What a notebook's cells ask."""
    title = next(_headings(cells), name)
    return Outline(name, title, tuple(_exercises(cells)))


def _headings(cells: Sequence[NotebookNode]) -> Iterator[str]:
    """The headings that students are given, without the marks of Markdown."""
    for cell in cells:
        if cell.cell_type == "markdown" and not utils.is_solution(cell):
            given = cell.source.partition(HIDDEN)[0]
            titles = (found[1].translate(MARKS) for found in HEADING.finditer(given))
            yield from (POINTS.sub("", line(title)) for title in titles)


def _exercises(cells: Sequence[NotebookNode]) -> list[Exercise]:
    """The exercises; a test belongs to the answer that its name begins with, or the last above."""
    found: list[Exercise] = []
    title = ""
    for cell in cells:
        *_, title = [title, *_headings([cell])]
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if utils.is_solution(cell) or utils.is_task(cell):
            graded = (name,) if utils.is_grade(cell) or utils.is_task(cell) else ()
            if found and found[-1].title == title and not found[-1].graded and not graded:
                found[-1] = replace(found[-1], answers=(*found[-1].answers, name))
            else:
                found.append(Exercise(title, (name,), graded))
        elif utils.is_grade(cell):
            if not found:
                found.append(Exercise(title))
            owners = [len(exercise.owner(name)) for exercise in found]
            best = max(range(len(found)), key=lambda place: (owners[place], place))
            found[best] = replace(found[best], graded=(*found[best].graded, name))
    return [exercise for exercise in found if exercise.graded]
