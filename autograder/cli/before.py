"""The commands before a class is graded: a course, its machine, its assignments."""

from __future__ import annotations

import argparse
from contextlib import nullcontext

from autograder import doctor, new_course
from autograder.batch import Examiners
from autograder.cli.exit_codes import NEEDS_A_PERSON, OK
from autograder.config import Settings
from autograder.grading import roster
from autograder.grading.release import release
from autograder.verification.finding import Verdict
from autograder.verification.verify import verify


def new(options: argparse.Namespace) -> int:
    folder = options.folder.absolute()
    names = new_course.make(folder)
    print(f"In {folder}: {', '.join(names)}")
    print("Next: its README.md; or, there, `autograder doctor` and `autograder release hw1`.")
    return OK


def examine_machine(settings: Settings, options: argparse.Namespace) -> int:
    well = True
    for part in doctor.examine(settings):
        print(f"{'✓' if part.there else '✗'} {part.name}: {part.detail}", flush=True)
        well = well and part.there
    return OK if well else NEEDS_A_PERSON


def release_assignment(settings: Settings, options: argparse.Namespace) -> int:
    copied = not options.no_copy
    done = release(settings, options.assignment, options.examiners, copy_gradebook=copied)
    due = roster.due(settings, options.assignment)
    print(
        f"{options.assignment}: {', '.join(done.notebooks)} in {done.folder}\n"
        f"{done.machine_points:g} points by machine, {done.written_points:g} written; "
        + (f"due {settings.course.shown(due)}" if due else "no due date (c.Course.due)")
    )
    for sentence in done.proof:
        print(sentence)
    if settings.dates_of_none:
        print(f"Also: {settings.dates_of_none}.")
    return OK


def verify_assignment(settings: Settings, options: argparse.Namespace) -> int:
    sound = True
    with nullcontext(options.examiners) if options.examiners else Examiners() as examiners:
        for finding in verify(settings, options.assignment, examiners):
            print(finding, flush=True)
            sound = sound and finding.verdict != Verdict.WRONG
    return OK if sound else NEEDS_A_PERSON
