"""Canvas's "Download Submissions": a flat zip, `name[_LATE]_userid_attachmentid_file`.

The user's number is the roster's lms_user_id; the name is never asked. Nothing tells the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from autograder.grading.intake.archive import Member
from autograder.lms.canvas_names import TEXTS, Name, is_anonymous, readings
from autograder.lms.download import Download
from autograder.lms.parcel import File, Nobodys, Parcel, Sorted, apart
from autograder.lms.people import People


def is_canvas(members: Iterable[Member]) -> bool:
    """Whether most files have names as Canvas gives them."""
    names = [PurePosixPath(member.path).name for member in members]
    like = sum(is_anonymous(name) or any(readings(name)) for name in names)
    return like * 2 > len(names)


def sorted_by_student(download: Download, people: People) -> Sorted:
    """Canvas's files by whose they are."""
    found: dict[str, list[tuple[Name, Member]]] = {}
    nobodys = []
    for member in download.members:
        base = PurePosixPath(member.path).name
        known = [(n, s) for n in readings(base) if (s := people.with_id("lms_user_id", n.user))]
        if known and not is_anonymous(base):
            name, student = known[0]
            found.setdefault(student, []).append((name, member))
        else:
            nobodys.append(_nobodys(base, member))
    parcels = [_parcel(student, files, people) for student, files in found.items()]
    return Sorted("canvas", tuple(parcels), tuple(nobodys))


def _nobodys(base: str, member: Member) -> Nobodys:
    if is_anonymous(base):
        do = "turn off anonymous grading of the assignment in Canvas, and download again"
        return Nobodys(member.path, "is anonymous", do)
    if name := next(readings(base), None):
        do = f"whose it is, write {name.user} beside in the roster (lms_user_id); collect again"
        return Nobodys(member.path, f"has the number {name.user}, which no student has", do)
    return Nobodys(member.path, "has no name that Canvas gives", "put it into submitted/ by hand")


def _parcel(student: str, found: list[tuple[Name, Member]], people: People) -> Parcel:
    found.sort(key=lambda each: (each[0].attachment, each[0].file))
    files, left = apart(
        File(name.file, member, name.prefix, name.file, name.attachment) for name, member in found
    )
    notes = [f"handed in {TEXTS[n.file]}: {n.file}" for n, _ in found if not n.attachment]
    return Parcel(
        "canvas",
        student,
        people.handing_in_with(student),
        files,
        name=found[0][0].who,
        late=any(name.late for name, _ in found),
        notes=tuple(notes),
        doubts=left,
    )
