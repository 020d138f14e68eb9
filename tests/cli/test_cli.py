"""The command's refusals: one clear line, the right exit code, nothing half-written."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.cli import main
from tests.course import autograder, run
from tests.tiny import answered, tiny_course


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a wrong usage prints."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err.strip()


def test_what_nbgrader_stumbles_over_is_one_line(
    released: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It logs a traceback of a failed commit, and tells of an invalid entry whatever it was."""
    path = released / "gradebook.db"
    monkeypatch.setenv("GRADEBOOK_URL", f"sqlite:///{path}?timeout=0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DELETE FROM course")  # nbgrader enters it when it opens the gradebook
        other.execute("BEGIN IMMEDIATE")
        line = refused(capsys, "report", "losses", "--course", str(released))
    assert line == (
        "autograder: the gradebook can't be used: (sqlite3.OperationalError) database is locked"
    )


def test_a_gradebook_that_fails_a_release_is_no_fault_of_a_notebook(
    processes: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """nbgrader saves the cells of each as it converts it; nothing of its log is shown."""
    course = tiny_course(tmp_path / "course")
    with closing(sqlite3.connect(course / "gradebook.db")) as gradebook:
        gradebook.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON source_cell "
            "BEGIN INSERT INTO nowhere VALUES (1); END"
        )
    said = "the gradebook can't be used: (sqlite3.OperationalError) no such table: main.nowhere"
    done = autograder(course, "release", "tiny")
    assert (done.returncode, done.stderr) == (2, f"autograder: {said}\n")
    assert [each for each in caplog.messages if "database error" in each] == []


@pytest.mark.parametrize("command", ["release", "verify", "grade"])
@pytest.mark.parametrize("assignment", ["loses", "../losses", "", ".."])
def test_an_unknown_assignment(
    command: str, assignment: str, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown assignment is named together with those that there are."""
    line = refused(capsys, command, assignment, "--course", str(course))
    assert line == f"autograder: no assignment {assignment!r} in source/; there is: losses."


def test_a_folder_that_is_no_course(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without a course_config.py is refused, and left empty."""
    line = refused(capsys, "grade", "losses", "--course", str(tmp_path))
    assert line == (
        f"autograder: {tmp_path} is no course: it has no course_config.py. Go to the course's "
        "folder, or name it with --course."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_broken_configuration(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error in course_config.py is told in a line, with the file's name."""
    (course / "course_config.py").write_text("c.Course.timezone = 'Mars/Olympus'\n")
    line = refused(capsys, "release", "losses", "--course", str(course))
    assert line.startswith(f"autograder: {course}/course_config.py can't be used: TraitError:")
    assert "'Mars/Olympus'" in line


def test_grading_before_a_release(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without tables in the gradebook, the command that makes them is named."""
    line = refused(capsys, "grade", "losses", "--course", str(course))
    assert line == (
        "autograder: losses is not in the gradebook yet: run `autograder release losses`."
    )


def test_nothing_handed_in(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty submitted/ is told, with the command that fills it."""
    line = refused(capsys, "grade", "losses", "--course", str(released))
    assert line == (
        "autograder: no submission of losses in submitted/: `nbgrader collect losses` fetches "
        "what was submitted through the exchange."
    )


def test_an_unknown_student(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A student who has handed nothing in is named."""
    (released / "submitted" / "student01" / "losses").mkdir(parents=True)
    options = ("--student", "student02", "--course", str(released))
    line = refused(capsys, "grade", "losses", *options)
    assert line == "autograder: no submission of losses by student02 in submitted/."


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_jobs_are_a_positive_number(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    """argparse refuses what is no positive whole number."""
    with pytest.raises(SystemExit) as stopped:
        main(["grade", "losses", "--jobs", jobs])
    assert stopped.value.code == 2
    assert f"{jobs!r} is no positive whole number" in capsys.readouterr().err


def test_course_may_stand_before_or_after_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--course means the same in both places."""
    before = refused(capsys, "--course", str(tmp_path), "grade", "losses")
    assert before == refused(capsys, "grade", "losses", "--course", str(tmp_path))


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("nowhere/g.json", "autograder: --json: there is no folder to write {path} into."),
        ("source", "autograder: --json: {path} is a folder; name a file."),
    ],
    ids=["no-folder", "a-folder"],
)
def test_a_record_that_cannot_be_written_is_refused_before_grading(
    file: str, line: str, released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits for a class to be graded to learn that --json can't be written."""
    (released / "submitted" / "student01" / "losses").mkdir(parents=True)
    path = released / file
    options = ("--json", str(path), "--course", str(released))
    assert refused(capsys, "grade", "losses", *options) == line.format(path=path)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////nowhere/at/all.db", "the gradebook can't be used: (sqlite3.OperationalError)"),
        ("nonsense", "the gradebook can't be used: Could not parse SQLAlchemy URL"),
        (
            "postgresql+pg8000://localhost/grades",
            "the gradebook can't be used: No module named 'pg8000': its database's Python driver "
            "is not installed (install it beside this kit)",
        ),
    ],
    ids=["no-folder", "no-url", "no-driver"],
)
def test_a_gradebook_that_cannot_be_opened(
    url: str,
    words: str,
    released: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An address that leads to no gradebook is one line, in both commands."""
    monkeypatch.setenv("GRADEBOOK_URL", url)
    for command in ("release", "grade"):
        assert words in refused(capsys, command, "losses", "--course", str(released))


def test_a_damaged_secret_stops_the_run(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No student is failed for a secret that was cut short."""
    (released / "submitted" / "student01" / "losses").mkdir(parents=True)
    (released / ".course_secret").write_text("zz")
    line = refused(capsys, "grade", "losses", "--course", str(released))
    assert line.startswith(f"autograder: {released}/.course_secret holds no secret of 32 bytes")


BROKEN = {
    "no-notebook": {"notes.txt": "I was ill."},
    "not-json": {"binary.ipynb": "{", "multiclass.ipynb": "PDF-1.4"},
    "no-cells": {"binary.ipynb": "[]", "multiclass.ipynb": "{}"},
    "empty": {"binary.ipynb": "", "multiclass.ipynb": ""},
}


@pytest.mark.parametrize("files", BROKEN.values(), ids=BROKEN.keys())
def test_a_submission_without_a_usable_notebook_is_recorded_as_failed(
    files: dict[str, str], released: Path
) -> None:
    """The record says what is wrong with each file; the gradebook and autograded/ hold nothing."""
    folder = released / "submitted" / "student01" / "losses"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    done = autograder(released, "grade", "losses", "--json", "grades.json")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    (record,) = json.loads((released / "grades.json").read_text())["submissions"]
    assert (record["student"], record["status"], record["cells"]) == ("student01", "failed", {})
    kind = "unreadable" if "binary.ipynb" in files else "missing-notebook"
    assert [flag["kind"] for flag in record["flags"]] == [kind, kind]
    assert not (released / "autograded").exists()
    with Gradebook(f"sqlite:///{released}/gradebook.db") as gradebook:
        assert gradebook.assignment_submissions("losses") == []


def test_a_missing_notebook_and_a_bad_timestamp_are_flagged(released: Path) -> None:
    """What was handed in is graded, the rest is 0, and a person is asked to look."""
    folder = released / "submitted" / "student01" / "losses"
    folder.mkdir(parents=True)
    shutil.copy(released / "release" / "losses" / "binary.ipynb", folder)
    (folder / "timestamp.txt").write_text("yesterday evening\n")
    done = autograder(released, "grade", "losses", "--json", "grades.json")
    assert done.returncode == 1
    (record,) = json.loads((released / "grades.json").read_text())["submissions"]
    assert (record["status"], record["score"], record["max_score"]) == ("flagged", 0, 32)
    assert len(record["cells"]) == 14
    assert [(flag["kind"], flag["detail"]) for flag in record["flags"]] == [
        (
            "missing-notebook",
            "multiclass.ipynb is not there; the folder holds binary.ipynb.",
        ),
        ("unknown-time", "timestamp.txt holds no time: 'yesterday evening'."),
    ]


def test_a_source_that_was_not_released_is_refused(released: Path) -> None:
    """Points that the gradebook does not know are named before anyone is graded."""
    path = released / "source" / "losses" / "binary.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"points": 4', '"points": 5', 1), encoding="utf-8")
    shutil.copytree(released / "release", released / "submitted" / "student01")
    done = autograder(released, "grade", "losses")
    assert done.returncode == 2
    assert "other grade cells, or points, than were released (bce_hidden)" in done.stderr
    assert "autograder release losses" in done.stderr
    assert not (released / "autograded").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
def test_a_link_is_written_through(tmp_path: Path) -> None:
    """--json to a link changes the file that it leads to, and the link stays one."""
    course = tiny_course(tmp_path / "course")
    folder = course / "submitted" / "student01" / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course), folder / "tiny.ipynb")
    (course / "submitted" / "stray.ipynb").write_text("{}")
    (tmp_path / "kept").mkdir()
    link, target = course / "g.json", tmp_path / "kept" / "grades.json"
    link.symlink_to(target)
    done = autograder(course, "grade", "tiny", "--student", "student01", "--json", "g.json")
    assert link.is_symlink()
    assert json.loads(target.read_text())["assignment"] == "tiny"
    assert [path.name for path in target.parent.iterdir()] == ["grades.json"]
    assert done.returncode == 0, done.stdout  # what lies elsewhere is not the student's
    assert "stray" not in done.stdout
    (folder / "tiny.ipynb").write_text("{")  # what can't be read starts no kernel
    done = run(course, "autograder", "grade", "tiny", "--json", "/dev/stdout")
    assert done.returncode == 1
    assert '"assignment": "tiny"' in done.stdout
    assert "In submitted/, and nobody's: stray.ipynb." in done.stdout
    target.chmod(0o600)
    shell = "echo begun > out; autograder grade tiny --json /dev/stdout >> out"
    run(course, "bash", "-c", shell)
    text = (course / "out").read_text()
    assert [text.count(each) for each in ("begun", '"assignment": "tiny"', "Gradebook: ")] == [
        1
    ] * 3
    autograder(course, "grade", "tiny", "--json", "g.json")
    assert target.stat().st_mode & 0o777 == 0o600


def test_no_password_is_printed(
    released: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address that can't be used is told without its password."""
    for address in (
        "postgresql://ta:secret@localhost/grades",
        "x ta:secret@localhost",
        "://a:secret@b",
    ):
        monkeypatch.setenv("GRADEBOOK_URL", address)
        assert "secret" not in refused(capsys, "grade", "losses", "--course", str(released))


@pytest.mark.usefixtures("processes")
def test_who_reads_no_further_is_told_nothing(tmp_path: Path) -> None:
    """What is written to a closed pipe is no error of the kit's."""
    command = f"set -o pipefail; autograder new {tmp_path / 'course'} | true"
    done = run(tmp_path, "bash", "-c", command)
    assert (done.returncode, done.stderr) == (1, "")
    assert (tmp_path / "course" / "course_config.py").is_file()
