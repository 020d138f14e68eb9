"""Which submissions need no run: whatever their records come from is what it was."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.config import Settings
from autograder.grading import submission
from autograder.grading.allowances import Allowance
from autograder.grading.assignment import Assignment
from autograder.grading.execution import Kept
from autograder.grading.records import standing
from autograder.grading.records.details import TRIED_AGAIN, NotebookRecord
from autograder.grading.records.gradebook import patiently
from autograder.grading.records.penalties import Rule
from autograder.grading.records.renewal import TOGETHER, renew, renewal
from autograder.grading.records.standing import Cell, Standing
from autograder.results import CellResult, SubmissionResult
from autograder.words import utf8

PART = 200  # students whose records are in memory at once


@dataclass(frozen=True)
class Known:
    """What is on record of a submission.

    Args:
        standing: the same in full.
        assignment: its name.
        folder: of the graded copies.
        asked: the assignment's graded cells.
    """

    standing: Standing
    assignment: str
    folder: Path
    asked: Collection[Cell]

    @property
    def result(self) -> SubmissionResult:
        """What came of it then, with the scores of now."""
        kept = self.standing.details
        return self.standing.result(self.assignment, kept.status, kept.flags)

    def is_whole(self) -> bool:
        """Whether the kit graded all of it, did not fail, and has the graded copies."""
        kept = self.standing.details.notebooks
        return self.standing.is_whole(self.asked) and all(
            self._copy(name, notebook) is not None for name, notebook in kept.items()
        )

    def _copy(self, name: str, notebook: NotebookRecord) -> bytes | None:
        """The graded copy of a notebook; None where it is gone, or another."""
        try:
            copy = (self.folder / f"{name}.ipynb").read_bytes()
        except OSError:
            return None
        return copy if hashlib.sha256(copy).hexdigest() == notebook.copy else None

    def notebooks(self) -> dict[str, Kept]:
        """The notebooks as they were graded, by name: those of which all is there."""
        kept, found = self.standing.details, dict[str, Kept]()
        if not self.standing.is_recorded:
            return found
        for name, notebook in kept.notebooks.items():
            wanted = {cell for place, cell in self.asked if place == name}
            there = {grade.name for grade in self.standing.grades if grade.notebook == name}
            failed = any(flag.kind in TRIED_AGAIN for flag in notebook.flags)
            copy = self._copy(name, notebook)
            if failed or there != wanted or copy is None:
                continue
            found[name] = Kept(
                notebook,
                copy,
                {
                    cell: CellResult(None, 0.0, kept.checks[cell], kept.plots.get(cell))
                    for cell in wanted & kept.checks.keys()
                },
                {cell: kept.printed[cell] for cell in wanted & kept.printed.keys()},
            )
        return found


@dataclass(frozen=True)
class Part:
    """Some of a class's students.

    Args:
        students: them.
        known: what is on record of each of whom anything is.
        unchanged: those of these who need no run.
        settings: the course's, with the gradebook.
        assignment: its name.
        allowances: what the roster grants students.
    """

    students: Sequence[str]
    known: Mapping[str, Known]
    unchanged: Sequence[Standing]
    settings: Settings
    assignment: str
    allowances: Mapping[str, Allowance]

    def renewed(self) -> Iterator[SubmissionResult]:
        """The results of those who need no run; what changed beside them is recorded."""
        rule = Rule.of(self.settings)
        with Gradebook(self.settings.directory.db_url) as gradebook:
            renewals = [renewal(rule, gradebook, self.assignment, each) for each in self.unchanged]
        stale = [new.result.student for new in renewals if new.stale]
        written = dict[str, SubmissionResult]()
        for start in range(0, len(stale), TOGETHER):
            some = stale[start : start + TOGETHER]
            work = partial(renew, self.settings, self.assignment, some, self.allowances)
            written |= patiently(work, answered=True)
        for new in renewals:
            yield written.get(new.result.student, new.result)


@dataclass(frozen=True)
class Records:
    """What is on record of a class.

    Args:
        settings: the course's, with the gradebook.
        copies: the course's, with the graded copies.
        assignment: as it was proved.
        groups: of each student who hands in with others.
        allowances: what the roster grants students.
    """

    settings: Settings
    copies: Settings
    assignment: Assignment
    groups: Mapping[str, str]
    allowances: Mapping[str, Allowance]

    def students(self) -> set[str]:
        """Of whom anything is on record."""

        def recorded() -> set[str]:
            with Gradebook(self.settings.directory.db_url) as gradebook:
                return standing.students(gradebook, self.assignment.name)

        return patiently(recorded, answered=True)

    def parts(self, students: Sequence[str]) -> Iterator[Part]:
        """The students with what is on record of them, so many at a time."""
        for start in range(0, len(students), PART):
            some = students[start : start + PART]
            known = patiently(partial(self._known, some), answered=True)
            unchanged = [each.standing for each in known.values() if self._is_unchanged(each)]
            name = self.assignment.name
            yield Part(some, known, unchanged, self.settings, name, self.allowances)

    def _known(self, students: Sequence[str]) -> dict[str, Known]:
        name = self.assignment.name
        with Gradebook(self.settings.directory.db_url) as gradebook:
            asked = standing.asked(gradebook, name)
            # Of a name that is no text there is a failure at most, which is never left as it is.
            texts = [s for s in students if utf8(s) == s]
            found = standing.read(gradebook, name, texts, self.allowances)
        return {
            student: Known(each, name, self.copies.step("autograded", name, student), asked)
            for student, each in found.items()
        }

    def _is_unchanged(self, known: Known) -> bool:
        if not known.is_whole():
            return False
        student = known.standing.student
        seen = submission.look(
            self.settings, self.assignment, student, self.groups.get(student, "")
        )
        return not seen.misplaced and seen.digest == known.standing.details.digest
