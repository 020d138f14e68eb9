"""What of a record depends on more than a run, made anew: no notebook runs for it.

A person may have scored or commented meanwhile, or moved the due date; the roster and the course's
policy may be others. Nothing else of a record is touched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Table, Update, bindparam, update

from autograder.config import Settings
from autograder.grading.allowances import Allowance
from autograder.grading.records import details, judgement, penalties, settled
from autograder.grading.records.entry import lock
from autograder.grading.records.flags import gathered, late, status
from autograder.grading.records.judgement import Notes
from autograder.grading.records.penalties import Rule
from autograder.grading.records.scores import NotebookScores
from autograder.grading.records.standing import Standing, read
from autograder.results import Status, SubmissionResult

TOGETHER = 20  # submissions that others wait for at once
NOTEBOOKS: Table = SubmittedNotebook.__table__
ENTRIES: Table = SubmittedAssignment.__table__
PENALTY = (
    update(NOTEBOOKS)
    .where(NOTEBOOKS.c.id == bindparam("notebook"))
    .values(late_submission_penalty=bindparam("penalty"))
)
EXTENSION = (
    update(ENTRIES).where(ENTRIES.c.id == bindparam("entry")).values(extension=bindparam("length"))
)


@dataclass(frozen=True)
class Renewal:
    """A record that needs no run, and what of it has to be written anew.

    Args:
        standing: what is on record.
        result: of the submission, as it is now.
        status: as a run would give it.
        lateness: a digest of what a penalty depends on.
        taken: what lateness takes off each notebook; None where nbgrader's steps say it, or nobody.
        notes: of the answers.
        above: grades that are to be asked about, by id: the score is above the maximum.
    """

    standing: Standing
    result: SubmissionResult
    status: Status
    lateness: str
    taken: Mapping[str, float] | None
    notes: Notes
    above: Sequence[str]

    @property
    def new_penalties(self) -> list[dict[str, Any]]:
        """The notebooks whose penalty is another than the gradebook has."""
        ids = {grade.notebook: grade.notebook_id for grade in self.standing.grades}
        return [
            {"notebook": ids[name], "penalty": penalty or None}
            for name, penalty in (self.taken or {}).items()
            if not penalties.same(self.standing.penalties[name], penalty)
        ]

    @property
    def new_extension(self) -> list[dict[str, Any]]:
        """The entry, where its extension is another than the gradebook has."""
        length = self.standing.arrival.extension
        if length == self.standing.extended:
            return []
        return [{"entry": self.standing.entry_id, "length": length}]

    @property
    def is_penalized_anew(self) -> bool:
        """Whether a penalty depends on something else than when it was written."""
        versions = self.standing.details.versions
        return self.lateness != versions.get(penalties.PART, self.lateness)

    @property
    def stale(self) -> bool:
        """Whether anything is to be written."""
        return (
            self.notes.changed
            or bool(self.above)
            or self.result.flags != self.standing.details.flags
            or self.is_penalized_anew
            or bool(self.new_penalties or self.new_extension)
        )


def renewal(rule: Rule, gradebook: Gradebook, assignment: str, standing: Standing) -> Renewal:
    """What a record says now, without a run; nothing is written.

    Args:
        rule: of what being late takes off.
        gradebook: from which it was read.
        assignment: its name.
        standing: what is on record.
    """
    kept, arrival, scores = standing.details, standing.arrival, standing.totals
    notes = Notes(gradebook, (*standing.grades, *standing.comments), standing.answers)
    notes.as_before(standing.grades, standing.comments)
    taken = rule.decided(arrival, scores, kept.versions.get(penalties.PART, penalties.IN_TIME))
    score = math.fsum(scores.values())
    told = penalties.lateness(arrival, (standing.penalties if taken is None else taken).values())
    max_scores = {grade.id: float(grade.max_score) for grade in standing.grades}
    above = judgement.above_maximum(standing.grades, max_scores)
    flags = gathered(
        kept.handed_in,
        [notebook.flags for notebook in kept.notebooks.values()],
        late(arrival.seconds_late, rule.cost(arrival, told, score)),
        judgement.changed(notes, standing.grades, standing.comments),
        (above, max_scores),
    )
    flags = settled.told_of(flags, standing.settled, kept.content)
    return Renewal(
        standing,
        standing.result(assignment, "unchanged", flags, taken),
        status(flags),
        rule.depends_on(arrival, scores),
        taken,
        notes,
        [grade.id for grade in above if not grade.needs_manual_grade],
    )


def renew(
    settings: Settings,
    assignment: str,
    students: Sequence[str],
    allowances: Mapping[str, Allowance],
) -> dict[str, SubmissionResult]:
    """Writes anew what of records depends on more than a run; those whose record is still whole.

    Args:
        settings: the course's.
        assignment: its name.
        students: whose records; as many as others may have to wait for.
        allowances: what the roster grants students.
    """
    rule = Rule.of(settings)
    with Gradebook(settings.directory.db_url) as gradebook:
        before = read(gradebook, assignment, students, allowances)
        lock(gradebook, *sorted(each.entry_id for each in before.values()))
        new = _renewals(rule, gradebook, assignment, [*before], allowances)
        if by_steps := [each for each in new if rule.steps and each.is_penalized_anew]:
            _penalize(rule, gradebook, by_steps)
            new = _renewals(rule, gradebook, assignment, [*before], allowances)
        _write(gradebook, gradebook.find_assignment(assignment).id, new)
        gradebook.db.commit()
        return {each.result.student: each.result for each in new}


def _renewals(
    rule: Rule,
    gradebook: Gradebook,
    assignment: str,
    students: Sequence[str],
    allowances: Mapping[str, Allowance],
) -> list[Renewal]:
    """What is on record of students, as it is to be."""
    there = read(gradebook, assignment, students, allowances).values()
    return [renewal(rule, gradebook, assignment, each) for each in there if each.is_recorded]


def _penalize(rule: Rule, gradebook: Gradebook, renewals: Iterable[Renewal]) -> None:
    """Has nbgrader's steps take off what they take, by extensions as they are now."""
    write_each(gradebook, EXTENSION, [row for each in renewals for row in each.new_extension])
    for each in renewals:
        if each.taken is None:
            entry = gradebook.db.get(SubmittedAssignment, each.standing.entry_id)
            for notebook in entry.notebooks:
                rule.penalize(NotebookScores(notebook, each.notes))
    gradebook.db.flush()


def _write(gradebook: Gradebook, assignment_id: str, renewals: Sequence[Renewal]) -> None:
    """Writes what is another than the gradebook has."""
    for each in renewals:
        each.notes.write()
    asked = [grade for each in renewals for grade in each.above]
    if asked:
        gradebook.db.execute(
            update(Grade).where(Grade.id.in_(asked)).values(needs_manual_grade=True)
        )
    write_each(gradebook, PENALTY, [row for each in renewals for row in each.new_penalties])
    write_each(gradebook, EXTENSION, [row for each in renewals for row in each.new_extension])
    details.renew(
        gradebook,
        assignment_id,
        [
            details.Told(
                each.result.student,
                each.status,
                each.result.flags,
                {**each.standing.details.versions, penalties.PART: each.lateness},
            )
            for each in renewals
        ],
    )


def write_each(gradebook: Gradebook, statement: Update, rows: Sequence[dict[str, Any]]) -> None:
    """Gives the database a statement for all rows at once; nothing where there are none."""
    if rows:
        gradebook.db.connection().execute(statement, rows)
