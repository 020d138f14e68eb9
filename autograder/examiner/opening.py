"""A notebook before there is a student: its cells, and what the first of them have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from autograder.examiner.later import Seen
from autograder.examiner.namespace import Names
from autograder.examiner.review import Program
from autograder.examiner.shared import Shared
from autograder.examiner.source_cells import SourceCell, first_cells, names_bound
from autograder.examiner.student_cell import StudentCell
from autograder.exercises.asked import Asked
from autograder.isolation.outputs import Output
from autograder.isolation.shell import Shell, one_thread
from autograder.source_text import used, used_in_calls

GIVEN_BYTES = 2 << 20  # of output that a first cell may give, which nobody sees


@dataclass(frozen=True)
class Opening:
    """A notebook before there is a student: its source, and what its first cells have done.

    Args:
        source: the instructor's code cells, in order.
        bringing: the visible tests whose doing later hidden ones may use, as `bringing` finds them.
        shell: this process's own; it has run the cells before the first solution or test.
        outputs: what they showed; nothing where every kernel has to run them itself.
        shared: the cells that nothing of a student's can touch, by text.
        changed: names of the instructor's whose objects a solution changes in place.
        seen: what each hidden test sees, by its grade_id.
        asked: what the tests may ask for by name.
        program: the released texts of all its cells but solutions, as the review reads them.
        needless: the places of the instructor's cells that change nothing which tests see.
    """

    source: Sequence[SourceCell]
    bringing: Set[str]
    shell: Shell
    outputs: Sequence[list[Output]] = ()
    shared: Mapping[str, Shared] = field(default_factory=dict)
    changed: Set[str] = frozenset()
    seen: Mapping[str, Seen] = field(default_factory=dict)
    needless: Set[int] = frozenset()
    asked: Asked = field(default_factory=Asked)
    program: Program = field(default_factory=Program)

    @property
    def names(self) -> Names:
        """Where this process runs cells."""
        names: Names = self.shell.user_ns
        return names

    def begins(self, cells: Sequence[StudentCell]) -> bool:
        """Whether a submission begins with the same cells, and kernels that have run them do."""
        first = [cell.released for cell in self.source[: len(self.outputs)]]
        return bool(first) and [cell.text for cell in cells[: len(first)]] == first


def begin(source: Sequence[SourceCell], shell: Shell) -> None:
    """Makes a shell this process's, and runs the first cells in it."""
    asked, taken, imported = names_bound(source)
    calls = frozenset[str]().union(*(used_in_calls(c.text) for c in source if c.role == "solution"))
    names = Names(None, asked, taken | imported, frozenset(imported - taken), calls)
    names.update(shell.user_ns)
    shell.user_ns = names
    shell.show(False)  # nobody sees here what the instructor's cells show
    with one_thread():
        for cell in first_cells(source):
            shell.run(cell.text, 0, GIVEN_BYTES)
    shell.expect(cell.text for cell in source)
    for cell in source:
        used(cell.text)  # kept: examiners have it from before their fork
