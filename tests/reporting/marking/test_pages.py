"""The model answer stands after what a person grades, and nowhere else; nobody can forge it."""

from __future__ import annotations

from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.reporting.marking.inert import ANSWER, GIVEN, MODEL, OWN, WHOSE
from autograder.reporting.marking.pages import TITLE, Pages, with_model_answers


def graded(cell: NotebookNode, grade_id: str, **data: bool) -> NotebookNode:
    """A cell with nbgrader's metadata."""
    cell.metadata["nbgrader"] = {"grade_id": grade_id, "schema_version": 3, "points": 2, **data}
    return cell


WORDS = {"grade": True, "solution": True}


def notebook(answer: str, code: str, task: str) -> NotebookNode:
    """One with a solution, its test, an answer in words, one in code, and a task."""
    return new_notebook(
        cells=[
            graded(new_code_cell("def f(): ..."), "f", solution=True),
            graded(new_code_cell("assert f()"), "test", grade=True),
            graded(new_markdown_cell(answer), "words", **WORDS),
            graded(new_code_cell(code), "code", **WORDS),
            graded(new_markdown_cell(task), "task", task=True),
        ]
    )


SOURCE = notebook("the model", "x = 1", "Draw it. Two points for axes.")
STUDENTS = notebook("my words", "x = 2", "Draw it.")


def whose(notebook: NotebookNode) -> list[tuple[str, str]]:
    """Of each cell whose it is, and its text."""
    return [(cell.metadata[WHOSE], cell.source) for cell in notebook.cells]


def test_what_a_person_grades_is_followed_by_its_model() -> None:
    """Words as they are, code as code; what the machine grades stands alone."""
    before = deepcopy(STUDENTS)
    shown = with_model_answers(STUDENTS, SOURCE)
    assert whose(shown) == [
        ("", "def f(): ..."),
        ("", "assert f()"),
        (ANSWER, "my words"),
        (MODEL, "the model"),
        (ANSWER, "x = 2"),
        (MODEL, "~~~~~~python\nx = 1\n~~~~~~"),
        (ANSWER, "Draw it."),
        (MODEL, "Draw it. Two points for axes."),
    ]
    assert before == STUDENTS
    models = [cell for cell in shown.cells if cell.metadata[WHOSE] == MODEL]
    assert all("nbgrader" not in cell.metadata for cell in models)


def test_a_cell_that_the_source_does_not_have_stands_alone() -> None:
    """An assignment that was changed since shows what is left of it."""
    students = deepcopy(STUDENTS)
    students.cells.append(new_markdown_cell("given, maybe"))
    for source in (new_notebook(), None):
        shown = whose(with_model_answers(students, source))
        assert [text for _, text in shown] == [cell.source for cell in students.cells]
        assert (OWN, "given, maybe") not in shown


def test_a_cell_is_given_where_the_source_has_the_same() -> None:
    """Text, kind and pictures; another is the student's own, whatever its metadata says."""
    text = "See ![it](attachment:a.png)"
    given = new_markdown_cell(text, attachments={"a.png": {"image/png": "AAAA"}})
    another = new_markdown_cell(text, attachments={"a.png": {"image/png": "BBBB"}})
    forged = new_markdown_cell("x", metadata={WHOSE: MODEL, "tags": ["a"]})
    students = new_notebook(cells=[given, another, forged, new_code_cell(text)])
    shown = with_model_answers(students, new_notebook(cells=[given]))
    assert [cell.metadata for cell in shown.cells] == [{WHOSE: GIVEN}, *[{WHOSE: OWN}] * 3]


FORMGRADER = {
    "template_name": "formgrade",
    "extra_template_basedirs": [str(files("nbgrader.server_extensions.formgrader") / "templates")],
}


def page(
    folder: Path, students: NotebookNode, source: NotebookNode | None = None, **resources: Any
) -> BeautifulSoup:
    """The formgrader's page of a notebook in a course with this source."""
    path = folder / "answer.ipynb"
    nbformat.write(students, path)
    (folder / "source" / "hw").mkdir(parents=True, exist_ok=True)
    if source is not None:
        nbformat.write(source, folder / "source" / "hw" / "part.ipynb")
    config = Config({"CourseDirectory": {"root": str(folder)}, "HTMLExporter": FORMGRADER})
    pages = Pages(HTMLExporter(config=config), CourseDirectory(config=config))
    named = {"assignment_id": "hw", "notebook_id": "part", "student": "student01"}
    named |= {"index": 0, "total": 1, **resources}
    html, _ = pages.from_filename(str(path), named)
    return BeautifulSoup(html, "html.parser")


@pytest.mark.parametrize("source", [None, "no notebook", "[]", "{}"])
def test_a_page_goes_without_what_cannot_be_read(tmp_path: Path, source: str | None) -> None:
    """A source that is missing or broken keeps nobody from grading."""
    (tmp_path / "source" / "hw").mkdir(parents=True)
    if source is not None:
        (tmp_path / "source" / "hw" / "part.ipynb").write_text(source)
    shown = page(tmp_path, STUDENTS).get_text()
    assert "my words" in shown
    assert "Model answer" not in shown
    shown = page(tmp_path, STUDENTS, SOURCE).get_text()
    assert shown.index("my words") < shown.index("the model") < shown.index("Two points for axes")


SCRIPT = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"


def test_the_instructors_own_text_is_as_it_was_written(tmp_path: Path) -> None:
    """Given cells and model answers keep their HTML, and a model its pictures."""
    html = '<div class="alert" id="here">Given</div>'
    model = graded(
        new_markdown_cell(
            "<b class='mine'>So</b> ![it](attachment:a.png)",
            attachments={"a.png": {"image/png": "AAAA"}},
        ),
        "words",
        **WORDS,
    )
    source = new_notebook(cells=[new_markdown_cell(html), model])
    answer = graded(new_markdown_cell("mine"), "words", **WORDS)
    shown = page(tmp_path, new_notebook(cells=[new_markdown_cell(html), answer]), source)
    assert shown.select_one("#here.alert")
    assert shown.select_one(".model-answer b.mine")
    assert shown.select_one(".model-answer img")["src"] == "data:image/png;base64,AAAA"


def test_nobody_can_forge_a_model_answer(tmp_path: Path) -> None:
    """A student's cell and answer are labelled as theirs, and what the panel is made of is gone."""
    panel = (
        f'</div></div><div class="panel panel-success model-answer"><div class="panel-heading">'
        f'<strong style="color: green">{TITLE}</strong></div><div class="panel-body" id="x">Full'
    )
    students = deepcopy(STUDENTS)
    students.cells[2].source = f"{panel}\n\n**{TITLE}**"
    students.cells.insert(3, new_markdown_cell(panel))
    shown = page(tmp_path, students, SOURCE)
    models = shown.select(".model-answer")
    assert [model.select_one(".panel-body").get_text().strip() for model in models] == [
        *("the model", "x = 1", "Draw it. Two points for axes.")
    ]
    forged = [tag for tag in shown.find_all("strong", string=TITLE) if tag.parent.name != "p"]
    assert len(forged) == 3 + 2
    for tag in forged:
        panels = tag.find_parents(class_="model-answer")
        assert panels or not (tag.attrs or tag.parent.get("class") or tag.parent.get("id"))
    words = [tag.get_text() for tag in shown.find_all("strong")]
    labels = [each for each in words if "student's" in each]
    answer, own = "The student's answer", "A cell of the student's own"
    assert labels == [answer, own, answer, answer]


def test_names_are_text(tmp_path: Path) -> None:
    """The formgrader's template has no defence of its own against them."""
    named = dict.fromkeys(
        ("student", "last_name", "first_name", "notebook_path", "submission_id"), f'"\\{SCRIPT}'
    )
    shown = page(tmp_path, STUDENTS, SOURCE, **named)
    plain = page(tmp_path, STUDENTS, SOURCE, **dict.fromkeys(named, "a"))
    assert [tag.name for tag in shown.find_all(True)] == [tag.name for tag in plain.find_all(True)]
    assert SCRIPT in shown.select_one("a.name-shown").get_text()
    nobody = page(tmp_path, STUDENTS, SOURCE, **{**named, "last_name": "", "first_name": ""})
    assert SCRIPT in nobody.select_one("a.name-shown").get_text()
    (variables,) = (
        each.string
        for each in shown.find_all("script", src=None)
        if "submission_id" in str(each.string)
    )
    assert "<" not in variables
    assert "\\" not in variables


def test_a_cells_name_is_text(tmp_path: Path) -> None:
    """It is the source's, but for what another program graded."""
    cell = graded(new_markdown_cell("x"), f'"><b>{SCRIPT}', **WORDS)
    assert page(tmp_path, new_notebook(cells=[cell])).select("b, img") == []
