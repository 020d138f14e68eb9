"""nbgrader's commands and the formgrader's buttons, which grade and tell as the kit does."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

from nbgrader import converters
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from autograder.batch.grading import grade_class
from autograder.config import CourseError, Settings, from_config
from autograder.grading import late, nbgrader_internals, roster
from autograder.grading.intake import inbox
from autograder.grading.records.gradebook import GRADEBOOK_ERRORS, patiently, trouble
from autograder.grading.release import Generate
from autograder.reporting.feedback import exchange, files
from autograder.reporting.marking import lists
from autograder.reporting.marking.pages import Pages
from autograder.words import few, printable, without_password


def install() -> None:
    """Puts the kit's converters in the place of nbgrader's own; course_config.py calls it."""
    nbgrader_internals.install(
        Autograde, Generate, GenerateFeedback, Pages, lists.page, _release_feedback, _before_export
    )


def _release_feedback(into: Any) -> None:
    """Puts the pages of whoever is asked for into nbgrader's exchange.

    Raises:
        CourseError: there is none, or something went wrong; the log says of whom.
    """
    directory = into.coursedir
    settings, assignment = from_config(into.config), directory.assignment_id
    chosen = _chosen(directory, exchange.students(settings, assignment))
    exchange.require_pages(settings, assignment, chosen, directory.student_id)
    if failed := exchange.release(settings, into, assignment, chosen):
        raise CourseError(f"{len(failed)} could not be released: {few(failed)}")


def _before_export(app: Any) -> None:
    """Brings what being late takes off up to date, of all assignments.

    Raises:
        CourseError: that can't be said, or the gradebook can't be used.
    """
    try:
        late.update_all(from_config(app.config))
    except GRADEBOOK_ERRORS as error:
        raise CourseError(trouble(error)) from None


@contextmanager
def _telling(converter: converters.BaseConverter) -> Iterator[None]:
    """Tells in the converter's log, in one line, what goes wrong in the block.

    Raises:
        NbGraderException: something did.
    """
    try:
        yield
    except (CourseError, OSError, *GRADEBOOK_ERRORS) as error:
        told = trouble(error) if isinstance(error, GRADEBOOK_ERRORS) else str(error)
        reason = without_password(printable(" ".join(told.split())))
        converter.log.error("%s", reason)
        raise NbGraderException(reason) from None


def _chosen(directory: CourseDirectory, there: Sequence[str]) -> list[str]:
    """Those whom nbgrader's --student and its exclusions mean, of all that there are."""
    wanted, excluded = directory.student_id, directory.student_id_exclude.split(",")
    left = [student for student in there if student not in excluded]
    # A name may be a pattern of others: who is asked for by name is meant alone.
    by_name = wanted in left and wanted != "*"
    return [wanted] if by_name else [s for s in left if fnmatchcase(s, wanted)]


class Autograde(converters.Autograde):
    """nbgrader's converter from submitted/ to autograded/, with this kit's way of grading.

    What nbgrader's own would stop at, or pass over, ends in a record. `--student` and
    `CourseDirectory.student_id_exclude` mean the same; all notebooks are graded together. Who is
    graded already, on what is still the same, is not graded again, but with `--force`.
    """

    def start(self) -> None:
        """Grades whoever is asked for.

        Raises:
            NbGraderException: something could not be graded; the log says what.
        """
        with _telling(self):
            failed = self._grade(from_config(self.config), self.coursedir.assignment_id)
        if failed:
            names = few(failed, len(failed))
            raise NbGraderException(f"{len(failed)} could not be graded: {names}")

    def _grade(self, settings: Settings, assignment: str) -> list[str]:
        """The students of whom nothing could be graded."""
        if warning := nbgrader_internals.untested():
            self.log.warning("%s", warning)
        students = _chosen(self.coursedir, inbox.students(settings, assignment))
        if not students:
            wanted = self.coursedir.student_id
            raise CourseError(f"no submission of {assignment} by {wanted} in submitted/.")
        patiently(lambda: roster.register(settings, assignment))
        if lost := inbox.strays(settings, assignment):
            self.log.warning("In submitted/, and nobody's: %s", few(lost))
        jobs, failed = min(len(os.sched_getaffinity(0)), len(students)), []
        for graded in grade_class(settings, assignment, students, jobs, force=self.force):
            result = graded.result
            name = printable(result.student)
            self.log.info("%s: %s, %g points", name, result.status, result.score)
            for flag in result.flags:
                if not flag.settled:
                    self.log.warning("%s: %s: %s", name, flag.kind, flag.detail)
            if result.status == "failed":
                failed.append(result.student)
            elif result.status != "unchanged":
                self.set_permissions(assignment, result.student)
        for sentence in late.remarks(settings, assignment):
            self.log.warning("%s", sentence)
        return failed


class GenerateFeedback(converters.GenerateFeedback):
    """nbgrader's converter from autograded/ to feedback/, which writes this kit's pages.

    A page costs little, and tells what is in the gradebook now: whoever has one gets it anew, with
    or without `--force`. `--student` and `CourseDirectory.student_id_exclude` mean the same.
    """

    def start(self) -> None:
        """Writes the pages of whoever is asked for.

        Raises:
            NbGraderException: there is nobody to write one for, or something went wrong.
        """
        settings, assignment = from_config(self.config), self.coursedir.assignment_id
        with _telling(self):
            if warning := nbgrader_internals.untested():
                self.log.warning("%s", warning)
            pages = files.write(settings, assignment, lambda all: _chosen(self.coursedir, all))
            for student, page in pages:
                self.log.info("%s: %s", printable(student), page)
                self.set_permissions(assignment, student)
