"""A course folder that works at once: a copy of `course_template`, all of it or nothing."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

from autograder.config import CourseError

TEMPLATE = Path(__file__).parent / "course_template"
# By another name there, so that it is no rule for the kit's own repository.
RENAMED = {"gitignore": ".gitignore"}


def make(folder: Path) -> list[str]:
    """Makes a course in a folder that is empty, or not there yet.

    Returns:
        The names of what lies in it now.

    Raises:
        CourseError: something is there already, which stays as it is.
        OSError: it can't be written; nothing is left of it.
    """
    with _made(folder):
        if there := sorted(path.name for path in folder.iterdir()):
            raise CourseError(
                f"{folder} is not empty (it has {there[0]}): name a folder that is, or is not there"
            )
        aside = Path(mkdtemp(prefix=".new-", dir=folder))
        try:
            _fill(aside)
            names = sorted(path.name for path in aside.iterdir())
            _move(aside, folder, names)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return names


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder is there in the block; those that were made for it go if the block fails.

    Raises:
        CourseError: it is a file.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file: name a folder that is empty, or is not there.")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:  # Ctrl-C too
        for path in missing:
            path.rmdir()
        raise


def _fill(folder: Path) -> None:
    """Copies the template, with the modes that new files have: the kit's own may be read-only."""
    for path in sorted(TEMPLATE.rglob("*")):
        inside = path.relative_to(TEMPLATE)
        if "__pycache__" in inside.parts:
            continue
        if path.is_dir():
            (folder / inside).mkdir()
        else:
            shutil.copyfile(path, folder / inside.with_name(RENAMED.get(path.name, path.name)))


def _move(source: Path, target: Path, names: list[str]) -> None:
    """Moves all of these from one folder into another, or none."""
    moved = []
    try:
        for name in names:
            (source / name).rename(target / name)
            moved.append(name)
    except BaseException:
        for name in moved:
            (target / name).rename(source / name)
        raise
