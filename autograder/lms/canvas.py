"""Canvas's "Download Submissions": a flat zip, `name[_LATE]_userid_attachmentid_file`.

The user's number is the roster's lms_user_id; the name is never asked. Nothing tells the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from autograder.grading.intake.archive import Member
from autograder.lms.download import Download
from autograder.lms.parcel import File, Nobodys, Parcel, Sorted, apart
from autograder.lms.people import People

LATE = "LATE"
ANONYMOUS = re.compile(r"^(?:.*_)?anon_(\w{5})_(?:\d+_.+|(?:text|link)\.html)$", re.DOTALL)
TEXTS = {"text.html": "a text typed into Canvas", "link.html": "an address (URL)"}
MOST_TRIES = 2  # numbers in a name that may be the user's: a group may be called 7


@dataclass(frozen=True)
class Name:
    """A file's name, read as one of Canvas's.

    Args:
        user: the number that may be the student's.
        prefix: all before the file's own name.
        file: the file's own name.
        attachment: its number; 0 for a text or an address.
        who: the name that it begins with.
        late: whether it says so.
    """

    user: str
    prefix: str
    file: str
    attachment: int
    who: str
    late: bool


def is_canvas(members: Iterable[Member]) -> bool:
    """Whether most files have names as Canvas gives them."""
    names = [PurePosixPath(member.path).name for member in members]
    like = sum(ANONYMOUS.match(name) is not None or any(readings(name)) for name in names)
    return like * 2 > len(names)


def readings(name: str) -> Iterator[Name]:
    """What a file's name may mean, the likeliest first; nothing where it is none of Canvas's."""
    parts = name.split("_")
    places = [n for n, part in enumerate(parts[:-1]) if part.isascii() and part.isdecimal()]
    tries = 0
    for place in places:
        before, rest = parts[:place], parts[place + 1 :]
        late = bool(before) and before[-1] == LATE
        who = "_".join(before[:-1] if late else before)
        text = len(rest) == 1 and rest[0] in TEXTS
        numbered = len(rest) > 1 and rest[0].isascii() and rest[0].isdecimal()
        if (text or numbered) and tries < MOST_TRIES:
            tries += 1
            file = rest[0] if text else "_".join(rest[1:])
            if file and len(parts[place]) < 20:
                number = 0 if text else int(rest[0][:18])
                prefix = name.removesuffix(file)
                yield Name(parts[place], prefix, file, number, who, late)


def sorted_by_student(download: Download, people: People) -> Sorted:
    """Canvas's files by whose they are."""
    found: dict[str, list[tuple[Name, Member]]] = {}
    nobodys = []
    for member in download.members:
        base = PurePosixPath(member.path).name
        known = [(n, s) for n in readings(base) if (s := people.with_id("lms_user_id", n.user))]
        if known and not ANONYMOUS.match(base):
            name, student = known[0]
            found.setdefault(student, []).append((name, member))
        else:
            nobodys.append(_nobodys(base, member))
    parcels = [_parcel(student, files, people) for student, files in found.items()]
    return Sorted("canvas", tuple(parcels), tuple(nobodys))


def _nobodys(base: str, member: Member) -> Nobodys:
    if ANONYMOUS.match(base):
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
