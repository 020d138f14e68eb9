"""A submission is read, or its record says why not."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from autograder import config
from autograder.grading import assignment as assignments
from autograder.grading import submission
from autograder.grading.intake import files_beside, inbox
from autograder.grading.intake.folder import walk
from tests.course import autograder
from tests.tiny import answered, tiny_course

NOBODY = 65534


@pytest.fixture
def course(processes: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A released course that any user may read, and that is the current folder."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    course = tiny_course(root / "course")
    monkeypatch.chdir(course)
    yield course
    shutil.rmtree(root)


@pytest.mark.parametrize("name", ["student01", "student01/tiny"])
def test_a_folder_that_cant_be_opened(course: Path, name: str) -> None:
    """It is a record, and ends nobody else's."""
    for student in ("student01", "student02"):
        (course / "submitted" / student / "tiny").mkdir(parents=True)
    closed = course / "submitted" / name
    settings = config.load(course)
    assignment = assignments.read(settings, "tiny")
    closed.chmod(0)
    user = os.geteuid()
    os.seteuid(user or NOBODY)  # root may open any folder
    try:
        assert inbox.students(settings, "tiny") == ["student01", "student02"]
        (flag,) = submission.read(settings, assignment, "student01").flags
    finally:
        os.seteuid(user)
        closed.chmod(0o755)
    assert (flag.kind, flag.detail) == ("unreadable", f"submitted/{name} can't be opened.")


def test_a_folder_inside_that_cant_be_opened(course: Path) -> None:
    """Its files are left out, and told."""
    folder = course / "submitted" / "student01" / "tiny"
    for name in ("none", "names"):
        (folder / name).mkdir(parents=True)
        (folder / name / "data.txt").write_text("1")
    nbformat.write(answered(course), folder / "tiny.ipynb")
    settings = config.load(course)
    assignment = assignments.read(settings, "tiny")
    (folder / "none").chmod(0)
    (folder / "names").chmod(0o744)
    user = os.geteuid()
    os.seteuid(user or NOBODY)
    try:
        found, flags = files_beside.read(
            walk(folder), assignment.skeletons, assignment.files, settings.sandbox.limits()
        )
    finally:
        os.seteuid(user)
    assert found == {}
    (flag,) = flags
    assert flag.kind == "left-out"
    assert flag.detail == "Links, too large, too many or not readable: names/data.txt, none."


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TINY-2 (1)", ["tiny-2"]),
        ("tiny-2", ["tiny-2"]),
        ("Tiny (1)", ["tiny"]),
        ("other and tiny", ["other", "tiny"]),
        ("work", ["other", "tiny", "tiny-2"]),
    ],
)
def test_a_folder_is_missed_by_the_assignment_that_it_is_named_for(
    course: Path, name: str, meant: list[str]
) -> None:
    """And by each, where it is named for none or for several."""
    every = ["other", "tiny", "tiny-2"]
    for assignment in every:
        (course / "source" / assignment).mkdir(exist_ok=True)
    folder = course / "submitted" / "student01" / name
    folder.mkdir(parents=True)
    nbformat.write(answered(course), folder / "tiny.ipynb")
    settings = config.load(course)
    assert [each for each in every if inbox.students(settings, each)] == meant


def test_a_student_whose_name_is_no_text(course: Path) -> None:
    """The record says so, and can be written down."""
    folder = course / "submitted" / os.fsdecode(b"student\xe9") / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course), folder / "tiny.ipynb")
    done = autograder(course, "grade", "tiny", "--json", "g.json")
    assert done.returncode == 1
    (record,) = json.loads((course / "g.json").read_text())["submissions"]
    assert (record["student"], record["status"]) == ("student\\xe9", "failed")
    assert [flag["kind"] for flag in record["flags"]] == ["misplaced"]
    assert "rename the folder" in record["flags"][0]["detail"]
