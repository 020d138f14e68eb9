"""What a download holds of one student or group, and what in it is nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath

from autograder.grading.intake.archive import OUTSIDE, Member
from autograder.grading.intake.folder import TIMESTAMP
from autograder.grading.intake.names import ClashError, Names, OutsideError, clean
from autograder.lms.origins import Lms


@dataclass(frozen=True)
class File:
    """A file of a student's.

    Args:
        path: in the submission.
        member: in the download.
        prefix: what Canvas put before its name.
        name: its name without that, or its path in the student's folder.
        attachment: Canvas's number, higher for what came later; 0 for none.
    """

    path: str
    member: Member
    prefix: str = ""
    name: str = ""
    attachment: int = 0


@dataclass(frozen=True)
class Parcel:
    """What a download holds of one student or group.

    Args:
        lms: whose download it is.
        owner: whose number or name it bears.
        students: who hands it in: the owner, or all of a group.
        files: what was handed in.
        name: how the LMS calls the owner.
        participants: Moodle's number of each student in this assignment, as far as it is known.
        late: whether the LMS says that it is.
        time: when it was handed in, UTC without tzinfo.
        notes: what a person may want to know.
        doubts: what a person has to look at.
    """

    lms: Lms
    owner: str
    students: tuple[str, ...]
    files: tuple[File, ...]
    name: str = ""
    participants: Mapping[str, str] = field(default_factory=dict)
    late: bool = False
    time: datetime | None = None
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nobodys:
    """Files that can't be given to anyone.

    Args:
        what: as the download calls them.
        why: nobody is meant for certain.
        do: what to do about it.
        files: how many they are.
    """

    what: str
    why: str
    do: str
    files: int = 1


@dataclass(frozen=True)
class Sorted:
    """A download by whose its files are.

    Args:
        lms: whose it is.
        parcels: what is somebody's.
        nobodys: what is not.
        notes: what is to be told of all of it.
    """

    lms: Lms
    parcels: tuple[Parcel, ...]
    nobodys: tuple[Nobodys, ...] = ()
    notes: tuple[str, ...] = ()


def apart(files: Iterable[File]) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """The files with paths in one folder that no two of them share, and what had no place.

    A student's `timestamp.txt` gets another name: by that one the course says when they handed in.
    """
    names, placed, left = Names(), [], []
    for file in files:
        try:
            path = clean(file.path)  # a part of a name that was clean as a whole
            if path.casefold() == TIMESTAMP:
                path = str(PurePosixPath(path).with_stem("timestamp of the student's"))
            placed.append(replace(file, path=names.placed(path)))
        except OutsideError:
            left.append(f"{file.path} {OUTSIDE}")
        except ClashError as error:
            left.append(f"{file.path} {error}")
    return tuple(placed), tuple(left)
