"""A task: what a student writes in it or near it is judged by a person, and stays as it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook

from autograder import config
from autograder.examiner.examiners import Examiners
from autograder.grading import assignment as assignments
from autograder.grading import submission
from autograder.grading.release import release
from tests.course import ROOT, autograder

CASES = ROOT / "tests" / "cases"
DOUBLE = "def double(x):\n    return 2 * x"
ESSAY = "Doubling is adding a number to itself."


@pytest.fixture(scope="module")
def released(examiners: Examiners, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with two assignments, each with a task; one has a marking scheme."""
    course = tmp_path_factory.mktemp("tasks") / "course"
    for name in ("plain", "scheme"):
        (course / "source" / name).mkdir(parents=True)
    shutil.copy(CASES / "e-task-source.ipynb", course / "source" / "plain" / "hw.ipynb")
    shutil.copy(
        CASES / "e-task-with-mark-scheme-source.ipynb", course / "source" / "scheme" / "hw.ipynb"
    )
    text = (ROOT / "course_config.py").read_text()
    (course / "course_config.py").write_text(f"{text}\nc.Course.due = {{}}\n")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    for name in ("plain", "scheme"):
        release(config.load(course), name, examiners)
    return course


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(released, tmp_path / "course"))


def hand_in(course: Path, name: str, essay: str = "", *below: NotebookNode) -> None:
    """Puts a submission in place: what is written in the task's cell, and the cells below it."""
    notebook = nbformat.read(course / "release" / name / "hw.ipynb", as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id == "double":
            cell.source = DOUBLE
        if grade_id == "essay":
            cell.source = essay or cell.source
    notebook.cells += below
    folder = course / "submitted" / "student01" / name
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / "hw.ipynb")


def read(course: Path, name: str) -> tuple[list[str], list[str]]:
    """The flags of the submission, and the texts of its cells from the task on."""
    settings = config.load(course)
    found = submission.read(settings, assignments.read(settings, name), "student01")
    texts = [cell.source for cell in found.notebooks["hw"].cells]
    start = {"plain": 2, "scheme": 11}[name]
    return [f"{flag.kind}: {flag.detail}" for flag in found.flags], texts[start:]


PROMPT = {"plain": "Write an essay below.", "scheme": "Write an essay in new cells below.\n"}
NEAR = {
    "untouched": ("", [], ["PROMPT"]),
    "below": ("", [new_markdown_cell(ESSAY)], ["PROMPT", ESSAY]),
    "a-plot": ("", [new_code_cell("plot()")], ["PROMPT", "plot()"]),
    "in-it": (f"PROMPT\n{ESSAY}", [], [f"PROMPT\n{ESSAY}"]),
    "over-it": (ESSAY, [], [ESSAY]),
    "a-word-in-it": ("PROMPT No", [], ["PROMPT No"]),
}


@pytest.mark.parametrize("name", ["plain", "scheme"])
@pytest.mark.parametrize(("essay", "below", "texts"), NEAR.values(), ids=NEAR)
def test_where_a_student_writes(
    name: str, essay: str, below: list[NotebookNode], texts: list[str], course: Path
) -> None:
    """It stands once where it was written, with no word of how it is marked, and no flag."""
    hand_in(course, name, essay.replace("PROMPT", PROMPT[name]), *below)
    flags, found = read(course, name)
    assert flags == []
    assert found == [text.replace("PROMPT", PROMPT[name]) for text in texts]


def test_a_copy_of_a_task(course: Path) -> None:
    """Who writes into a copy of the cell has written it all the same."""
    hand_in(course, "plain")
    path = course / "submitted" / "student01" / "plain" / "hw.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.from_dict({**notebook.cells[2], "id": "x", "source": ESSAY}))
    nbformat.write(notebook, path)
    assert read(course, "plain") == ([], [PROMPT["plain"], ESSAY])


def test_the_points_of_tasks_are_written_points(course: Path, examiners: Examiners) -> None:
    """`release` counts them with what a person grades."""
    done = release(config.load(course), "scheme", examiners)
    assert (done.machine_points, done.written_points) == (5.5, 3)


def grade(course: Path, name: str = "plain") -> dict[str, Any]:
    """The submission's record."""
    autograder(course, "grade", name, "--json", "g.json")
    (record,) = json.loads((course / "g.json").read_text())["submissions"]
    return dict(record)


def judge(course: Path, cell: str, name: str = "plain", **given: float) -> None:
    """Gives a cell what a person gives, as the formgrader does."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        entry = gradebook.find_grade(cell, "hw", name, "student01")
        for what, value in given.items():
            setattr(entry, what, value)
        entry.needs_manual_grade = entry.manual_score is None and entry.auto_score is None
        gradebook.db.commit()


def waits(course: Path, cell: str, name: str = "plain") -> bool:
    """Whether the formgrader asks for a cell's score."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return bool(gradebook.find_grade(cell, "hw", name, "student01").needs_manual_grade)


def test_a_scored_task_is_asked_about_when_the_essay_changes(course: Path) -> None:
    """A task waits for a person; its score stays while what was written for it does."""
    hand_in(course, "plain", "", new_markdown_cell(ESSAY))
    record = grade(course)
    assert record["cells"]["essay"]["score"] is None
    assert (record["score"], record["max_score"]) == (4, 7)
    assert waits(course, "essay")
    judge(course, "essay", manual_score=2)
    record = grade(course)
    assert (record["score"], record["flags"]) == (6, [])
    assert not waits(course, "essay")
    hand_in(course, "plain", "", new_markdown_cell(ESSAY), new_code_cell("plot()"))
    record = grade(course)
    assert [flag["kind"] for flag in record["flags"]] == ["changed-answer"]
    assert record["flags"][0]["detail"] == (
        "essay changed after a person gave it 2; the machine gives it none."
    )
    assert waits(course, "essay")


def test_extra_credit_is_asked_about_when_the_answer_changes(course: Path) -> None:
    """It is a judgement, beside the machine's score too."""
    hand_in(course, "plain")
    grade(course)
    judge(course, "t_double", extra_credit=1)
    assert grade(course)["flags"] == []
    path = course / "submitted" / "student01" / "plain" / "hw.ipynb"
    path.write_text(path.read_text().replace("return 2 * x", "return x + x"))
    record = grade(course)
    assert [flag["detail"] for flag in record["flags"]] == [
        "t_double changed after a person gave it 1 extra credit; the machine gives 4."
    ]
    assert waits(course, "t_double")
