"""What each student wrote for an assignment, from the graded copies.

There every answer stands in its place, whatever file it was handed in under, and the student's own
cells are known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.config import CourseError, Settings
from autograder.grading import roster
from autograder.grading.intake import cells
from autograder.grading.intake.cells import Cell
from autograder.grading.rebuild.repair import OWN, without_remarks
from autograder.grading.records import releases
from autograder.reporting.feedback.handed_in import shown
from autograder.words import line

MOST_CHARACTERS = 20_000  # of an answer, and of all that a student has added to a notebook


@dataclass(frozen=True, order=True)
class Place:
    """Where a text stands.

    Args:
        notebook: its name.
        cell: the answer's grade_id; "" for the student's own cells of the notebook.
        code: whether it is code.
    """

    notebook: str
    cell: str
    code: bool


@dataclass(frozen=True)
class Writer:
    """A student, or a group that has handed in the same.

    Args:
        students: their ids.
        group: with which they hand in, by the roster.
        texts: what they wrote.
    """

    students: tuple[str, ...]
    group: str
    texts: Mapping[Place, str]

    def is_with(self, other: Writer) -> bool:
        """Whether the two are of one group."""
        return bool(self.group) and self.group == other.group


@dataclass(frozen=True)
class Given:
    """The release's own text, of every release that students may have worked from.

    Args:
        code: its cells of code.
        words: its other cells.
    """

    code: tuple[str, ...]
    words: tuple[str, ...]


def given(settings: Settings, assignment: str) -> Given:
    """What students were given.

    Raises:
        CourseError: a notebook of the release can't be read.
    """
    found = set[tuple[str, str]]()
    for path in sorted(settings.step("release", assignment).glob("*.ipynb")):
        found |= {(cell.kind, cell.text) for cell in _cells(path)}
    for kept in releases.read(settings.directory.db_url, assignment).values():
        found |= {(cell.kind, cell.text) for release in kept for cell in release}
    return Given(
        tuple(sorted(text for kind, text in found if kind == "code")),
        tuple(sorted(text for kind, text in found if kind != "code")),
    )


def read(settings: Settings, assignment: str) -> list[Writer]:
    """Everyone of whom there is a graded copy, in order of id; of a group that is the same, one.

    Raises:
        CourseError: a copy, or the roster, can't be read.
    """
    groups = roster.groups(settings.roster_path)
    same = defaultdict[tuple[str, frozenset[tuple[Place, str]]], list[str]](list)
    for folder in settings.glob(settings.step("autograded", assignment, "*")):
        student = folder.parent.name
        texts = _texts(folder)
        group = groups.get(student, "")
        same[group or f"\0{student}", frozenset(texts.items())].append(student)
    return [
        Writer(tuple(students), groups.get(students[0], ""), dict(sorted(texts)))
        for (_, texts), students in same.items()
    ]


def _texts(folder: Path) -> dict[Place, str]:
    """What one student wrote."""
    texts = dict[Place, str]()
    for path in sorted(folder.glob("*.ipynb")):
        for cell in _cells(path):
            own = cell.id.startswith(OWN)
            if own or cell.metadata.get("solution"):
                place = Place(path.stem, "" if own else cell.grade_id, cell.kind == "code")
                text = without_remarks(shown(cell.text))
                before = f"{texts[place]}\n\n" if place in texts else ""
                texts[place] = f"{before}{text}"[:MOST_CHARACTERS]
    return texts


def _cells(path: Path) -> Iterable[Cell]:
    try:
        return cells.read(path).cells
    except (cells.UnreadableError, OSError) as error:
        raise CourseError(f"{path} is damaged: {line(str(error))}") from error
