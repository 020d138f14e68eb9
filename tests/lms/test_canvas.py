"""Canvas's zip: whose each entry is, what of it counts, and what of it is told."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from autograder.config import load
from autograder.grading.intake.archive import Member
from autograder.lms import canvas, origins
from autograder.lms.canvas import readings
from autograder.lms.origins import Attachment
from tests.lms.courses import aside, collect, course, notebook, submitted, times
from tests.lms.downloads import canvas_class, tar_of, unsaid, zip_of

ROSTER = """student_id,first_name,last_name,email,lms_user_id,group
jane,Jane,Doe,jane@uni.example,1001,
maria,María,García-López,maria@uni.example,1002,
sean,Seán,O'Brien Jr.,sean@uni.example,1003,
sam1,Sam,Lee,sam1@uni.example,1004,
sam2,Sam,Lee,sam2@uni.example,1005,
ann,Ann,Team,ann@uni.example,1006,Team 3
bob,Bob,Team,bob@uni.example,1007,Team 3
eve,Eve,Doe,eve@uni.example,1008,
"""
# The made-up entries of a real zip's kinds: whose they are, under which name and number.
ENTRIES = {
    "doejane_1001_2001_binary.ipynb": ("1001", "binary.ipynb", 2001, False),
    "doejane_LATE_1001_2002_binary-1.ipynb": ("1001", "binary-1.ipynb", 2002, True),
    "doejane_1001_2003_softmax-2.ipynb": ("1001", "softmax-2.ipynb", 2003, False),
    "garcíalópezmaría_1002_2010_binary (1).ipynb": ("1002", "binary (1).ipynb", 2010, False),
    "obrienjrseán_1003_2011_my_hw-v2.1.ipynb": ("1003", "my_hw-v2.1.ipynb", 2011, False),
    "leesam_1004_2012_binary.ipynb": ("1004", "binary.ipynb", 2012, False),
    "leesam_1005_2013_binary.ipynb": ("1005", "binary.ipynb", 2013, False),
    "team3_LATE_1006_2014_binary.ipynb": ("1006", "binary.ipynb", 2014, True),
    "doejane_1001_text.html": ("1001", "text.html", 0, False),
    "doejane_LATE_1001_link.html": ("1001", "link.html", 0, True),
    "1001_2001_binary.ipynb": ("1001", "binary.ipynb", 2001, False),
    "o_brien_1003_2011_12_13_x.ipynb": ("1003", "12_13_x.ipynb", 2011, False),
}


@pytest.mark.parametrize(("name", "expected"), ENTRIES.items(), ids=ENTRIES)
def test_names_are_read(name: str, expected: tuple[str, str, int, bool]) -> None:
    """The numbers are the user's and the attachment's; the prefix is all before the file's name."""
    found = next(readings(name))
    assert (found.user, found.file, found.attachment, found.late) == expected
    assert found.prefix + found.file == name


@pytest.mark.parametrize(
    "name", ["binary.ipynb", "anon_Ab3dE_2015_binary.ipynb", "doe_1001_binary.ipynb", "1001_", "_"]
)
def test_other_names_are_none_of_canvas(name: str) -> None:
    """Nobody is guessed."""
    assert list(readings(name)) == []


def test_a_group_may_be_called_by_a_number() -> None:
    """The next number is tried."""
    users = [name.user for name in readings("doe_12_1007_2001_5_binary.ipynb")]
    assert users == ["12", "1007"]


def test_every_kind_of_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each to whom it belongs; what is nobody's is told, and what to do."""
    files = {
        "doejane_1001_2001_binary.ipynb": notebook(answer="older"),
        "doejane_LATE_1001_2002_binary-1.ipynb": notebook(answer="newer"),
        "doejane_1001_2003_softmax-2.ipynb": notebook("softmax"),
        "garcíalópezmaría_1002_2010_binary (1).ipynb": notebook(answer="maria"),
        "obrienjrseán_1003_2011_my_hw-v2.1.ipynb": notebook(answer="sean"),
        "leesam_1004_2012_binary.ipynb": notebook(answer="sam1"),
        "leesam_1005_2013_binary.ipynb": notebook(answer="sam2"),
        "team3_LATE_1006_2014_binary.ipynb": notebook(answer="team"),
        "anon_Ab3dE_2015_binary.ipynb": notebook(answer="anonymous"),
        "LATE_anon_Ab3dF_2016_binary.ipynb": notebook(answer="anonymous"),
        "leftcourse_7777_2017_binary.ipynb": notebook(answer="gone"),
        "obrienjrseán_1003_text.html": b"<p>text</p>",
        "readme.txt": b"",
        "__MACOSX/._doejane_1001_2001_binary.ipynb": b"\0",
    }
    here = course(tmp_path / "course", ROSTER)
    archive = zip_of(tmp_path / "submissions.zip", files.items())
    assert collect(here, archive) == 1
    assert submitted(here) == {
        "ann": {"binary.ipynb": notebook(answer="team")},
        "bob": {"binary.ipynb": notebook(answer="team")},
        "jane": {
            "binary-1.ipynb": notebook(answer="newer"),
            "softmax-2.ipynb": notebook("softmax"),
        },
        "maria": {"binary (1).ipynb": notebook(answer="maria")},
        "sam1": {"binary.ipynb": notebook(answer="sam1")},
        "sam2": {"binary.ipynb": notebook(answer="sam2")},
        "sean": {"my_hw-v2.1.ipynb": notebook(answer="sean"), "text.html": b"<p>text</p>"},
    }
    assert times(here) == {"ann": "LATE", "bob": "LATE", "jane": "LATE"}
    assert aside(here) == {"jane": [notebook(answer="older")]}
    kept = origins.read(load(here), "hw")
    assert [(a.prefix, a.file) for a in kept["jane"].attachments] == [
        ("doejane_LATE_1001_2002_", "binary-1.ipynb"),
        ("doejane_1001_2003_", "softmax-2.ipynb"),
    ]
    assert kept["ann"].attachments == kept["bob"].attachments
    assert kept["ann"].attachments[0].prefix == "team3_LATE_1006_2014_"
    out = capsys.readouterr().out
    assert "anon_Ab3dE_2015_binary.ipynb is anonymous: turn off anonymous grading" in out
    assert "LATE_anon_Ab3dF_2016_binary.ipynb is anonymous" in out
    assert "leftcourse_7777_2017_binary.ipynb has the number 7777, which no student has" in out
    assert "readme.txt has no name that Canvas gives" in out
    assert "Nothing of: eve." in out
    assert "__MACOSX" not in out


def test_a_later_file_counts_by_what_it_holds(tmp_path: Path) -> None:
    """Whatever its name: another notebook's name, a zip's; what is none stays."""
    files = {
        "doejane_1001_2001_binary.ipynb": notebook("softmax", "older"),
        "doejane_1001_2002_second.ipynb": notebook("softmax", "newer"),
        "doejane_1001_2003_binary-1.ipynb": notebook("binary"),
        "doejane_1001_2004_notes.ipynb": b'{"cells": []}',
        "doejane_1001_2005_notes-1.ipynb": b'{"cells": []}',
    }
    here = course(tmp_path / "course", ROSTER)
    assert collect(here, zip_of(tmp_path / "a.zip", files.items())) == 0
    assert sorted(submitted(here)["jane"]) == [
        *("binary-1.ipynb", "notes-1.ipynb", "notes.ipynb", "second.ipynb")
    ]
    assert aside(here) == {"jane": [notebook("softmax", "older")]}


def test_two_files_of_one_name(tmp_path: Path) -> None:
    """Both are there, and the names that Canvas knows them by are kept."""
    files = {
        "doejane_1001_2001_hw.ipynb": notebook("binary"),
        "doejane_1001_2002_hw.ipynb": notebook("softmax"),
        "doejane_1001_2003_timestamp.txt": b"2020-01-01 10:00 UTC",
    }
    here = course(tmp_path / "course", ROSTER)
    assert collect(here, zip_of(tmp_path / "a.zip", files.items())) == 0
    assert submitted(here)["jane"] == {
        "hw.ipynb": notebook("binary"),
        "hw (2).ipynb": notebook("softmax"),
        "timestamp of the student's.txt": b"2020-01-01 10:00 UTC",
    }
    assert times(here) == {}
    first, second, _ = origins.read(load(here), "hw")["jane"].attachments
    assert (first.prefix, first.file, first.placed) == (
        *("doejane_1001_2001_", "hw.ipynb", "hw.ipynb"),
    )
    assert second == Attachment("doejane_1001_2002_", "hw.ipynb", "hw (2).ipynb", second.digest)


def test_who_hands_in_alone_in_a_group_has_their_own(tmp_path: Path) -> None:
    """And the others have what came last."""
    roster = ROSTER + "cyd,Cyd,Team,cyd@uni.example,1010,Team 3\n"
    files = {
        "teamann_1006_2014_binary.ipynb": notebook(answer="ann"),
        "teambob_1007_2015_binary.ipynb": notebook(answer="bob"),
    }
    here = course(tmp_path / "course", roster)
    assert collect(here, zip_of(tmp_path / "a.zip", files.items())) == 0
    answers = {student: found["binary.ipynb"] for student, found in submitted(here).items()}
    assert answers == {
        "ann": notebook(answer="ann"),
        "bob": notebook(answer="bob"),
        "cyd": notebook(answer="bob"),
    }


def test_a_number_that_two_have_is_nobodys(tmp_path: Path) -> None:
    """It is told."""
    roster = ROSTER.replace("sam2@uni.example,1005", "sam2@uni.example,1004")
    here = course(tmp_path / "course", roster)
    archive = zip_of(tmp_path / "a.zip", [("leesam_1004_2012_binary.ipynb", notebook())])
    assert collect(here, archive) == 1
    assert submitted(here) == {}


def test_an_anonymous_number_is_nobodys(tmp_path: Path) -> None:
    """Canvas makes it up; a student's may be the same."""
    here = course(tmp_path / "course", ROSTER + "fay,Fay,X,fay@uni.example,12345,\n")
    archive = zip_of(tmp_path / "a.zip", [("anon_12345_2015_binary.ipynb", notebook())])
    assert collect(here, archive) == 1
    assert submitted(here) == {}


@pytest.mark.parametrize("form", ["zip", "zip without flags", "tar.gz", "folder", "in a folder"])
def test_a_class_in_any_form(form: str, tmp_path: Path) -> None:
    """Zip, tar or folder, names said to be UTF-8 or not: the same in submitted/."""
    answers = [
        {"binary.ipynb": notebook(answer=str(n)), "softmax.ipynb": notebook("softmax", str(n))}
        for n in range(30)
    ]
    made = canvas_class(tmp_path, answers)
    with ZipFile(made.archive) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    path = made.archive
    if form == "zip without flags":
        unsaid(path)
    elif form == "tar.gz":
        path = tar_of(tmp_path / "class.tar.gz", entries)
    elif form == "in a folder":
        path = zip_of(tmp_path / "b.zip", [(f"submissions/{name}", each) for name, each in entries])
    elif form == "folder":
        path = tmp_path / "folder"
        path.mkdir()
        for name, content in entries:
            (path / name).write_bytes(content)
    here = course(tmp_path / "course", made.roster())
    assert collect(here, path) == 1  # two entries are nobody's
    assert submitted(here) == made.expected
    assert times(here) == dict.fromkeys(sorted(made.late), "LATE")
    assert aside(here) == {student: [content] for student, content in sorted(made.aside.items())}


def test_canvas_is_told_from_folders() -> None:
    """By most of its names."""
    names = ["doejane_1001_2001_a.ipynb", "doejane_1001_text.html", "x.txt"]
    assert canvas.is_canvas([Member(name, 1) for name in names])
    assert not canvas.is_canvas([Member(name, 1) for name in ("jane_hw1.ipynb", "bob/2.ipynb")])
