"""Feedback packed as each LMS takes it back: a zip, by whose names it knows whose each file is.

Canvas: a notebook for each file that a student has handed in, behind the name that Canvas had put
before it. Moodle: the page in a folder of the student's, named as Moodle names such folders.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial

from nbgrader.api import Gradebook

from autograder.config import CourseError, Settings
from autograder.grading.records.gradebook import patiently
from autograder.lms import canvas_names, moodle_names
from autograder.lms.origins import Attachment, Origin
from autograder.lms.points import LeftOut, Reason, Row
from autograder.reporting.feedback import notebook
from autograder.reporting.feedback.gathering import Gathering
from autograder.reporting.feedback.page import html
from autograder.reporting.feedback.told import Feedback

NOTEBOOK = "feedback.ipynb"  # without "_": what Canvas has put before it ends with one
NO_FILE = Reason("no file that came from Canvas")
NO_NUMBER = Reason("Moodle's number of the student is not known")
DAMAGED = Reason("the record or the graded copy is damaged: grade again")
OTHERS = Reason("says other points than the file, as somebody scores meanwhile: export again")
NO_OWNER = Reason(
    "it would go to a group, and the one whose number Canvas has put before the file has no points "
    "in this export, or another number in the roster"
)


@dataclass(frozen=True)
class Packed:
    """A zip with feedback.

    Args:
        content: of the file.
        students: whose feedback is in it.
        left_out: who was graded, and has none in it.
        unlike: who is told a group's points, which are not their own.
    """

    content: bytes
    students: Sequence[str]
    left_out: Sequence[LeftOut]
    unlike: Sequence[str] = ()


def for_canvas(
    settings: Settings, assignment: str, rows: Sequence[Row], origins: Mapping[str, Origin]
) -> Packed:
    """Notebooks for Canvas's "Re-Upload Submissions".

    A file that a group has handed in gets one, which Canvas tells to all of them: it is packed
    where the one whose file it is to Canvas is among the rows.

    Args:
        settings: the course's.
        assignment: its name.
        rows: of those who were graded.
        origins: where submissions came from, as `collect` found it.
    """
    groups, left_out = _groups(rows, origins)
    archive, done, unlike = _Archive(), set[str](), set[str]()
    known = {row.student.student_id: row for row in rows}
    with _gathering(settings, assignment) as gathering:
        made = lru_cache(maxsize=1)(partial(_notebook, gathering, known))  # of several files, once
        for prefix, group in groups.items():
            owner = _owner(prefix, group)
            text = made(owner.student.student_id) if owner else NO_OWNER
            theirs = {row.student.student_id: row.points for row in group}
            if isinstance(text, Reason):
                left_out += [LeftOut(student, text) for student in theirs]
                continue
            archive.add(f"{prefix}{NOTEBOOK}", text)
            done |= theirs.keys()
            unlike |= {each for each, points in theirs.items() if owner and points != owner.points}
    left = tuple(dict.fromkeys(left_out))
    return Packed(archive.content(), sorted(done), left, sorted(unlike))


def _groups(
    rows: Sequence[Row], origins: Mapping[str, Origin]
) -> tuple[dict[str, list[Row]], list[LeftOut]]:
    """Who has handed in each file, by what Canvas put before it; and who has handed in none."""
    found, left_out = defaultdict[str, list[Row]](list), list[LeftOut]()
    for row in rows:
        there = list(_attachments(origins.get(row.student.student_id), row.student.lms_user_id))
        for attachment in there:
            found[attachment.prefix].append(row)
        if not there:
            left_out.append(LeftOut(row.student.student_id, NO_FILE))
    return found, left_out


def _attachments(origin: Origin | None, number: str) -> Iterator[Attachment]:
    """The files that Canvas takes something back for.

    Args:
        origin: where the submission came from, if that is known.
        number: Canvas's of the student.
    """
    for each in origin.attachments if origin and origin.lms == "canvas" else ():
        if each.prefix and canvas_names.takes_back(each.prefix + each.file, number):
            yield each


def _owner(prefix: str, group: Sequence[Row]) -> Row | None:
    """Of those who have handed in a file together, whose number Canvas has put before it.

    None where that is none of them: who it is may have no points yet, or others than they. Where
    Canvas has put a word there for a single student, it is that one.
    """
    number = canvas_names.user_of(prefix)
    if not number:
        return group[0] if len(group) == 1 else None
    return next((row for row in group if row.student.lms_user_id == number), None)


def for_moodle(
    settings: Settings,
    assignment: str,
    rows: Sequence[Row],
    participants: Mapping[str, tuple[str, str]],
) -> Packed:
    """Pages for Moodle's "Upload multiple feedback files in a zip", a folder for each student.

    Args:
        settings: the course's.
        assignment: its name.
        rows: of those who were graded.
        participants: Moodle's number of each student in this assignment, and the name.
    """
    archive, done, left_out = _Archive(), list[str](), list[LeftOut]()
    with _gathering(settings, assignment) as gathering:
        for row in rows:
            student = row.student.student_id
            number, name = participants.get(student, ("", ""))
            if not number:
                left_out.append(LeftOut(student, NO_NUMBER))
            elif isinstance(told := _feedback(gathering, row), Reason):
                left_out.append(LeftOut(student, told))
            else:
                archive.add(f"{moodle_names.folder(name, number)}/{assignment}.html", html(told))
                done.append(student)
    return Packed(archive.content(), done, left_out)


@contextmanager
def _gathering(settings: Settings, assignment: str) -> Iterator[Gathering]:
    """What students are told, as long as the gradebook is open."""
    with Gradebook(settings.directory.db_url) as gradebook:
        yield patiently(lambda: Gathering.of(settings, gradebook, assignment))


def _notebook(gathering: Gathering, rows: Mapping[str, Row], student: str) -> str | Reason:
    """A student's feedback as a notebook; or why it is not sent."""
    told = _feedback(gathering, rows[student])
    return told if isinstance(told, Reason) else notebook.text(told)


def _feedback(gathering: Gathering, row: Row) -> Feedback | Reason:
    """What a student is told; or why that is not sent: it is damaged, or not of the row's points.

    These were read before it, with what lateness takes of them.
    """
    try:
        told = patiently(partial(gathering.feedback, row.student.student_id), answered=True)
    except CourseError:
        return DAMAGED
    pairs = ((told.before, row.before), (told.points, row.points or 0.0))
    return told if all(math.isclose(*pair, abs_tol=1e-6) for pair in pairs) else OTHERS


class _Archive:
    """A zip in the making; the same files are the same zip, whenever it is made."""

    def __init__(self) -> None:
        self._content = io.BytesIO()
        self._archive = zipfile.ZipFile(self._content, "w")

    def add(self, name: str, text: str) -> None:
        """Adds a file, whose text is forgotten then."""
        self._archive.writestr(zipfile.ZipInfo(name), text.encode(), zipfile.ZIP_DEFLATED)

    def content(self) -> bytes:
        """The zip, to which nothing can be added any more."""
        self._archive.close()
        return self._content.getvalue()
