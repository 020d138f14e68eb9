"""A batch in which much goes wrong: each trouble is its own submission's, and nobody else's."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.batch.grading import grade_class
from autograder.config import load
from autograder.examiner.jobs import Examined, Facts, Job, Source
from autograder.grading.records import details
from tests.classroom.build import build
from tests.course import autograder, fresh_clone, run
from tests.tiny import answered, tiny_course

LOCKED_SECONDS = 8.0  # SQLite's own patience ends after 5


class Broken:
    """Where no notebook is examined; the gradebook is locked when that is found out."""

    def __init__(self, gradebook: Path) -> None:
        self._gradebook = gradebook

    def examine(self, job: Job) -> Examined:
        held = threading.Event()
        threading.Thread(target=hold_lock, args=(self._gradebook, held)).start()
        held.wait()
        raise RuntimeError("as nobody expects")

    def facts(self, source: Source) -> Facts:
        raise NotImplementedError  # what the source proves is kept

    def stop(self) -> None:
        pass


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
def test_a_failure_is_kept_when_the_gradebook_is_free_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the place of the grades that are there: nobody takes those for what is handed in now."""
    course = tiny_course(tmp_path / "course")
    monkeypatch.chdir(course)
    folder = course / "submitted" / "student01" / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course), folder / "tiny.ipynb")
    assert autograder(course, "grade", "tiny").returncode in (0, 1)
    nbformat.write(answered(course, "double = None"), folder / "tiny.ipynb")
    broken = Broken(course / "gradebook.db")
    (graded,) = grade_class(load(course), "tiny", ["student01"], 1, cluster=broken)
    assert graded.result.status == "failed"
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert details.read(gradebook, "tiny")["student01"].status == "failed"


def hold_lock(gradebook: Path, held: threading.Event) -> None:
    """Keeps anyone else from reading or writing a gradebook for a while."""
    connection = sqlite3.connect(gradebook, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    held.set()
    time.sleep(LOCKED_SECONDS)
    connection.execute("COMMIT")
    connection.close()


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two right submissions, one of them with a folder in the way, and three that are trouble."""
    course = fresh_clone(tmp_path_factory.mktemp("trouble") / "course")
    build(course)
    (course / "roster.csv").unlink()
    submitted = course / "submitted"
    for folder in submitted.iterdir():
        if folder.name not in ("student01", "student03"):
            shutil.rmtree(folder)
    (submitted / "student03" / "losses" / "helper.py").mkdir()
    (submitted / "student03" / "losses" / "helper.py" / "notes.txt").write_text("mine")
    linked = submitted / "student40" / "losses"
    linked.mkdir(parents=True)
    for name in ("binary", "multiclass"):
        (linked / f"{name}.ipynb").symlink_to(submitted / "student01" / "losses" / f"{name}.ipynb")
    killer = submitted / "student41" / "losses"
    shutil.copytree(course / "release" / "losses", killer)
    notebook = nbformat.read(killer / "binary.ipynb", as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("import os; os.kill(os.getppid(), 9)"))
    nbformat.write(notebook, killer / "binary.ipynb")
    (submitted / ".ipynb_checkpoints" / "losses").mkdir(parents=True)
    return course


@pytest.fixture(scope="module")
def records(course: Path) -> dict[str, Any]:
    """The records by student, of a run that begins while the gradebook is locked."""
    assert autograder(course, "release", "losses").returncode == 0
    held = threading.Event()
    lock = threading.Thread(target=hold_lock, args=(course / "gradebook.db", held))
    lock.start()
    held.wait()
    temporary = course.parent / "temporary"
    temporary.mkdir()
    grade = ("autograder", "grade", "losses", "--json", "g.json")
    done = run(course, *grade, TMPDIR=str(temporary))
    lock.join()
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return {s["student"]: s for s in json.loads((course / "g.json").read_text())["submissions"]}


def test_the_right_ones_get_their_marks(records: dict[str, Any]) -> None:
    """Neither a locked gradebook nor a neighbour costs a point."""
    for student in ("student01", "student03"):
        assert (records[student]["status"], records[student]["score"]) == ("graded", 28)


def test_a_students_folder_gives_way_to_the_sources_file(
    course: Path, records: dict[str, Any]
) -> None:
    """A folder named helper.py does not keep the real helper.py out."""
    copy = course / "autograded" / "student03" / "losses" / "helper.py"
    assert copy.read_bytes() == (course / "source" / "losses" / "helper.py").read_bytes()


def test_a_link_to_anothers_notebook_is_refused(records: dict[str, Any]) -> None:
    """Links are not followed: nobody is graded for what another wrote."""
    assert records["student40"]["status"] == "failed"
    assert [flag["detail"] for flag in records["student40"]["flags"]] == [
        f"{name}.ipynb is a link to another file." for name in ("binary", "multiclass")
    ]


def test_who_shoots_at_the_grader_is_flagged(records: dict[str, Any]) -> None:
    """A kernel can't signal the process that it came from; the try is told."""
    record = records["student41"]
    assert (record["status"], record["score"]) == ("flagged", 0)
    assert [(flag["kind"], flag["cell"]) for flag in record["flags"]] == [("sandbox-violation", "")]
    assert "os.kill" in record["flags"][0]["detail"]


def test_hidden_folders_are_nobody(records: dict[str, Any]) -> None:
    """A folder that Jupyter left in submitted/ is no student."""
    assert sorted(records) == ["student01", "student03", "student40", "student41"]


def test_nothing_is_left_behind(course: Path, records: dict[str, Any]) -> None:
    """Not even the folder in which a notebook was run, nor a draft of a record."""
    assert list((course.parent / "temporary").glob("autograder-*")) == []
    assert [path.name for path in (course / "autograded").glob("*/.*")] == []
