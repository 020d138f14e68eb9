"""Gathering what students are told: from the gradebook, the source's outline and the graded copies.

Flags are for the people who grade, and are left out here, but for one: that a notebook is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)

from autograder.config import CourseError, Settings
from autograder.grading.records import details, tables
from autograder.grading.records.details import Details
from autograder.reporting.feedback import handed_in, outline
from autograder.reporting.feedback.handed_in import HandedIn
from autograder.reporting.feedback.outline import Outline
from autograder.reporting.feedback.told import (
    Exercise,
    Feedback,
    Lateness,
    Notebook,
    Score,
    late_by,
    plain,
)
from autograder.results import FlagKind
from autograder.words import printable

SILENT = "No response."  # nbgrader's comment on an answer that is as it was given


@dataclass(frozen=True)
class Gathering:
    """What the gradebook has of an assignment.

    Args:
        settings: the course's.
        gradebook: is open as long as this is used.
        assignment: its name.
        outlines: of its notebooks.
        kept: what the kit has kept of each submission, by student.
        entries: nbgrader's, by student.
    """

    settings: Settings
    gradebook: Gradebook
    assignment: str
    outlines: Sequence[Outline]
    kept: Mapping[str, Details]
    entries: Mapping[str, SubmittedAssignment]

    @classmethod
    def of(cls, settings: Settings, gradebook: Gradebook, assignment: str) -> Gathering:
        """What there is of an assignment.

        Raises:
            CourseError: it is not released, or its source can't be read.
        """
        tables.prepare(gradebook)
        try:
            entries = {
                each.student_id: each for each in gradebook.assignment_submissions(assignment)
            }
        except MissingEntry:
            raise CourseError(
                f"the gradebook knows no assignment {assignment}: `autograder release {assignment}`"
            ) from None
        outlines = outline.read(settings.step("source", assignment))
        kept = details.read(gradebook, assignment)
        return cls(settings, gradebook, assignment, outlines, kept, entries)

    @property
    def students(self) -> list[str]:
        """Everyone of whom there is a record."""
        return sorted({*self.kept, *self.entries})

    def feedback(self, student: str) -> Feedback:
        """What a student is told.

        Raises:
            CourseError: the student's record or graded copy is damaged.
        """
        kept, entry = self.kept.get(student), self.entries.get(student)
        failed = kept is not None and kept.status == "failed"
        if entry is None:
            return Feedback(self.assignment, printable(student), "", (), Lateness(), failed)
        names = (entry.student.first_name, entry.student.last_name)
        return Feedback(
            self.assignment,
            printable(student),
            printable(" ".join(filter(None, names))),
            tuple(self._notebooks(entry, kept)),
            self._lateness(entry),
            failed,
        )

    def _lateness(self, entry: SubmittedAssignment) -> Lateness:
        course = self.settings.course
        due = (
            entry.duedate if entry.assignment.duedate else None
        )  # nbgrader adds an extension to it
        return Lateness(
            course.shown(entry.timestamp) if entry.timestamp else "",
            course.shown(due) if due else "",
            late_by(entry.timestamp, due),
            sum(notebook.late_submission_penalty or 0 for notebook in entry.notebooks),
            bool(due and entry.extension),
        )

    def _notebooks(self, entry: SubmittedAssignment, kept: Details | None) -> Iterator[Notebook]:
        """The notebooks in the outlines' order; what the source has no more comes last."""
        named = {notebook.name: notebook for notebook in entry.notebooks}
        order = {each.name: each for each in self.outlines if each.name in named}
        order |= {name: Outline(name, name, ()) for name in sorted(named.keys() - order.keys())}
        folder = self.settings.step("autograded", self.assignment, entry.student_id)
        for name, asked in order.items():
            written = handed_in.read(folder / f"{name}.ipynb")
            exercises = tuple(_Parts(named[name], written or HandedIn(), kept).exercises(asked))
            missing = written is None and _was_missing(name, kept)
            yield Notebook(asked.title, exercises, not missing, written is not None)


def _was_missing(name: str, kept: Details | None) -> bool:
    """Whether it is on record that a notebook was not handed in; of a failed hand-in nothing is."""
    return (
        kept is not None
        and kept.status != "failed"
        and any(
            flag.kind == FlagKind.MISSING_NOTEBOOK and flag.detail.startswith(f"{name}.ipynb ")
            for flag in kept.flags
        )
    )


class _Parts:
    """What is known of one notebook, to be put together by exercise.

    Args:
        entry: nbgrader's.
        written: the graded copy.
        kept: what the kit has kept; None where another program has graded: what its tests said may
            hold their source.
    """

    def __init__(self, entry: SubmittedNotebook, written: HandedIn, kept: Details | None) -> None:
        self._written, self._kept = written, kept
        self._grades: dict[str, Grade] = {grade.name: grade for grade in entry.grades}
        self._comments: dict[str, Comment] = {each.name: each for each in entry.comments}

    def exercises(self, asked: Outline) -> Iterator[Exercise]:
        """The exercises of the outline, then cells with points that it does not name."""
        there = [each for each in asked.exercises if self._grades.keys() & {*each.graded}]
        named = {name for each in there for name in each.graded}
        yield from map(self._exercise, there)
        for name in self._grades:
            if name not in named:
                yield self._exercise(outline.Exercise(name, (name,), (name,)))

    def _exercise(self, asked: outline.Exercise) -> Exercise:
        cells = dict.fromkeys((*asked.answers, *asked.graded))
        comments = [self._comments[name] for name in cells if name in self._comments]
        said = [each.manual_comment for each in comments if each.manual_comment]
        silent = [each for each in comments if each.auto_comment == SILENT]
        plots = self._kept.plots if self._kept else {}
        return Exercise(
            title=asked.title or asked.answers[0],
            answers=tuple(
                self._written.answers[n] for n in asked.answers if n in self._written.answers
            ),
            scores=tuple(self._score(asked, n) for n in asked.graded if n in self._grades),
            comments=tuple(map(handed_in.shown, said)),
            silent=bool(silent) and len(silent) == len(comments),
            plots=tuple(plots[name] for name in asked.graded if name in plots),
        )

    def _score(self, asked: outline.Exercise, name: str) -> Score:
        grade, owner = self._grades[name], asked.owner(name)
        given = grade.manual_score is not None
        waits = grade.auto_score is None and not given
        return Score(
            name,
            f"{plain(name.removeprefix(f'{owner}_'))} test" if owner else plain(name),
            None if waits else float(grade.score),
            float(grade.max_score),
            self._kept.checks.get(name, ()) if self._kept else (),
            self._written.failures.get(name, "") if self._kept else "",
            given,
            float(grade.extra_credit or 0),
            bool(grade.needs_manual_grade) and not waits,
        )
