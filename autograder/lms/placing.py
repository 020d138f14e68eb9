"""Puts a student's files in place, or aside: whole, by a rename, and each time the same.

A run that was killed leaves hidden folders beside the places; the next one removes them, and puts
back what was being replaced.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from autograder.config import CourseError, Settings
from autograder.grading.intake.archive import ArchiveError
from autograder.grading.intake.folder import TIMESTAMP
from autograder.lms import origins
from autograder.lms.candidate import copy
from autograder.lms.download import Download
from autograder.lms.parcel import File
from autograder.lms.plan import Action, Plan
from autograder.lms.present import NEW, OLD
from autograder.whole_file import write_whole

ASIDE = "aside"  # in collected/ASSIGNMENT


def aside_folder(settings: Settings, assignment: str, student: str) -> Path:
    """Where what a student handed in and is not graded is kept."""
    return origins.folder(settings, assignment) / ASIDE / student


def mend(settings: Settings, assignment: str) -> None:
    """Ends what a run that was killed had begun: what it was replacing is there again, or gone."""
    for old in _beside(settings, assignment, OLD):
        place = old.with_name(assignment)
        if os.path.lexists(place):
            shutil.rmtree(old)
        else:
            old.rename(place)
    for new in _beside(settings, assignment, NEW):
        shutil.rmtree(new)
    for draft in aside_folder(settings, assignment, ".").glob("*/.*"):
        shutil.rmtree(draft)


def _beside(settings: Settings, assignment: str, name: str) -> list[Path]:
    places = settings.step("submitted", assignment, "*").with_name(name.format(assignment))
    return settings.glob(places)


def carry_out(settings: Settings, assignment: str, plan: Plan) -> bool:
    """Does what a plan says; whether anything was changed.

    Raises:
        CourseError: a download has changed meanwhile.
    """
    aside = aside_folder(settings, assignment, plan.student)
    try:
        changed = [
            _put_aside(aside / each.label, each.download, each.files) for each in plan.asides
        ]
        if plan.replaced and plan.present.there:
            place = aside / plan.replaced_label
            changed.append(_copy_aside(place, plan.present.there, plan.replaced))
        if plan.action in (Action.NEW, Action.NEWER):
            _put(plan)
            changed.append(True)
    except ArchiveError as error:
        raise CourseError(f"{plan.candidate.download.name}: a file {error}.") from None
    if plan.action == Action.SAME and plan.timestamp is not None:
        write_whole(plan.present.path / TIMESTAMP, f"{plan.timestamp}\n")
        changed.append(True)
    return any(changed)


def _put(plan: Plan) -> None:
    """Puts a candidate in the place of what is there."""
    place = plan.present.path
    new, old = (place.with_name(name.format(place.name)) for name in (NEW, OLD))
    shutil.rmtree(new, ignore_errors=True)
    _write(new, plan.candidate.download, plan.candidate.files)
    if plan.present.there:
        _copy(plan.present.there, new, plan.kept)
    if plan.timestamp:
        (new / TIMESTAMP).write_text(f"{plan.timestamp}\n", encoding="utf-8")
    if place.exists():
        place.rename(old)
    new.rename(place)
    if old.exists():
        shutil.rmtree(old)


def _put_aside(place: Path, download: Download, files: Iterable[File]) -> bool:
    if place.exists():
        return False
    draft = _draft(place)
    _write(draft, download, files)
    draft.rename(place)
    return True


def _copy_aside(place: Path, folder: Path, paths: Iterable[str]) -> bool:
    if place.exists():
        return False
    draft = _draft(place)
    _copy(folder, draft, [*paths, TIMESTAMP] if (folder / TIMESTAMP).is_file() else paths)
    draft.rename(place)
    return True


def _draft(place: Path) -> Path:
    draft = place.with_name(f".{place.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft


def _write(folder: Path, download: Download, files: Iterable[File]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(download, file, target)


def _copy(folder: Path, target: Path, paths: Iterable[str]) -> None:
    """Copies files, and links as links."""
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / path, target / path, follow_symlinks=False)
