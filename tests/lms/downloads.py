"""What Canvas and Moodle hand out for a class, with all the untidiness of real ones.

A class is made of what each student hands in; who they are, what the LMS calls them, and how their
files come, is made up here. Each has one of the ways in `CANVAS_WAYS` or `MOODLE_WAYS`, in turn.
"""

from __future__ import annotations

import csv
import io
import struct
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from babel.dates import format_datetime

Files = Mapping[str, bytes]

NAMES = (
    ("Jane", "Doe"), ("María", "García-López"), ("Seán", "O'Brien Jr."), ("Sam", "Lee"),
    ("Sam", "Lee"), ("Ana", "Pérez"), ("Li-Wei", "Chen Jr."), ("<script>alert(1)</script>", "X"),
    ("=cmd()", "Formula"), ("Zoë", "van der Berg, MSc"), ("נועה", "כהן"), ("小明", "王"),
    ("Đurđa", "Šimić"), ("O", "N"), ("Null", "None"), ("Ǎ" * 60, "Long"),
)  # fmt: skip
DUE = datetime(2026, 12, 4, 17, 30)  # local


@dataclass(frozen=True)
class Person:
    """A student of a class.

    Args:
        student: the student_id.
        first, last: the name.
        lms: Canvas's number.
        participant: Moodle's number in this assignment.
        group: with whom they hand in; "" for alone.
    """

    student: str
    first: str
    last: str
    lms: int
    participant: int
    group: str = ""

    @property
    def email(self) -> str:
        return f"{self.student}@uni.example"

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass
class Handout:
    """A class as an LMS hands it out.

    Args:
        people: everyone on the roster.
        archive: the zip.
        worksheet: Moodle's.
        expected: what is to be in submitted/, by student and path; where the LMS has it twice, the
            later one.
        late: who is, where only that is known.
        times: when each handed in, in local time, where that is known.
        aside: what is to be kept aside, by student.
        drafts: who never submitted.
    """

    people: list[Person]
    archive: Path
    worksheet: Path | None = None
    expected: dict[str, dict[str, bytes]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    times: dict[str, datetime] = field(default_factory=dict)
    aside: dict[str, bytes] = field(default_factory=dict)
    drafts: set[str] = field(default_factory=set)

    def roster(self) -> str:
        """The course's roster, as CSV."""
        rows = [
            ("student_id", "first_name", "last_name", "email", "lms_user_id", "group"),
            *((p.student, p.first, p.last, p.email, p.lms, p.group) for p in self.people),
        ]
        return table(rows)

    @property
    def absent(self) -> set[str]:
        """Who has handed in nothing."""
        return {person.student for person in self.people} - self.expected.keys()


def people(number: int) -> list[Person]:
    """So many students."""
    found = []
    for n in range(number):
        first, last = NAMES[n % len(NAMES)]
        round_ = n // len(NAMES)
        last = f"{last} {round_ + 1}" if round_ else last
        found.append(Person(f"student{n + 1:02}", first, last, 1001 + n, 4711 + 7 * n))
    return found


def table(rows: Iterable[Sequence[object]], separator: str = ",") -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue()


def zip_of(path: Path, entries: Iterable[tuple[str, bytes]], made: datetime = DUE) -> Path:
    """A zip with these entries, in this order."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, made.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def tar_of(path: Path, entries: Iterable[tuple[str, bytes]], packing: str = "gz") -> Path:
    """A tar with these entries, in this order."""
    with tarfile.open(path, f"w:{packing}") as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def packed(files: Files) -> bytes:
    """Files as the content of a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def unsaid(path: Path) -> Path:
    """A zip whose names are in UTF-8, and which does not say so."""
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            (flags,) = struct.unpack_from("<H", data, place + offset)
            struct.pack_into("<H", data, place + offset, flags & ~0x800)
            place = data.find(signature, place + 4)
    path.write_bytes(data)
    return path


def canvas_name(name: str) -> str:
    """A name as Canvas begins a file with it: lower case, word characters only."""
    return "".join(c for c in name.lower() if c.isalnum() or c == "_")


class _Canvas:
    """Canvas's entries, while they are made."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, bytes]] = []
        self.attachment = 2000

    def add(self, person: Person, file: str, content: bytes, *, late: bool = False) -> None:
        """A file of a student's."""
        self.attachment += 1
        who = canvas_name(f"{person.last}{person.first}")
        self.entries.append(
            (f"{who}_{'LATE_' if late else ''}{person.lms}_{self.attachment}_{file}", content)
        )


CanvasWay = Callable[[_Canvas, Handout, Person, Files], None]


def _plain(made: _Canvas, handout: Handout, person: Person, files: Files) -> None:
    for name, content in files.items():
        made.add(person, name, content)
    handout.expected[person.student] = dict(files)


def _late(made: _Canvas, handout: Handout, person: Person, files: Files) -> None:
    for name, content in files.items():
        made.add(person, name, content, late=True)
    handout.expected[person.student] = dict(files)
    handout.late.add(person.student)


def _again(made: _Canvas, handout: Handout, person: Person, files: Files) -> None:
    """The first file once more, changed: Canvas adds -1 to its name."""
    _plain(made, handout, person, files)
    name = next(iter(files))
    newer = files[name] + b"\n"
    renamed = name.replace(".ipynb", "-1.ipynb")
    made.add(person, renamed, newer)
    del handout.expected[person.student][name]
    handout.expected[person.student][renamed] = newer
    handout.aside[person.student] = files[name]


def _by_browser(made: _Canvas, handout: Handout, person: Person, files: Files) -> None:
    """Names as a browser, and a person, give them."""
    renamed = {name.replace(".ipynb", " (1).ipynb"): each for name, each in files.items()}
    _plain(made, handout, person, renamed)


def _underscores(made: _Canvas, handout: Handout, person: Person, files: Files) -> None:
    renamed = {f"my_hw-v2.1_12_34_{name}": each for name, each in files.items()}
    _plain(made, handout, person, renamed)


def _packed(made: _Canvas, handout: Handout, person: Person, files: Files) -> None:
    content = packed({f"hw/{name}": each for name, each in files.items()})
    _plain(made, handout, person, {"hw.zip": content})


def _with_text(made: _Canvas, handout: Handout, person: Person, files: Files) -> None:
    _plain(made, handout, person, files)
    who = canvas_name(f"{person.last}{person.first}")
    made.entries.append((f"{who}_{person.lms}_text.html", b"<p>See the notebook.</p>"))
    handout.expected[person.student]["text.html"] = b"<p>See the notebook.</p>"


def _nothing(made: _Canvas, handout: Handout, person: Person, files: Files) -> None:
    """Canvas leaves out whom it has no file of."""


CANVAS_WAYS: tuple[CanvasWay, ...] = (
    *(_plain, _again, _by_browser, _late, _plain, _with_text, _underscores, _packed),
    *(_plain, _late, _plain, _plain, _nothing),
)


def canvas_class(folder: Path, answers: Sequence[Files]) -> Handout:
    """A class of Canvas's: what each student hands in, in its ways; the last two are a group.

    In the zip is also what is nobody's: a file of someone who is not on the roster, and one without
    a name.
    """
    there = people(len(answers))
    if len(there) > 3:
        there[-2:] = [
            Person(p.student, p.first, p.last, p.lms, p.participant, "Team 3") for p in there[-2:]
        ]
    handout, made = Handout(there, folder / "submissions.zip"), _Canvas()
    for n, (person, files) in enumerate(zip(there, answers, strict=True)):
        if not person.group:
            CANVAS_WAYS[n % len(CANVAS_WAYS)](made, handout, person, files)
    team = [person for person in there if person.group]
    for name, content in answers[-1].items() if team else ():
        made.attachment += 1
        made.entries.append((f"team_3_{team[1].lms}_{made.attachment}_{name}", content))
    for person in team:
        handout.expected[person.student] = dict(answers[-1])
    made.entries.append(("leftcourse_99999_2999_binary.ipynb", b"{}"))
    made.entries.append(("anon_Ab3dE_2998_binary.ipynb", b"{}"))
    zip_of(handout.archive, made.entries)
    return handout


@dataclass(frozen=True)
class Language:
    """How Moodle writes a worksheet in a language.

    Args:
        titles: of Identifier, Full name, Email address, Status, Grade, Maximum grade, Grade can be
            changed, Last modified (submission), Last modified (grade), Feedback comments.
        participant: the word before a number.
        submitted, draft, missing: the states.
        late: of a length of time.
        time: of a moment.
        yes: that a grade can be changed.
    """

    titles: Sequence[str]
    participant: str
    submitted: str
    draft: str
    missing: str
    late: str
    time: Callable[[datetime], str]
    yes: str = "Yes"


def _english(time: datetime) -> str:
    return f"{time:%A, %-d %B %Y, %-I:%M %p}"


ENGLISH = Language(
    (
        *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade"),
        *("Grade can be changed", "Last modified (submission)", "Last modified (grade)"),
        "Feedback comments",
    ),
    "Participant ",
    "Submitted for grading",
    "Draft (not submitted)",
    "No submission",
    "{} late",
    _english,
)


GERMAN = Language(
    (
        *("ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung"),
        *("Bewertung kann geändert werden", "Zuletzt geändert (Abgabe)"),
        *("Zuletzt geändert (Bewertung)", "Feedback als Kommentar"),
    ),
    "Teilnehmer/in",  # and no space
    "Zur Bewertung abgegeben",
    "Entwurf (nicht abgegeben)",
    "Keine Abgabe",
    "{} verspätet",
    lambda time: format_datetime(time, "EEEE, d. MMMM y, HH:mm", locale="de"),
    "Ja",
)
CROATIAN = Language(
    (
        *("Identifikator", "Ime i prezime", "E-pošta", "Stanje predaje", "Ocjena"),
        *("Najviša ocjena", "Ocjena se može promijeniti", "Zadnja promjena (predaja)"),
        *("Zadnja promjena (ocjena)", "Komentar"),
    ),
    "Sudionik ",
    "Predano na ocjenjivanje",
    "Skica (nije predano)",
    "Nema predaje",
    "Kasni {}",
    lambda time: format_datetime(time, "EEEE, d. MMMM y., HH:mm", locale="hr"),
    "Da",
)


class _Moodle:
    """Moodle's entries, while they are made."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, bytes]] = []

    def add(self, owner: str, files: Files, place: str = "_assignsubmission_file/") -> None:
        """The files of an owner: "Ana Pérez_4711"."""
        self.entries += [(f"{owner}{place}{name}", content) for name, content in files.items()]


def owner(person: Person) -> str:
    """How a student's folder begins."""
    name = "".join(c for c in person.name if c not in "&<>\"'|:\\/`")
    return f"{name.replace('_', ' ')}_{person.participant}"


MoodleWay = Callable[[_Moodle, Handout, Person, Files], None]


def _folder(made: _Moodle, handout: Handout, person: Person, files: Files) -> None:
    made.add(owner(person), files)
    handout.expected[person.student] = dict(files)


def _old_folder(made: _Moodle, handout: Handout, person: Person, files: Files) -> None:
    inside = {f"hw/{name}": content for name, content in files.items()}
    made.add(owner(person), inside, "_assignsubmission_file_/")
    handout.expected[person.student] = inside


def _flat(made: _Moodle, handout: Handout, person: Person, files: Files) -> None:
    made.add(owner(person), files, "_assignsubmission_file_")
    handout.expected[person.student] = dict(files)


def _draft(made: _Moodle, handout: Handout, person: Person, files: Files) -> None:
    _folder(made, handout, person, files)
    handout.drafts.add(person.student)


def _online(made: _Moodle, handout: Handout, person: Person, files: Files) -> None:
    _folder(made, handout, person, files)
    text = {"onlinetext.html": b"<p>See the notebook.</p>"}
    made.add(owner(person), text, "_assignsubmission_onlinetext/")
    handout.expected[person.student].update(text)


def _decomposed(made: _Moodle, handout: Handout, person: Person, files: Files) -> None:
    """Names as macOS writes them."""
    made.add(unicodedata.normalize("NFD", owner(person)), files)
    handout.expected[person.student] = dict(files)


def _zipped(made: _Moodle, handout: Handout, person: Person, files: Files) -> None:
    _folder(made, handout, person, {"hw.zip": packed(files)})


def _absent(made: _Moodle, handout: Handout, person: Person, files: Files) -> None:
    """There is no folder of those who handed in nothing."""


MOODLE_WAYS: tuple[MoodleWay, ...] = (
    *(_folder, _decomposed, _old_folder, _flat, _folder, _draft, _online, _zipped, _folder),
    *(_flat, _folder, _old_folder, _absent),
)


def moodle_class(
    folder: Path, answers: Sequence[Files], language: Language = ENGLISH, separator: str = ","
) -> Handout:
    """A class of Moodle's, with its grading worksheet: every third is late, by ten minutes more."""
    handout = Handout(people(len(answers)), folder / "hw-4321.zip", folder / "Grades-hw-4321.csv")
    made, rows = _Moodle(), [language.titles]
    for n, (person, files) in enumerate(zip(handout.people, answers, strict=True)):
        MOODLE_WAYS[n % len(MOODLE_WAYS)](made, handout, person, files)
        state, time = language.missing, "-"
        if person.student in handout.expected:
            late = timedelta(minutes=10 * n) if n % 3 == 0 else timedelta(minutes=-n)
            handout.times[person.student] = DUE + late
            time = language.time(DUE + late)
            state = language.draft if person.student in handout.drafts else language.submitted
            if n % 3 == 0 and n:
                state += " - " + language.late.format(f"{10 * n} mins")
        identifier = f"{language.participant}{person.participant}"
        rows.append(
            (identifier, person.name, person.email, state, "", "10.00", language.yes, time, "-", "")
        )
    zip_of(handout.archive, made.entries)
    assert handout.worksheet
    text = table(rows, separator)
    handout.worksheet.write_bytes(b"\xef\xbb\xbf" + text.encode())
    return handout
