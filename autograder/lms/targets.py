"""What each LMS is given: a file with points, the feedback beside it, and what to do with both."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.config import Settings
from autograder.lms import (
    canvas_out,
    csv_out,
    moodle_import,
    moodle_out,
    moodle_sheet,
    origins,
    packing,
)
from autograder.lms.canvas_out import CanvasGradebook
from autograder.lms.moodle_sheet import Sheet
from autograder.lms.origins import Origin
from autograder.lms.packing import Packed
from autograder.lms.points import LeftOut, Points, Row, written
from autograder.words import few, line, short

Target = Literal["canvas", "moodle", "csv"]


@dataclass(frozen=True)
class Wanted:
    """What is to be exported, and how.

    Args:
        to: for which LMS, or "csv" for a table.
        output: the file for the points; None for one in exports/ASSIGNMENT/.
        partial: leaves out those whose answers wait for a person.
        absent_zero: gives who handed in nothing 0 points.
        scaled: multiplies points to fit the maximum that the LMS has.
        gradebook: a file that Canvas has exported.
        worksheet: a file that Moodle has; None for the one that `collect` has kept.
        only: these students; everyone where none are named.
    """

    to: Target
    output: Path | None = None
    partial: bool = False
    absent_zero: bool = False
    scaled: bool = False
    gradebook: Path | None = None
    worksheet: Path | None = None
    only: Collection[str] = ()


@dataclass(frozen=True)
class Made:
    """What a file for an LMS is made of.

    Args:
        name: of the file.
        content: of it.
        left_out: who has points, and no row.
        notes: sentences about it, and `steps` about what to do with it.
        packed: the feedback, where the LMS takes it.
    """

    name: str
    content: bytes
    left_out: Sequence[LeftOut] = ()
    notes: Sequence[str] = ()
    steps: Sequence[str] = ()
    packed: Packed | None = None
    feedback_step: str = ""


def _graded(points: Points) -> list[Row]:
    """Those who have handed in something that was graded."""
    return [row for row in points.rows if row.status in ("graded", "flagged")]


def _as_csv(settings: Settings, assignment: str, points: Points, wanted: Wanted) -> Made:
    """A table for people and programs."""
    text = csv_out.text(points, settings.course.timezone)
    note = "UTF-8 with a byte order mark; cells are parted by commas, and points have a point."
    return Made("grades.csv", text.encode(), notes=(note,))


def _for_canvas(settings: Settings, assignment: str, points: Points, wanted: Wanted) -> Made:
    """Canvas's gradebook with one column, and notebooks for what was handed in there."""
    gradebook = CanvasGradebook.read(wanted.gradebook) if wanted.gradebook else None
    named = settings.course.canvas_column.get(assignment, "")
    title = gradebook.column(assignment, named) if gradebook else named or assignment
    text, left_out = canvas_out.text(points, title, gradebook, scaled=wanted.scaled)
    known = origins.read(settings, assignment)
    packed = packing.for_canvas(settings, assignment, _graded(points), known)
    return Made(
        "canvas.csv",
        text.encode(),
        left_out,
        [*_about_column(assignment, title), *_about_groups(packed)],
        ("in Canvas, Grades, Import: choose the file, look at the changes, Save Changes.",),
        packed,
        "Then the feedback, once (each upload is another comment): the assignment's page, "
        "Re-Upload Submissions (below Download Submissions): choose the zip.",
    )


def _about_column(assignment: str, title: str) -> Iterator[str]:
    """Which column the points go into."""
    if canvas_out.is_numbered(title):
        yield f"The column is {line(title, 80)!r}."
        return
    yield (
        f"The column is {line(title, 80)!r}, without Canvas's number of an assignment: unless a "
        "published one is called exactly so, Canvas makes a new one. Give Canvas's own export "
        f'(--gradebook FILE), or c.Course.canvas_column = {{"{assignment}": "TITLE (NUMBER)"}}.'
    )


def _about_groups(packed: Packed) -> Iterator[str]:
    """Whose group is told other points than theirs."""
    if packed.unlike:
        yield (
            "Canvas tells a group's feedback to all of it, and these have other points than it "
            f"says: {few(packed.unlike)}"
        )


def _for_moodle(settings: Settings, assignment: str, points: Points, wanted: Wanted) -> Made:
    """Moodle's worksheet, filled in, and pages; or a table for the import into its gradebook."""
    known = origins.read(settings, assignment)
    kept = origins.folder(settings, assignment) / origins.WORKSHEET
    path = wanted.worksheet or (kept if kept.exists() else None)
    if path is None:
        return _for_import(settings, assignment, points, known)
    sheet = Sheet.open(path)
    filled = moodle_out.fill(points, sheet, known, scaled=wanted.scaled)
    return Made(
        "moodle.csv",
        filled.content,
        filled.left_out,
        list(_about_sheet(filled)),
        tuple(_worksheet_steps(sheet)),
        packing.for_moodle(settings, assignment, _graded(points), filled.participants),
        "Then, and not before, or Moodle takes the rows for out of date: Upload multiple feedback "
        "files in a zip, in the same menu.",
    )


def _for_import(
    settings: Settings, assignment: str, points: Points, known: Mapping[str, Origin]
) -> Made:
    """A table for the import into Moodle's gradebook, where there is no worksheet."""
    made = moodle_import.to_import(points, assignment)
    notes = (
        "There is no grading worksheet (--worksheet FILE, or `autograder collect` keeps it): this "
        "is a table for the import into Moodle's gradebook.",
        f"Moodle's maximum there should be {written(points.most)} points: nothing says so here. An "
        f"unknown {made.known_by} stops the whole import.",
    )
    steps = (
        f"in Moodle, Grades, Import, CSV file: map from {made.known_by!r} to the field of that "
        f"name, and {line(assignment)!r} to the assignment's grade.",
    )
    packed = packing.for_moodle(settings, assignment, _graded(points), _participants(known))
    return Made(
        "moodle-import.csv",
        made.text.encode(),
        made.left_out,
        notes,
        steps,
        packed,
        "Then the feedback: the assignment, Submissions, Upload multiple feedback files in a zip.",
    )


def _participants(known: Mapping[str, Origin]) -> dict[str, tuple[str, str]]:
    """Moodle's number and name of each student, as `collect` found them."""
    return {
        student: (each.participant, each.name)
        for student, each in known.items()
        if each.lms == "moodle" and each.participant
    }


def _about_sheet(filled: moodle_out.Filled) -> Iterator[str]:
    """What is to be known of a worksheet that was filled in."""
    if filled.zeros:
        zeros = ", ".join(map(short, filled.zeros))
        yield f"With 0 points, which the newest Moodle passes over, so look for them there: {zeros}"
    if filled.replaced:
        yield f"Moodle has another grade now of {len(filled.replaced)}: {few(filled.replaced)}"
    if filled.kept:
        yield (
            f"Comments that {len(filled.kept)} have in Moodle stay, and say nothing of the points: "
            f"{few(filled.kept)}"
        )
    if filled.nobodys:
        numbers = few([f"participant {each}" for each in filled.nobodys])
        yield f"{len(filled.nobodys)} rows are nobody's on the roster: {numbers}"


def _worksheet_steps(sheet: Sheet) -> Iterator[str]:
    """How the worksheet goes back."""
    yield (
        "in Moodle, the assignment, Submissions (View all submissions), Upload grading worksheet: "
        "choose the file."
    )
    usual = sheet.codec == "utf-8" and sheet.separator == ","
    if not usual:
        encoding, separator = sheet.codec.upper(), moodle_sheet.SEPARATORS[sheet.separator]
        yield f"Encoding {encoding}, separator {separator}; older sites take UTF-8 and comma alone."
    yield (
        "A grade that was changed in Moodle since the worksheet was downloaded is passed over, "
        "unless you tick 'Allow updating records that have been modified more recently …'."
    )


MAKERS: Mapping[Target, Callable[[Settings, str, Points, Wanted], Made]] = {
    "canvas": _for_canvas,
    "moodle": _for_moodle,
    "csv": _as_csv,
}
