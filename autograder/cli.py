"""The `autograder` command: parsing and printing; the work is done elsewhere."""

from __future__ import annotations

import argparse
import io
import os
import sys
import warnings
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config import Config

from autograder import __version__, doctor, new_course
from autograder.batch import Examiners, grade_class
from autograder.batch.differences import Comparison
from autograder.batch.rehearsal import rehearsal
from autograder.config import CourseError, Settings, from_config, load
from autograder.grading import late, roster
from autograder.grading.intake import inbox
from autograder.grading.nbgrader_internals import untested
from autograder.grading.records.flags import urgency
from autograder.grading.records.gradebook import address, patiently, trouble
from autograder.grading.records.settled import settle
from autograder.grading.release import release
from autograder.grading.replay import replay
from autograder.grading.secret import student_key
from autograder.lms import collecting
from autograder.lms import table as collected
from autograder.lms.points import WaitingError
from autograder.reporting import explanation, json_file
from autograder.reporting.class_report.links import FORMGRADER
from autograder.reporting.feedback import files as feedback
from autograder.reporting.progress import Reporter
from autograder.reporting.table import changes, summary, to_do
from autograder.results import ClassResult, FlagKind, SubmissionResult
from autograder.verification.finding import Verdict
from autograder.verification.verify import verify
from autograder.words import printable, without_password

if TYPE_CHECKING:
    from autograder.batch.cluster.cluster import Cluster

DESCRIPTION = "Release and grade a course of hand-written functions."
OK, NEEDS_A_PERSON, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None, examiners: Examiners | None = None) -> int:
    """The exit code: 0 all well, 1 something unusual needs a person, 2 wrong usage.

    Args:
        arguments: what stands behind the command's name; None is what this process was given.
        examiners: where `release`, `verify`, `grade` and `explain` examine notebooks, for who gives
            several commands: they stay as they are; others are started and ended where it is None.
    """
    for stream in (sys.stdout, sys.stderr):  # a file's name can be what no terminal shows
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments, argparse.Namespace(examiners=examiners))
    # nbgrader adds its objects to the session late; SQLAlchemy says so at every submission.
    warnings.filterwarnings("ignore", message="Object of type", category=SAWarning)
    try:
        code = _done(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tells of it, too
        return NEEDS_A_PERSON
    except (CourseError, OSError, SQLAlchemyError, ImportError) as error:
        print(f"autograder: {_one_line(error)}", file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt:
        print("autograder: stopped; what was graded is on record.", file=sys.stderr)
        return INTERRUPTED


def _done(options: argparse.Namespace) -> int:
    """The exit code of a command, when it is done."""
    make: Callable[[argparse.Namespace], int] | None = getattr(options, "make", None)
    if make:  # there is no course yet
        return make(options)
    settings = load(Path(options.course))
    if warning := untested():
        print(f"autograder: {warning}", file=sys.stderr)
    if "assignment" in options:
        _require_assignment(settings, options.assignment)
        address(settings.directory.db_url)  # or what is no address is told of, password and all
    run: Callable[[Settings, argparse.Namespace], int] = options.run
    return run(settings, options)


def _one_line(error: Exception) -> str:
    """What the operator is told: the gradebook's and the system's errors without appendices."""
    if isinstance(error, SQLAlchemyError | ImportError):
        return f"the gradebook can't be used: {trouble(error)}"
    return printable(" ".join(str(error).split()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description=DESCRIPTION)
    folder = "the course's folder (default: this one)"
    parser.add_argument("--course", metavar="DIR", default=".", help=folder)
    # SUPPRESS: an option that a command leaves out must not undo the one given before it.
    course = argparse.ArgumentParser(add_help=False)
    course.add_argument("--course", metavar="DIR", default=argparse.SUPPRESS, help=folder)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    sandbox = argparse.ArgumentParser(add_help=False)
    sandbox.add_argument(
        "--sandbox", choices=["on", "off"], help="off: with nothing between their code and you"
    )

    command = commands.add_parser("new", help="make a course that works, in an empty folder")
    command.add_argument("folder", metavar="DIR", type=Path)
    command.set_defaults(make=_new)

    command = commands.add_parser(
        "doctor", parents=[course, sandbox], help="say what this machine has, and what it refuses"
    )
    command.set_defaults(run=_doctor)

    command = commands.add_parser("release", parents=[course], help="make the students' copy")
    command.add_argument("assignment")
    command.add_argument(
        "--no-copy",
        action="store_true",
        help="don't copy the gradebook first, where submissions are recorded",
    )
    command.set_defaults(run=_release)

    command = commands.add_parser(
        "verify", parents=[course], help="say whether an assignment is sound, before its release"
    )
    command.add_argument("assignment")
    command.set_defaults(run=_verify)

    command = commands.add_parser(
        "grade", parents=[course, sandbox], help="grade what was handed in"
    )
    command.add_argument("assignment")
    command.add_argument("--student", metavar="ID", action="append", help="only this student")
    command.add_argument(
        "--jobs",
        metavar="N",
        type=_positive,
        help="submissions at once (default: one a core; twice what a cluster's workers take)",
    )
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of a Dask cluster, whose workers run the notebooks: tls://... (docs/cluster.md)",
    )
    command.add_argument("--json", metavar="FILE", type=Path, help="write every record to FILE")
    command.add_argument(
        "--force", action="store_true", help="grade again what is graded and has not changed"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="say what would change, and record nothing"
    )
    command.set_defaults(run=_grade)

    command = commands.add_parser(
        "settle", parents=[course], help="note that a flag was looked at, until the answer changes"
    )
    command.add_argument("assignment")
    command.add_argument("student", metavar="STUDENT")
    command.add_argument("kind", metavar="KIND", type=_kind, help="the flag's first word")
    command.set_defaults(run=_settle)

    command = commands.add_parser(
        "explain", parents=[course, sandbox], help="grade once more, and say what each check saw"
    )
    command.add_argument("assignment")
    command.add_argument("student", metavar="STUDENT")
    command.add_argument("function", metavar="FUNCTION", nargs="?", default="")
    command.set_defaults(run=_explain)

    command = commands.add_parser(
        "feedback", parents=[course], help="write a page for each student"
    )
    command.add_argument("assignment")
    command.add_argument("--student", metavar="ID", action="append", help="only this student")
    command.set_defaults(run=_feedback)

    command = commands.add_parser(
        "collect", parents=[course], help="take in what Canvas or Moodle handed out, or a folder"
    )
    command.add_argument("assignment")
    command.add_argument(
        "archives", metavar="ARCHIVE", nargs="+", type=Path, help="a zip, a tar or a folder"
    )
    command.add_argument(
        "--worksheet", metavar="CSV", type=Path, help="Moodle's grading worksheet, as downloaded"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and write nothing"
    )
    command.set_defaults(run=_collect)

    command = commands.add_parser(
        "similar", parents=[course], help="write a page of answers that are alike, for staff"
    )
    command.add_argument("assignment")
    command.set_defaults(run=_similar)

    command = commands.add_parser(
        "export", parents=[course], help="write points and feedback as an LMS takes them"
    )
    command.add_argument("assignment")
    command.add_argument("--to", choices=["canvas", "moodle", "csv"], required=True)
    command.add_argument(
        "--output", metavar="FILE", type=Path, help="the points (default: in exports/ASSIGNMENT/)"
    )
    command.add_argument(
        "--partial", action="store_true", help="leave out those whose answers wait for a person"
    )
    command.add_argument(
        "--absent", choices=["zero"], help="zero: 0 points for who handed in nothing"
    )
    command.add_argument(
        "--scale", action="store_true", help="multiply points to fit the maximum of the LMS"
    )
    command.add_argument(
        "--gradebook", metavar="FILE", type=Path, help="Canvas's own export: its titles are used"
    )
    command.add_argument(
        "--worksheet",
        metavar="FILE",
        type=Path,
        help="Moodle's grading worksheet (default: the one that collect has kept)",
    )
    command.set_defaults(run=_export)

    command = commands.add_parser(
        "report", parents=[course], help="write the page of a class: who needs a person, and why"
    )
    command.add_argument("assignment")
    command.add_argument("--open", action="store_true", help="open it in a browser")
    command.add_argument(
        "--formgrader",
        metavar="URL",
        type=_web_address,
        default=FORMGRADER,
        help=f"the formgrader's address, for links (default: {FORMGRADER})",
    )
    command.set_defaults(run=_report)
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive whole number")
    return int(text)


def _web_address(text: str) -> str:
    if not text.startswith(("http://", "https://")) or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is no address that begins with http")
    return text


def _require_assignment(settings: Settings, assignment: str) -> None:
    if assignment not in settings.assignments:
        known = ", ".join(settings.assignments) or "none"
        raise CourseError(f"no assignment {assignment!r} in source/; there is: {known}.")


def _with_policy(settings: Settings, policy: str | None) -> Settings:
    """The settings with a policy of the sandbox; None leaves the course's own."""
    if policy is None:
        return settings
    config = Config(settings.config)
    config.Sandbox.policy = policy
    return from_config(config)


def _new(options: argparse.Namespace) -> int:
    folder = options.folder.absolute()
    names = new_course.make(folder)
    print(f"In {folder}: {', '.join(names)}")
    print("Next: its README.md; or, there, `autograder doctor` and `autograder release hw1`.")
    return OK


def _doctor(settings: Settings, options: argparse.Namespace) -> int:
    well = True
    for part in doctor.examine(_with_policy(settings, options.sandbox)):
        print(f"{'✓' if part.there else '✗'} {part.name}: {part.detail}", flush=True)
        well = well and part.there
    return OK if well else NEEDS_A_PERSON


def _release(settings: Settings, options: argparse.Namespace) -> int:
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


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    sound = True
    with nullcontext(options.examiners) if options.examiners else Examiners() as examiners:
        for finding in verify(settings, options.assignment, examiners):
            print(finding, flush=True)
            sound = sound and finding.verdict != Verdict.WRONG
    return OK if sound else NEEDS_A_PERSON


def _grade(settings: Settings, options: argparse.Namespace) -> int:
    settings = _with_policy(settings, options.sandbox)
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
    comparison, results = Comparison(), list[SubmissionResult]()
    with (
        _cluster(settings, options.scheduler) as cluster,
        json_file.Submissions() as submissions,
        Reporter(f"Grading {assignment}", len(students), sys.stderr) as reporter,
    ):
        jobs = options.jobs or (cluster.jobs if cluster else len(os.sched_getaffinity(0)))
        for graded in grade_class(
            *(target, assignment, students, min(jobs, len(students)), options.examiners, cluster),
            force=options.force,
            copies=settings if options.dry_run else None,
        ):
            reporter.add(graded.result)
            comparison.add(graded.former, graded.result)
            if options.json:
                submissions.add(graded.result)
            results.append(graded.result.in_short)  # a class's checks are much
        results.sort(key=lambda result: result.student)
        there = set(inbox.students(settings, assignment))
        whole = ClassResult(
            assignment,
            settings.sandbox.policy,
            tuple(results),
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
        table = to_do(sorted(wanting, key=urgency))
        fits = sys.stdout.isatty() or "COLUMNS" in os.environ
        Console(width=None if fits else 100).print(table)
    print(*changes(whole.differences), sep="\n", end="\n" if whole.differences.changes else "")
    absent = whole.absent if all_there else ()
    print(*summary(whole.submissions, absent, unlisted, strays), sep="\n")


def _settle(settings: Settings, options: argparse.Namespace) -> int:
    for flag in settle(settings, options.assignment, options.student, options.kind):
        print(f"settled: {flag.kind}: {flag.detail}")
    return OK


def _kind(text: str) -> FlagKind:
    try:
        return FlagKind(text)
    except ValueError:
        known = ", ".join(kind.value for kind in FlagKind if not kind.ordinary)
        raise argparse.ArgumentTypeError(
            f"{text!r} is no kind of flag; there is: {known}"
        ) from None


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


def _explain(settings: Settings, options: argparse.Namespace) -> int:
    assignment, student, function = options.assignment, options.student, options.function
    settings = _with_policy(settings, options.sandbox)
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


def _feedback(settings: Settings, options: argparse.Namespace) -> int:
    chosen = feedback.only(options.student or ())
    pages = [page for _, page in feedback.write(settings, options.assignment, chosen)]
    where = pages[0] if len(pages) == 1 else pages[0].parent.parent.parent
    print(f"{len(pages)} page{'' if len(pages) == 1 else 's'}: {where}")
    return OK


def _collect(settings: Settings, options: argparse.Namespace) -> int:
    chosen = (settings, options.assignment, options.archives, options.worksheet)
    with collecting.collection(*chosen, rehearsed=options.dry_run) as found:
        fits = sys.stdout.isatty() or "COLUMNS" in os.environ
        Console(width=None if fits else 120).print(collected.table(found))
        print(*collected.nobodys(found), *collected.summary(found), sep="\n", flush=True)
        if options.dry_run:
            print("Nothing of this was written: it was a rehearsal (--dry-run).")
        elif not found.carry_out():
            print("Nothing was changed: all of it was collected before.")
    return NEEDS_A_PERSON if found.wants_a_person else OK


def _similar(settings: Settings, options: argparse.Namespace) -> int:
    from autograder.reporting.similar import files, ranking  # they take a while to load

    told = ranking.read(settings, options.assignment)
    path = files.write(settings, told)
    print(*files.in_short(told), f"Similar submissions: {path}", sep="\n")
    return OK


def _export(settings: Settings, options: argparse.Namespace) -> int:
    from autograder.lms.export import export  # draws plots, which takes a second to load
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


def _report(settings: Settings, options: argparse.Namespace) -> int:
    from autograder.reporting.class_report import files, report  # they take half a second

    told = report.gather(settings, options.assignment)
    path = files.write(settings, told, options.formgrader)
    print(*report.in_short(told), f"Report: {path}", sep="\n")
    if options.open and not webbrowser.open(path.as_uri()):
        print("autograder: no browser could be opened.", file=sys.stderr)
    return NEEDS_A_PERSON if told.needs_a_person else OK


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
