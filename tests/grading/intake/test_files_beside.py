"""Which files lie beside the notebooks where they run, and what is said of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.config import Sandbox
from autograder.grading.intake import files_beside
from autograder.grading.intake.folder import walk
from autograder.results import Flag

LIMITS = replace(Sandbox().limits(), file_bytes=100, scratch_bytes=150, scratch_files=6)
COURSE = {"helper.py": b"def look(): ...\n", "data/points.csv": b"1,2\n"}


def read(
    folder: Path, there: Mapping[str, str], *beside: str
) -> tuple[dict[str, bytes], tuple[Flag, ...]]:
    """What lies beside the notebooks, the course's files apart, and the flags."""
    for name, text in there.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    found, flags = files_beside.read(
        walk(folder), (), COURSE, LIMITS, [Path(name) for name in beside]
    )
    assert COURSE.items() <= found.items()
    return {name: content for name, content in found.items() if name not in COURSE}, flags


def test_a_folder_with_a_notebook_is_as_good_as_the_top(tmp_path: Path) -> None:
    """What lies beside a notebook lies beside it where it runs, unless the name is taken."""
    there = {"in/a.py": "a", "in/b.py": "own b", "in/c/d.py": "d", "b.py": "b", "c": "a file"}
    found, flags = read(tmp_path, there, "in")
    assert {*found} == {"a.py", "in/b.py", "in/c/d.py", "b.py", "c"}
    assert (found["b.py"], flags) == (b"b", ())


@pytest.mark.parametrize("name", ["helper.py", "data", "data/points.csv", "data/points.csv/x"])
def test_the_courses_own_come_first(tmp_path: Path, name: str) -> None:
    """A file or folder with the name of one of the course's gives way to it."""
    found, _ = read(tmp_path, {name: "mine", "notes.txt": "x"})
    assert found == {"notes.txt": b"x"}


def test_what_is_too_much_is_left_out_the_largest_first(tmp_path: Path) -> None:
    """One file, all of them, and their number have limits; what was left out is told."""
    alone, _ = read(tmp_path, {"a": "x" * 101})
    assert alone == {}
    found, flags = read(tmp_path, {"a": "x" * 101, "b": "x" * 90, "c": "x" * 80, "d": "x"})
    assert {*found} == {"c", "d"}
    assert [flag.detail for flag in flags] == ["Links, too large, too many or not readable: a, b."]
    found, flags = read(tmp_path, dict.fromkeys("efghij", ""))
    assert {*found} == {*"efghij"}
    assert flags[0].detail.endswith(": a, b, c, d.")


@pytest.mark.parametrize("changed", ["", "1", "1,2\n3", "1,3\n"])
@pytest.mark.parametrize("before", [0, files_beside.MOST_COMPARED], ids=["short", "long"])
def test_a_changed_file_of_the_courses_is_told(tmp_path: Path, before: int, changed: str) -> None:
    """Wherever in it the change is, and where it is longer or shorter; no copy of it is."""
    content = b"0" * before + b"1,2\n"
    (tmp_path / "points.csv").write_bytes(content)
    given = {"points.csv": content}
    assert files_beside.read(walk(tmp_path), (), given, LIMITS)[1] == ()
    (tmp_path / "points.csv").write_bytes(b"0" * before + changed.encode())
    [flag] = files_beside.read(walk(tmp_path), (), given, LIMITS)[1]
    assert flag.kind == "restored"


def test_a_longer_file_of_the_courses(tmp_path: Path) -> None:
    """The course's own is used; what the student added to it is told."""
    same, flags = read(tmp_path, {"helper.py": COURSE["helper.py"].decode()})
    assert (same, flags) == ({}, ())
    _, flags = read(tmp_path, {"helper.py": "def look(): ...\n\ndef mine(): ...\n"})
    assert [(flag.kind, flag.detail) for flag in flags] == [
        ("restored", "The course's own helper.py was used."),
        ("left-out", "The student's helper.py also defines mine."),
    ]
