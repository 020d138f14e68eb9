"""Which of the instructor's own cells the examiner runs on its way to a test.

The student's kernel runs them all, since what they show is shown there. The examiner needs what
the tests see: a picture that is drawn between two of them takes its time for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from autograder.examiner.changes import Texts
from autograder.examiner.effects import imported
from autograder.examiner.later import SEEING
from autograder.examiner.source_cells import SourceCell, names_bound
from autograder.source_text import bound, imports_of, may_use, rebound


def needless(
    source: Sequence[SourceCell],
    changed: Set[str],
    leaves: Sequence[Sequence[str] | None],
    ours: Texts,
) -> set[int]:
    """The places of given cells that change nothing which a test below them sees.

    Args:
        source: the instructor's cells.
        changed: names of the instructor's whose objects a solution changes in place.
        leaves: what each was seen to leave as it was; `proving.Observed` says it.
        ours: their texts as the examiner runs them, to be asked what they change.
    """
    students, first = names_bound(source)[0] | changed, _bound_first(source)
    found, sees = set[int](), set[str]()
    for place, left in reversed(list(enumerate(leaves))):
        cell = source[place]
        passed = left is not None and not sees & SEEING and not first[place] & sees
        if passed and _leaves_alone(cell.text, sees, ours, students, left or ()):
            found.add(place)
        elif cell.role != "solution":
            texts = (cell.text, cell.released)
            sees |= ours.looked_up(set[str]().union(*map(may_use, texts), *map(imported, texts)))
    return found


def _bound_first(source: Sequence[SourceCell]) -> list[set[str]]:
    """Of each cell the names that it binds, but for those that one above it is sure to import."""
    found, known = list[set[str]](), set[str]()
    for cell in source:
        found.append(rebound([cell.text]) - known)
        known |= bound([imports_of(cell.text)]) if cell.role != "test" else set()
    return found


def _leaves_alone(
    cell: str, sees: set[str], ours: Texts, students: Set[str], left: Sequence[str]
) -> bool:
    """Whether a cell changes nothing of what is seen.

    What it was seen to leave as it was counts where nothing that a student wrote is called, or has
    made what it uses: in another notebook it does the same. What it binds is another object, if an
    equal one.
    """
    uses, same = may_use(cell) | imported(cell), set(left) - rebound([cell])
    calls = (ours.reach(uses - same) | ours.made_of(uses)) & students
    plain = set[str]() if calls else same
    needed = ours.reach(sees - plain) - plain
    draws = ours.pictures(sees) and ours.pictures(uses)
    return not (draws or ours.may_change([cell], needed, plain))
