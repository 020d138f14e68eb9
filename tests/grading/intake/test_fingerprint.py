"""Two folders have the same fingerprint where all that could be graded in them is the same."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.intake import fingerprint as module
from autograder.grading.intake import folder as folder_module
from autograder.grading.intake.fingerprint import fingerprint, handed_in_at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files, a folder in it, and a link."""
    folder = tmp_path / "hand-in"
    (folder / "data").mkdir(parents=True)
    (folder / "a.ipynb").write_text("{}")
    (folder / "data" / "x.csv").write_text("1,2")
    (folder / "link").symlink_to("a.ipynb")
    (folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    return folder


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda f: (f / "a.ipynb").write_text("{ }"), id="content"),
        pytest.param(lambda f: (f / "data" / "x.csv").write_text("2,1"), id="of the same length"),
        pytest.param(lambda f: (f / "data" / "x.csv").rename(f / "data" / "y.csv"), id="a name"),
        pytest.param(lambda f: (f / "data" / "x.csv").rename(f / "x.csv"), id="a place"),
        pytest.param(lambda f: (f / "a.ipynb").unlink(), id="gone"),
        pytest.param(lambda f: (f / "new").mkdir(), id="an empty folder"),
        pytest.param(
            lambda f: ((f / "link").unlink(), (f / "link").symlink_to("data")), id="another link"
        ),
        pytest.param(
            lambda f: ((f / "link").unlink(), shutil.copy(f / "a.ipynb", f / "link")),
            id="a file for a link",
        ),
        pytest.param(lambda f: (f / os.fsdecode(b"\xff.txt")).write_text("1"), id="no UTF-8"),
        pytest.param(lambda f: os.mkfifo(f / "pipe"), id="a pipe"),
    ],
)
def test_whatever_is_another_is_seen(folder: Path, change: Callable[[Path], Any]) -> None:
    """And put back, it is the same again."""
    before = fingerprint(folder)
    assert fingerprint(shutil.copytree(folder, folder.with_name("copy"), symlinks=True)) == before
    change(folder)
    assert fingerprint(folder) != before


def test_the_time_is_apart(folder: Path) -> None:
    """Another time is no other answer; one that lies deeper is a file like others."""
    before, time = fingerprint(folder), handed_in_at(folder)
    (folder / "timestamp.txt").write_text("2026-01-02 10:00:00 UTC")
    assert fingerprint(folder) == before
    assert handed_in_at(folder) != time
    (folder / "data" / "timestamp.txt").write_text("2026-01-02 10:00:00 UTC")
    assert fingerprint(folder) != before


def test_of_a_large_file_size_and_time_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not read: nobody waits for what is never graded."""
    monkeypatch.setattr(module, "MOST_READ", 2)
    before = fingerprint(folder)
    os.utime(folder / "data" / "x.csv", (1, 1))
    assert fingerprint(folder) != before


def test_what_is_wanted_counts_however_much_lies_before_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of very many files is not looked through; its notebook is graded all the same."""
    monkeypatch.setattr(folder_module, "MOST_ENTRIES", 3)
    for number in range(5):
        (folder / f"0{number}.txt").write_text("")
    before = fingerprint(folder, ["a.ipynb"])
    without = fingerprint(folder)
    (folder / "a.ipynb").write_text("another")
    assert fingerprint(folder) == without
    assert fingerprint(folder, ["a.ipynb"]) != before


def test_of_a_folder_that_is_read_whole_it_is_the_same_whatever_is_wanted(folder: Path) -> None:
    """The notebooks that are asked for may be others when it is compared."""
    for wanted in (["link"], ["none.ipynb"], ["none.ipynb", "link"]):
        assert fingerprint(folder, wanted) == fingerprint(folder)


def test_all_that_is_read_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files of a size that each may have are not all read."""
    monkeypatch.setattr(module, "MOST_READ", 20)
    for number in range(10):
        (folder / f"{number}.txt").write_text("x" * 10)
    read = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *a: read.append(a) or digest(*a))
    fingerprint(folder)
    assert len(read) == 2


def test_a_folder_that_is_not_there_has_one_too(tmp_path: Path) -> None:
    """Nothing is raised, whatever there is."""
    assert fingerprint(tmp_path / "nowhere") == fingerprint(tmp_path / "nor here")
