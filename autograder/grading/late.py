"""What being late takes off, brought up to date for a class: before anyone reads its points.

A person may have scored since the last grading, the due date, the roster or the policy may be
others. A grading does the same for whoever it looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from nbgrader.api import (
    Assignment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import bindparam, func, select

from autograder.config import Settings
from autograder.grading import roster
from autograder.grading.allowances import NO_ALLOWANCE, Allowance
from autograder.grading.nbgrader_internals import one_engine
from autograder.grading.records import details, penalties, tables
from autograder.grading.records.arrival import Arrival
from autograder.grading.records.entry import lock
from autograder.grading.records.gradebook import is_there, patiently
from autograder.grading.records.judgement import Notes
from autograder.grading.records.penalties import Rule
from autograder.grading.records.renewal import EXTENSION, PENALTY, TOGETHER, renew, write_each
from autograder.grading.records.scores import NotebookScores
from autograder.grading.records.standing import arrived
from autograder.words import few

NOTEBOOKS = (
    select(
        SubmittedAssignment.id.label("entry_id"),
        SubmittedAssignment.student_id,
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
        Assignment.duedate,
        SubmittedNotebook.id,
        SubmittedNotebook.late_submission_penalty.label("penalty"),
        Notebook.name,
        func.sum(Grade.score).label("score"),
    )
    .select_from(SubmittedAssignment)
    .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
    .where(Assignment.name == bindparam("assignment"))
    .group_by(SubmittedAssignment.id, Assignment.id, SubmittedNotebook.id, Notebook.id)
)
Row = dict[str, object]


@dataclass(frozen=True)
class _Entry:
    """What the gradebook has of a submission, as far as lateness needs it.

    Args:
        student: whose it is.
        entry_id: of nbgrader's entry.
        arrival: when it came, and until when it was to come, by what the roster grants.
        extended: the extension that the gradebook has.
        ids: of its notebooks that have points, by name.
        scores: of these.
        taken: what is taken off each.
    """

    student: str
    entry_id: str
    arrival: Arrival
    extended: timedelta | None
    ids: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)

    def new_penalties(self, rule: Rule, former: str = penalties.IN_TIME) -> list[Row]:
        """The notebooks whose penalty is to be another; `former` as in `Rule.decided`."""
        wanted = rule.decided(self.arrival, self.scores, former) or {}
        return [
            {"notebook": self.ids[name], "penalty": penalty or None}
            for name, penalty in wanted.items()
            if not penalties.same(self.taken[name], penalty)
        ]

    @property
    def new_extension(self) -> list[Row]:
        """The entry, where its extension is to be another."""
        length = self.arrival.extension
        return [] if length == self.extended else [{"entry": self.entry_id, "length": length}]

    def is_stale(self, rule: Rule, former: str | None) -> bool:
        """Whether anything of it is to be another; `former` as in `Rule.decided`, if known."""
        if self.new_extension or self.new_penalties(rule, former or penalties.IN_TIME):
            return True
        return former not in (None, rule.depends_on(self.arrival, self.scores))


def update(settings: Settings, assignment: str) -> None:
    """Brings the penalties and extensions in the gradebook up to date, and the records with them.

    Where nothing is to be another, nothing is written. What is not released has none.

    Args:
        settings: the course's.
        assignment: its name.

    Raises:
        CourseError: a setting contradicts itself or another, what the roster grants can't be read,
            or the gradebook is of a newer kit.
    """
    rule = Rule.of(settings)
    if not is_there(settings.directory.db_url):
        return
    with one_engine():
        allowances = patiently(lambda: _granted(settings, assignment))
        whole, others = patiently(lambda: _stale(settings, assignment, rule, allowances))
        for some in _parts(whole):
            work = partial(renew, settings, assignment, some, allowances)
            others += sorted({*some} - patiently(work, answered=True).keys())
        for some in _parts(others):
            alone = partial(_write_penalties, settings, assignment, rule, allowances, some)
            patiently(alone, answered=True)


def update_all(settings: Settings) -> None:
    """Does so for each assignment that the gradebook has; it raises what `update` does."""
    Rule.of(settings)
    if not is_there(settings.directory.db_url):
        return

    def names() -> list[str]:
        with Gradebook(settings.directory.db_url) as gradebook:
            return sorted(gradebook.db.execute(select(Assignment.name)).scalars())

    for name in patiently(names):
        update(settings, name)


def _parts(students: Sequence[str]) -> Iterator[Sequence[str]]:
    """The students, so many at a time."""
    return (students[start : start + TOGETHER] for start in range(0, len(students), TOGETHER))


def _granted(settings: Settings, assignment: str) -> dict[str, Allowance]:
    """What the roster grants; the gradebook has the due date then that the course says."""
    said = settings.course.due_utc(assignment)
    with Gradebook(settings.directory.db_url) as gradebook:
        tables.prepare(gradebook)
        try:
            entry = gradebook.find_assignment(assignment)
        except MissingEntry:
            return {}
        if said not in (None, entry.duedate):
            gradebook.update_or_create_assignment(assignment, duedate=said)
        return roster.allowances(settings, assignment, entry.duedate)


def _stale(
    settings: Settings, assignment: str, rule: Rule, allowances: Mapping[str, Allowance]
) -> tuple[list[str], list[str]]:
    """Of whom something is to be another: whose record is whole, and all others."""
    with Gradebook(settings.directory.db_url) as gradebook:
        entries = list(_entries(gradebook, assignment, allowances))
        whole, others = details.versions_of_class(gradebook, assignment)
    former = _former(others) | {s: each.get(penalties.PART) for s, each in whole.items()}
    stale = [each.student for each in entries if each.is_stale(rule, former.get(each.student))]
    return [s for s in stale if s in whole], [s for s in stale if s not in whole]


def _former(others: details.Versions) -> dict[str, str | None]:
    """What penalties were last written by, of those whose records are not whole."""
    return {s: each.get(penalties.PART, penalties.IN_TIME) for s, each in others.items()}


def _entries(
    gradebook: Gradebook, assignment: str, allowances: Mapping[str, Allowance]
) -> Iterable[_Entry]:
    """What the gradebook has of each submission of an assignment."""
    found = dict[str, _Entry]()
    for row in gradebook.db.execute(NOTEBOOKS, {"assignment": assignment}):
        if row.entry_id not in found:
            arrival = arrived(row, allowances.get(row.student_id, NO_ALLOWANCE))
            found[row.entry_id] = _Entry(row.student_id, row.entry_id, arrival, row.extension)
        entry = found[row.entry_id]
        entry.ids[row.name], entry.scores[row.name] = row.id, float(row.score)
        entry.taken[row.name] = float(row.penalty or 0)
    return found.values()


def _write_penalties(
    settings: Settings,
    assignment: str,
    rule: Rule,
    allowances: Mapping[str, Allowance],
    students: Sequence[str],
) -> None:
    """Writes the penalties of submissions whose records are not whole: another program's, say.

    Where the kit has a record all the same, it is noted there what they depend on.
    """
    with Gradebook(settings.directory.db_url) as gradebook:

        def theirs() -> list[_Entry]:
            entries = _entries(gradebook, assignment, allowances)
            return [each for each in entries if each.student in students]

        lock(gradebook, *sorted(each.entry_id for each in theirs()))
        there, (_, versions) = theirs(), details.versions_of_class(gradebook, assignment, students)
        former = _former(versions)
        write_each(gradebook, EXTENSION, [row for each in there for row in each.new_extension])
        taken = [
            row
            for each in there
            for row in each.new_penalties(rule, former.get(each.student) or penalties.IN_TIME)
        ]
        write_each(gradebook, PENALTY, taken)
        now = {each.student: rule.depends_on(each.arrival, each.scores) for each in there}
        others = [
            each for each in there if former.get(each.student) not in (None, now[each.student])
        ]
        _penalize(rule, gradebook, others)
        noted = {e.student: versions[e.student] | {penalties.PART: now[e.student]} for e in others}
        if noted:
            details.note_versions(gradebook, gradebook.find_assignment(assignment).id, noted)
        gradebook.db.commit()


def _penalize(rule: Rule, gradebook: Gradebook, entries: Iterable[_Entry]) -> None:
    """Has nbgrader's steps take off what they take, of those that are not excused."""
    for each in entries:
        if rule.steps and not each.arrival.excused:
            for notebook in gradebook.db.get(SubmittedAssignment, each.entry_id).notebooks:
                notes = Notes(gradebook, [*notebook.grades, *notebook.comments])
                rule.penalize(NotebookScores(notebook, notes))


def remarks(settings: Settings, assignment: str) -> list[str]:
    """What of late work counts for nothing because the assignment is due at no time.

    Raises:
        CourseError: the roster can't be read.
    """
    if patiently(lambda: roster.due(settings, assignment)) is not None:
        return []
    listed = roster.read(settings.roster_path)
    extended = [student for student, each in listed.items() if each.extension_text(assignment)]
    found = []
    if extended:
        found.append(f"extensions of {few(extended)} in {settings.course.roster}")
    if settings.late_policy.is_set:
        found.append("c.LatePolicy")
    if not found:
        return []
    return [f"Counts for nothing, as {assignment} has no due date: {' and '.join(found)}."]
