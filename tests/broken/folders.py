"""What lies in and around a submission's folder, and what a student is called."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.broken.case import ALL, MULTICLASS, case


@case(ALL, ("left-out", ""))
def deep_folders(folder: Path) -> None:
    (folder / "/".join("a" * 30)).mkdir(parents=True)


@case(ALL, ("left-out", ""))
def names_alike(folder: Path) -> None:
    for name in (b"\xe4.txt", b"\xf6.txt", b"\\xe4"):
        (folder / os.fsdecode(name)).write_text("1")
    (folder / os.fsdecode(b"\xe4")).mkdir()
    (folder / os.fsdecode(b"\xe4") / "data.txt").write_text("1")


@case(None, ("misplaced", ""))
def other_name_for_the_folder(folder: Path) -> None:
    folder.rename(folder.with_name("Losses (1)"))


@case(ALL, ("unknown-time", ""))
def half_a_time(folder: Path) -> None:
    (folder / "timestamp.txt").write_text("Friday")


@case(None, ("unreadable", ""), ("unreadable", ""))
def folder_and_link(folder: Path) -> None:
    (folder / "binary.ipynb").unlink()
    (folder / "binary.ipynb").mkdir()
    (folder / "multiclass.ipynb").unlink()
    (folder / "multiclass.ipynb").symlink_to("/etc/passwd")


@case(ALL, ("left-out", ""), ("restored", ""))
def files_in_the_way(folder: Path) -> None:
    for name in ("torch.py", "sitecustomize.py", "helper.py", "matplotlib.py", "numpy.py"):
        (folder / name).write_text("raise SystemExit('gotcha')\n")
    (folder / "data").mkdir()
    (folder / "data" / "out").symlink_to("/etc")
    (folder / "notes").symlink_to("/etc/passwd")


@case(ALL, ("renamed", ""), ("left-out", ""))
def many_files(folder: Path) -> None:
    (folder / "binary.ipynb").rename(folder / "zz.ipynb")
    for number in range(300):
        (folder / f"data{number:03}.txt").write_text("1")
    (folder / ".git" / "objects").mkdir(parents=True)
    (folder / ".git" / "objects" / "ab").write_bytes(b"x")


@case(MULTICLASS, ("unreadable", ""), ("left-out", ""))
def folder_for_a_notebook(folder: Path) -> None:
    (folder / "binary.ipynb").unlink()
    (folder / "binary.ipynb").mkdir()
    (folder / "binary.ipynb" / "notes.txt").write_text("mine")


@case(None, ("misplaced", ""))
def one_level_up(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        path.rename(folder.parent / path.name)
    folder.rmdir()


@case(None, ("misplaced", ""))
def file_for_the_folder(folder: Path) -> None:
    notebook = (folder / "binary.ipynb").read_bytes()
    shutil.rmtree(folder)
    folder.write_bytes(notebook)


@case(None, ("misplaced", ""))
def folder_of_another(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to("../student01/losses")


@case(ALL, ("restored", ""))
def other_helper(folder: Path) -> None:
    (folder / "helper.py").write_text("def look(*args): print('mine')\n")


@case(ALL, ("unknown-time", ""))
def no_time(folder: Path) -> None:
    (folder / "timestamp.txt").write_text("9" * 30)


for name in ("=\"O'Brien, Jr", "student", "Student", "student-1 [x]*", "schön 学生"):
    case(ALL, student=name)(lambda folder: None)


@case(None, ("missing-notebook", ""), ("missing-notebook", ""))
def empty_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@case(ALL, ("misplaced", ""))
def second_folder(folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("losses (1)"))


@case(MULTICLASS, ("missing-notebook", ""), ("misplaced", ""))
def half_one_level_up(folder: Path) -> None:
    (folder / "binary.ipynb").rename(folder.parent / "binary.ipynb")


@case(None, ("misplaced", ""))
def link_for_the_student(folder: Path) -> None:
    shutil.rmtree(folder.parent)
    folder.parent.symlink_to("student01")


@case(ALL, ("restored", ""), ("left-out", ""))
def longer_helper(folder: Path) -> None:
    with (folder / "helper.py").open("a") as file:
        file.write("\n\ndef same(losses):\n    return losses\n")


@case(ALL, ("misplaced", ""), ("left-out", ""))
def links_beside(folder: Path) -> None:
    (folder.parent / "far").symlink_to("a" * 300)
    (folder / "far").symlink_to("a" * 300)


@case(None, ("misplaced", ""), student="two\nlines")
def two_lines(folder: Path) -> None:
    assert folder.is_dir()


@case(None, ("misplaced", ""))
def folder_of_another_name(folder: Path) -> None:
    folder.rename(folder.with_name("homework"))


@case(ALL, ("left-out", ""))
def long_names(folder: Path) -> None:
    (folder / os.fsdecode(b"\xe4" * 100 + b".txt")).write_text("1")


@case(ALL)
def log_beside(folder: Path) -> None:
    (folder / "log.txt").write_text("loss=0.25\n" * 1_000_000)


@case(ALL)
def pages_beside(folder: Path) -> None:
    (folder / "binary.html").write_text("<html>")
