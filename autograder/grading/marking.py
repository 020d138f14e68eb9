"""What helps a person to grade: model answer and marking scheme, beside a student's answer.

They stand in source/ alone. The formgrader's page gets them when it is made; they are put into no
file, so that no feedback, an old course's neither, can let them out.
"""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbformat.reader import NotJSONError
from nbformat.v4 import new_markdown_cell
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution, is_task

TITLE = "**Model answer and marking scheme**, from source/ and for you alone"


class Pages:
    """Makes the formgrader's pages of submissions, in the place of nbconvert's exporter.

    Args:
        exporter: the formgrader's own.
        directory: the course.
    """

    def __init__(self, exporter: Exporter, directory: CourseDirectory) -> None:
        self.exporter = exporter
        self.directory = directory

    def from_filename(self, filename: str, resources: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """A page and its resources.

        Args:
            filename: a graded notebook.
            resources: the formgrader's: `assignment_id` and `notebook_id` among them.
        """
        notebook = nbformat.read(filename, as_version=4)
        if source := self._source(resources["assignment_id"], resources["notebook_id"]):
            notebook = with_model_answers(notebook, source)
        named = {**resources, "metadata": {"name": resources["notebook_id"]}}
        page: tuple[str, dict[str, Any]] = self.exporter.from_notebook_node(notebook, named)
        return page

    def _source(self, assignment: str, notebook: str) -> NotebookNode | None:
        """What the instructor wrote; None where it can't be read: the page goes without."""
        directory = self.directory
        folder = directory.format_path(directory.source_directory, ".", assignment)
        try:
            return nbformat.read(Path(folder) / f"{notebook}.ipynb", as_version=4)
        except (OSError, NotJSONError, ValueError, AttributeError, nbformat.ValidationError):
            return None


def with_model_answers(notebook: NotebookNode, source: NotebookNode) -> NotebookNode:
    """A copy of a graded notebook, with the source's text after each cell that a person grades.

    Args:
        notebook: a student's.
        source: the instructor's.
    """
    answers = {
        cell.metadata.nbgrader.get("grade_id"): cell
        for cell in source.cells
        if _is_for_a_person(cell)
    }
    marked = copy(notebook)
    marked.cells = []
    for cell in notebook.cells:
        marked.cells.append(cell)
        if _is_for_a_person(cell) and (
            model := answers.get(cell.metadata.nbgrader.get("grade_id"))
        ):
            text = (
                f"~~~~~~python\n{model.source}\n~~~~~~"
                if model.cell_type == "code"
                else model.source
            )
            marked.cells.append(new_markdown_cell(f"{TITLE}\n\n{text}"))
    return marked


def _is_for_a_person(cell: NotebookNode) -> bool:
    """Whether it is an answer that a person grades, or a task."""
    return bool(is_task(cell) or (is_grade(cell) and is_solution(cell)))
