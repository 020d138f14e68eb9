"""The exports as plugins of nbgrader's: `--exporter autograder.lms.plugins.CanvasExport`.

nbgrader exports all assignments at once; an LMS takes one at a time. So each assignment that anyone
has handed in gets files of its own, as `autograder export` writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Bool

from autograder.config import CourseError, from_config
from autograder.lms.export import Exported, export
from autograder.lms.points import WaitingError
from autograder.lms.targets import Target, Wanted
from autograder.words import printable


class _Export(ExportPlugin):
    """What the three have in common.

    `--assignment` and `--student` mean the same as to nbgrader's own. `--to` is the file, where one
    assignment is exported, and else a folder with one for each.
    """

    target: ClassVar[Target]

    partial = Bool(False, help="Leave out those whose answers wait for a person.").tag(config=True)

    absent_zero = Bool(False, help="Give who handed in nothing 0 points.").tag(config=True)

    scale = Bool(False, help="Multiply points to fit the maximum that the LMS has.").tag(
        config=True
    )

    def export(self, gradebook: Gradebook) -> None:
        """Called by `nbgrader export`: writes the files, and logs what `autograder export` tells.

        Args:
            gradebook: which assignments there are.

        Raises:
            SystemExit: something needs a person; the log says what.
        """
        asked = [str(each) for each in self.assignment]
        known = {each.name: each for each in gradebook.assignments}
        names = asked or [name for name, each in known.items() if each.num_submissions]
        gradebook.db.rollback()  # ends what was read, for whom others would have to wait
        well = bool(names)
        if not names:
            self.log.error("Nobody has handed in anything: nothing is exported.")
        for name in names:
            well = self._one(name, names) and well
        if not well:
            raise SystemExit(1)

    def _one(self, assignment: str, names: Sequence[str]) -> bool:
        """Whether an assignment was exported, and nobody is wanted."""
        try:
            done = export(from_config(self.config), assignment, self._wanted(assignment, names))
        except (CourseError, WaitingError, OSError) as error:
            self.log.error("%s", printable(" ".join(str(error).split())))
            return False
        self._tell(done)
        return not done.needs_a_person

    def _wanted(self, assignment: str, names: Sequence[str]) -> Wanted:
        output = Path(self.to) if self.to else None
        if output and len(names) > 1:
            output = output / f"{assignment}.csv"
        return Wanted(
            self.target,
            output,
            self.partial,
            self.absent_zero,
            self.scale,
            only=[str(each) for each in self.student],
        )

    def _tell(self, done: Exported) -> None:
        for each in done.told:
            self.log.info("%s", each)


class CanvasExport(_Export):
    """Canvas's gradebook with one column, and feedback for what was handed in there."""

    target = "canvas"


class MoodleExport(_Export):
    """Moodle's grading worksheet, as `collect` has kept it, filled in; and feedback."""

    target = "moodle"


class CsvExport(_Export):
    """A table with a line a student and a column a question."""

    target = "csv"
