"""Which hand-ins meet the same secret numbers, and which others."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.config import load
from autograder.grading import assignment as assignments
from autograder.grading import submission
from autograder.grading.assignment import Assignment
from autograder.grading.execution import job
from autograder.grading.origin import origin
from autograder.grading.submission import Submission
from tests.tiny import answered, tiny_course

MODULE = "def double(x):\n    return 2 * x\n"
Change = Callable[[NotebookNode, Path], object]


@pytest.fixture
def course(processes: None, tmp_path: Path) -> Path:
    """A released course with a file of its own beside the notebook."""
    course = tiny_course(tmp_path / "course")
    (course / "source" / "tiny" / "given.py").write_text("x = 1")
    return course


def nothing(notebook: NotebookNode, folder: Path) -> None:
    """The hand-in as it is."""


def key(course: Path, change: Change = nothing, student: str = "student01", group: str = "") -> str:
    """Of a hand-in whose answer imports a module beside it, changed in some way."""
    assignment, read = handed_in(course, change, student, group)
    (own,) = read.notebooks.values()
    return job(assignment, "tiny", own, read).key


def handed_in(
    course: Path, change: Change, student: str = "student01", group: str = ""
) -> tuple[Assignment, Submission]:
    """The assignment, and the hand-in as it is read; arguments as of `key`."""
    folder = course / "submitted" / student / "tiny"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    notebook = answered(course, "from mine import double")
    (folder / "mine.py").write_text(MODULE)
    (folder / "given.py").write_text("x = 1")
    change(notebook, folder)
    nbformat.write(notebook, folder / "tiny.ipynb")
    settings = load(course)
    assignment = assignments.read(settings, "tiny")
    return assignment, submission.read(settings, assignment, student, group)


def another_module(notebook: NotebookNode, folder: Path) -> None:
    (folder / "mine.py").write_text(f"{MODULE}\nbit = 2\n")


def with_data(notebook: NotebookNode, folder: Path) -> None:
    (folder / "data.txt").write_text("2")


def renamed_data(notebook: NotebookNode, folder: Path) -> None:
    (folder / "data2.txt").write_text("2")


def another_answer(notebook: NotebookNode, folder: Path) -> None:
    notebook.cells[2].source += "  # bit 2"


def another_cell(notebook: NotebookNode, folder: Path) -> None:
    notebook.cells.append(new_code_cell("bit = 2", id="own"))


CHANGES = [another_module, with_data, renamed_data, another_answer, another_cell]


def test_whatever_the_kernel_can_read_changes_the_numbers(course: Path) -> None:
    """A module beside unchanged cells, a file's name, the code in a cell: each gives others."""
    keys = [key(course, change) for change in (nothing, *CHANGES)]
    assert len(set(keys)) == len(keys)


def shown(notebook: NotebookNode, folder: Path) -> None:
    notebook.cells[2].outputs = [new_output("stream", name="stdout", text="2")]
    notebook.cells[2].execution_count = 17


def described(notebook: NotebookNode, folder: Path) -> None:
    notebook.metadata["mine"] = notebook.cells[2].metadata["mine"] = "2"


def later(notebook: NotebookNode, folder: Path) -> None:
    (folder / "timestamp.txt").write_text("2024-11-01 12:00:00 UTC")
    os.utime(folder / "mine.py", (1e9, 1e9))
    (folder / "mine.py").chmod(0o600)


def written(notebook: NotebookNode, folder: Path) -> None:
    notebook.cells[4].source = "Other words."
    notebook.cells.append(new_markdown_cell("Mine.", id="mine"))


def helped(notebook: NotebookNode, folder: Path) -> None:
    (folder / "given.py").write_text("x = 2")


@pytest.mark.parametrize("change", [nothing, shown, described, later, written, helped])
def test_what_no_kernel_reads_changes_nothing(course: Path, change: Change) -> None:
    """Outputs, metadata, times, words, and a file of the course's, which is replaced."""
    assert key(course, change) == key(course)


def test_a_new_file_of_the_courses_changes_nothing(course: Path) -> None:
    """It is the same for everyone: nobody can say anything with it."""
    before = key(course)
    (course / "source" / "tiny" / "given.py").write_text("x = 3")
    (course / "source" / "tiny" / "more.py").write_text("y = 3")
    assert key(course) == before


def test_a_group_meets_one_set_of_numbers(course: Path) -> None:
    """With the same hand-in; whoever hands in alone has their own."""
    alone = key(course)
    together = key(course, group="B")
    assert key(course, student="student02", group="B") == together
    assert key(course, student="student02", group="C") != together
    assert key(course, another_module, student="student02", group="B") != together
    assert len({alone, together, key(course, student="student02")}) == 3


def test_a_file_is_digested_once(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The course's for a class, a student's for a submission, however many notebooks it has."""
    digested: list[bytes] = []

    def sha256(content: bytes = b"", **others: bool) -> hashlib._Hash:
        digested.append(content)
        return there(content, **others)

    there = hashlib.sha256
    monkeypatch.setattr(hashlib, "sha256", sha256)
    assignment, read = handed_in(course, with_data)
    for _ in range(2):
        for name, notebook in read.notebooks.items():
            job(assignment, name, notebook, read)
        origin(assignment, read)
    assert [digested.count(text) for text in (b"x = 1", b"2", MODULE.encode())] == [1, 1, 1]
