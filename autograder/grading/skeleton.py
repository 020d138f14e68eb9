"""What a submission is graded on: the source notebook, with room for a student's answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_solution

from autograder.config import Settings
from autograder.grading import definitions, former, pipeline
from autograder.grading.cells import Cell
from autograder.grading.former import Change

FORMAT = (4, 5)  # the first with cell ids
MOST_CHARACTERS = 2_000  # of a cell that is compared


@dataclass(frozen=True, eq=False)
class Place:
    """A cell of the source.

    Args:
        kind: "code", "markdown" or "raw".
        id: the cell's, by which an editor keeps it.
        grade_id: nbgrader's name for it, or "".
        metadata: nbgrader's metadata.
        released: its text as students were given it.
        answer: whether a student writes in it.
        names: what an answer in code has to define.
        always: whether every former release had it too.
    """

    kind: str
    id: str
    grade_id: str
    metadata: Mapping[str, object]
    released: str
    answer: bool
    names: frozenset[str]
    always: bool = True

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that its text binds as it was released."""
        return definitions.read(self.released).bound

    def likeness(self, cell: Cell) -> float:
        """How much of a cell's words is in the text as released: 0 to 1, as difflib counts."""
        if self.kind != cell.kind or len(cell.text) > MOST_CHARACTERS:
            return 0.0
        # The source's text second: likeness is looked up in it, and its words repeat little.
        texts = cell.text.split(), self.released.split()
        return SequenceMatcher(None, *texts, autojunk=False).ratio()

    @property
    def cell(self) -> Cell:
        """The cell that students were given."""
        return Cell(self.kind, self.released, self.id, self.metadata)

    def as_released(self, cell: Cell) -> bool:
        """Whether a cell has the text that was released here, and nothing else."""
        return self.kind == cell.kind and self.released.strip() == cell.stripped


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A notebook of an assignment, its solutions cleared and its hidden tests in it.

    Args:
        name: of the notebook, without ending.
        notebook: not to be changed.
        places: its cells.
        changed: what became of the cells of its former releases.
        reordered: whether a former release had them in another order.
    """

    name: str
    notebook: NotebookNode
    places: tuple[Place, ...]
    changed: tuple[Change, ...] = ()
    reordered: bool = False

    @cached_property
    def names(self) -> frozenset[str]:
        """What all its answers have to define."""
        return frozenset[str]().union(*(place.names for place in self.places))

    @cached_property
    def stubs(self) -> frozenset[str]:
        """The texts of its answers as they were released, without the space around them."""
        return frozenset(place.released.strip() for place in self.places if place.answer)

    @cached_property
    def given(self) -> frozenset[tuple[str, str]]:
        """The kinds and texts of its cells that are no answers."""
        texts = ((p.kind, p.released.strip()) for p in self.places if not p.answer)
        return frozenset((kind, text) for kind, text in texts if text)


def read(settings: Settings, assignment: str, path: Path) -> Skeleton:
    """The skeleton of a source notebook, made by the course's own steps of releasing."""
    clear = ClearHiddenTests(config=settings.config)
    text = path.read_text(encoding="utf-8")
    solved = {_grade_id(cell): cell.source for cell in nbformat.reads(text, 4).cells}
    notebook = _made(settings, "release", assignment, path)
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
    notebook.nbformat, notebook.nbformat_minor = max(
        FORMAT, (notebook.nbformat, notebook.nbformat_minor)
    )
    places = tuple(_place(cell, clear, solved) for cell in notebook.cells)
    releases = former.read(settings.directory.db_url, assignment).get(path.stem, [])
    places = tuple(replace(place, always=_always(place, releases)) for place in places)
    current = [place.cell for place in places]
    return Skeleton(
        name=path.stem,
        notebook=notebook,
        places=places,
        changed=tuple(former.changes(releases, current)),
        reordered=any(_order(cells, current) != _order(current, cells) for cells in releases),
    )


def _always(place: Place, releases: Iterable[Sequence[Cell]]) -> bool:
    """Whether each release has a cell by which this place is known."""
    return all(
        any(
            cell.grade_id == place.grade_id
            if place.grade_id
            else cell.id == place.id or place.as_released(cell)
            for cell in cells
        )
        for cells in releases
    )


def _order(cells: Sequence[Cell], others: Sequence[Cell]) -> list[str]:
    """The grade_ids of cells that are among others too, in order."""
    there = {cell.grade_id for cell in others}
    return [cell.grade_id for cell in cells if cell.grade_id and cell.grade_id in there]


def solved(settings: Settings, assignment: str, path: Path) -> NotebookNode:
    """The same notebook, cell by cell, with the instructor's own solutions in it."""
    return _made(settings, "solve", assignment, path)


def _made(settings: Settings, part: pipeline.Part, assignment: str, path: Path) -> NotebookNode:
    steps = pipeline.parts(settings.config)[part]
    names = {"student": ".", "assignment": assignment, "notebook": path.stem, "db_url": ""}
    return pipeline.process(steps, settings.config, path.read_text(encoding="utf-8"), names)


def _place(cell: NotebookNode, clear: ClearHiddenTests, solved: Mapping[str, str]) -> Place:
    copy, grade_id = nbformat.from_dict(cell), _grade_id(cell)
    clear._remove_hidden_test_region(copy)
    answer = bool(is_solution(cell))
    code = answer and cell.cell_type == "code"
    return Place(
        kind=cell.cell_type,
        id=cell.id,
        grade_id=grade_id,
        metadata=dict(cell.metadata.get("nbgrader", {})),
        released=copy.source,
        answer=answer,
        names=_wanted(copy.source, solved[grade_id]) if code else frozenset(),
    )


def _wanted(*texts: str) -> frozenset[str]:
    """The functions in the first of the texts that defines any, or else its variables."""
    found = [definitions.read(text) for text in texts]
    wanted = (names for each in found for names in (each.functions, each.variables))
    return next(filter(None, wanted), frozenset())


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
