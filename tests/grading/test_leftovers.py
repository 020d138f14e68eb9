"""Nothing of a solution leaves in any part of a released notebook."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.config import load
from autograder.grading import assignment as assignments
from tests.course import ROOT, command
from tests.tiny import CONFIG, marks

pytestmark = pytest.mark.usefixtures("processes")

CASE = ROOT / "tests" / "cases" / "c-attachment-in-solution-source.ipynb"
GIVEN = base64.b64encode(b"given").decode()
SECRET = base64.b64encode(b"a secret picture").decode()
TASK = """Draw a loss. ![how](attachment:a%20way.png)
=== BEGIN MARK SCHEME ===
Like this: ![so](<attachment:the mark.png>)
=== END MARK SCHEME ==="""
HIDDEN = """assert double(4) == 8
### BEGIN HIDDEN TESTS
# ![as in](attachment:hidden.png)
### END HIDDEN TESTS"""
OLD_LIST = (
    "\nfrom nbgrader.converters import GenerateAssignment\nc.GenerateAssignment.preprocessors = "
)
OLD_LIST += "GenerateAssignment.preprocessors.default_args[0]\n"


def picture(data: str) -> dict[str, Any]:
    """An attachment."""
    return {"image/png": data}


def source() -> NotebookNode:
    """The case, and more places in which a secret may lie."""
    notebook = nbformat.read(CASE, as_version=4)
    notebook.metadata["papermill"] = {"parameters": {"answer": "WIDGETSECRET"}}
    _, double, test, _ = notebook.cells
    double.outputs = [new_output("stream", text="WIDGETSECRET")]
    double.metadata.update(tags=["raises-exception"], prompt="WIDGETSECRET: two times x")
    double.metadata.jupyter = {"source_hidden": True, "note": "WIDGETSECRET " * 9}
    test.metadata.answer = "WIDGETSECRET"
    task = marks("draw", task=True, locked=True, points=2)
    pictures = {"a way.png": picture(GIVEN), "the mark.png": picture(SECRET)}
    more = marks("more", grade=True, locked=True, points=1)
    notebook.cells += [
        new_markdown_cell(TASK, metadata=task, attachments=pictures),
        new_code_cell(HIDDEN, metadata=more),
        new_markdown_cell("A loss.", attachments={"old.png": picture(SECRET)}),
    ]
    return notebook


@pytest.mark.parametrize(
    ("by", "more"),
    [
        pytest.param("autograder release", "", id="release"),
        pytest.param("autograder release", OLD_LIST, id="release-nbgraders-list"),
        pytest.param("nbgrader generate_assignment", "", id="nbgrader", marks=pytest.mark.slow),
        pytest.param(
            "nbgrader generate_assignment",
            OLD_LIST,
            id="nbgrader-nbgraders-list",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_no_part_of_a_release_holds_a_solution(by: str, more: str, tmp_path: Path) -> None:
    """Neither pictures nor widgets, outputs or metadata, with any list of steps.

    What the course's own text shows stays, and so do tags and the folding of a cell. What hand-ins
    are graded on, which feedback shows, has nothing of a solution either.
    """
    (tmp_path / "source" / "hw").mkdir(parents=True)
    nbformat.write(source(), tmp_path / "source" / "hw" / "hw.ipynb")
    config = (ROOT / "course_config.py").read_text() + CONFIG + more
    (tmp_path / "course_config.py").write_text(config)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    done = command(tmp_path, *by.split(), "hw")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "release" / "hw" / "hw.ipynb").read_text()
    secrets = ("WIDGETSECRET", SECRET, "iVBORy", "the mark", "hidden.png", "MARK SCHEME")
    assert [secret for secret in secrets if secret in text] == []
    released = nbformat.read(tmp_path / "release" / "hw" / "hw.ipynb", as_version=4)
    assert released.cells[0].attachments == {"g.png": picture("Z2l2ZW4=")}
    assert released.cells[4].attachments == {"a way.png": picture(GIVEN)}
    assert released.cells[1].metadata.tags == ["raises-exception"]
    skeleton = assignments.read(load(tmp_path), "hw").skeletons["hw"]
    graded = json.dumps(skeleton.notebook)
    assert [secret for secret in ("WIDGETSECRET", "iVBORy") if secret in graded] == []
