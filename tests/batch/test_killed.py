"""A grading that is killed at any moment, and the next one that ends as if nothing had been.

What is compared is all of the gradebook and of autograded/, but for ids, times, memory and
addresses.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.grading.records import details
from autograder.grading.records.details import Details, NotebookRecord
from autograder.grading.records.tables import ANSWERS
from tests.course import BIN, autograder, shared_examiners
from tests.examiner.office import family
from tests.gradebooks import contents
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

EVERY_DAY, ALL = 5, 50  # moments
STUDENTS = 9
ANSWERS_GIVEN = (
    "def double(x):\n    return 2 * x",
    "def double(x):\n    return 3 * x",
    "def double(x):\n    print(x)\n    return x + x",
    "def double(x:\n    return 2 * x",
    "import time\ntime.sleep(0.3)\ndef double(x):\n    return 2 * x",
    "double = object()",
)
COLUMNS = (
    *("auto_score", "manual_score", "extra_credit", "needs_manual_grade"),
    *("auto_comment", "manual_comment"),
)
SECONDS = 120.0  # until all is over
GRADE = [str(BIN / "autograder"), "grade", "tiny", "--force", "--jobs", "2"]


def course_of(folder: Path) -> Path:
    """A released course in which everybody handed in, one of them what nobody can read."""
    course = tiny_course(folder)
    for number in range(STUDENTS):
        place = course / "submitted" / f"student{number + 1:02d}" / "tiny"
        place.mkdir(parents=True)
        answer = ANSWERS_GIVEN[number % len(ANSWERS_GIVEN)]
        nbformat.write(answered(course, answer, f"Words {number}."), place / "tiny.ipynb")
        (place / "data.txt").write_text(str(number))
    (course / "submitted" / "student09" / "tiny" / "tiny.ipynb").write_text("no notebook")
    return course


def unmeasured(kept: Details) -> dict[str, NotebookRecord]:
    """What is kept of notebooks, without the memory that they took."""
    return {name: replace(each, memory_bytes=None) for name, each in kept.notebooks.items()}


def recorded(course: Path) -> dict[str, Any]:
    """All that is on record of a course, but for ids, times, memory and addresses."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        noted = {row.id: row for row in gradebook.db.execute(ANSWERS.select())}
        entries = {
            (entry.student_id, notebook.name, each.name): [
                *(getattr(each, column, None) for column in COLUMNS),
                notebook.late_submission_penalty,
                *noted[each.id][1:],
            ]
            for entry in gradebook.assignment_submissions("tiny")
            for notebook in entry.notebooks
            for each in (*notebook.grades, *notebook.comments)
        }
        kept = {
            student: vars(each) | {"seconds": 0.0, "notebooks": unmeasured(each)}
            for student, each in details.read(gradebook, "tiny").items()
        }
    files = {
        str(path.relative_to(course)): re.sub(rb"0x[0-9a-f]+", b"0x", path.read_bytes())
        for path in sorted((course / "autograded").rglob("*"))
        if path.is_file()
    }
    tables = contents(f"sqlite:///{course}/gradebook.db")
    return {"entries": entries, "kept": kept, "files": files, "tables": tables}


@pytest.fixture(scope="module")
def prepared(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course after a grading, with what a TA gave and said; two have handed in anew since."""
    course = course_of(tmp_path_factory.mktemp("killed") / "course")
    assert autograder(course, "grade", "tiny").returncode == 1  # one could not be read
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for number in range(1, 6):
            where = ("why", "tiny", "tiny", f"student{number:02d}")
            score, comment = gradebook.find_grade(*where), gradebook.find_comment(*where)
            score.manual_score, score.needs_manual_grade = number / 4, False
            score.extra_credit, comment.manual_comment = number / 2, f"Comment {number}."
        gradebook.db.commit()
    assert autograder(course, "settle", "tiny", "student06", "cannot-cross").returncode == 0
    for student in ("student01", "student02"):
        place = course / "submitted" / student / "tiny" / "tiny.ipynb"
        nbformat.write(answered(course, ANSWERS_GIVEN[2], "Other words."), place)
    return course


@pytest.fixture(scope="module")
def undisturbed(prepared: Path) -> dict[str, Any]:
    """What is on record after a grading that nobody disturbs."""
    course = shutil.copytree(prepared, prepared.with_name("undisturbed"))
    assert autograder(course, "grade", "tiny", "--force").returncode == 1
    found = recorded(course)
    kinds = {flag.kind for each in found["kept"].values() for flag in each["flags"]}
    assert {"changed-answer", "unreadable"} <= kinds
    return found


def kill_at_random(course: Path, draw: random.Random) -> None:
    """Grades, and kills the command, or one of its processes, somewhere between start and end."""
    before = copies(course)
    running = subprocess.Popen(
        GRADE,
        cwd=course,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Where the tests run in the background, it would ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    seen: set[int] = set()
    try:
        if draw.random() < 0.8:  # else while it starts
            wait_for_a_copy(course, before, running)
        time.sleep(draw.uniform(0, 1.2))
        seen = family(running.pid) - {running.pid}
        if draw.random() < 2 / 3 or not seen:
            running.send_signal(draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT]))
        else:
            with contextlib.suppress(ProcessLookupError):  # it may have ended meanwhile
                os.kill(draw.choice(sorted(seen)), signal.SIGKILL)
        running.wait(SECONDS)
    finally:
        running.kill()
        running.wait()
    deadline = time.monotonic() + 30
    while left := [pid for pid in seen if Path(f"/proc/{pid}/exe").exists()]:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


def wait_for_a_copy(course: Path, before: set[int], running: subprocess.Popen[Any]) -> None:
    """Waits until a graded copy is another than before, or the command has ended."""
    deadline = time.monotonic() + SECONDS
    while copies(course) == before and running.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def copies(course: Path) -> set[int]:
    """The graded copies, each known by its folder's number."""
    found = set()
    for path in (course / "autograded").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it is being put in place
            found.add((path / "tiny").stat().st_ino)
    return found


@pytest.mark.parametrize(
    "seed",
    [
        *range(EVERY_DAY),
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(EVERY_DAY, ALL)),
    ],
)
def test_the_next_run_ends_as_if_nobody_had_disturbed(
    seed: int, prepared: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """The command, a zygote, an examiner or a kernel is gone at once; or Ctrl-C was pressed."""
    course = shutil.copytree(prepared, tmp_path / "course")
    kill_at_random(course, random.Random(seed))
    assert main(["grade", "tiny", "--course", str(course)], shared_examiners()) == 1
    assert recorded(course) == undisturbed
    assert [*(course / "autograded").glob(".*"), *(course / "autograded").glob("*/.*")] == []


def test_what_cant_be_written_is_told_and_made_good_by_the_next_run(
    prepared: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """Where graded copies go there is nothing to write to: a drive that is gone, say."""
    course = shutil.copytree(prepared, tmp_path / "course")
    shutil.rmtree(course / "autograded")
    (course / "autograded").write_text("no folder")
    done = autograder(course, "grade", "tiny")
    assert done.returncode == 1
    assert f"{STUDENTS} submissions: {STUDENTS} failed." in done.stdout
    assert "Traceback" not in done.stderr
    (course / "autograded").unlink()
    assert autograder(course, "grade", "tiny").returncode == 1
    assert recorded(course) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["autograded", "submitted"])
def test_a_drive_that_is_lost_meanwhile_is_made_good_by_the_next_run(
    lost: str, prepared: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """From the first record on it is away; the next run has it again."""
    course = shutil.copytree(prepared, tmp_path / "course")
    before = copies(course)
    with subprocess.Popen(
        GRADE, cwd=course, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        wait_for_a_copy(course, before, running)
        (course / lost).rename(course / "away")
        out, err = running.communicate(timeout=SECONDS)
    assert running.returncode in (1, 2)
    assert "failed" in out + err
    assert "Traceback" not in err
    shutil.rmtree(course / lost, ignore_errors=True)  # what was written meanwhile
    (course / "away").rename(course / lost)
    assert autograder(course, "grade", "tiny").returncode == 1
    assert recorded(course) == undisturbed


@pytest.mark.parametrize(
    "room", [pytest.param(room, marks=pytest.mark.slow) for room in (0, 40_000, 80_000)]
)
def test_a_full_disk_is_told_and_made_good_by_the_next_run(
    room: int, prepared: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """The gradebook can't grow, from the start on or from some student on."""
    course = shutil.copytree(prepared, tmp_path / "course")
    done = grade_within(course, (course / "gradebook.db").stat().st_size + room)
    assert "full" in done.stdout + done.stderr or "I/O" in done.stdout + done.stderr
    assert autograder(course, "grade", "tiny").returncode == 1
    assert recorded(course) == undisturbed


@pytest.mark.slow
def test_a_copy_that_finds_no_room_is_told_and_made_good_by_the_next_run(
    prepared: Path, tmp_path: Path
) -> None:
    """One student's, for a file beside the notebook; and what all others have is on record."""
    course = shutil.copytree(prepared, tmp_path / "course")
    most = (course / "gradebook.db").stat().st_size + 2_000_000
    (course / "submitted" / "student03" / "tiny" / "data.txt").write_bytes(b"x" * (most + 1))
    whole = shutil.copytree(course, tmp_path / "undisturbed")
    assert autograder(whole, "grade", "tiny", "--force").returncode == 1
    done = grade_within(course, most)
    assert f"{STUDENTS} submissions: " in done.stdout
    assert "2 failed" in done.stdout  # and one that nobody can read
    assert autograder(course, "grade", "tiny").returncode == 1
    assert recorded(course) == recorded(whole)


def grade_within(course: Path, most: int) -> subprocess.CompletedProcess[str]:
    """Grades where no file can have more than so many bytes."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    done = subprocess.run(
        GRADE,
        cwd=course,
        capture_output=True,
        text=True,
        preexec_fn=bound,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr
    return done
