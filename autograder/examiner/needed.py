"""Which of the instructor's own cells the examiner runs on its way to a test.

The student's kernel runs them all, since what they show is shown there. The examiner needs what
the tests see: a picture that is drawn between two of them takes its time for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from autograder.examiner.changes import Texts
from autograder.examiner.later import SEEING
from autograder.examiner.names import used
from autograder.examiner.source_cells import SourceCell, names_bound


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
    students = names_bound(source)[0] | changed
    found, sees = set[int](), set[str]()
    for place, left in reversed(list(enumerate(leaves))):
        cell = source[place]
        passed = left is not None and not sees & SEEING
        if passed and _leaves(cell.text, sees, ours, students, left or ()):
            found.add(place)
        elif cell.role != "solution":
            sees |= ours.looked_up(used(cell.text) | used(cell.released))
    return found


def _leaves(
    cell: str, sees: set[str], ours: Texts, students: Set[str], left: Sequence[str]
) -> bool:
    """Whether a cell changes nothing of what is seen.

    What it was seen to leave as it was counts where nothing that a student wrote is called: in
    another notebook it does the same.
    """
    uses = used(cell)
    calls = ours.reach(uses - set(left)) & students
    needed = ours.reach(sees if calls else sees - set(left))
    return not (ours.pictures(sees) & uses or ours.may_change([cell], needed))
