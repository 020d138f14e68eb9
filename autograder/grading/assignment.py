"""The instructor's side of an assignment, as it is needed to grade: read once for a class."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.utils import is_solution

from autograder.config import CourseError, Settings
from autograder.environment import EXAMINER
from autograder.examiner.examiners import Source
from autograder.exercises import modules
from autograder.exercises.modules import Modules
from autograder.grading.intake.cells import SKIPPED
from autograder.grading.intake.folder import walk
from autograder.grading.rebuild import skeleton
from autograder.grading.rebuild.skeleton import Place, Skeleton
from autograder.grading.records import releases as former_releases
from autograder.grading.records.outcome import is_test
from autograder.grading.source_errors import SourceError
from autograder.words import few


@dataclass(frozen=True)
class Proof:
    """What the solutions of one notebook's source showed when they were run.

    Args:
        unproven: the tests that they don't pass here, by grade_id, each with the reason.
        changed: names of given cells whose objects the solutions change in place: a test takes the
            student's, where the cells above can't be passed otherwise.
        leaves: what each cell leaves as it was, so that examiners need not run all of them.
        unasked: tests that use what has no solution.
        free: tests that give points to a notebook in which nothing is written.
        failing: cells of the source, tests apart, that fail here, by name, each with the reason.
        imports: names that a test uses and only solutions import, by its grade_id.
    """

    unproven: Mapping[str, str] = field(default_factory=dict)
    changed: Sequence[str] = ()
    leaves: Sequence[Sequence[str] | None] = ()
    unasked: Sequence[str] = ()
    free: Sequence[str] = ()
    failing: Mapping[str, str] = field(default_factory=dict)
    imports: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """An assignment's source.

    Args:
        name: of its folder in source/.
        skeletons: what its notebooks are graded on, by name without ending.
        notebooks: the same as an examiner takes them.
        files: what lies beside the notebooks.
        exercises: what the tests may ask for by name.
        proofs: what running each notebook's own solutions has shown: `proof` does that.
        digest: of all that these came from, the kit and what is installed here; "" before that.
        digests: of what a notebook alone is examined and recorded with, by its name.
    """

    name: str
    skeletons: Mapping[str, Skeleton]
    notebooks: Mapping[str, Source]
    files: Mapping[str, bytes]
    exercises: Modules = field(default_factory=Modules)
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    digest: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def file_digests(self) -> dict[str, str]:
        """A digest of each file beside its notebooks, by path."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}

    @cached_property
    def content(self) -> str:
        """A digest of its notebooks, and of the files beside them."""
        cells = {
            name: [list(map(dict, each.cells)), list(each.changed)]
            for name, each in self.notebooks.items()
        }
        return hashlib.sha256(
            json.dumps([cells, self.file_digests], sort_keys=True).encode()
        ).hexdigest()


def read(settings: Settings, name: str) -> Assignment:
    """The assignment in source/ of that name."""
    folder = settings.step("source", name)
    paths, left = walk(folder).files()
    if left:
        raise CourseError(f"source/{name}: {few(left)} can't be read, or has another's name.")
    files = {file: path.read_bytes() for file, path in paths.items()}
    limits = settings.sandbox.limits()
    originals = sorted(folder.glob("*.ipynb"))
    releases = former_releases.read(settings.directory.db_url, name)
    skeletons = {
        path.stem: skeleton.read(settings, name, path, releases.get(path.stem, ()))
        for path in originals
    }
    cells = {stem: _cells(made) for stem, made in skeletons.items()}
    exercises = _exercises(settings, name, [cell for several in cells.values() for cell in several])
    notebooks = {
        stem: Source(several, files, limits, settings.hidden, exercises=exercises)
        for stem, several in cells.items()
    }
    return Assignment(name, skeletons, notebooks, files, exercises)


def _exercises(settings: Settings, name: str, cells: Sequence[Mapping[str, Any]]) -> Modules:
    """The modules of an assignment's exercises, with these code cells.

    Raises:
        SourceError: they can't be read.
    """
    asks = any(EXAMINER in cell["text"] for cell in cells)
    try:
        return modules.of(settings.root, name, settings.assignments, asks=asks)
    except OSError as error:
        raise SourceError(f"the exercises of {name} can't be read: {error}") from error


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


def _cells(skeleton: Skeleton) -> list[dict[str, Any]]:
    """The code cells of a source with its solutions in it, as an examiner takes them."""
    pairs = zip(skeleton.solved.cells, skeleton.places, strict=True)
    return [_cell(cell, place) for cell, place in pairs if is_run(cell)]


def is_run(cell: NotebookNode) -> bool:
    """Whether a cell is run, and has a number: in Jupyter an empty one is not, nor a skipped one.

    A test always is: what makes it one is the source's, and it may be empty but for what is hidden.
    """
    if is_test(cell):
        return True
    return (
        cell.cell_type == "code"
        and bool(cell.source.strip())
        and SKIPPED not in cell.metadata.get("tags", ())
    )


def _cell(cell: NotebookNode, place: Place) -> dict[str, Any]:
    role = "solution" if is_solution(cell) else "test" if is_test(cell) else "given"
    return {
        "role": role,
        "grade_id": place.grade_id,
        "text": cell.source,
        "released": place.released,
        "points": float(cell.metadata.get("nbgrader", {}).get("points") or 0),
    }
