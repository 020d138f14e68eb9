"""What helps a person to grade: model answer and marking scheme, beside a student's answer.

They stand in source/ alone. The formgrader's page gets them when it is made, and the flags above
them; they are put into no file, so that no feedback, an old course's neither, can let them out.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.reader import NotJSONError
from nbformat.v4 import new_markdown_cell
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution, is_task

from autograder.grading.records import flagged
from autograder.reporting import markup
from autograder.reporting.marking import inert, unusual
from autograder.reporting.marking.inert import ANSWER, GIVEN, MODEL, OWN, WHOSE

TITLE = "Model answer and marking scheme, from source/ and for you alone"


class Pages:
    """Makes the formgrader's pages of submissions, in the place of nbconvert's exporter.

    Args:
        exporter: the formgrader's own.
        directory: the course.
    """

    def __init__(self, exporter: HTMLExporter, directory: CourseDirectory) -> None:
        template = files(__package__) / "page.html.j2"
        self.exporter = _Exporter(config=exporter.config, template_file=str(template))
        self.directory = directory

    def from_filename(self, filename: str, resources: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """A page and its resources.

        Args:
            filename: a graded notebook.
            resources: the formgrader's: `assignment_id`, `notebook_id` and `student` among them.
        """
        graded = nbformat.read(filename, as_version=4)
        source = self._source(resources["assignment_id"], resources["notebook_id"])
        shown = with_model_answers(graded, source)
        # The formgrader's template puts all of these on the page as they are.
        named = {
            key: escape(value).replace("\\", "&#92;") if isinstance(value, str) else value
            for key, value in resources.items()
        }
        named |= {"metadata": {"name": named["notebook_id"]}, "model_title": TITLE}
        named["unusual"] = self._unusual(resources)
        page: tuple[str, dict[str, Any]] = self.exporter.from_notebook_node(shown, named)
        return page

    def _unusual(self, resources: dict[str, Any]) -> str:
        """HTML that says what is unusual about the submission."""
        assignment, student = resources["assignment_id"], resources["student"]
        return unusual.box(flagged.of(self.directory.db_url, assignment, student))

    def _source(self, assignment: str, notebook: str) -> NotebookNode | None:
        """What the instructor wrote; None where it can't be read: the page goes without."""
        directory = self.directory
        folder = directory.format_path(directory.source_directory, ".", assignment)
        try:
            return nbformat.read(Path(folder) / f"{notebook}.ipynb", as_version=4)
        except (OSError, NotJSONError, ValueError, AttributeError, nbformat.ValidationError):
            return None


class _Exporter(HTMLExporter):
    """Makes a page on which the instructor's Markdown is as it was written, and no other."""

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """A cell's Markdown, or that of an output, as HTML."""
        cell = context.get("cell", {})
        if cell.get("cell_type") == "markdown" and cell.metadata.get(WHOSE) in (GIVEN, MODEL):
            return str(super().markdown2html(context, source))
        return markup.notebook_markdown(source, cell.get("attachments", {}))


def with_model_answers(graded: NotebookNode, source: NotebookNode | None) -> NotebookNode:
    """A graded notebook made inert, with the source's text after each cell that a person grades.

    Args:
        graded: a student's.
        source: the instructor's; without it nothing is known to be given.
    """
    written = source.cells if source else []
    answers = {
        cell.metadata.nbgrader.get("grade_id"): cell for cell in written if _is_for_a_person(cell)
    }
    given = [_content(cell) for cell in written if "nbgrader" not in cell.metadata]

    def whose(cell: NotebookNode) -> str:
        if _is_for_a_person(cell):
            return ANSWER
        if "nbgrader" in cell.metadata or not written:
            return ""
        return GIVEN if _content(cell) in given else OWN

    marked = inert.notebook(graded, whose)
    cells, marked.cells = marked.cells, []
    for cell in cells:
        marked.cells.append(cell)
        if _is_for_a_person(cell) and (
            model := answers.get(cell.metadata.nbgrader.get("grade_id"))
        ):
            marked.cells.append(_model(model))
    return marked


def _content(cell: NotebookNode) -> tuple[str, str, Any]:
    """What makes a cell another: its kind, its text and its pictures."""
    return cell.cell_type, cell.source, cell.get("attachments", {})


def _model(cell: NotebookNode) -> NotebookNode:
    """The cell that shows the source's: words as they are, code as code."""
    text = f"~~~~~~python\n{cell.source}\n~~~~~~" if cell.cell_type == "code" else cell.source
    pictures = {"attachments": cell.attachments} if "attachments" in cell else {}
    return new_markdown_cell(text, metadata={WHOSE: MODEL}, **pictures)


def _is_for_a_person(cell: NotebookNode) -> bool:
    """Whether it is an answer that a person grades, or a task."""
    return bool(is_task(cell) or (is_grade(cell) and is_solution(cell)))
