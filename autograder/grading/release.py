"""Making the students' copy of an assignment, and its tables in the gradebook."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution, is_task
from traitlets.config import Config

from autograder.config import CourseError, Settings, from_config
from autograder.examiner.examiners import Examiners
from autograder.grading.assignment import read
from autograder.grading.nbgrader_internals import ReleaseConverter, untested
from autograder.grading.preprocessors import ClearLeftovers
from autograder.grading.proof import prove, told_of_proof
from autograder.grading.records import releases
from autograder.grading.records.backup import NoCopyError
from autograder.grading.records.backup import make as copied
from autograder.grading.records.gradebook import GRADEBOOK_ERRORS, has_submissions
from autograder.grading.source_errors import SourceError, named
from autograder.words import few


@dataclass(frozen=True)
class Release:
    """What was released: where it is, what it is worth, and what its author should know of it."""

    folder: Path
    notebooks: tuple[str, ...]
    machine_points: float
    written_points: float
    proof: tuple[str, ...] = ()


class Generate(ReleaseConverter):
    """nbgrader's converter from source/ to release/, which keeps what it gives to students.

    Whatever steps a course has, nothing of a solution's is left by the last of them. A failure is
    remembered, which nbgrader's own logs as a traceback and forgets.
    """

    failure: Exception | None = None
    examiners: Examiners | None = None  # that have started, where there are such
    copy: Path | None = None  # of the gradebook, where one is made already
    preprocessors: Any
    proof: tuple[str, ...] = ()  # what the source has shown that its author should know

    def start(self) -> None:
        """Releases; called by nbgrader's command, by the formgrader's button and by `release`.

        Raises:
            NbGraderException: the source does not prove itself, or can't be released.
        """
        with self._remembered():
            try:
                self.proof = self._proved()
            except CourseError as error:
                self.log.error("%s", error)
                self.failure = error
                raise NbGraderException(str(error)) from error
        for sentence in self.proof:
            self.log.warning("%s", sentence)
        self.preprocessors = [*self.preprocessors, ClearLeftovers]
        super().start()

    def _proved(self) -> tuple[str, ...]:
        settings, name = from_config(self.config), self.coursedir.assignment_id
        if warning := untested():
            self.log.warning("%s", warning)
        try:
            source = read(settings, name)
        except SourceError:
            raise
        except Exception:  # of a course that nbgrader grades, say: its steps say what is wrong
            return ()
        with nullcontext(self.examiners) if self.examiners else Examiners() as examiners:
            return tuple(told_of_proof(prove(settings, source, examiners)))

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        with self._remembered():
            self._note(assignment_id, student_id)  # the old release, before it is deleted
            return bool(super().init_destination(assignment_id, student_id))

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        with self._remembered():
            super().set_permissions(assignment_id, student_id)
            self._note(assignment_id, student_id)

    def forget_notebooks(self, assignment: str, there: set[str]) -> None:
        """Takes notebooks that are no more out of the gradebook, where nobody was graded on them.

        nbgrader's own also refuses one more where anybody was; the next grading adds it to theirs.

        Raises:
            CourseError: grades hang on a notebook that is gone.
        """
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            entry = gradebook.find_assignment(assignment)
            gone = sorted({notebook.name for notebook in entry.notebooks} - there)
            if gone and (count := len(entry.submissions)):
                raise CourseError(_gone(assignment, gone, count, self._copied()))
            for name in gone:
                gradebook.remove_notebook(name, assignment)

    def _copied(self) -> Path | None:
        """A copy of the gradebook, for who has to move it away; None where there can be none."""
        if self.copy:
            return self.copy
        try:
            return copied(self.coursedir.db_url, Path(self.coursedir.root))
        except NoCopyError as error:
            self.log.warning("The gradebook is not copied: %s", error)
            return None

    def _note(self, assignment: str, student: str) -> None:
        if not self.no_database:
            folder = self.destination(assignment, student)
            releases.note(self.coursedir.db_url, assignment, folder)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        with self._remembered():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        with self._remembered(), named(Path(notebook_filename)):
            super().convert_single_notebook(notebook_filename)

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.failure = self.failure or error
            raise


def _gone(assignment: str, names: Sequence[str], count: int, copy: Path | None) -> str:
    """What to do about notebooks that are graded, and no longer in source/."""
    files = few([f"{name}.ipynb" for name in names])
    recorded = "1 submission is" if count == 1 else f"{count} submissions are"
    there = f" (a copy is in {copy.name})" if copy else ""
    return (
        f"source/{assignment} no longer has {files}, but {recorded} recorded for it. Give it its "
        f"name back, or move the gradebook away{there}, release again and grade again."
    )


def release(
    settings: Settings,
    assignment: str,
    examiners: Examiners | None = None,
    copy_gradebook: bool = True,
) -> Release:
    """The students' copy, made as `nbgrader generate_assignment` makes it.

    It is made aside and put in place when it is whole. The gradebook is copied before anything is
    written to it, whatever steps the course has.

    Args:
        settings: the course's.
        assignment: its name.
        examiners: where the source proves itself; others are started and ended where it is None.
        copy_gradebook: whether it is copied where any submission is recorded.

    Raises:
        CourseError: the assignment can't be released; the old copy is as it was.
    """
    target = settings.step("release", assignment)
    target.parent.mkdir(parents=True, exist_ok=True)
    copy = _copy(settings) if copy_gradebook else None
    aside = Path(mkdtemp(prefix=".release-", dir=settings.root))
    try:
        releases.note(settings.directory.db_url, assignment, target)
        config = Config(settings.config)
        config.SaveCells.gradebook_copy = "none"  # once more
        config.SaveCells.gradebook_copied = copy.name if copy else ""
        proof = _generate(from_config(config), assignment, aside, examiners, copy)
        if target.exists():
            target.rename(aside / "old")
        (aside / assignment).rename(target)
    finally:
        shutil.rmtree(aside)
    return replace(_summary(target), proof=proof)


def _copy(settings: Settings) -> Path | None:
    """A copy of the gradebook; None where no submission is recorded in it.

    Raises:
        CourseError: there can be none.
    """
    db_url = settings.directory.db_url
    if not has_submissions(db_url):
        return None
    try:
        return copied(db_url, settings.root)
    except NoCopyError as error:
        raise CourseError(f"{error}; or release with --no-copy.") from None


def _generate(
    settings: Settings,
    assignment: str,
    folder: Path,
    examiners: Examiners | None,
    copy: Path | None,
) -> tuple[str, ...]:
    """Makes the students' copy in a folder; what the source has shown."""
    directory = CourseDirectory(config=settings.config, assignment_id=assignment)
    directory.release_directory = folder.name
    log = logging.getLogger("autograder.release")
    log.disabled = True  # a failure is told in one line, below
    converter = Generate(coursedir=directory, config=settings.config, log=log)
    converter.examiners, converter.copy = examiners, copy
    try:
        converter.start()
    except NbGraderException as error:
        if isinstance(converter.failure, GRADEBOOK_ERRORS):
            raise converter.failure from None  # the gradebook's trouble
        raise CourseError(str(converter.failure or error)) from converter.failure
    return converter.proof


def _summary(folder: Path) -> Release:
    paths = sorted(folder.glob("*.ipynb"))
    cells = [cell for path in paths for cell in nbformat.read(path, as_version=4).cells]
    graded = [
        (cell.metadata.nbgrader.points, is_solution(cell) or is_task(cell))
        for cell in cells
        if is_grade(cell) or is_task(cell)
    ]
    return Release(
        folder,
        tuple(path.stem for path in paths),
        machine_points=sum(points for points, written in graded if not written),
        written_points=sum(points for points, written in graded if written),
    )
