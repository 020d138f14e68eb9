"""All that the page of a class says: from the gradebook, submitted/, the roster and the source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from nbgrader.api import Gradebook

from autograder.config import CourseError, Settings
from autograder.grading import late, roster
from autograder.grading.records.flags import urgency
from autograder.grading.records.gradebook import is_there, patiently
from autograder.grading.records.standing import Cell
from autograder.reporting.class_report import roll, submissions
from autograder.reporting.class_report.items import Item, Outcomes
from autograder.reporting.class_report.places import Place
from autograder.reporting.class_report.places import read as read_places
from autograder.reporting.class_report.reasons import Reason, Reasons
from autograder.reporting.class_report.roll import Roll
from autograder.reporting.class_report.submissions import Record, Submission
from autograder.words import few, without_password

# What records are made with, of which the page says whether it is one for all.
PARTS = {
    "autograder": "Kit",
    "kit": "Its code, by a digest",
    "source": "source/, by a digest",
    "exercises": "Exercises, by a digest",
    "limits": "Limits, by a digest",
    "sandbox": "Sandbox",
    "python": "Python",
    "torch": "torch",
    "numpy": "numpy",
    "ipython": "IPython",
    "nbgrader": "nbgrader",
}


@dataclass(frozen=True)
class Waiting:
    """Cells that nobody has scored yet.

    Args:
        notebook, cell: their names.
        count: in how many submissions.
        points: that each is worth.
    """

    notebook: str
    cell: str
    count: int
    points: float


@dataclass
class _Counted:
    """What is counted over the class, submission by submission."""

    submissions: list[Submission] = field(default_factory=list)
    outcomes: Outcomes = field(default_factory=Outcomes)
    reasons: Reasons = field(default_factory=Reasons)
    waiting: Counter[Cell] = field(default_factory=Counter)
    points: dict[Cell, float] = field(default_factory=dict)
    versions: dict[str, Counter[str]] = field(default_factory=dict)
    graded: dict[str, Mapping[str, str]] = field(default_factory=dict)  # their versions, by student

    def add(self, record: Record) -> None:
        submission = record.submission
        self.submissions.append(submission)
        for part in PARTS:
            if value := record.versions.get(part):
                self.versions.setdefault(part, Counter())[value] += 1
        if submission.is_graded:
            self.graded[submission.student] = record.versions
            self.outcomes.add(record.cells, record.machine)
            self.reasons.add(submission.student, record.cells)
            for cell in record.waiting:
                self.waiting[cell] += 1
                self.points[cell] = record.cells[cell[1]].max_score


@dataclass(frozen=True)
class Report:
    """What the page of a class says.

    Args:
        assignment, course: names.
        made: when this was read, as people here read it.
        due: until when, the same; "" for no date.
        timezone: of both.
        database: the gradebook's address, without a password.
        names: what students are called, by id, as the roster has it.
        submissions: in order of id.
        places: of the graded cells, by grade_id.
        items: each check over the class.
        reasons: why checks failed, and how many reasons are left out.
        waiting: what nobody has scored yet.
        roll: who is missing.
        versions: what records were made with: each value with the number of its records.
        memory_mib: what a kernel may take now.
    """

    assignment: str
    course: str
    made: str
    due: str
    timezone: str
    database: str
    names: Mapping[str, str]
    submissions: Sequence[Submission]
    places: Mapping[str, Place]
    items: Sequence[Item]
    reasons: tuple[Sequence[Reason], int]
    waiting: Sequence[Waiting]
    roll: Roll
    versions: Mapping[str, Sequence[tuple[str, int]]]
    memory_mib: int

    @cached_property
    def wanting(self) -> list[Submission]:
        """Those that somebody has to look at, the most urgent first."""
        return self._urgent(
            each for each in self.submissions if not each.known or each.result.wants_a_person
        )

    @cached_property
    def settled(self) -> list[Submission]:
        """Those that somebody has looked at."""
        return self._urgent(
            each
            for each in self.submissions
            if each.known
            and not each.result.wants_a_person
            and any(flag.settled for flag in each.result.flags)
        )

    @staticmethod
    def _urgent(some: Iterable[Submission]) -> list[Submission]:
        return sorted(some, key=lambda each: (each.known, urgency(each.result)))

    @cached_property
    def graded(self) -> list[Submission]:
        """Those whose points are of what was handed in last."""
        return [each for each in self.submissions if each.is_graded]

    @cached_property
    def late(self) -> list[Submission]:
        """Who came late, lost points for it or has an extension; the latest first."""
        found = [
            each for each in self.submissions if each.lateness or each.penalty or each.extension
        ]
        return sorted(found, key=lambda each: -each.lateness.total_seconds())

    @cached_property
    def timeless(self) -> list[str]:
        """Of whose submission the time is not known."""
        return [each.student for each in self.submissions if each.handed_in is None]

    @property
    def needs_a_person(self) -> bool:
        """Whether anything is there that is not in the ordinary course of grading."""
        return bool(self.wanting or self.roll.strays)


def gather(settings: Settings, assignment: str) -> Report:
    """Reads all of it; what lateness takes is brought up to date in the gradebook first.

    Args:
        settings: the course's.
        assignment: its name.

    Raises:
        CourseError: the assignment is not released, its source or the roster can't be read, or the
            gradebook is of a newer kit.
    """
    if not is_there(settings.directory.db_url):
        raise CourseError(f"there is no gradebook yet: `autograder release {assignment}` makes it.")
    late.update(settings, assignment)
    listed = roster.read(settings.roster_path)
    places = read_places(settings.step("source", assignment))
    counted = patiently(lambda: _counted(settings, assignment))
    due = roster.due(settings, assignment)
    shown = settings.course.shown
    written = frozenset(cell for cell, place in places.items() if place.written)
    return Report(
        assignment=assignment,
        course=settings.directory.course_id or settings.root.name,
        made=shown(datetime.now(UTC).replace(tzinfo=None)),
        due=shown(due) if due else "",
        timezone=settings.course.timezone,
        database=without_password(settings.directory.db_url),
        names={student: each.name for student, each in listed.items() if each.name != student},
        submissions=counted.submissions,
        places=places,
        items=tuple(counted.outcomes.items(written)),
        reasons=counted.reasons.told(),
        waiting=[
            Waiting(*cell, count, counted.points[cell])
            for cell, count in counted.waiting.most_common()
        ],
        roll=roll.call(
            settings,
            assignment,
            listed,
            {each.student for each in counted.submissions},
            counted.graded,
        ),
        versions={part: values.most_common() for part, values in counted.versions.items()},
        memory_mib=settings.sandbox.memory_mib,
    )


def _counted(settings: Settings, assignment: str) -> _Counted:
    counted = _Counted()
    with Gradebook(settings.directory.db_url) as gradebook:
        for record in submissions.read(settings, gradebook, assignment):
            counted.add(record)
    return counted


def in_short(report: Report) -> Iterator[str]:
    """The class in a line or two, for who has given the command."""
    wanting, waiting = len(report.wanting), sum(each.waiting for each in report.submissions)
    need = "needs a person" if wanting == 1 else "need a person"
    points = f"; {waiting:g} points wait for one" if waiting else ""
    count = len(report.submissions)
    yield f"{count} submission{'' if count == 1 else 's'}: {wanting} {need}{points}."
    if ungraded := report.roll.ungraded:
        yield f"Not graded yet: {few(ungraded)}."
    if strays := report.roll.strays:
        yield f"In submitted/, and nobody's: {few(strays)}."
