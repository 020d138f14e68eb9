"""The commands around grading: what an LMS hands out, and what goes to it, students and staff.

What each imports takes a while to load, and no other command waits for it.
"""

from __future__ import annotations

import argparse
import sys
import webbrowser

from autograder.cli.exit_codes import NEEDS_A_PERSON, OK
from autograder.config import Settings


def collect(settings: Settings, options: argparse.Namespace) -> int:
    from autograder.cli.printing import print_table
    from autograder.lms import collecting, table

    chosen = (settings, options.assignment, options.archives, options.worksheet)
    with collecting.collection(*chosen, rehearsed=options.dry_run) as found:
        print_table(table.table(found), columns=120)
        print(*table.nobodys(found), *table.summary(found), sep="\n", flush=True)
        if options.dry_run:
            print("Nothing of this was written: it was a rehearsal (--dry-run).")
        elif not found.carry_out():
            print("Nothing was changed: all of it was collected before.")
    return NEEDS_A_PERSON if found.wants_a_person else OK


def write_feedback(settings: Settings, options: argparse.Namespace) -> int:
    from autograder.reporting.feedback import files as feedback

    chosen = feedback.only(options.student or ())
    pages = [page for _, page in feedback.write(settings, options.assignment, chosen)]
    where = pages[0] if len(pages) == 1 else pages[0].parent.parent.parent
    print(f"{len(pages)} page{'' if len(pages) == 1 else 's'}: {where}")
    return OK


def write_report(settings: Settings, options: argparse.Namespace) -> int:
    from autograder.reporting.class_report import files, report

    told = report.gather(settings, options.assignment)
    path = files.write(settings, told, options.formgrader)
    print(*report.in_short(told), f"Report: {path}", sep="\n")
    if options.open and not webbrowser.open(path.as_uri()):
        print("autograder: no browser could be opened.", file=sys.stderr)
    return NEEDS_A_PERSON if told.needs_a_person else OK


def write_similar(settings: Settings, options: argparse.Namespace) -> int:
    from autograder.reporting.similar import files, ranking

    told = ranking.read(settings, options.assignment)
    path = files.write(settings, told)
    print(*files.in_short(told), f"Similar submissions: {path}", sep="\n")
    return OK


def write_export(settings: Settings, options: argparse.Namespace) -> int:
    from autograder.lms.export import export
    from autograder.lms.points import WaitingError
    from autograder.lms.targets import Wanted

    wanted = Wanted(
        options.to,
        options.output,
        partial=options.partial,
        absent_zero=options.absent == "zero",
        scaled=options.scale,
        gradebook=options.gradebook,
        worksheet=options.worksheet,
    )
    try:
        done = export(settings, options.assignment, wanted)
    except WaitingError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return NEEDS_A_PERSON
    print(*done.told, sep="\n")
    return NEEDS_A_PERSON if done.needs_a_person else OK
