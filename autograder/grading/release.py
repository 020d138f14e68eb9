"""Making the students' copy of an assignment, and its tables in the gradebook."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution, is_task
from sqlalchemy.exc import SQLAlchemyError

from autograder.config import CourseError, Settings


@dataclass(frozen=True)
class Release:
    """What was released: where it is, and what it is worth."""

    folder: Path
    notebooks: tuple[str, ...]
    machine_points: float
    written_points: float


class _Generate(GenerateAssignment):
    """nbgrader's converter, which logs a failure as a traceback and forgets it."""

    failure: Exception | None = None

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        with self._remembered():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        with self._remembered():
            super().convert_single_notebook(notebook_filename)

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.failure = error
            raise


def release(settings: Settings, assignment: str) -> Release:
    """The students' copy, made as `nbgrader generate_assignment` makes it.

    It is made aside and put in place when it is whole.

    Raises:
        CourseError: the assignment can't be released; the old copy is as it was.
    """
    target = settings.step("release", assignment)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(mkdtemp(prefix=".release-", dir=settings.root))
    try:
        _generate(settings, assignment, aside)
        if target.exists():
            target.rename(aside / "old")
        (aside / assignment).rename(target)
    finally:
        shutil.rmtree(aside)
    return _summary(target)


def _generate(settings: Settings, assignment: str, folder: Path) -> None:
    directory = CourseDirectory(config=settings.config, assignment_id=assignment)
    directory.release_directory = folder.name
    log = logging.getLogger("autograder.release")
    log.disabled = True  # a failure is told in one line, below
    converter = _Generate(coursedir=directory, config=settings.config, log=log)
    try:
        converter.start()
    except NbGraderException as error:
        if isinstance(converter.failure, SQLAlchemyError | ModuleNotFoundError):
            raise converter.failure from None  # the gradebook's trouble
        raise CourseError(str(converter.failure or error)) from converter.failure


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
