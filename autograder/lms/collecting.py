"""`autograder collect`: from what an LMS handed out to submitted/, a student's folder at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.config import CourseError, Settings
from autograder.grading.intake import inbox
from autograder.lms import (
    canvas,
    download,
    folders,
    moodle,
    origins,
    participants,
    people,
    placing,
    present,
)
from autograder.lms.candidate import Candidate, Reader, digest_of
from autograder.lms.download import Download
from autograder.lms.moodle_sheet import Sheet
from autograder.lms.parcel import Nobodys, Parcel, Sorted
from autograder.lms.participants import Participant
from autograder.lms.people import People
from autograder.lms.plan import Action, Plan, made
from autograder.whole_file import write_whole

TAKEN = (Action.NEW, Action.NEWER, Action.SAME)


@dataclass(frozen=True)
class Collection:
    """What is to become of what an LMS handed out.

    Args:
        settings: the course's.
        assignment: what was asked.
        plans: one for each student who has anything in it, by id.
        nobodys: what can't be given to anyone, each with the download's name.
        left: whether the downloads have what can't be read.
        notes: what is to be told of all of it.
        missing: who on the roster has nothing, in the downloads or in submitted/.
        elsewhere: who has nothing in the downloads, and something in submitted/.
        worksheet: Moodle's, as it was downloaded; None where none was named.
    """

    settings: Settings
    assignment: str
    plans: tuple[Plan, ...]
    nobodys: tuple[tuple[str, Nobodys], ...]
    left: bool
    notes: tuple[str, ...]
    missing: tuple[str, ...]
    elsewhere: tuple[str, ...]
    worksheet: bytes | None

    @property
    def wants_a_person(self) -> bool:
        """Whether anything is nobody's, or can't be read, or was set aside in doubt."""
        return self.left or bool(self.nobodys) or any(plan.doubts for plan in self.plans)

    def carry_out(self) -> bool:
        """Writes all of it; whether anything was changed.

        Raises:
            CourseError: a download or what is kept of others can't be read.
        """
        known = origins.read(self.settings, self.assignment)
        done = [placing.carry_out(self.settings, self.assignment, plan) for plan in self.plans]
        taken = {p.student: p.candidate.origin(p.student) for p in self.plans if p.action in TAKEN}
        if (now := {**known, **taken}) != known:
            origins.write(self.settings, self.assignment, now)
            done.append(True)
        done.append(self._keep_worksheet())
        return any(done)

    def _keep_worksheet(self) -> bool:
        """Keeps Moodle's worksheet, and one that was kept before aside."""
        folder = origins.folder(self.settings, self.assignment)
        place = folder / origins.WORKSHEET
        if self.worksheet is None:
            return False
        if place.exists():
            former = place.read_bytes()
            if former == self.worksheet:
                return False
            name = f"worksheet {digest_of({'': former.hex()})}.csv"
            write_whole(folder / name, former)
        write_whole(place, self.worksheet)
        return True


@contextmanager
def collection(
    settings: Settings,
    assignment: str,
    archives: Sequence[Path],
    worksheet: Path | None,
    *,
    rehearsed: bool,
) -> Iterator[Collection]:
    """What is to become of some downloads, for a block in which it may be carried out.

    Args:
        settings: the course's.
        assignment: what was asked.
        archives: the downloads.
        worksheet: Moodle's, if there is one.
        rehearsed: whether nothing is written.

    Raises:
        CourseError: no roster, or a download or worksheet that can't be read.
    """
    everyone = people.read(settings.roster_path)
    sheet = Sheet.open(worksheet, strict=False) if worksheet else None
    told = _told(settings, assignment, everyone, sheet) if sheet else None
    with ExitStack() as stack:
        found = [stack.enter_context(download.read(path)) for path in archives]
        sorted_ = [(each, _sorted(each, everyone, assignment, told)) for each in found]
        if worksheet and not any(each.lms == "moodle" for _, each in sorted_):
            names = ", ".join(each.name for each in found)
            raise CourseError(f"--worksheet: none of {names} is a download of Moodle's.")
        if not rehearsed:
            placing.mend(settings, assignment)
        plans = _plans(settings, assignment, sorted_)
        missing, elsewhere = _others(settings, assignment, everyone, plans)
        yield Collection(
            settings,
            assignment,
            plans,
            tuple((each.name, nobodys) for each, s in sorted_ for nobodys in s.nobodys),
            any(each.left for each in found),
            tuple(_notes(settings, sorted_, worksheet=sheet is not None)),
            missing,
            elsewhere,
            sheet.changed({}) if sheet else None,
        )


def _told(
    settings: Settings, assignment: str, everyone: People, sheet: Sheet
) -> Mapping[str, Participant]:
    """What a worksheet says of each participant, by number."""
    known = origins.read(settings, assignment)
    return participants.of(sheet, everyone, settings.course.timezone, known)


def _others(
    settings: Settings, assignment: str, everyone: People, plans: Sequence[Plan]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is in no plan and has nothing in submitted/, and who has something there."""
    there = set(inbox.students(settings, assignment))
    others = sorted(everyone.students.keys() - {plan.student for plan in plans})
    missing = tuple(student for student in others if student not in there)
    return missing, tuple(student for student in others if student in there)


def _sorted(
    found: Download, everyone: People, assignment: str, told: Mapping[str, Participant] | None
) -> Sorted:
    """A download's files by whose they are; which LMS it is of, its names tell."""
    members = found.members
    if moodle.is_moodle(members):
        return moodle.sorted_by_student(found, everyone, told)
    if canvas.is_canvas(members):
        return canvas.sorted_by_student(found, everyone)
    if not members:
        raise CourseError(f"{found.name} holds no file that can be read.")
    return folders.sorted_by_student(found, everyone, assignment)


def _notes(
    settings: Settings, sorted_: Sequence[tuple[Download, Sorted]], *, worksheet: bool
) -> Iterator[str]:
    for found, each in sorted_:
        what = {"canvas": "Canvas's", "moodle": "Moodle's", "folder": "a folder a student"}
        files = len(found.members)
        yield f"{found.name}: {what[each.lms]}, {files:,} file{'' if files == 1 else 's'}."
        yield from (f"In {found.name}: {sentence}." for sentence in found.left)
        yield from each.notes
    if worksheet:
        yield (
            f"The worksheet's times were read as of {settings.course.timezone} "
            "(c.Course.timezone): it does not say of which timezone they are."
        )


def _plans(
    settings: Settings, assignment: str, sorted_: Sequence[tuple[Download, Sorted]]
) -> tuple[Plan, ...]:
    """What is to become of each student's files, by id."""
    by_student: dict[str, list[tuple[Download, Parcel]]] = {}
    for found, each in sorted_:
        for student, parcel in _by_student(each.parcels).items():
            by_student.setdefault(student, []).append((found, parcel))
    known, reader = origins.read(settings, assignment), Reader(settings, assignment)
    read: dict[int, Candidate] = {}  # a group's is read once
    plans = []
    for student in sorted(by_student):
        candidates = []
        for found, parcel in by_student[student]:
            if id(parcel) not in read:
                read[id(parcel)] = reader.read(found, parcel)
            candidates.append(read[id(parcel)])
        there = present.read(settings, assignment, student, known.get(student))
        plan = made(student, candidates, there)
        if len(plan.candidate.parcel.students) > 1:
            plan = replace(plan, notes=(*plan.notes, _of_group(plan)))
        plans.append(plan)
    return tuple(plans)


def _by_student(parcels: Sequence[Parcel]) -> dict[str, Parcel]:
    """Each student's own parcel, or else the newest of their group's."""
    found: dict[str, Parcel] = {}
    for parcel in parcels:
        for student in parcel.students:
            known = found.get(student)
            if not known or _rank(parcel, student) > _rank(known, student):
                found[student] = parcel
    return found


def _rank(parcel: Parcel, student: str) -> tuple[bool, int]:
    newest = max((file.attachment for file in parcel.files), default=0)
    return parcel.owner == student, newest


def _of_group(plan: Plan) -> str:
    parcel = plan.candidate.parcel
    return f"of the group {parcel.name}" if parcel.name else "of a group"
