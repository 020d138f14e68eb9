"""Which exercise `grade` means by a name, since two assignments may have one name.

In an examiner it is of the assignment that is examined. In a notebook that is run by hand, or by
nbgrader's own commands, it is of the assignment in whose folder the notebook lies.
"""

from __future__ import annotations

import glob
from contextvars import ContextVar
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.checks import Exercise
from autograder.exercises.asked import Asked, load, together
from autograder.exercises.modules import Modules, bundled, bundled_names, of
from autograder.words import few

if TYPE_CHECKING:
    from autograder.config import Settings

ANYONE = "\0"  # no student's id: it stands for any
# Of nbgrader's steps those whose notebooks are run, and whose folders they have.
STEPS = {"source": ".", "release": ".", "submitted": ANYONE, "autograded": ANYONE}

# What is asked in the notebook that this process examines: set before it runs a cell.
EXAMINED: ContextVar[Asked] = ContextVar("examined")


def find(name: str) -> Exercise:
    """The exercise that a notebook in this process means by a name.

    Raises:
        LookupError: there is none, or it can't be known which of several; the text says why.
        CourseError: the course's configuration can't be used.
        OSError: the modules of exercises can't be read.
    """
    examined = EXAMINED.get(None)
    return examined.find(name) if examined else of_notebook(Path.cwd(), name)


def of_notebook(folder: Path, name: str) -> Exercise:
    """The exercise that a notebook in a folder means: of its assignment, else the only one.

    Args:
        folder: the notebook's.
        name: the exercise's.

    Raises:
        LookupError, CourseError, OSError: as in `find`.
    """
    settings = _nearest(folder)
    if settings and (assignment := _assignment(settings, folder)):
        return load(_modules(settings, assignment, asks=True)).find(name)
    every = {modules.assignment: load(modules) for modules in _every(settings)}
    having = [each for each, asked in every.items() if asked.has(name)]
    if len(having) > 1:
        raise LookupError(
            f"{len(having)} assignments have an exercise called {name!r}: {few(having)}; and "
            f"{folder} is no folder of one: run the notebook in its assignment's folder, in a "
            "course."
        )
    return (every[having[0]] if having else together(every.values())).find(name)


def _nearest(folder: Path) -> Settings | None:
    """The settings of the course that a folder lies in, if it lies in one."""
    from autograder import config  # here: it imports nbgrader, which an examiner has no use for

    above = (each for each in (folder, *folder.parents) if (each / config.CONFIG_NAME).is_file())
    course = next(above, None)
    return config.load(course) if course else None


def _assignment(settings: Settings, folder: Path) -> str:
    """The assignment in whose folder, in one of nbgrader's steps, a notebook lies; or ""."""
    for assignment in settings.assignments:
        for step, student in STEPS.items():
            path = glob.escape(str(settings.step(step, assignment, student)))
            if fnmatchcase(str(folder), path.replace(ANYONE, "*")):
                return assignment
    return ""


def _every(settings: Settings | None) -> list[Modules]:
    """The modules of each assignment: the course's, and the bundled ones."""
    own = settings.assignments if settings else []
    of_course = [_modules(settings, name, asks=False) for name in own] if settings else []
    return [*of_course, *(bundled(name, (name,)) for name in bundled_names() if name not in own)]


def _modules(settings: Settings, assignment: str, *, asks: bool) -> Modules:
    return of(settings.root, assignment, settings.assignments, asks=asks)
