"""The instructor's side of an assignment, as it is needed to grade: read once for a class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_grade, is_solution

from autograder.config import CourseError, Settings
from autograder.examiner.processes import Source
from autograder.grading import skeleton
from autograder.grading.folder import walk
from autograder.grading.skeleton import Skeleton
from autograder.words import few

SKIPPED = "skip-execution"  # nbclient's tag


@dataclass(frozen=True)
class Assignment:
    """An assignment's source.

    Args:
        name: of its folder in source/.
        skeletons: what its notebooks are graded on, by name without ending.
        notebooks: the same as an examiner takes them.
        files: what lies beside the notebooks.
    """

    name: str
    skeletons: Mapping[str, Skeleton]
    notebooks: Mapping[str, Source]
    files: Mapping[str, bytes]


def read(settings: Settings, name: str) -> Assignment:
    """The assignment in source/ of that name."""
    folder = settings.step("source", name)
    clear = ClearHiddenTests(config=settings.config)
    paths, left = walk(folder).files()
    if left:
        raise CourseError(f"source/{name}: {few(left)} can't be read, or has another's name.")
    files = {file: path.read_bytes() for file, path in paths.items()}
    limits = settings.sandbox.limits()
    originals = sorted(folder.glob("*.ipynb"))
    notebooks = {
        path.stem: Source(_cells(path, clear), files, limits, (str(settings.root),))
        for path in originals
    }
    skeletons = {path.stem: skeleton.read(settings, name, path) for path in originals}
    return Assignment(name, skeletons, notebooks, files)


def require_release(settings: Settings, assignment: Assignment) -> None:
    """Makes sure that the gradebook has the grade cells of the source, with their points.

    Raises:
        CourseError: it has others.
    """
    wanted = {
        (skeleton.name, place.grade_id, float(str(place.metadata["points"])))
        for skeleton in assignment.skeletons.values()
        for place in skeleton.places
        if place.metadata.get("grade")
    }
    with Gradebook(settings.directory.db_url) as gradebook:
        released = {
            (notebook.name, cell.name, float(cell.max_score))
            for notebook in gradebook.find_assignment(assignment.name).notebooks
            for cell in notebook.grade_cells
        }
    if changed := sorted({cell for _, cell, _ in wanted ^ released}):
        raise CourseError(
            f"source/{assignment.name} has other grade cells, or points, than were released "
            f"({', '.join(changed)}): run `autograder release {assignment.name}`."
        )


def _cells(path: Path, clear: ClearHiddenTests) -> list[dict[str, Any]]:
    cells = nbformat.read(path, as_version=4).cells
    return [_cell(cell, clear) for cell in cells if is_run(cell)]


def is_run(cell: NotebookNode) -> bool:
    """Whether a cell is run, and has a number: in Jupyter an empty one is not, nor a skipped one.

    A test always is: what makes it one is the source's, and it may be empty but for what is hidden.
    """
    if cell.cell_type != "code" or (is_grade(cell) and not is_solution(cell)):
        return bool(cell.cell_type == "code")
    return bool(cell.source.strip()) and SKIPPED not in cell.metadata.get("tags", ())


def _cell(cell: NotebookNode, clear: ClearHiddenTests) -> dict[str, Any]:
    text = cell.source
    role = "solution" if is_solution(cell) else "test" if is_grade(cell) else "given"
    clear._remove_hidden_test_region(cell)  # as nbgrader does when it releases
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    return {"role": role, "grade_id": grade_id, "text": text, "released": cell.source}
