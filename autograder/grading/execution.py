"""Running a submission's notebooks: the only step that executes a student's code."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.examiner.processes import Examiners, Job
from autograder.grading.assignment import Assignment, is_run
from autograder.grading.secret import notebook_key
from autograder.grading.submission import Submission
from autograder.results import Flag


@dataclass(frozen=True)
class Execution:
    """A submission after its notebooks have run; `seconds` counts the reading too."""

    submission: Submission
    notebooks: Mapping[str, str]
    seconds: float
    flags: tuple[Flag, ...] = ()


def execute(examiners: Examiners, assignment: Assignment, submission: Submission) -> Execution:
    """The submission's notebooks with the outputs of a run."""
    start = time.perf_counter()
    notebooks: dict[str, str] = {}
    flags: list[Flag] = []
    for name, text in submission.notebooks.items():
        notebook = nbformat.reads(text, as_version=4)
        files, key = submission.files, submission.key
        flags += run(examiners, assignment, name, notebook, files, key)
        notebooks[name] = nbformat.writes(notebook)
    seconds = submission.seconds + time.perf_counter() - start
    return Execution(submission, notebooks, seconds, tuple(flags))


def run(
    examiners: Examiners,
    assignment: Assignment,
    name: str,
    notebook: NotebookNode,
    files: Mapping[str, bytes],
    key: bytes,
) -> list[Flag]:
    """Puts the outputs of a run into a notebook.

    Args:
        examiners: where it runs.
        assignment: whose notebook it is.
        name: of the source notebook.
        notebook: a student's, sanitized.
        files: what lies beside it.
        key: the student's own.

    Returns:
        What a person may want to know of the run.

    Raises:
        SandboxError: students' code can't be held in here.
        ExaminerError: the kit itself failed.
    """
    source = assignment.notebooks[name]
    cells = _cells(notebook, {cell["grade_id"] for cell in source.cells})
    own = notebook_key(key, [cell["text"] for cell in cells])
    job = Job(source, cells, {**files, **assignment.files}, own.hex())
    result = examiners.examine(job)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for number, (index, outputs) in enumerate(sorted(result["outputs"]), start=1):
        cell = notebook.cells[index]
        cell.outputs = [nbformat.from_dict(output) for output in outputs]
        cell.execution_count = number
    return [
        Flag(flag["kind"], flag["cell"], f"{'' if flag['cell'] else f'{name}: '}{flag['detail']}")
        for flag in result["flags"]
    ]


def _cells(notebook: NotebookNode, known: set[str]) -> Sequence[dict[str, Any]]:
    cells = []
    for index, cell in enumerate(notebook.cells):
        if is_run(cell):
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            named = grade_id if grade_id in known else ""
            cells.append({"index": index, "grade_id": named, "text": cell.source})
    return cells
