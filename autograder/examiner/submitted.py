"""The code cells of a submission, and what they have to do with the instructor's.

That is read from their text alone; nothing is run here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from autograder.examiner.changes import Texts
from autograder.examiner.later import texts_of, waiting
from autograder.examiner.opening import Opening
from autograder.examiner.shared import SHOWN_OTHERWISE, Shared, passed_over
from autograder.examiner.source_cells import SourceCell, untouched
from autograder.examiner.student_cell import StudentCell
from autograder.source_text import bound, rebound, too_long, used, used_in_calls


@dataclass(frozen=True, eq=False)
class Submitted:
    """The cells of one submission.

    Args:
        opening: the instructor's side.
        all: the cells, in order.
        files: what lies beside them.
    """

    opening: Opening
    all: Sequence[StudentCell]
    files: Mapping[str, bytes]

    @cached_property
    def tests(self) -> Mapping[str, SourceCell]:
        """The instructor's test cells, by grade_id."""
        return {cell.grade_id: cell for cell in self.opening.source if cell.role == "test"}

    @cached_property
    def _released(self) -> Set[str]:
        return {cell.released for cell in self.opening.source}

    def is_released(self, cell: StudentCell) -> bool:
        """Whether a cell is as the course released it."""
        return cell.text in self._released

    @cached_property
    def first(self) -> Sequence[StudentCell]:
        """The cells that a new kernel has run before it is forked."""
        begins = self.opening.begins(self.all)
        return self.all[: len(self.opening.outputs)] if begins else ()

    def left(self) -> Iterator[tuple[int, StudentCell]]:
        """The cells that a new kernel has not run yet, with the numbers in their brackets."""
        return itertools.islice(enumerate(self.all, start=1), len(self.first), None)

    def as_run(self, cell: StudentCell) -> str:
        """What the kernel runs of a cell: of a test the text that students have."""
        test = self.tests.get(cell.grade_id)
        return test.released if test else cell.text

    @cached_property
    def own(self) -> list[StudentCell]:
        """The cells that are the student's own words."""
        cells = [cell for cell in self.all if cell.grade_id not in self.tests]
        return [cell for cell in cells if not self.is_released(cell)]

    @cached_property
    def unread(self) -> set[StudentCell]:
        """The longest of the student's own cells, where to read all would take long."""
        return too_long(self.own)

    @property
    def _read(self) -> list[StudentCell]:
        """The student's own cells that are short enough to read."""
        return [cell for cell in self.own if cell not in self.unread]

    @cached_property
    def texts(self) -> Texts:
        """What the kernel runs, to be asked what it changes."""
        return texts_of(map(self.as_run, self.all), self.files)

    def waiting(self) -> set[str]:
        """The hidden tests of which a later cell may change what they see, by grade_id.

        All of them, where the cells would take long to read.
        """
        if self.unread:
            return {cell.grade_id for cell in self.tests.values() if cell.hidden}
        run = [(cell.grade_id, self.as_run(cell)) for cell in self.all]
        return waiting(self.opening.seen, run, self.texts)

    @cached_property
    def same(self) -> Mapping[str, Shared]:
        """The instructor's cells that do here what they do in every notebook, by text."""
        own = [cell.text for cell in self.own]
        if self.unread or any(SHOWN_OTHERWISE.search(text) for text in own):
            return {}
        lost = self._out_of_place()
        free = untouched(self.opening.source, [*own, *lost], self.texts) - set(lost)
        return {text: each for text, each in self.opening.shared.items() if text in free}

    def _out_of_place(self) -> list[str]:
        """The instructor's cells that are missing, changed or elsewhere than in the source."""
        left = [cell.text for cell in self.all]
        found = []
        for cell in self.opening.source:
            if cell.role == "given" and cell.released not in left:
                found.append(cell.released)
            elif cell.role == "given":
                left = left[left.index(cell.released) + 1 :]
        return found

    @cached_property
    def passed_over(self) -> set[StudentCell]:
        """The cells that the kernel need not run."""
        own = set(self.own)
        if self.unread or self.texts.may_change([cell.text for cell in own], set()):
            return set()
        return passed_over(self.all, own, self.same, self.tests, self.texts)

    def answers(self, test: SourceCell) -> bool:
        """Whether the student has bound a name that a test uses, in a cell that can be read."""
        return bool(used(test.text) & bound(cell.text for cell in self._read))

    def calls(self, function: str) -> set[str]:
        """The names that a function uses, and those that they use, in the student's own cells."""
        uses: dict[str, set[str]] = {}
        for cell in self._read:
            for name in bound([cell.text]):
                uses[name] = uses.get(name, set()) | used(cell.text)
        found, left = set[str](), [function]
        while left:
            new = uses.get(left.pop(), set()) - found
            found |= new
            left += new
        return found - {function}

    def uses(self, test: SourceCell) -> set[str]:
        """The names that a test uses, and those that the student's functions among them use."""
        uses = set(used(test.text))
        uses = uses.union(*map(self.calls, uses))
        texts = [cell.text for cell in self._read]
        return uses.union(*(used_in_calls(text) for text in texts if bound([text]) & uses))

    def needed_for(self, names: set[str]) -> Iterator[tuple[int, StudentCell]]:
        """The cells, tests apart, that may change what these names stand for; as `left` has them.

        Args:
            names: with all that they reach.
        """
        for number, cell in self.left():
            binds = rebound([cell.text])  # by an import too
            if cell.grade_id not in self.tests and (
                binds & names or self.texts.may_change([cell.text], names)
            ):
                yield number, cell

    def binds(self, cell: StudentCell) -> set[str]:
        """The names that a cell binds; none of one that would take long to read."""
        return set() if cell in self.unread else bound([cell.text])
