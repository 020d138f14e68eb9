"""Moodle's zip and its grading worksheet: whose each folder is, and when it was handed in."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest

from autograder.config import load
from autograder.lms import origins
from tests.lms.courses import collect, course, notebook, submitted, times
from tests.lms.downloads import moodle_class, table, zip_of
from tests.lms.languages import ENGLISH, LANGUAGES, Language

ROSTER = """student_id,first_name,last_name,email,group
ana,Ana,Pérez,ana@uni.example,
liwei,Li-Wei,Chen Jr.,liwei@uni.example,
sean,Sean,O'Brien,sean@uni.example,
sam1,Sam,Lee,sam1@uni.example,
sam2,Sam,Lee,sam2@uni.example,
ann,Ann,Team,ann@uni.example,Team 3
bob,Bob,Team,bob@uni.example,Team 3
"""
UPLOAD = "_assignsubmission_file"
ENTRIES = {
    f"Ana Pérez_4711{UPLOAD}/binary.ipynb": notebook(answer="ana"),
    f"Ana Pérez_4711{UPLOAD}_/hw/softmax.ipynb": notebook("softmax", "ana"),
    f"Ana Pérez_4711{UPLOAD}_my-hw_v2.1.ipynb": b"{}",
    f"Li-Wei Chen Jr._4712{UPLOAD}/binary (1).ipynb": notebook(answer="liwei"),
    "Sean OBrien_4714_assignsubmission_onlinetext/onlinetext.html": b"<p>text</p>",
    f"Sam Lee_4720{UPLOAD}/binary.ipynb": notebook(answer="sam1"),
    f"Sam Lee_4731{UPLOAD}/binary.ipynb": notebook(answer="sam2"),
    f"Participant_4713{UPLOAD}/binary.ipynb": notebook(answer="anonymous"),
    f"Team 3_58{UPLOAD}/binary.ipynb": notebook(answer="team"),
    f"Default group{UPLOAD}/binary.ipynb": notebook(answer="nobody"),
}
TITLES = ENGLISH.titles


def row(participant: int, name: str, email: str, status: str, time: str) -> tuple[str, ...]:
    """A row of the worksheet."""
    return (f"Participant {participant}", name, email, status, "", "10.00", "Yes", time, "-", "")


ROWS = (
    row(4711, "Ana Pérez", "ana@uni.example", "Submitted for grading - 1 hour 2 mins late",
        "Friday, 4 December 2026, 6:32 PM"),
    row(4712, "Li-Wei Chen Jr.", "liwei@uni.example", "Draft (not submitted)",
        "Friday, 4 December 2026, 9:05 AM"),
    row(4714, "Sean O'Brien", "sean@uni.example", "Submitted for grading - Graded",
        "Friday, 4 December 2026, 12:00 PM"),
    row(4720, "Sam Lee", "sam1@uni.example", "Submitted for grading",
        "Friday, 4 December 2026, 12:30 AM"),
    row(4731, "Sam Lee", "sam2@uni.example", "Submitted for grading",
        "Saturday, 5 December 2026, 1:30 PM"),
    row(4740, "Ann Team", "ann@uni.example", "No submission", "-"),
    row(4741, "Bob Team", "bob@uni.example", "No submission", "-"),
)  # fmt: skip
WITH_BOTH = {
    "ana": {
        "binary.ipynb": notebook(answer="ana"),
        "hw/softmax.ipynb": notebook("softmax", "ana"),
        "my-hw_v2.1.ipynb": b"{}",
    },
    "ann": {"binary.ipynb": notebook(answer="team")},
    "bob": {"binary.ipynb": notebook(answer="team")},
    "liwei": {"binary (1).ipynb": notebook(answer="liwei")},
    "sam1": {"binary.ipynb": notebook(answer="sam1")},
    "sam2": {"binary.ipynb": notebook(answer="sam2")},
    "sean": {"onlinetext.html": b"<p>text</p>"},
}


def worksheet(folder: Path, rows: object = ROWS, titles: object = TITLES) -> Path:
    """A worksheet with these rows."""
    path = folder / "Grades.csv"
    path.write_text(table([titles, *rows]), encoding="utf-8")  # type: ignore[misc,list-item]
    return path


def test_every_kind_of_entry_with_the_worksheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Namesakes are told apart, times read in the course's timezone, teams and drafts told."""
    here = course(tmp_path / "course", ROSTER)
    archive = zip_of(tmp_path / "hw.zip", ENTRIES.items())
    assert collect(here, archive, "--worksheet", worksheet(tmp_path)) == 1
    assert submitted(here) == WITH_BOTH
    assert times(here) == {
        "ana": "2026-12-04 17:32 UTC",
        "liwei": "2026-12-04 08:05 UTC",
        "sam1": "2026-12-03 23:30 UTC",
        "sam2": "2026-12-05 12:30 UTC",
        "sean": "2026-12-04 11:00 UTC",
    }
    kept = origins.read(load(here), "hw")
    assert (kept["sam1"].participant, kept["sam2"].participant) == ("4720", "4731")
    assert (kept["ann"].participant, kept["ann"].name) == ("4740", "Team 3")
    assert (here / "collected/hw/worksheet.csv").read_bytes() == (
        tmp_path / "Grades.csv"
    ).read_bytes()
    out = " ".join(capsys.readouterr().out.split())
    assert "never submitted: Draft (not submitted)" in out.replace("│ ", "").replace("│", "")
    assert "Participant_4713 is no name on the roster" in out
    assert "Default group is no name on the roster" in out
    assert "read as of Europe/Zagreb (c.Course.timezone)" in out


def test_without_a_worksheet_a_name_that_one_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Namesakes are nobody's, and no time is known."""
    here = course(tmp_path / "course", ROSTER)
    assert collect(here, zip_of(tmp_path / "hw.zip", ENTRIES.items())) == 1
    others = {name: files for name, files in WITH_BOTH.items() if not name.startswith("sam")}
    assert submitted(here) == others
    assert times(here) == {}
    out = capsys.readouterr().out
    assert "Sam Lee_4720 is a name that more than one student has: collect again with" in out
    assert "Sam Lee_4731 is a name that more than one student has" in out
    assert not (here / "collected/hw/worksheet.csv").exists()


def test_the_worksheet_may_come_later(tmp_path: Path) -> None:
    """The files stay as they are, and the times are added."""
    here = course(tmp_path / "course", ROSTER)
    archive = zip_of(tmp_path / "hw.zip", ENTRIES.items())
    collect(here, archive)
    place = here / "submitted/ana/hw/binary.ipynb"
    before = place.stat().st_mtime_ns
    collect(here, archive, "--worksheet", worksheet(tmp_path))
    assert submitted(here) == WITH_BOTH
    assert times(here)["ana"] == "2026-12-04 17:32 UTC"
    assert place.stat().st_mtime_ns == before


def test_what_was_collected_before_says_whose_a_number_is(tmp_path: Path) -> None:
    """Where the worksheet's address is another than the roster's, and the name is the same."""
    here = course(tmp_path / "course", ROSTER)
    archive = zip_of(tmp_path / "hw.zip", ENTRIES.items())
    rows = [(*ROWS[0][:2], "ana.perez@uni.example", *ROWS[0][3:]), *ROWS[1:]]
    collect(here, archive)
    assert collect(here, archive, "--worksheet", worksheet(tmp_path, rows)) == 1
    assert times(here)["ana"] == "2026-12-04 17:32 UTC"
    other = course(tmp_path / "other", ROSTER)
    collect(other, archive, "--worksheet", worksheet(tmp_path, rows))
    assert "ana" not in submitted(other)


def test_a_namesake_who_is_not_on_the_roster_gets_nobody_else_graded(tmp_path: Path) -> None:
    """The roster has one Sam Lee, Moodle two: the email says who is who."""
    roster = ROSTER.replace("sam2,Sam,Lee,sam2@uni.example,\n", "")
    here = course(tmp_path / "course", roster)
    archive = zip_of(tmp_path / "hw.zip", ENTRIES.items())
    assert collect(here, archive, "--worksheet", worksheet(tmp_path)) == 1
    assert submitted(here)["sam1"] == {"binary.ipynb": notebook(answer="sam1")}


@pytest.mark.parametrize("with_worksheet", [False, True])
def test_a_group_s_number_is_nobody_s_though_one_alone_is_on_the_roster(
    with_worksheet: bool, tmp_path: Path
) -> None:
    """Behind a student's name it is the student's; the worksheet says it of whom it has."""
    roster = ROSTER.replace("bob,Bob,Team,bob@uni.example,Team 3\n", "")
    here = course(tmp_path / "course", roster)
    rows = [each for each in ROWS if each[0] != "Participant 4740"]
    sheet = ("--worksheet", worksheet(tmp_path, rows)) if with_worksheet else ()
    collect(here, zip_of(tmp_path / "hw.zip", ENTRIES.items()), *sheet)
    kept = origins.read(load(here), "hw")
    assert (kept["ann"].name, kept["ann"].participant) == ("Team 3", "")
    assert kept["ana"].participant == "4711"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_worksheet_in_any_encoding(encoding: str, separator: str, tmp_path: Path) -> None:
    """With or without the mark; the separator is found."""
    made = moodle_class(tmp_path, [{"binary.ipynb": notebook(answer=str(n))} for n in range(4)])
    assert made.worksheet
    text = made.worksheet.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    made.worksheet.write_bytes(table(rows, separator).encode(encoding))
    here = course(tmp_path / "course", made.roster())
    assert collect(here, made.archive, "--worksheet", made.worksheet) == 0
    assert submitted(here) == made.expected
    assert len(times(here)) == 4


@LANGUAGES
def test_a_class(language: Language, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All of it, both ways to collect it, in the teacher's language."""
    answers = [
        {"binary.ipynb": notebook(answer=str(n)), "softmax.ipynb": notebook("softmax", str(n))}
        for n in range(30)
    ]
    made = moodle_class(tmp_path, answers, language)
    here = course(tmp_path / "course", made.roster())
    assert collect(here, made.archive, "--worksheet", made.worksheet) == 0
    assert submitted(here) == made.expected
    assert capsys.readouterr().out.count("a draft, never submitted") == len(made.drafts) == 2
    zone = ZoneInfo("Europe/Zagreb")
    assert times(here) == {
        student: f"{time.replace(tzinfo=zone).astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M} UTC"
        for student, time in sorted(made.times.items())
    }
    folder = tmp_path / "folder"
    with ZipFile(made.archive) as archive:
        archive.extractall(folder)
    other = course(tmp_path / "other", made.roster())
    assert collect(other, folder, "--worksheet", made.worksheet) == 0
    assert submitted(other) == made.expected
    assert times(other) == times(here)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("", "")], "is no grading worksheet"),
        ([("Identifier", "Grade"), ("x", "1")], "is no grading worksheet"),
        ([("Identifier", "Grade"), ("Participant 1", ""), ("Participant 1", "")], "no grading"),
        ([], "is no grading worksheet"),
    ],
    ids=["blank", "other column", "twice", "empty"],
)
def test_what_is_no_worksheet_is_told(
    rows: list[tuple[str, ...]], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, with where to get it; nothing is written."""
    here = course(tmp_path / "course", ROSTER)
    path = tmp_path / "Grades.csv"
    path.write_text(table(rows), encoding="utf-8")
    archive = zip_of(tmp_path / "hw.zip", ENTRIES.items())
    assert collect(here, archive, "--worksheet", path) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert submitted(here) == {}


def test_a_worksheet_is_for_moodle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a download of another's it is a mistake."""
    here = course(tmp_path / "course", ROSTER)
    archive = zip_of(tmp_path / "a.zip", [("ana/binary.ipynb", notebook())])
    assert collect(here, archive, "--worksheet", worksheet(tmp_path)) == 2
    assert "none of a.zip is a download of Moodle's" in capsys.readouterr().err


def test_a_time_that_is_twice_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When clocks are put back; the submission is taken, without a time."""
    time = datetime(2026, 10, 25, 2, 30)
    rows = [row(4711, "Ana Pérez", "ana@uni.example", "Submitted for grading",
                f"{time:%A, %-d %B %Y, %-I:%M %p}")]  # fmt: skip
    here = course(tmp_path / "course", ROSTER)
    entry = f"Ana Pérez_4711{UPLOAD}/binary.ipynb"
    archive = zip_of(tmp_path / "hw.zip", [(entry, notebook())])
    assert collect(here, archive, "--worksheet", worksheet(tmp_path, rows)) == 1
    assert submitted(here) == {"ana": {"binary.ipynb": notebook()}}
    assert times(here) == {}
    assert "clocks" in capsys.readouterr().out


def test_a_flat_name_leads_nowhere_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is clean as a whole may not be without its beginning."""
    entries = [
        (f"Ana Pérez_4711{UPLOAD}_../../../../outside.ipynb", b"{}"),
        (f"Ana Pérez_4711{UPLOAD}_..", b"{}"),
        (f"Ana Pérez_4711{UPLOAD}_binary.ipynb", notebook()),
    ]
    here = course(tmp_path / "course", ROSTER)
    assert collect(here, zip_of(tmp_path / "hw.zip", entries)) == 1
    assert submitted(here) == {"ana": {"binary.ipynb": notebook()}}
    assert not list(tmp_path.rglob("outside*"))
    assert "leads outside the folder" in " ".join(capsys.readouterr().out.split())


def test_of_two_of_one_name_neither_is_guessed(tmp_path: Path) -> None:
    """The roster has one of them; without a worksheet, and with one that has names alone."""
    roster = ROSTER.replace("sam2,Sam,Lee,sam2@uni.example,\n", "")
    here = course(tmp_path / "course", roster)
    names = (f"Sam Lee_{number}{UPLOAD}/binary.ipynb" for number in (4720, 4731))
    archive = zip_of(tmp_path / "hw.zip", [(name, notebook()) for name in names])
    assert collect(here, archive) == 1
    assert submitted(here) == {}
    sheet = worksheet(tmp_path, [(*row[:2], *row[3:]) for row in ROWS], (*TITLES[:2], *TITLES[3:]))
    assert collect(here, archive, "--worksheet", sheet) == 1
    assert submitted(here) == {}


def test_a_comment_of_moodle_s_that_it_can_t_read_costs_nobody_a_time(tmp_path: Path) -> None:
    """Nothing goes back into the worksheet that `collect` reads."""
    row_of_ana = (*ROWS[0][:-1], "See C:\\")
    here = course(tmp_path / "course", ROSTER)
    archive = zip_of(tmp_path / "hw.zip", ENTRIES.items())
    sheet = worksheet(tmp_path, [row_of_ana, *ROWS[1:]])
    text = sheet.read_text(encoding="utf-8").replace("See C:\\", '"See C:\\"')  # as PHP writes it
    sheet.write_text(text, encoding="utf-8")
    assert collect(here, archive, "--worksheet", sheet) == 1
    assert submitted(here) == WITH_BOTH
    assert len(times(here)) == 5
    assert (here / "collected/hw/worksheet.csv").read_bytes() == sheet.read_bytes()


def test_late_is_kept_where_the_time_is_in_doubt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status says it, and the date may be of May or of December."""
    rows = [
        row(4711, "Ana Pérez", "ana@uni.example", "Abgegeben - 2 h zu spät", "5.12.2026 17:30"),
        row(4712, "Li-Wei Chen Jr.", "liwei@uni.example", "Abgegeben - bewertet",
            "5.12.2026 12:30"),
    ]  # fmt: skip
    here = course(tmp_path / "course", ROSTER)
    owners = ("Ana Pérez_4711", "Li-Wei Chen Jr._4712")
    entries = [(f"{owner}{UPLOAD}/binary.ipynb", notebook()) for owner in owners]
    archive = zip_of(tmp_path / "hw.zip", entries)
    assert collect(here, archive, "--worksheet", worksheet(tmp_path, rows)) == 1
    assert submitted(here).keys() == {"ana", "liwei"}
    assert times(here) == {"ana": "LATE"}
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert said.count("the time is not known: '5.12.2026") == 2
