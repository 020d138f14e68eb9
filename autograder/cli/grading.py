"""The commands that grade: a class, one answer once more, and what a person says of a flag."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from autograder.batch import Examiners, grade_class
from autograder.batch.differences import Comparison
from autograder.batch.rehearsal import rehearsal
from autograder.cli.exit_codes import NEEDS_A_PERSON, OK
from autograder.cli.printing import print_table
from autograder.config import CourseError, Settings
from autograder.grading import late, roster
from autograder.grading.intake import inbox
from autograder.grading.records.flags import urgency
from autograder.grading.records.gradebook import patiently
from autograder.grading.records.settled import settle
from autograder.grading.replay import replay
from autograder.grading.secret import student_key
from autograder.reporting import explanation, json_file
from autograder.reporting.progress import Reporter
from autograder.reporting.table import changes, summary, to_do
from autograder.results import ClassResult, SubmissionResult
from autograder.words import without_password

if TYPE_CHECKING:
    from autograder.batch.cluster.cluster import Cluster


def grade(settings: Settings, options: argparse.Namespace) -> int:
    if options.json:
        json_file.require_writable(options.json)
    student_key(settings.secret_path, options.assignment, "")  # a damaged one stops us here
    with rehearsal(settings) if options.dry_run else nullcontext(settings) as target:
        return _grade_into(target, settings, options)


def _grade_into(target: Settings, settings: Settings, options: argparse.Namespace) -> int:
    """Grades; `target` has the gradebook and the folder for graded copies, `settings` all else."""
    assignment = options.assignment
    everyone = patiently(lambda: roster.register(target, assignment))
    students = _chosen(settings, assignment, options.student)
    with json_file.Submissions() as submissions:
        results, comparison = _graded(target, settings, options, students, submissions)
        there = set(inbox.students(settings, assignment))
        whole = ClassResult(
            assignment,
            settings.sandbox.policy,
            results,
            tuple(sorted(everyone - there)),
            comparison.differences(),
            recorded=not options.dry_run,
        )
        if options.json:
            json_file.write(options.json, whole, submissions)
    strays = [] if options.student else inbox.strays(settings, assignment)
    unlisted = sorted(there - everyone) if everyone and not options.student else ()
    _tell(whole, unlisted, strays, all_there=not options.student)
    for sentence in late.remarks(target, assignment):
        print(sentence)
    if options.dry_run:
        print("Nothing of this is on record: it was a rehearsal (--dry-run).")
    print(f"Gradebook: {without_password(settings.directory.db_url)}")
    if settings.sandbox.policy == "off":
        print("Sandbox: off. Students' code ran under your account, with nothing to hold it in.")
    wanting = any(result.wants_a_person for result in results)
    return NEEDS_A_PERSON if wanting or strays else OK


def _graded(
    target: Settings,
    settings: Settings,
    options: argparse.Namespace,
    students: Sequence[str],
    submissions: json_file.Submissions,
) -> tuple[tuple[SubmissionResult, ...], Comparison]:
    """The students' results in short, by student, and what is other than before.

    Each is told on the terminal as it comes in, and kept in full for `--json`.
    """
    comparison, results = Comparison(), list[SubmissionResult]()
    with (
        _cluster(settings, options.scheduler) as cluster,
        Reporter(f"Grading {options.assignment}", len(students), sys.stderr) as reporter,
    ):
        jobs = options.jobs or (cluster.jobs if cluster else len(os.sched_getaffinity(0)))
        for graded in grade_class(
            *(target, options.assignment, students, min(jobs, len(students))),
            *(options.examiners, cluster),
            force=options.force,
            copies=settings if options.dry_run else None,
            tally=reporter.tally,
        ):
            reporter.add(graded.result)
            comparison.add(graded.former, graded.result)
            if options.json:
                submissions.add(graded.result)
            results.append(graded.result.in_short)  # a class's checks are much
    return tuple(sorted(results, key=lambda result: result.student)), comparison


def _chosen(settings: Settings, assignment: str, wanted: list[str] | None) -> list[str]:
    there = inbox.students(settings, assignment)
    if unknown := sorted(set(wanted or []) - set(there)):
        raise CourseError(f"no submission of {assignment} by {', '.join(unknown)} in submitted/.")
    if not there:
        raise CourseError(
            f"no submission of {assignment} in submitted/: `nbgrader collect {assignment}` fetches "
            "what was submitted through the exchange."
        )
    return sorted(set(wanted)) if wanted else there


def _cluster(settings: Settings, scheduler: str | None) -> AbstractContextManager[Cluster | None]:
    """The workers of a scheduler, where one is named."""
    if not scheduler:
        return nullcontext()
    try:
        from autograder.batch.cluster.cluster import Cluster  # takes a second
    except ModuleNotFoundError as error:
        raise CourseError(
            f"--scheduler: {error}; install the kit with its extra [cluster], here and there."
        ) from None

    def tell(what: str) -> None:
        print(f"autograder: {what}", file=sys.stderr, flush=True)

    return Cluster(scheduler, settings.sandbox.limits(), tell)


def _tell(
    whole: ClassResult, unlisted: Sequence[str], strays: Sequence[str], *, all_there: bool
) -> None:
    """Prints what came of a grading.

    Args:
        whole: all of it.
        unlisted: who handed in and is not on the roster.
        strays: what lies in submitted/ and is nobody's.
        all_there: whether the whole class was graded.
    """
    wanting = [result for result in whole.submissions if result.wants_a_person]
    if wanting:
        print_table(to_do(sorted(wanting, key=urgency)), columns=100)
    print(*changes(whole.differences), sep="\n", end="\n" if whole.differences.changes else "")
    absent = whole.absent if all_there else ()
    print(*summary(whole.submissions, absent, unlisted, strays), sep="\n")


def settle_flag(settings: Settings, options: argparse.Namespace) -> int:
    settled = settle(settings, options.assignment, options.student, options.kind)
    # Two cells may have a flag that says the same: here, as in the table, it is told once.
    print(*dict.fromkeys(f"settled: {flag.kind}: {flag.detail}" for flag in settled), sep="\n")
    return OK


def explain(settings: Settings, options: argparse.Namespace) -> int:
    assignment, student, function = options.assignment, options.student, options.function
    with nullcontext(options.examiners) if options.examiners else Examiners() as examiners:
        done = replay(settings, assignment, student, function, examiners)
    print(*explanation.of_replay(done.whose, done.others, done.unknown), sep="\n")
    print(*explanation.of_record(done.status, done.flags, done.ungraded), sep="\n")
    for test in done.tests:
        told = explanation.of_test(
            *(test.test, test.checks, test.accounts),
            failed=test.failed,
            unproven=test.unproven,
            printed=test.printed,
            whole=bool(function),
        )
        print(*told, sep="\n")
        for sentence in test.others:
            print(f"  ✗ {sentence}")
    return OK if done.is_as_recorded else NEEDS_A_PERSON
