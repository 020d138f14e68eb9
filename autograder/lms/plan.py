"""What is to become of each student's files: in place, aside, or left as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cmp_to_key
from pathlib import PurePosixPath

from autograder.lms.candidate import LATE, Candidate, digest_of
from autograder.lms.download import Download
from autograder.lms.newest import Age, compared
from autograder.lms.parcel import File
from autograder.lms.present import Present
from autograder.words import few


class Action(StrEnum):
    """What is done with the newest that a student handed in."""

    NEW = "new"
    NEWER = "newer"
    SAME = "same"
    OLDER = "older"
    DOUBT = "in doubt"


@dataclass(frozen=True)
class Aside:
    """Files that are kept, and not graded.

    Args:
        download: where they are.
        files: in it.
        label: the name of their folder.
        why: they are not graded.
    """

    download: Download
    files: tuple[File, ...]
    label: str
    why: str


@dataclass(frozen=True)
class Plan:
    """What is to become of a student's files.

    Args:
        student: whose they are.
        action: what is done with `candidate`.
        candidate: the newest of the downloads.
        present: what is in submitted/.
        asides: what of the downloads is kept aside.
        notes: what a person may want to know.
        doubts: what a person has to look at.
    """

    student: str
    action: Action
    candidate: Candidate
    present: Present
    asides: tuple[Aside, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def replaced(self) -> Mapping[str, str]:
        """The files in submitted/ that are moved aside; nothing where it stays as it is."""
        if self.action != Action.NEWER:
            return {}
        if not self.present.origin:
            return self.present.files
        taken = self.candidate.content.keys() | self.present.placed.keys()
        return {path: digest for path, digest in self.present.files.items() if path in taken}

    @property
    def kept(self) -> list[str]:
        """The files in submitted/ that stay beside the new ones: `collect` did not put them there.

        Where it put none, all are replaced.
        """
        if self.action != Action.NEWER:
            return []
        return sorted(self.present.files.keys() - self.replaced.keys())

    @property
    def replaced_label(self) -> str:
        """The name of the folder for what is moved aside."""
        return _label(self.present.age, self.replaced)

    @property
    def timestamp(self) -> str | None:
        """What timestamp.txt is to say ("": no such file); None where it stays as it is."""
        wanted = self.candidate.timestamp
        said, present = self.present.timestamp, self.present
        if self.action in (Action.NEW, Action.NEWER):
            return wanted or (said if self.action == Action.NEW else "")
        ours = not said or (present.origin is not None and said == present.origin.timestamp)
        better = wanted and wanted != said and (wanted != LATE or not said)
        return wanted if self.action == Action.SAME and ours and better else None


def made(student: str, candidates: Sequence[Candidate], present: Present) -> Plan:
    """What is to become of what the downloads have of a student.

    Args:
        student: whose it is.
        candidates: of each download that has anything, in the order in which they were named.
        present: what is in submitted/.
    """
    newest, others = _newest(candidates)
    action = _action(newest, present)
    unsure = [each for each in others if compared(newest.age, each.age) != 1]
    asides = [_aside(each, "may be newer" if each in unsure else "is older") for each in others]
    doubts = list(newest.parcel.doubts)
    if unsure:
        doubts.append(f"which is newer is not known: {newest.download.name} was taken")
    if action not in (Action.OLDER, Action.DOUBT):
        asides += [_superseded(newest, file) for file in newest.superseded]
    elif newest.files:
        why = "is older" if action == Action.OLDER else "may be newer or older"
        asides.append(_aside(newest, why))
    if action == Action.DOUBT:
        doubts.append(_doubt(newest, present))
    notes = (*newest.parcel.notes, *_of_present(newest, present, action))
    return Plan(student, action, newest, present, tuple(asides), notes, tuple(doubts))


def _newest(candidates: Sequence[Candidate]) -> tuple[Candidate, list[Candidate]]:
    """The newest, and the others with other files; of those of one age the last is taken."""
    different: dict[str, Candidate] = {}
    for each in candidates:
        key = digest_of(each.content, 64)
        known = different.get(key)
        if not known or (each.parcel.time and not known.parcel.time) or _order(each, known) > 0:
            different[key] = each
    *others, newest = sorted(different.values(), key=cmp_to_key(_order))
    return newest, [each for each in others if each.files]


def _order(one: Candidate, other: Candidate) -> int:
    return compared(one.age, other.age) or 0


def _action(newest: Candidate, present: Present) -> Action:
    if present.odd or not newest.files:
        return Action.DOUBT
    if present.is_empty:
        return Action.NEW
    if _is_same(newest, present):
        return Action.SAME
    order = compared(newest.age, present.age)
    if order == -1:
        return Action.OLDER
    return Action.NEWER if order == 1 and not newest.damaged else Action.DOUBT


def _is_same(newest: Candidate, present: Present) -> bool:
    """Whether this was taken before, whatever people did with it since; or is all there."""
    wanted = newest.content
    if present.origin and wanted == present.placed:
        return True
    is_there = all(present.files.get(path) == digest for path, digest in wanted.items())
    return is_there and not present.collected.keys() - wanted.keys()


def _doubt(newest: Candidate, present: Present) -> str:
    if not newest.files:
        return "nothing of it can be read"
    if present.odd:
        return f"{present.odd}: set aside"
    if newest.damaged and compared(newest.age, present.age) == 1:
        return "is not whole, and did not replace what is there"
    return (
        "is not known to be newer than what is there: set aside; to have it graded, move the "
        "folder in submitted/ away and collect again"
    )


def _aside(candidate: Candidate, why: str) -> Aside:
    files = (*candidate.files, *candidate.superseded)
    label = _label(candidate.age, {file.path: candidate.digests[file.path] for file in files})
    return Aside(candidate.download, files, label, f"{candidate.download.name} {why}")


def _superseded(candidate: Candidate, file: File) -> Aside:
    content = {file.path: candidate.digests[file.path]}
    label = _label(Age(attachment=file.attachment), content)
    return Aside(candidate.download, (file,), label, f"{file.path} was replaced by a later file")


def _label(age: Age, content: Mapping[str, str]) -> str:
    return f"{age.label} {digest_of(content)}"


def _of_present(newest: Candidate, present: Present, action: Action) -> list[str]:
    """What is to be told of what is in submitted/."""
    if action == Action.NEW or not present.files:
        return []
    placed = present.placed
    wanted = newest.content.keys() if action == Action.SAME else set[str]()
    others = sorted(present.files.keys() - placed.keys() - wanted)
    changed = [p for p, digest in placed.items() if present.files.get(p, digest) != digest]
    notes = []
    if others and (present.origin or action == Action.SAME):
        notes.append(f"left as it is, which did not come by collect: {few(others, 3)}")
    if changed:
        notes.append(f"changed in submitted/ since: {few(changed, 3)}")
    return notes


def found(candidate: Candidate) -> str:
    """What a candidate has, in a few words."""
    names = [PurePosixPath(file.path).name for file in candidate.files]
    return few(names, 3) if names else "nothing that can be read"
