"""The command's options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import __version__
from autograder.cli import around, before, grading
from autograder.reporting.class_report.links import FORMGRADER
from autograder.results import FlagKind

if TYPE_CHECKING:
    from argparse import ArgumentParser as Parser

    Commands = argparse._SubParsersAction[Parser]  # it has no public name

DESCRIPTION = "Release and grade a course of hand-written functions."


def parser() -> Parser:
    """Reads what was typed: `run` of what it returns is the command, `make` where no course is."""
    made = argparse.ArgumentParser(prog="autograder", description=DESCRIPTION)
    folder = "the course's folder (default: this one)"
    made.add_argument("--course", metavar="DIR", default=".", help=folder)
    # SUPPRESS: an option that a command leaves out must not undo the one given before it.
    course = argparse.ArgumentParser(add_help=False)
    course.add_argument("--course", metavar="DIR", default=argparse.SUPPRESS, help=folder)
    made.add_argument("--version", action="version", version=__version__)
    assignment = argparse.ArgumentParser(add_help=False, parents=[course])
    assignment.add_argument("assignment")
    students = argparse.ArgumentParser(add_help=False)
    students.add_argument("--student", metavar="ID", action="append", help="only this student")
    commands = made.add_subparsers(title="commands", required=True, metavar="COMMAND")

    sandbox = argparse.ArgumentParser(add_help=False)
    sandbox.add_argument(
        "--sandbox", choices=["on", "off"], help="off: with nothing between their code and you"
    )

    _add_before(commands, course, assignment, sandbox)
    _add_grade(commands, assignment, students, sandbox)
    _add_of_one_student(commands, assignment, sandbox)
    _add_around(commands, assignment, students)
    _add_collect(commands, assignment)
    _add_export(commands, assignment)
    return made


def _add_before(commands: Commands, course: Parser, assignment: Parser, sandbox: Parser) -> None:
    command = commands.add_parser("new", help="make a course that works, in an empty folder")
    command.add_argument("folder", metavar="DIR", type=Path)
    command.set_defaults(make=before.new)

    command = commands.add_parser(
        "doctor", parents=[course, sandbox], help="say what this machine has, and what it refuses"
    )
    command.set_defaults(run=before.examine_machine)

    command = commands.add_parser("release", parents=[assignment], help="make the students' copy")
    command.add_argument(
        "--no-copy",
        action="store_true",
        help="don't copy the gradebook first, where submissions are recorded",
    )
    command.set_defaults(run=before.release_assignment)

    command = commands.add_parser(
        "verify",
        parents=[assignment],
        help="say whether an assignment is sound, before its release",
    )
    command.set_defaults(run=before.verify_assignment)


def _add_grade(commands: Commands, assignment: Parser, students: Parser, sandbox: Parser) -> None:
    command = commands.add_parser(
        "grade", parents=[assignment, students, sandbox], help="grade what was handed in"
    )
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
    command.set_defaults(run=grading.grade)


def _add_of_one_student(commands: Commands, assignment: Parser, sandbox: Parser) -> None:
    command = commands.add_parser(
        "settle",
        parents=[assignment],
        help="note that a flag was looked at, until the answer changes",
    )
    command.add_argument("student", metavar="STUDENT")
    command.add_argument("kind", metavar="KIND", type=_kind, help="the flag's first word")
    command.set_defaults(run=grading.settle_flag)

    command = commands.add_parser(
        "explain",
        parents=[assignment, sandbox],
        help="grade once more, and say what each check saw",
    )
    command.add_argument("student", metavar="STUDENT")
    command.add_argument("function", metavar="FUNCTION", nargs="?", default="")
    command.set_defaults(run=grading.explain)


def _add_around(commands: Commands, assignment: Parser, students: Parser) -> None:
    command = commands.add_parser(
        "feedback", parents=[assignment, students], help="write a page for each student"
    )
    command.set_defaults(run=around.write_feedback)

    command = commands.add_parser(
        "report",
        parents=[assignment],
        help="write the page of a class: who needs a person, and why",
    )
    command.add_argument("--open", action="store_true", help="open it in a browser")
    command.add_argument(
        "--formgrader",
        metavar="URL",
        type=_web_address,
        default=FORMGRADER,
        help=f"the formgrader's address, for links (default: {FORMGRADER})",
    )
    command.set_defaults(run=around.write_report)

    command = commands.add_parser(
        "similar", parents=[assignment], help="write a page of answers that are alike, for staff"
    )
    command.set_defaults(run=around.write_similar)


def _add_collect(commands: Commands, assignment: Parser) -> None:
    command = commands.add_parser(
        "collect",
        parents=[assignment],
        help="take in what Canvas or Moodle handed out, or a folder",
    )
    command.add_argument(
        "archives", metavar="ARCHIVE", nargs="+", type=Path, help="a zip, a tar or a folder"
    )
    command.add_argument(
        "--worksheet", metavar="CSV", type=Path, help="Moodle's grading worksheet, as downloaded"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and write nothing"
    )
    command.set_defaults(run=around.collect)


def _add_export(commands: Commands, assignment: Parser) -> None:
    command = commands.add_parser(
        "export", parents=[assignment], help="write points and feedback as an LMS takes them"
    )
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
    command.set_defaults(run=around.write_export)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive whole number")
    return int(text)


def _web_address(text: str) -> str:
    if not text.startswith(("http://", "https://")) or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is no address that begins with http")
    return text


def _kind(text: str) -> FlagKind:
    try:
        return FlagKind(text)
    except ValueError:
        known = ", ".join(kind.value for kind in FlagKind if not kind.ordinary)
        raise argparse.ArgumentTypeError(
            f"{text!r} is no kind of flag; there is: {known}"
        ) from None
