"""What the course changes after a hand-in is not told as the student's doing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook

from autograder.grading.intake.cells import Cell, Document
from autograder.grading.rebuild.former import changes, up_to_date
from tests.course import autograder, run
from tests.tiny import answered, marks, tiny_course

TITLE, GIVEN, DOUBLE, TEST, WHY = range(5)
TRIPLE = "### BEGIN SOLUTION\ndef triple(x):\n    return 3 * x\n### END SOLUTION"


def edited(course: Path, change: Callable[[NotebookNode], None]) -> None:
    """Changes the source, and releases it again."""
    path = course / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)
    done = autograder(course, "release", "tiny")
    assert done.returncode == 0, done.stderr


def hand_in(course: Path, student: str, notebook: NotebookNode) -> None:
    """Puts a submission in place."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "tiny.ipynb")


def released(course: Path) -> NotebookNode:
    """What students are given."""
    return nbformat.read(course / "release" / "tiny" / "tiny.ipynb", as_version=4)


def grade(course: Path, code: int) -> dict[str, dict[str, Any]]:
    """Everyone's record, after a run that ended with this code."""
    done = autograder(course, "grade", "tiny", "--json", "g.json")
    assert done.returncode == code, done.stdout + done.stderr
    records = json.loads((course / "g.json").read_text())["submissions"]
    return {record["student"]: record for record in records}


def told(record: Mapping[str, Any]) -> list[str]:
    """The flags of a record, each as a line."""
    return [f"{flag['kind']}: {flag['detail']}" for flag in record["flags"]]


def everything(notebook: NotebookNode) -> None:
    """Changes all that an instructor may change of a released assignment."""
    cells = notebook.cells
    cells[TITLE].source = "# To double a number, or a tensor, whatever may come"
    cells[GIVEN].source = "factor = 2.0"
    cells[DOUBLE].source = cells[DOUBLE].source.replace("def double(x)", "def double(x, times=2)")
    cells[TEST].source = "# The function meets other numbers, too.\nassert double(-3) == -6"
    cells[TEST].metadata.nbgrader.points = 3
    cells[WHY].source = "Because 2 + 2 is 4."
    cells[WHY].metadata.nbgrader.points = 1
    cells.insert(GIVEN, new_markdown_cell("Think before you write.", id="new"))
    cells.append(cells.pop(DOUBLE + 2))  # the test goes last


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("ids", [True, False], ids=["ids", "no-ids"])
def test_an_instructors_changes_are_nobodys(ids: bool, tmp_path: Path) -> None:
    """Points, texts, order and new cells: who handed in before has no flag, and the right score.

    What a student changed in the older release is told as it was.
    """
    course = tiny_course(tmp_path / "course")
    given = [released(course) for _ in range(3)]
    right, untouched, forged = answered(course), *given[:2]
    forged.cells[TEST].metadata.nbgrader.points = 40
    forged.cells[TEST].source += "\npass"
    for name, notebook in {"right": right, "untouched": untouched, "forged": forged}.items():
        for cell in () if ids else notebook.cells:
            del cell["id"]
        notebook.nbformat_minor = 5 if ids else 4
        hand_in(course, name, notebook)
    edited(course, everything)
    found = grade(course, 1)
    assert told(found["right"]) == told(found["untouched"]) == []
    assert (found["right"]["score"], found["right"]["max_score"]) == (3, 4)
    assert (found["untouched"]["score"], found["untouched"]["status"]) == (0, "graded")
    changed = "metadata-changed: tiny.ipynb: points changed in test_double."
    assert told(found["forged"])[0] == changed
    graded = nbformat.read(course / "autograded" / "right" / "tiny" / "tiny.ipynb", as_version=4)
    words = [cell.source for cell in graded.cells if cell.cell_type == "markdown"]
    assert [text.split()[1] for text in words] == ["To", "before", "doubles."]


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
def test_an_exercise_that_a_hand_in_could_not_have(tmp_path: Path) -> None:
    """It gets no points and is told, but not as what the student deleted; one taken away is not."""

    def more(notebook: NotebookNode) -> None:
        test = marks("test_triple", grade=True, locked=True, points=1)
        notebook.cells[TEST + 1 : TEST + 1] = [
            new_code_cell(TRIPLE, metadata=marks("triple", solution=True)),
            new_code_cell("assert triple(2) == 6", metadata=test),
        ]
        notebook.cells.pop()

    course = tiny_course(tmp_path / "course")
    hand_in(course, "before", answered(course))
    edited(course, more)
    after = released(course)
    after.cells[DOUBLE].source = "def double(x):\n    return x + x"
    del after.cells[TEST + 1]
    hand_in(course, "deleted", after)
    found = grade(course, 1)
    assert told(found["before"]) == [
        "missing-cell: tiny.ipynb is of a release without triple: not answered."
    ]
    assert (found["before"]["score"], found["before"]["max_score"]) == (4, 5)


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
def test_nbgraders_own_command_remembers_too(tmp_path: Path) -> None:
    """Also of a course that was released before there was a memory: release/ is read first."""
    course = tiny_course(tmp_path / "course")
    hand_in(course, "right", answered(course))
    (course / "gradebook.db").unlink()
    path = course / "source" / "tiny" / "tiny.ipynb"
    path.write_text(path.read_text().replace('"points": 4', '"points": 3'))
    assert run(course, "nbgrader", "generate_assignment", "tiny").returncode == 0
    assert told(grade(course, 0)["right"]) == []


@pytest.mark.usefixtures("processes")
def test_a_score_above_the_maximum_is_asked_about(tmp_path: Path) -> None:
    """A person's score of a cell that is worth less now counts until they have looked."""

    def cheaper(notebook: NotebookNode) -> None:
        notebook.cells[WHY].metadata.nbgrader.points = 1

    course = tiny_course(tmp_path / "course")
    hand_in(course, "right", answered(course))
    grade(course, 0)
    address = f"sqlite:///{course}/gradebook.db"
    with Gradebook(address) as gradebook:
        entry = gradebook.find_grade("why", "tiny", "tiny", "right")
        entry.manual_score, entry.needs_manual_grade = 2, False
        gradebook.db.commit()
    edited(course, cheaper)
    for _ in range(2):
        record = grade(course, 1)["right"]
        assert told(record) == [
            "score-above-maximum: a person gave why 2, and it is worth 1 by now."
        ]
        assert "formgrader" in record["action"]
        with Gradebook(address) as gradebook:
            assert gradebook.find_grade("why", "tiny", "tiny", "right").needs_manual_grade
    with Gradebook(address) as gradebook:
        entry = gradebook.find_grade("why", "tiny", "tiny", "right")
        entry.manual_score, entry.needs_manual_grade = 1, False
        gradebook.db.commit()
    assert told(grade(course, 0)["right"]) == []


def test_untouched_cells_without_metadata_become_todays() -> None:
    """Texts that stand for several cells are brought up to date where all became the same."""
    old = [marked("a", "YOUR ANSWER"), marked("b", "YOUR ANSWER"), Cell("markdown", "Text", id="t")]
    new = [marked("a", "Write here."), marked("b", "Write here."), Cell("markdown", "More", id="t")]
    handed_in = [Cell("markdown", "YOUR ANSWER"), Cell("markdown", "Text"), Cell("code", "x = 1")]
    found = up_to_date(Document(handed_in), changes([old], new), new)
    assert [(cell.text, cell.id) for cell in found.cells] == [
        ("Write here.", ""),
        ("More", "t"),
        ("x = 1", ""),
    ]


def test_an_untouched_cell_of_a_text_that_became_two_stays() -> None:
    """Nothing is guessed where it is not clear which cell it was."""
    old = [marked("a", "YOUR ANSWER"), marked("b", "YOUR ANSWER")]
    new = [marked("a", "Write here."), marked("b", "Write there.")]
    handed_in = Document([Cell("markdown", "YOUR ANSWER"), Cell("markdown", "YOUR ANSWER", id="b")])
    found = up_to_date(handed_in, changes([old], new), new)
    assert [cell.text for cell in found.cells] == ["YOUR ANSWER", "Write there."]


def marked(grade_id: str, text: str) -> Cell:
    """A cell for an answer in words."""
    return Cell("markdown", text, id=grade_id, metadata={"grade_id": grade_id, "solution": True})
