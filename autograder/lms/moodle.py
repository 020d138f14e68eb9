"""Moodle's "Download all submissions": `Full name_4711_assignsubmission_file`, a folder or not.

The number is of this assignment alone: the grading worksheet says whose it is. Without one a full
name does that only one has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from autograder.grading.intake.archive import Member
from autograder.lms.download import Download
from autograder.lms.moodle_names import TEXT, Entry, Owner
from autograder.lms.parcel import File, Nobodys, Parcel, Sorted, apart
from autograder.lms.participants import Participant
from autograder.lms.people import People, plain


def is_moodle(members: Iterable[Member]) -> bool:
    """Whether most files lie where Moodle puts them."""
    found = [Entry.read(member.path) is not None for member in members]
    return sum(found) * 2 > len(found)


def sorted_by_student(
    download: Download, people: People, worksheet: Mapping[str, Participant] | None
) -> Sorted:
    """Moodle's files by whose they are.

    Args:
        download: Moodle's.
        people: on the roster.
        worksheet: by participant; None where there is none.
    """
    found: dict[Owner, list[tuple[str, Member]]] = {}
    nobodys, texts = [], set[Owner]()
    for member in download.members:
        if not (entry := Entry.read(member.path)):
            why, do = "has no name that Moodle gives", "put it into submitted/ by hand"
            nobodys.append(Nobodys(member.path, why, do))
            continue
        found.setdefault(entry.owner, []).append((entry.path, member))
        if entry.plugin == TEXT:
            texts.add(entry.owner)
    rows_of: dict[str, list[Participant]] = {}
    for row in (worksheet or {}).values():
        rows_of.setdefault(row.student, []).append(row)
    twice = _shared_names(found)
    parcels = []
    for owner, files in found.items():
        students, why, do = _students(owner, people, worksheet, twice)
        if students:
            rows = [row for student in students for row in rows_of.get(student, ())]
            numbers = _participants(owner, students, rows, people)
            parcels.append(_parcel(owner, students, files, rows, numbers, text=owner in texts))
        else:
            nobodys.append(Nobodys(owner.shown, why, do, len(files)))
    return Sorted("moodle", tuple(parcels), tuple(nobodys))


def _shared_names(owners: Iterable[Owner]) -> set[str]:
    """The names that more than one participant has."""
    seen, twice = set[str](), set[str]()
    for name in (plain(owner.name) for owner in owners):
        (twice if name in seen else seen).add(name)
    return twice


def _students(
    owner: Owner, people: People, worksheet: Mapping[str, Participant] | None, twice: set[str]
) -> tuple[tuple[str, ...], str, str]:
    """Whose a submission is; or nobody's, why, and what to do about it."""
    called, team = people.called(owner.name), people.in_group(owner.name)
    row = (worksheet or {}).get(owner.number)
    if team and not called:
        return team, "", ""
    if row and row.student:
        return (row.student,), "", ""
    if worksheet is not None and row:
        why = f"is participant {owner.number}, whom the worksheet names like nobody on the roster"
        return (), why, "write into the roster what the worksheet says: email, idnumber or username"
    if team:
        return (), "is a student's and a group's name", "give the group another name in the roster"
    if len(called) == 1 and plain(owner.name) not in twice:
        return called, "", ""
    if called:
        why = "is a name that more than one student has"
        return (), why, "collect again with --worksheet: Moodle's grading worksheet"
    do = "write the name into the roster as Moodle has it, or collect again with --worksheet"
    return (), "is no name on the roster, of a student or a group", do


def _participants(
    owner: Owner, students: tuple[str, ...], rows: Sequence[Participant], people: People
) -> dict[str, str]:
    """Moodle's number of each student, by the worksheet's rows of them, else by the owner's name.

    The number behind a group's name is the group's, though one alone of it is on the roster.
    """
    if rows:
        return {row.student: row.number for row in rows}
    return {students[0]: owner.number} if students == people.called(owner.name) else {}


def _parcel(
    owner: Owner,
    students: tuple[str, ...],
    found: Iterable[tuple[str, Member]],
    rows: Sequence[Participant],
    participants: Mapping[str, str],
    *,
    text: bool,
) -> Parcel:
    """A submission of these students, by the rows that the worksheet has of them.

    Args:
        owner: what its files are called by.
        students: who hands it in.
        found: its files, by path.
        rows: of the worksheet.
        participants: Moodle's number of each of them, as far as it is known.
        text: whether something was typed into Moodle.
    """
    row = next((row for row in rows if row.time), rows[0] if rows else None)
    files, left = apart(File(path, member, "", path) for path, member in found)
    draft = [f"a draft, never submitted: {row.state}"] if row and row.draft else []
    typed = ["handed in a text typed into Moodle"] if text else []
    trouble = [f"the time is not known: {row.trouble}"] if row and row.trouble else []
    return Parcel(
        "moodle",
        students[0],
        students,
        files,
        name=owner.name,
        participants=participants,
        late=bool(row and row.late and not row.time),
        time=row.time if row else None,
        notes=(*draft, *typed),
        doubts=(*left, *trouble),
    )
