"""What a submission is graded on: the source notebook, with room for a student's answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from autograder.config import Settings
from autograder.grading import pipeline
from autograder.grading.intake import definitions
from autograder.grading.intake.cells import Cell, clean
from autograder.grading.intake.definitions import Definitions
from autograder.grading.pipeline import Part
from autograder.grading.rebuild import former
from autograder.grading.rebuild.former import Change
from autograder.grading.source_errors import named

FORMAT = (4, 5)  # the first with cell ids
MOST_CHARACTERS = 2_000  # of a cell that is compared


@dataclass(frozen=True, eq=False)
class Place:
    """A cell of the source.

    Args:
        kind: "code", "markdown" or "raw".
        id: the cell's, by which an editor keeps it.
        grade_id: nbgrader's name for it; "" for a cell that nbgrader leaves as students wrote it.
        metadata: nbgrader's metadata.
        released: its text as students were given it.
        answer: whether a student writes in it.
        names: what an answer in code has to define.
        task: whether it asks for what a student writes in it or beside it.
        always: whether every former release had it too.
    """

    kind: str
    id: str
    grade_id: str
    metadata: Mapping[str, object]
    released: str
    answer: bool
    names: frozenset[str]
    task: bool = False
    always: bool = True

    @property
    def students(self) -> bool:
        """Whether a student's text in it is kept, and not the course's put back."""
        return self.answer or self.task or not self.grade_id

    @cached_property
    def stripped(self) -> str:
        """Its text as released, without the space around it."""
        return self.released.strip()

    @cached_property
    def defines(self) -> Definitions:
        """What its text defines as it was released."""
        return definitions.read(self.released)

    @property
    def bound(self) -> frozenset[str]:
        """The names that its text binds as it was released."""
        return self.defines.bound

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
        return self.kind == cell.kind and self.stripped == cell.stripped


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A notebook of an assignment, its solutions cleared and its hidden tests in it.

    Args:
        name: of the notebook, without ending.
        notebook: not to be changed.
        solved: the same with the instructor's own solutions in it; not to be changed either.
        places: its cells.
        changed: what became of the cells of its former releases.
        reordered: whether a former release had them in another order.
    """

    name: str
    notebook: NotebookNode
    solved: NotebookNode
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
        return frozenset(place.stripped for place in self.places if place.answer)

    @cached_property
    def given(self) -> Counter[str]:
        """The texts of its cells that are no answers, and how many have each."""
        return Counter(p.stripped for p in self.places if not p.answer and p.stripped)

    @cached_property
    def statements(self) -> frozenset[Hashable]:
        """The statements in its cells that are no answers, as `definitions` spells them."""
        trees = (p.defines.tree for p in self.places if not p.answer and p.kind == "code")
        return frozenset(definitions.spelled(s) for tree in trees if tree for s in tree.body)


class Given:
    """The course's own text, tests and examples: whatever of an assignment is nobody's answer."""

    def __init__(self, skeletons: Iterable[Skeleton]) -> None:
        skeletons = list(skeletons)
        self._skeletons = skeletons
        self._texts = Counter[str]()
        for skeleton in skeletons:
            self._texts |= skeleton.given

    def count(self, cell: Cell) -> int:
        """How many cells of one notebook have a cell's text."""
        return self._texts[cell.stripped]

    def holds(self, cell: Cell) -> bool:
        """Whether a cell's text is a part of the course's."""
        return any(cell.stripped in text for text in self._texts)

    def defines(self, cell: Cell, names: frozenset[str]) -> bool:
        """Whether a cell is the course's text, or has these names from the course's statements."""
        if self._texts[cell.stripped]:
            return True
        binding = cell.defines.binding(names)
        return bool(binding) and all(
            any(definitions.spelled(s) in skeleton.statements for skeleton in self._skeletons)
            for s in binding
        )


def read(
    settings: Settings, assignment: str, path: Path, releases: Sequence[Sequence[Cell]] = ()
) -> Skeleton:
    """The skeleton of a source notebook, made by the course's own steps of releasing.

    Args:
        settings: the course's.
        assignment: its name.
        path: of the notebook.
        releases: the cells of its former releases, as `records.releases` keeps them.

    Raises:
        SourceError: a step can't make anything of it.
    """
    with named(path):
        notebook = _identified(_made(settings, "release", assignment, path))
        solved = _identified(_made(settings, "solve", assignment, path))
        cleared = _after(settings, "clear", assignment, path.stem, nbformat.writes(notebook))
    released = {cell.id: cell.source for cell in cleared.cells}
    solutions = {_grade_id(cell): cell.source for cell in solved.cells}
    made = [
        _place(cell, clean(released.get(cell.id, "")), solutions.get(_grade_id(cell), ""))
        for cell in notebook.cells
    ]
    places = tuple(replace(place, always=_always(place, releases)) for place in made)
    current = [place.cell for place in places]
    return Skeleton(
        name=path.stem,
        notebook=notebook,
        solved=solved,
        places=places,
        changed=tuple(former.changes(releases, current)),
        reordered=any(_order(cells, current) != _order(current, cells) for cells in releases),
    )


def _made(settings: Settings, part: Part, assignment: str, path: Path) -> NotebookNode:
    """What a part of the course's steps makes of the source."""
    return _after(settings, part, assignment, path.stem, path.read_text(encoding="utf-8"))


def _after(
    settings: Settings, part: Part, assignment: str, notebook: str, text: str
) -> NotebookNode:
    """A notebook's JSON text after a part of the course's steps."""
    names = {"student": ".", "assignment": assignment, "notebook": notebook, "db_url": ""}
    notebook = nbformat.reads(text, as_version=4)
    steps = pipeline.parts(settings.config)[part]
    return pipeline.process(steps, settings.config, notebook, names)


def _always(place: Place, releases: Iterable[Sequence[Cell]]) -> bool:
    """Whether every release had this place's cell."""
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


def _identified(notebook: NotebookNode) -> NotebookNode:
    """The notebook in a format with cell ids, each cell with one of its own."""
    notebook.nbformat, notebook.nbformat_minor = max(
        FORMAT, (notebook.nbformat, notebook.nbformat_minor)
    )
    counts = Counter(cell.get("id") for cell in notebook.cells)
    for number, cell in enumerate(notebook.cells):
        if "id" not in cell or counts[cell.id] > 1:
            cell.id = f"cell-{number}"
    return notebook


def _place(cell: NotebookNode, released: str, solved: str) -> Place:
    answer, marked = bool(is_solution(cell)), dict(cell.metadata.get("nbgrader", {}))
    code = answer and cell.cell_type == "code"
    return Place(
        kind=cell.cell_type,
        id=cell.id,
        grade_id=_grade_id(cell),
        metadata=marked,
        released=released,
        answer=answer,
        names=_wanted(released, solved) if code else frozenset(),
        task=bool(is_task(cell)) and not answer,
    )


def _wanted(*texts: str) -> frozenset[str]:
    """The functions in the first of the texts that defines any, or else its variables."""
    found = [definitions.read(text) for text in texts]
    wanted = (names for each in found for names in (each.functions, each.variables))
    return next(filter(None, wanted), frozenset())


def _grade_id(cell: NotebookNode) -> str:
    """nbgrader's name for a cell that it knows; in others the name is left over from an editor."""
    if not any(known(cell) for known in (is_grade, is_solution, is_locked, is_task)):
        return ""
    return str(cell.metadata.nbgrader.get("grade_id", ""))
