"""The command from what was typed to its exit code: every error of use ends in one line here."""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from autograder.batch import Examiners
from autograder.cli import options as command_line
from autograder.cli.exit_codes import INTERRUPTED, NEEDS_A_PERSON, WRONG_USAGE
from autograder.config import CourseError, Settings, from_config, load
from autograder.grading import nbgrader_internals
from autograder.grading.records.gradebook import GRADEBOOK_ERRORS, address, trouble
from autograder.words import printable


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
    if arguments is None:
        gc.freeze()  # what is imported stays, and is much to look through each time
    options = command_line.parser().parse_args(arguments, argparse.Namespace(examiners=examiners))
    # nbgrader adds its objects to the session late; SQLAlchemy says so at every submission.
    warnings.filterwarnings("ignore", message="Object of type", category=SAWarning)
    nbgrader_internals.quieten_gradebook()
    try:
        code = _done(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tells of it, too
        return NEEDS_A_PERSON
    except (CourseError, OSError, *GRADEBOOK_ERRORS) as error:
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
    if warning := nbgrader_internals.untested():
        print(f"autograder: {warning}", file=sys.stderr)
    if "sandbox" in options:
        settings = _with_policy(settings, options.sandbox)
    if "assignment" in options:
        _require_assignment(settings, options.assignment)
        address(settings.directory.db_url)  # or what is no address is told of, password and all
    run: Callable[[Settings, argparse.Namespace], int] = options.run
    return run(settings, options)


def _one_line(error: Exception) -> str:
    """What the operator is told: the gradebook's and the system's errors without appendices."""
    if isinstance(error, GRADEBOOK_ERRORS):
        return f"the gradebook can't be used: {trouble(error)}"
    return printable(" ".join(str(error).split()))


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
