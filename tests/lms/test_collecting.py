"""Which of several submissions is in place, which aside; and what a second run changes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from autograder.config import CourseError, load
from autograder.lms import download, origins
from autograder.lms.newest import Age, compared
from tests.daily import daily
from tests.lms.courses import aside, collect, course, everything, notebook, submitted, times
from tests.lms.downloads import ENGLISH, canvas_class, moodle_class, table, zip_of

ROSTER = """student_id,first_name,last_name,email,lms_user_id
jane,Jane,Doe,jane@uni.example,1001
bob,Bob,Lee,bob@uni.example,1002
"""
MONDAY, TUESDAY = datetime(2026, 11, 30, 9), datetime(2026, 12, 1, 9)


def canvas(folder: Path, number: int, answer: str, made: datetime = MONDAY) -> Path:
    """A zip with one notebook of Jane's."""
    entry = (f"doejane_1001_{number}_binary.ipynb", notebook(answer=answer))
    return zip_of(folder / f"canvas {number} {made:%d}.zip", [entry], made)


def moodle(folder: Path, day: int, answer: str) -> tuple[Path, Path]:
    """A zip with one notebook of Jane's, and the worksheet that says when it came."""
    entry = ("Jane Doe_4711_assignsubmission_file/binary.ipynb", notebook(answer=answer))
    sheet = folder / f"sheet {day}.csv"
    said = f"{datetime(2026, 12, day, 17, 30):%A, %-d %B %Y, %-I:%M %p}"
    state = ("Submitted for grading", "", "10.00", "Yes", said, "-", "")
    row = ("Participant 4711", "Jane Doe", "jane@uni.example", *state)
    sheet.write_text(table([ENGLISH.titles, row]))
    return zip_of(folder / f"moodle {day}.zip", [entry]), sheet


def answer(text: str) -> dict[str, dict[str, bytes]]:
    """What is in submitted/ when this answer of Jane's is in place."""
    return {"jane": {"binary.ipynb": notebook(answer=text)}}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A course with a roster."""
    return course(tmp_path / "course", ROSTER)


def test_the_later_attachment_counts(here: Path, tmp_path: Path) -> None:
    """Together or one after the other, in any order."""
    old, new = canvas(tmp_path, 2001, "old"), canvas(tmp_path, 2005, "new")
    for archives in ([old, new], [new, old], [old], [new], [old]):
        assert collect(here, *archives) == 0
        assert submitted(here) == answer("new")
        assert aside(here) == {"jane": [notebook(answer="old")]}


def test_one_after_the_other(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was there goes aside."""
    assert collect(here, canvas(tmp_path, 2001, "old")) == 0
    assert submitted(here) == answer("old")
    assert collect(here, canvas(tmp_path, 2005, "new")) == 0
    assert submitted(here) == answer("new")
    assert aside(here) == {"jane": [notebook(answer="old")]}
    assert "newer: the older one is aside" in " ".join(capsys.readouterr().out.split())


def test_a_time_says_more_than_the_download(here: Path, tmp_path: Path) -> None:
    """A worksheet's time; what has none gives way to what is known to be newer."""
    first, sheet1 = moodle(tmp_path, 4, "first")
    second, sheet2 = moodle(tmp_path, 5, "second")
    assert collect(here, second, "--worksheet", sheet2) == 0
    assert collect(here, first, "--worksheet", sheet1) == 0
    assert submitted(here) == answer("second")
    assert aside(here) == {"jane": [notebook(answer="first")]}
    assert times(here) == {"jane": "2026-12-05 16:30 UTC"}
    kept = sorted(path.name for path in (here / "collected/hw").glob("worksheet*"))
    assert len(kept) == 2
    assert (here / "collected/hw/worksheet.csv").read_bytes() == sheet1.read_bytes()


def test_of_the_same_number_the_download_decides(here: Path, tmp_path: Path) -> None:
    """As when Canvas has a file replaced in place; else nobody knows, and a person is asked."""
    old, new = canvas(tmp_path, 2001, "old"), canvas(tmp_path, 2001, "new", TUESDAY)
    assert collect(here, new) == 0
    assert collect(here, old) == 0
    assert submitted(here) == answer("new")
    same = zip_of(
        tmp_path / "same.zip", [("doejane_1001_2001_binary.ipynb", notebook(answer="x"))], TUESDAY
    )
    assert collect(here, same) == 1
    assert submitted(here) == answer("new")
    assert aside(here) == {"jane": sorted([notebook(answer="old"), notebook(answer="x")])} or (
        sorted(aside(here)["jane"]) == sorted([notebook(answer="old"), notebook(answer="x")])
    )


def test_two_of_one_age_in_one_run(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One is taken, the other aside, and a person is asked."""
    one = zip_of(tmp_path / "one.zip", [("jane/binary.ipynb", notebook(answer="1"))], MONDAY)
    two = zip_of(tmp_path / "two.zip", [("jane/binary.ipynb", notebook(answer="2"))], MONDAY)
    assert collect(here, one, two) == 1
    assert submitted(here) == answer("2")
    assert aside(here) == {"jane": [notebook(answer="1")]}
    assert "which is newer is not known" in " ".join(capsys.readouterr().out.split())


def put_by_hand(here: Path, time: str = "") -> Path:
    """A submission that did not come by collect."""
    folder = here / "submitted" / "jane" / "hw"
    folder.mkdir(parents=True)
    (folder / "binary.ipynb").write_bytes(notebook(answer="by hand"))
    (folder / "data.csv").write_text("1,2")
    if time:
        (folder / "timestamp.txt").write_text(time)
    return folder


def test_what_came_another_way_is_not_replaced_in_doubt(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody knows which is newer: the download goes aside, and a person is asked."""
    folder = put_by_hand(here)
    before = everything(folder)
    assert collect(here, canvas(tmp_path, 2001, "canvas")) == 1
    assert everything(folder) == before
    assert aside(here) == {"jane": [notebook(answer="canvas")]}
    assert "is not known to be newer than what is there" in " ".join(
        capsys.readouterr().out.replace("│", " ").split()
    )
    assert origins.read(load(here), "hw") == {}


@pytest.mark.parametrize(("day", "newer"), [(4, True), (3, False)])
def test_what_came_through_the_exchange_has_a_time(
    day: int, newer: bool, here: Path, tmp_path: Path
) -> None:
    """The newer one is in place, all of the older aside."""
    put_by_hand(here, "2026-12-04 12:00:00 UTC")
    archive, sheet = moodle(tmp_path, day, "moodle")
    assert collect(here, archive, "--worksheet", sheet) == 0
    if newer:
        assert submitted(here) == answer("moodle")
        assert sorted(aside(here)["jane"]) == sorted(
            [notebook(answer="by hand"), b"1,2", b"2026-12-04 12:00:00 UTC"]
        )
    else:
        assert submitted(here)["jane"]["binary.ipynb"] == notebook(answer="by hand")
        assert aside(here) == {"jane": [notebook(answer="moodle")]}


def test_the_same_files_put_there_by_hand_are_known(here: Path, tmp_path: Path) -> None:
    """Where they came from is kept, and they are left as they are."""
    folder = put_by_hand(here)
    before = everything(folder)
    assert collect(here, canvas(tmp_path, 2001, "by hand")) == 0
    assert everything(folder) == before
    assert origins.read(load(here), "hw")["jane"].newest == 2001


def test_what_a_ta_adds_or_changes_stays(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same download changes nothing; a newer one replaces what collect has put there."""
    old = canvas(tmp_path, 2001, "old")
    collect(here, old)
    folder = here / "submitted" / "jane" / "hw"
    (folder / "asked-for.ipynb").write_text("{}")
    (folder / "binary.ipynb").write_bytes(notebook(answer="mended"))
    (folder / "timestamp.txt").write_text("2026-12-04 10:00 UTC")
    before = everything(here)
    capsys.readouterr()
    assert collect(here, old) == 0
    assert everything(here) == before
    out = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "did not come by collect: asked-for.ipynb" in out
    assert "changed in submitted/ since: binary.ipynb" in out
    (folder / "timestamp.txt").unlink()
    assert collect(here, canvas(tmp_path, 2002, "new")) == 0
    assert submitted(here) == {
        "jane": {"asked-for.ipynb": b"{}", "binary.ipynb": notebook(answer="new")}
    }
    assert aside(here) == {"jane": [notebook(answer="mended")]}


def test_late_alone_overwrites_no_time(here: Path, tmp_path: Path) -> None:
    """What a person wrote stays."""
    late = zip_of(tmp_path / "a.zip", [("doejane_LATE_1001_1_binary.ipynb", notebook())])
    collect(here, late)
    assert times(here) == {"jane": "LATE"}
    (here / "submitted/jane/hw/timestamp.txt").write_text("2026-12-04 10:00 UTC")
    collect(here, late)
    assert times(here) == {"jane": "2026-12-04 10:00 UTC"}


def test_late_alone_overwrites_no_time_of_moodles(here: Path, tmp_path: Path) -> None:
    """The same file in both: what says more stays."""
    archive, sheet = moodle(tmp_path, 4, "same")
    collect(here, archive, "--worksheet", sheet)
    entry = ("doejane_LATE_1001_1_binary.ipynb", notebook(answer="same"))
    collect(here, zip_of(tmp_path / "canvas.zip", [entry]))
    assert times(here) == {"jane": "2026-12-04 16:30 UTC"}


def test_a_link_in_the_place_of_what_was_collected(here: Path, tmp_path: Path) -> None:
    """Nothing is written through it, a time neither."""
    archive, sheet = moodle(tmp_path, 4, "same")
    collect(here, archive)
    place = here / "submitted" / "jane" / "hw"
    place.rename(tmp_path / "outside")
    place.symlink_to(tmp_path / "outside")
    assert collect(here, archive, "--worksheet", sheet) == 1
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["binary.ipynb"]


def test_what_is_gone_from_a_newer_hand_in_goes_aside(here: Path, tmp_path: Path) -> None:
    """The rest of it may be the same."""
    first = ("doejane_1001_2001_binary.ipynb", notebook())
    second = ("doejane_1001_2000_notes.txt", b"notes")
    collect(here, zip_of(tmp_path / "a.zip", [first, second], MONDAY))
    collect(here, zip_of(tmp_path / "b.zip", [first], TUESDAY))
    assert submitted(here) == {"jane": {"binary.ipynb": notebook()}}
    assert sorted(aside(here)["jane"]) == sorted([b"notes", notebook()])


def test_nothing_of_an_older_download_is_lost(here: Path, tmp_path: Path) -> None:
    """What a later file of the same download replaced is aside as well."""
    entries = [
        ("doejane_1001_2001_binary.ipynb", notebook(answer="1")),
        ("doejane_1001_2002_binary-1.ipynb", notebook(answer="2")),
    ]
    collect(here, zip_of(tmp_path / "old.zip", entries), canvas(tmp_path, 2005, "3"))
    assert submitted(here) == answer("3")
    assert sorted(aside(here)["jane"]) == sorted([notebook(answer="1"), notebook(answer="2")])


def test_half_of_a_newer_one_replaces_nothing(here: Path, tmp_path: Path) -> None:
    """A file of it is damaged: a person is asked."""
    collect(here, canvas(tmp_path, 2001, "old"))
    entries = [
        ("doejane_1001_2005_binary.ipynb", notebook(answer="new")),
        ("doejane_1001_2006_softmax.ipynb", os.urandom(5000)),
    ]
    new = zip_of(tmp_path / "new.zip", entries, TUESDAY)
    data = bytearray(new.read_bytes())
    data[3000] ^= 0xFF
    new.write_bytes(data)
    assert collect(here, new) == 1
    assert submitted(here) == answer("old")


def test_what_a_killed_run_was_replacing_is_put_back(here: Path, tmp_path: Path) -> None:
    """And what it had half written is gone."""
    archive = canvas(tmp_path, 2001, "old")
    collect(here, archive)
    before = everything(here)
    place = here / "submitted" / "jane" / "hw"
    place.rename(place.with_name(".hw.old"))
    place.with_name(".hw.new").mkdir()
    (place.with_name(".hw.new") / "binary.ipynb").write_text("half")
    assert collect(here, archive, "--dry-run") == 0
    assert not place.exists()
    assert collect(here, archive) == 0
    assert everything(here) == before


def test_trouble_of_the_disk_is_no_damage(tmp_path: Path) -> None:
    """It is told as what it is."""
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "jane.ipynb").write_bytes(notebook())
    with download.read(tmp_path / "class") as found:
        (tmp_path / "class" / "jane.ipynb").unlink()
        with pytest.raises(FileNotFoundError):
            list(found.archive.pieces(found.members[0]))


@pytest.mark.parametrize("kind", ["link", "file", "linked student", "pipe"])
def test_what_is_no_folder_is_not_touched(kind: str, here: Path, tmp_path: Path) -> None:
    """A person is asked, and nothing is written through a link."""
    outside = tmp_path / "outside"
    outside.mkdir()
    place = here / "submitted" / "jane" / "hw"
    if kind == "linked student":
        place.parent.parent.mkdir()
        place.parent.symlink_to(outside)
    else:
        place.parent.mkdir(parents=True)
    if kind == "link":
        place.symlink_to(outside)
    elif kind == "file":
        place.write_text("mine")
    elif kind == "linked student":
        (outside / "hw").mkdir()
    else:
        place.mkdir()
        os.mkfifo(place / "pipe")
    assert collect(here, canvas(tmp_path, 2001, "canvas")) == 1
    assert sorted(path.name for path in outside.rglob("*")) == (
        ["hw"] if kind == "linked student" else []
    )
    assert aside(here) == {"jane": [notebook(answer="canvas")]}


CLASSES = {"canvas": (canvas_class, 1), "moodle": (moodle_class, 0)}


def class_of(kind: str, folder: Path, number: int = 16) -> tuple[Path, list[object], object, int]:
    """A course with a class's roster, what to collect, what is handed out, and the exit code."""
    make, code = CLASSES[kind]
    answers = [{"binary.ipynb": notebook(answer=str(n))} for n in range(number)]
    made = make(folder, answers)
    sheet = ["--worksheet", made.worksheet] if made.worksheet else []
    return course(folder / "course", made.roster()), [made.archive, *sheet], made, code


@pytest.mark.parametrize("kind", CLASSES)
def test_a_second_run_changes_nothing(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No byte and no time of any file; and it says so."""
    here, arguments, _, code = class_of(kind, tmp_path)
    assert collect(here, *arguments) == code
    assert "Nothing was changed" not in capsys.readouterr().out
    before = everything(here)
    assert collect(here, *arguments) == code
    assert everything(here) == before
    assert "Nothing was changed: all of it was collected before." in capsys.readouterr().out


@pytest.mark.parametrize("kind", CLASSES)
def test_a_rehearsal_writes_nothing(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what the run itself says."""
    here, arguments, _, code = class_of(kind, tmp_path)
    before = everything(here)
    assert collect(here, *arguments, "--dry-run") == code
    rehearsed = capsys.readouterr().out
    assert everything(here) == before
    assert not (here / "collected").exists()
    assert not (here / "submitted").exists()
    assert collect(here, *arguments) == code
    said = capsys.readouterr().out
    assert rehearsed == said + "Nothing of this was written: it was a rehearsal (--dry-run).\n"


def test_wrong_usage_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No roster, no such file, no archive."""
    bare = course(tmp_path / "bare")
    archive = canvas(tmp_path, 2001, "x")
    (tmp_path / "text.zip").write_text("no archive")
    cases: Sequence[tuple[Path, Path, str]] = (
        (bare, archive, "Make it from Canvas's gradebook export"),
        (course(tmp_path / "a", ROSTER), tmp_path / "none.zip", "there is no such file"),
        (course(tmp_path / "b", ROSTER), tmp_path / "text.zip", "is no archive that can be read"),
        (course(tmp_path / "c", ROSTER + "../x,,,,\n"), archive, "can't be the name"),
        (course(tmp_path / "d", ROSTER), zip_of(tmp_path / "e.zip", []), "holds no file"),
    )
    for here, path, told in cases:
        assert collect(here, path) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert told in line
        assert submitted(here) == {}


def test_very_many_strangers_are_summed_up(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Some are named, of the others there is a line for each reason."""
    entries = [(f"x_{9000 + n}_{n + 1}_binary.ipynb", b"{}") for n in range(500)]
    assert collect(here, zip_of(tmp_path / "a.zip", entries)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 60
    assert "Nobody's, too: 460 more: has the number …, which no student has." in lines


def test_a_damaged_file_is_told(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are taken; it replaces nothing that is whole."""
    old = canvas(tmp_path, 2001, "old")
    entries = [
        ("doejane_1001_2005_binary.ipynb", os.urandom(5000)),
        ("leebob_1002_2006_binary.ipynb", notebook(answer="bob")),
    ]
    new = zip_of(tmp_path / "new.zip", entries, TUESDAY)
    data = bytearray(new.read_bytes())
    data[3000] ^= 0xFF
    new.write_bytes(data)
    collect(here, old)
    assert collect(here, new) == 1
    assert submitted(here) == {**answer("old"), "bob": {"binary.ipynb": notebook(answer="bob")}}
    assert "download it again" in " ".join(capsys.readouterr().out.replace("│", " ").split())


AGES = {
    "times": (Age(MONDAY), Age(TUESDAY), -1),
    "one time": (Age(MONDAY, 5), Age(None, 4), 1),
    "attachments": (Age(None, 4, TUESDAY), Age(None, 5, MONDAY), -1),
    "downloads": (Age(None, 0, TUESDAY), Age(None, 5, MONDAY), 1),
    "the same": (Age(MONDAY, 5, MONDAY), Age(MONDAY, 5, MONDAY), None),
    "nothing": (Age(), Age(MONDAY, 5, MONDAY), None),
}


@pytest.mark.parametrize(("one", "other", "expected"), AGES.values(), ids=AGES)
def test_ages_are_compared_by_what_both_have(one: Age, other: Age, expected: int | None) -> None:
    """Both ways round."""
    assert compared(one, other) == expected
    assert compared(other, one) == (-expected if expected else None)


PROGRAM = """
import os, signal, sys
from pathlib import Path
left = int(sys.argv[1])
def hear(event, arguments):
    global left
    changes = event in ("os.rename", "os.mkdir", "shutil.rmtree", "os.rmdir", "os.remove") or (
        event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax")
    )
    if changes and sys.argv[2] in str(arguments[0]):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
from autograder.cli import main
sys.addaudithook(hear)
sys.exit(main(sys.argv[3:]))
"""


def killed(here: Path, moment: int, *arguments: object) -> int:
    """The exit code of a collect that is killed before so many changes to the course's files."""
    command = ("--course", str(here), "collect", "hw", *map(str, arguments))
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(moment), str(here), *command],
        check=False,
        capture_output=True,
        env={**os.environ, "TMPDIR": str(here.parent)},
        timeout=60,
    ).returncode


def state(here: Path) -> object:
    """All that a run leaves."""
    return {name: content for name, (content, _) in everything(here).items()}


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("moment", daily({str(n): n for n in range(0, 60, 2)}, "6", "20", "40"))
def test_a_run_that_is_killed_is_ended_by_the_next(moment: int, tmp_path: Path) -> None:
    """The course is as if nobody had disturbed it, and nothing is left over."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    answers = [{"binary.ipynb": notebook(answer=f"old {n}")} for n in range(8)]
    made = canvas_class(first, answers)
    newer = [(f"x_{person.lms}_{3000 + n}_binary.ipynb", notebook(answer=f"new {n}"))
             for n, person in enumerate(made.people)]  # fmt: skip
    archive = zip_of(second / "newer.zip", newer)
    here = course(tmp_path / "course", made.roster())
    collect(here, made.archive)
    (here / "submitted" / "student01" / "hw" / "notes.txt").write_text("by hand")
    disturbed = shutil.copytree(here, tmp_path / "disturbed")
    collect(here, archive)
    code = killed(disturbed, moment, archive)
    assert code == -signal.SIGKILL, code
    collect(disturbed, archive)
    assert state(disturbed) == state(here)


@pytest.mark.slow
def test_two_thousand_students_are_quick(tmp_path: Path) -> None:
    """A class is collected in the time that a person waits."""
    here, arguments, made, code = class_of("canvas", tmp_path, 2000)
    start = time.thread_time()
    assert collect(here, *arguments) == code
    assert time.thread_time() - start < 60
    assert len(submitted(here)) == len(made.expected)  # type: ignore[attr-defined]


def test_a_damaged_file_of_origins_is_one_line(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to do; nothing is written."""
    archive = canvas(tmp_path, 2001, "x")
    collect(here, archive)
    (here / "collected/hw/origins.json").write_text("[")
    assert collect(here, archive) == 2
    assert "can't be read" in capsys.readouterr().err
    with pytest.raises(CourseError):
        origins.read(load(here), "hw")
