"""Any folder with a notebook, an archive or a folder a student, whose name says which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from autograder.grading.intake.archive import Member
from autograder.grading.intake.archives import ARCHIVE_NAME
from autograder.lms.download import Download
from autograder.lms.parcel import File, Nobodys, Parcel, Sorted, apart
from autograder.lms.people import People

SEPARATOR = re.compile(r"[\s_.,;+=()\[\]@-]")  # after a student's id, in a longer name
GRADESCOPE = "submission_metadata.yml"


def sorted_by_student(download: Download, people: People, assignment: str) -> Sorted:
    """The files by whose they are: what lies on top has a student's id, or begins with one.

    Args:
        download: the folder.
        people: on the roster.
        assignment: a folder of its name within a student's is left out, as nbgrader has it.
    """
    by_top: dict[str, list[tuple[str, Member]]] = {}
    for top, path, member in _entries(download.members, people):
        by_top.setdefault(top, []).append((path, member))
    found: dict[str, list[tuple[str, Member]]] = {}
    nobodys = []
    for top, files in by_top.items():
        students = _meant(top, people)
        if len(students) == 1:
            found.setdefault(students.pop(), []).extend(files)
        elif top != GRADESCOPE:
            nobodys.append(_nobodys(top, len(files), students))
    parcels = tuple(_parcel(student, each, assignment) for student, each in found.items())
    notes: tuple[str, ...] = ()
    if GRADESCOPE in by_top:
        notes = (
            f"{download.name} is Gradescope's export, whose {GRADESCOPE} is not read: rename each "
            "folder to the student's id.",
        )
    return Sorted("folder", parcels, tuple(nobodys), notes)


def _entries(members: Iterable[Member], people: People) -> Iterator[tuple[str, str, Member]]:
    """Each file with what it lies in on top, and its path in there; of a lone file its name.

    A folder around all is none of a student's.
    """
    paths = [(PurePosixPath(member.path), member) for member in members]
    while paths and len({path.parts[0] for path, _ in paths}) == 1:
        top = paths[0][0].parts[0]
        if any(len(path.parts) == 1 for path, _ in paths) or _meant(top, people):
            break
        paths = [(PurePosixPath(*path.parts[1:]), member) for path, member in paths]
    for path, member in paths:
        inside = path.parts[1:] or path.parts
        yield path.parts[0], "/".join(inside), member


def _meant(top: str, people: People) -> set[str]:
    """The students whom a name may mean: one whose id it is, or those with whose ids it begins."""
    stem = ARCHIVE_NAME.sub("", top)
    stem = stem if stem != top else re.sub(r"\.\w{1,8}$", "", top)
    for whole in (top, stem):
        if found := people.with_any_id(whole):
            return found
    ends = [match.start() for match in SEPARATOR.finditer(top)]
    return {student for end in ends for student in people.with_any_id(top[:end])}


def _nobodys(top: str, files: int, students: set[str]) -> Nobodys:
    if students:
        why = f"may mean {', '.join(sorted(students)[:3])}"
        return Nobodys(top, why, "rename it to the id of the one who is meant", files)
    do = "rename it to the student's id, or begin it with that and an underscore"
    return Nobodys(top, "begins with no id on the roster", do, files)


def _parcel(student: str, found: list[tuple[str, Member]], assignment: str) -> Parcel:
    if all(path.startswith(f"{assignment}/") for path, _ in found):
        found = [(path.removeprefix(f"{assignment}/"), member) for path, member in found]
    files, left = apart(File(path, member, "", path) for path, member in found)
    return Parcel("folder", student, (student,), files, name=student, doubts=left)
