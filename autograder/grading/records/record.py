"""Putting a submission on record: grades in nbgrader's gradebook, its copy in autograded/."""

from __future__ import annotations

import hashlib
import shutil
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import bindparam, select

from autograder.config import Settings
from autograder.grading import pipeline
from autograder.grading.allowances import NO_ALLOWANCE, Allowance
from autograder.grading.execution import Execution
from autograder.grading.intake.folder import TIMESTAMP
from autograder.grading.records import colours, details, judgement, outcome, penalties, settled
from autograder.grading.records.answers import NO_ANSWER
from autograder.grading.records.arrival import Arrival
from autograder.grading.records.details import Details, NotebookRecord
from autograder.grading.records.entry import enter
from autograder.grading.records.flags import (
    action,
    failures,
    gathered,
    late,
    status,
    told,
    too_much,
)
from autograder.grading.records.gradebook import bound_waiting
from autograder.grading.records.notebook_text import text_of
from autograder.grading.records.penalties import Rule
from autograder.grading.records.scores import NotebookScores
from autograder.grading.submission import HANDED_IN, Submission, notebook_resources
from autograder.results import CellResult, Flag, FlagKind, Lateness, SubmissionResult
from autograder.words import utf8

SCORES = (
    select(Grade.id, Grade.score, Grade.max_score)
    .join(Grade.notebook)
    .where(SubmittedNotebook.assignment_id == bindparam("entry"))
)

# What points come from, which stay in the gradebook when a later hand-in can't be graded.
OF_POINTS = (HANDED_IN, penalties.PART)


@dataclass(frozen=True)
class _Written:
    """A notebook when it is graded: what its copy holds, and what is kept of it."""

    text: bytes
    kept: NotebookRecord


def record(
    settings: Settings,
    execution: Execution,
    gradebook: Gradebook,
    allowance: Allowance = NO_ALLOWANCE,
) -> SubmissionResult:
    """The result of a submission, after its grades are in the gradebook.

    A submission of which no notebook could be read leaves nbgrader's tables as they were.
    Recording again, after a run that was killed, mends what that left half done: the grades are
    committed first, then comes the copy, and then the digest in the row of `details`, which says
    that both are there. Of two who record the same at once, the later one's is kept whole.

    Args:
        settings: the course's.
        execution: the submission's run.
        gradebook: is closed after this, so that the next submission reads what others wrote; it
            opens itself again.
        allowance: what the roster grants the student.
    """
    submission, rule = execution.submission, Rule.of(settings)
    if not execution.graded:
        result = failed(
            submission.assignment, submission.student, submission.flags, execution.seconds
        )
        return keep_failed(settings, submission.assignment, result, submission.seen.folder)
    with gradebook:
        entry = enter(gradebook, submission.assignment, submission.student, submission.handed_in)
        place = entry.assignment_id, entry.student_id, entry.id
        begun = details.begin(gradebook, entry.assignment_id, entry.student_id)
        notes = judgement.Notes(gradebook, [*_grades(entry), *_comments(entry)])
        _note_times(gradebook, entry, submission, allowance)
        _clear_missing(entry, notes, execution.graded)
        written = _graded(rule, execution, entry, notes)
        notebooks = {name: each.kept for name, each in written.items()}
        result, lateness = _result(rule, execution, gradebook, entry, notes, notebooks, allowance)
        kept = _details(execution, result, notebooks, lateness)
        if any(flag.kind is FlagKind.KERNEL_DIED for flag in result.flags):
            former = details.versions(gradebook, entry.assignment_id, entry.student_id)
            kept = _died(kept, submission.seen.digest, former)
        details.write(gradebook, *place, replace(kept, digest=begun))
        notes.commit()
        if details.end(gradebook, begun, submission.seen.digest):  # nobody else has begun since
            _copy(settings, submission, {name: each.text for name, each in written.items()})
        gradebook.db.commit()
        return result


def _details(
    execution: Execution,
    result: SubmissionResult,
    notebooks: Mapping[str, NotebookRecord],
    lateness: str,
) -> Details:
    """What is kept of a submission beside its scores."""
    submission = execution.submission
    return Details(
        result.status,
        result.seconds,
        result.flags,
        checks={name: cell.checks for name, cell in result.cells.items() if cell.checks},
        versions={
            **details.installed(),
            **execution.versions,
            HANDED_IN: submission.seen.handed_in,
            penalties.PART: lateness,
        },
        printed=execution.all_printed,
        plots={name: cell.plot for name, cell in result.cells.items() if cell.plot},
        content=execution.content,
        handed_in=submission.flags,
        notebooks=notebooks,
    )


def _died(kept: Details, digest: str, former: Mapping[str, str]) -> Details:
    """The details with what a kernel died of, and whether it did before.

    Args:
        kept: the details.
        digest: of all that the record comes from.
        former: the versions on record before.
    """
    before = former.get(details.DIED, "").startswith(digest)
    now = details.died_again(digest) if before else digest
    return replace(kept, versions={**kept.versions, details.DIED: now})


def _note_times(
    gradebook: Gradebook, entry: SubmittedAssignment, submission: Submission, allowance: Allowance
) -> None:
    """Notes what is known now of when a submission came, and until when it was to come."""
    unknown = any(flag.kind is FlagKind.UNKNOWN_TIME for flag in submission.flags)
    if submission.handed_in is None and entry.timestamp and not unknown:
        versions = details.versions(gradebook, entry.assignment_id, entry.student_id)
        unknown = versions.get(HANDED_IN, submission.seen.handed_in) != submission.seen.handed_in
    if unknown:
        entry.timestamp = None  # what is noted there is of a former one
    if allowance.extension is not None and allowance.extension != entry.extension:
        entry.extension = allowance.extension


def _clear_missing(
    entry: SubmittedAssignment, notes: judgement.Notes, there: Container[str]
) -> None:
    """Gives 0 for what is asked in notebooks that are not there."""
    for notebook in entry.notebooks:
        if notebook.name not in there:
            for grade in notebook.grades:
                again = notes.asked_again(grade, NO_ANSWER)
                grade.auto_score, grade.needs_manual_grade = 0, again
            for comment in notebook.comments:
                notes.commented(comment, NO_ANSWER)


def _graded(
    rule: Rule, execution: Execution, entry: SubmittedAssignment, notes: judgement.Notes
) -> dict[str, _Written]:
    """A submission's notebooks as they are graded, by name."""
    settings = rule.settings
    submission, written = execution.submission, dict[str, _Written]()
    steps = rule.without_late_steps(pipeline.parts(settings.config)["record"])
    entries = {notebook.name: NotebookScores(notebook, notes) for notebook in entry.notebooks}
    for name, kept in execution.kept.items():
        _leave(rule, entries[name], notes)
        written[name] = _Written(kept.copy, kept.record)
    for name, notebook in execution.notebooks.items():
        names = {
            **notebook_resources(settings, submission.assignment, submission.student, name),
            "files": {path: submission.files[path] for path in submission.own},
            "digests": {path: submission.digests[path] for path in submission.own},
            "unproven": execution.unproven.get(name, frozenset()),
        }
        own = nbformat.from_dict(notebook)  # where the database is locked, all is done once more
        graded = pipeline.process(steps, settings.config, own, names, entries[name])
        colours.tame(graded)
        text = text_of(graded).encode()
        tests = [cell for cell in graded.cells if outcome.is_test(cell)]
        unusual = execution.flags.get(name, ()) + failures(tests) + too_much(tests)
        cells = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in graded.cells]
        kept_now = NotebookRecord(
            execution.digests.get(name, ""),
            hashlib.sha256(text).hexdigest(),
            tuple(cell for cell in cells if cell in entries[name].grades),
            unusual,
            execution.memory_bytes.get(name),
        )
        written[name] = _Written(text, kept_now)
    return written


def _leave(rule: Rule, scores: NotebookScores, notes: judgement.Notes) -> None:
    """Leaves a notebook as it was graded; what depends on more than its run is made anew."""
    notes.as_before(scores.grades.values(), scores.comments.values())
    rule.penalize(scores)


def _result(
    rule: Rule,
    execution: Execution,
    gradebook: Gradebook,
    entry: SubmittedAssignment,
    notes: judgement.Notes,
    notebooks: Mapping[str, NotebookRecord],
    allowance: Allowance,
) -> tuple[SubmissionResult, str]:
    """What came of a submission, from what is in the gradebook now; what lateness depended on."""
    submission = execution.submission
    gradebook.db.flush()
    gradebook.db.refresh(entry, ["score", "max_score"])
    scores = _scores(gradebook, entry)
    grades = details.in_order(_grades(entry), notebooks.values())
    above = _above(grades, scores)
    totals: defaultdict[str, float] = defaultdict(float)
    for grade in grades:
        totals[grade.notebook.name] += scores[grade.id][0]
    due = entry.assignment.duedate
    arrival = Arrival(entry.timestamp, due, entry.extension, allowance.excused)
    lateness = _penalized(rule, gradebook, entry, arrival, totals)
    flags = gathered(
        submission.flags,
        [notebook.flags for notebook in notebooks.values()],
        late(arrival.seconds_late, rule.cost(arrival, lateness, float(entry.score))),
        judgement.changed(notes, grades, _comments(entry)),
        above,
    )
    if not all(flag.kind.ordinary for flag in flags):
        known = settled.read(gradebook, entry.assignment_id, [entry.student_id])
        flags = settled.told_of(flags, known[entry.student_id], execution.content)
    result = SubmissionResult(
        student=submission.student,
        status=status(flags),
        score=float(entry.score),
        max_score=float(entry.max_score),
        seconds=round(execution.seconds, 3),
        cells=_cells(grades, scores, execution.all_results),
        flags=flags,
        action=action(flags, submission.assignment, submission.student),
        lateness=lateness,
        memory_bytes=details.most_memory(notebooks.values()),
    )
    return result, rule.depends_on(arrival, totals)


def _above(
    grades: Sequence[Grade], scores: Mapping[str, tuple[float, float]]
) -> tuple[list[Grade], dict[str, float]]:
    """The grades above their maximum, which wait for a person from now on; and all maxima."""
    max_scores = {key: max_score for key, (_, max_score) in scores.items()}
    above = judgement.above_maximum(grades, max_scores)
    for grade in above:
        grade.needs_manual_grade = True
    return above, max_scores


def _penalized(
    rule: Rule,
    gradebook: Gradebook,
    entry: SubmittedAssignment,
    arrival: Arrival,
    totals: Mapping[str, float],
) -> Lateness:
    """Notes what each notebook loses, where nbgrader's steps have not; what came of lateness."""
    former = penalties.IN_TIME
    if not rule.takes and any(each.late_submission_penalty for each in entry.notebooks):
        versions = details.versions(gradebook, entry.assignment_id, entry.student_id)
        former = versions.get(penalties.PART, former)
    taken = rule.decided(arrival, totals, former)
    if taken is not None:
        for each in entry.notebooks:
            penalty = taken.get(each.name, 0.0)
            if not penalties.same(each.late_submission_penalty, penalty):
                each.late_submission_penalty = penalty or None
    return penalties.lateness(arrival, [each.late_submission_penalty for each in entry.notebooks])


def _grades(entry: SubmittedAssignment) -> list[Grade]:
    return [grade for notebook in entry.notebooks for grade in notebook.grades]


def _comments(entry: SubmittedAssignment) -> list[Comment]:
    return [comment for notebook in entry.notebooks for comment in notebook.comments]


def _scores(gradebook: Gradebook, entry: SubmittedAssignment) -> dict[str, tuple[float, float]]:
    """The score and the maximum of each grade, by its id."""
    rows = gradebook.db.execute(SCORES, {"entry": entry.id})
    return {key: (float(score), float(top)) for key, score, top in rows}


def failed(
    assignment: str, student: str, flags: tuple[Flag, ...], seconds: float = 0.0
) -> SubmissionResult:
    """The record of a submission that could not be graded."""
    todo = action(flags, assignment, student)
    name, took = utf8(student), round(seconds, 3)
    return SubmissionResult(name, "failed", 0.0, 0.0, took, {}, told(flags), todo)


def keep_failed(
    settings: Settings, assignment: str, result: SubmissionResult, content: str = ""
) -> SubmissionResult:
    """Keeps that a submission could not be graded, and why; the result, with what is settled.

    Args:
        settings: the course's.
        assignment: its name.
        result: of the submission.
        content: a digest of what was handed in, where it is known.
    """
    student = result.student
    with Gradebook(settings.directory.db_url) as gradebook:
        bound_waiting(gradebook)
        assignment_id = gradebook.find_assignment(assignment).id
        known = settled.read(gradebook, assignment_id, [student])[student]
        flags = settled.told_of(result.flags, known, content)
        done = replace(result, flags=flags, action=action(flags, assignment, student))
        former = details.versions(gradebook, assignment_id, student)
        points_of = {part: former[part] for part in OF_POINTS if part in former}
        versions = {**details.installed(), **points_of}
        kept = Details(done.status, done.seconds, done.flags, versions=versions, content=content)
        details.keep(gradebook, assignment, student, kept)
        gradebook.db.commit()
    return done


def _copy(settings: Settings, submission: Submission, notebooks: Mapping[str, bytes]) -> None:
    """Puts the graded copy, with the submission's other files, in its place.

    It takes the place of an older copy by rename, so that there is always a whole one.
    """
    target = settings.step("autograded", submission.assignment, submission.student)
    draft, old = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    for leftover in (draft, old):  # of a run that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        for name, content in submission.files.items():
            _write(draft, name, content)
        for name, text in notebooks.items():
            _write(draft, f"{name}.ipynb", text)
        if submission.handed_in:
            _write(draft, TIMESTAMP, f"{submission.handed_in} UTC\n".encode())
    except BaseException:
        shutil.rmtree(draft)
        raise
    if target.exists():
        target.rename(old)
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _write(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o444)  # as nbgrader leaves it


def _cells(
    grades: Iterable[Grade],
    scores: Mapping[str, tuple[float, float]],
    results: Mapping[str, CellResult],
) -> dict[str, CellResult]:
    return {
        grade.name: CellResult(
            score=None if judgement.is_ungraded(grade) else scores[grade.id][0],
            max_score=scores[grade.id][1],
            checks=results[grade.name].checks if grade.name in results else (),
            plot=results[grade.name].plot if grade.name in results else None,
        )
        for grade in grades
    }
